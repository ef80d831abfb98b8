// Every parameter of every model, layer and cell of the library starts where it should: the laws of PyTorch's
// layers, HiPPO, Mamba's steps, and output curves at the mean rate.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/exec/against_libtorch.h"
#include "tests/exec/gradients.h"

using namespace stria;
using namespace stria::test;

namespace {

constexpr int64_t F = 34, N = 5, K = 21;  // 215 ms in bins of 10 ms
constexpr Sizes sizes{1, 1, F, N};
const double pi = std::acos(-1.0);

using Values = std::vector<double>;
using Law = std::function<void(const Values&)>;
using Laws = std::map<std::string, Law>;

double mean(const Values& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}
double mean_square(const Values& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum / static_cast<double>(values.size());
}

// Draws from a law of this mean and variance: five deviations of what n draws give. `tail`: of the fourth
// moment.
void check_moments(const Values& values, double centre, double variance, double tail) {
  const auto n = static_cast<double>(values.size());
  Values centred;
  for (const double value : values) centred.push_back(value - centre);
  CHECK(std::fabs(mean(centred)) <= 5 * std::sqrt(variance / n));
  CHECK(std::fabs(mean_square(centred) - variance) <= 5 * variance * std::sqrt(tail / n));
}

Law between(double low, double high) {
  return [=](const Values& values) {
    for (const double value : values) {
      CHECK(value >= low);
      CHECK(value <= high);
    }
    check_moments(values, (low + high) / 2, (high - low) * (high - low) / 12, 0.8);
  };
}
Law uniform(double fan_in) { return between(-1 / std::sqrt(fan_in), 1 / std::sqrt(fan_in)); }
Law normal(double deviation) {
  return [=](const Values& values) { check_moments(values, 0, deviation * deviation, 2); };
}
// Real and imaginary parts, of variance 1/2 each.
Law complex_normal() { return normal(std::sqrt(0.5)); }
Law exactly(Values wanted, double bound = 1e-12) {
  return [=](const Values& values) {
    for (size_t i = 0; i < values.size(); ++i)
      CHECK(std::fabs(values[i] - wanted[i % wanted.size()]) <= bound * (1 + std::fabs(values[i])));
  };
}
// The numbers that f makes of them follow the law.
Law after(double (*f)(double), const Law& law) {
  return [=](const Values& values) {
    Values seen;
    for (const double value : values) seen.push_back(f(value));
    law(seen);
  };
}
double log_softplus(double x) { return std::log(std::log1p(std::exp(x))); }
double survival(double x) { return std::exp(-x); }  // of an exponential law of mean 1: uniform in 0 .. 1

// The starts of what `output` says, each held against its law; every parameter and buffer has one.
void check_starts(const std::string& uses, const std::string& output, const Laws& laws,
                  const std::string& items = "") {
  CAPTURE(output);
  const auto program = program_of(uses, output, sizes, items);
  exec::NamedTensors given = drawn_arguments(program->init, 1, 1);
  if (given.contains("train_min")) {
    given.at("train_min").values = {0, 0.5, -1, 2, 0.25};
    given.at("train_mean").values = {0.25, 0.5, 1, 2.001, 0.25};
    given.at("train_max").values = {1, 1.5, 3, 4, 0.25};
  }
  const auto start = exec::evaluate(program->init, given, {exec::Precision::float64, 11, {}, {}});
  CHECK(start.results.size() == laws.size());
  for (const auto& [name, tensor] : start.results) {
    CAPTURE(name);
    REQUIRE(laws.contains(name));
    laws.at(name)(tensor.values);
  }
}

void add(Laws& laws, const Laws& more) { laws.insert(more.begin(), more.end()); }
Laws linear(const std::string& path, double fan_in) {
  return {{path + ".w", uniform(fan_in)}, {path + ".b", uniform(fan_in)}};
}
Laws batch_norm(const std::string& path) {
  return {{path + ".scale", exactly({1})},
          {path + ".shift", exactly({0})},
          {"buffer:" + path + ".mean", exactly({0})},
          {"buffer:" + path + ".variance", exactly({1})}};
}
Laws layer_norm(const std::string& path) {
  return {{path + ".scale", exactly({1})}, {path + ".shift", exactly({0})}};
}
// b = min, a = max - min, k = -1, s = -ln(-ln q), q the mean between them held in 0.01 .. 0.9; a constant
// response: a = 1, s = 0.
Laws double_exp(const std::string& path) {
  const auto s = [](double q) { return -std::log(-std::log(q)); };
  return {{path + ".a", exactly({1, 1, 4, 2, 1})},
          {path + ".b", exactly({0, 0.5, -1, 2, 0.25})},
          {path + ".k", exactly({-1})},
          {path + ".s", exactly({s(0.25), s(0.01), s(0.5), s(0.01), 0})}};
}
Laws all_of(const std::string& path, const std::vector<std::string>& names, const Law& law) {
  Laws laws;
  for (const std::string& name : names) laws[path + name] = law;
  return laws;
}

Laws strf(const std::string& path) { return linear(path, F * K); }

// Imaginary parts of HiPPO-LegS' eigenvalues and its rank-one term in their basis, from the condition on the
// first.
Law legs_frequencies(int64_t pairs) {
  return [=](const Values& values) {
    const auto channels = static_cast<int64_t>(values.size()) / pairs;
    for (int64_t i = 0; i < static_cast<int64_t>(values.size()); ++i) {
      double sum = 0;
      for (int64_t n = 0; n < 2 * pairs; ++n)
        sum += std::atan(values[static_cast<size_t>(i)] / (static_cast<double>(n) + 0.5));
      CHECK(std::fabs(sum - (static_cast<double>(i / channels) + 0.5) * pi) < 1e-9);
    }
  };
}
// Real and positive, the same for each channel; the sum of their squares over all eigenvalues is that of n +
// 1/2 over the order, as in any basis. `times` scales it.
Law legs_share(double times, int64_t pairs) {
  return [=](const Values& values) {
    const size_t channels = values.size() / static_cast<size_t>(2 * pairs);
    double squares = 0;
    for (size_t i = 0; i < values.size() / 2; ++i) {
      CHECK(values[2 * i] > 0);
      CHECK(values[2 * i + 1] == 0);
      CHECK(std::fabs(values[2 * i] - values[2 * (i / channels) * channels]) < 1e-12);
      if (i % channels == 0) squares += 2 * values[2 * i] * values[2 * i];
    }
    CHECK(std::fabs(squares / (times * times) - 2.0 * static_cast<double>(pairs * pairs)) < 1e-8);
  };
}

Laws state_space(const std::string& path, int64_t pairs, bool low_rank) {
  Laws laws{{path + "logdecay", exactly({std::log(0.5)})},
            {path + "omega", legs_frequencies(pairs)},
            {path + "B", legs_share(std::sqrt(2.0), pairs)},
            {path + "C", complex_normal()},
            {path + "D", normal(1)},
            {path + "logstep", between(std::log(1e-3), std::log(1e-1))}};
  if (low_rank) laws[path + "P"] = legs_share(1, pairs);
  return laws;
}

}  // namespace

TEST_CASE("starts of L, LN, NRF and DNet") {
  const std::string uses = "use stria.models (L, LN, NRF, DNet)";
  Laws laws = strf("L.STRF");
  add(laws, batch_norm("L.BatchNorm"));
  check_starts(uses, "x |> L()", laws);
  laws = strf("LN.STRF");
  add(laws, batch_norm("LN.BatchNorm"));
  add(laws, double_exp("LN.DoubleExp"));
  check_starts(uses, "x |> LN()", laws);
  laws = strf("NRF.STRF");
  add(laws, batch_norm("NRF.BatchNorm"));
  add(laws, linear("NRF.Linear", 20));
  add(laws, double_exp("NRF.DoubleExp"));
  check_starts(uses, "x |> NRF()", laws);
  laws = strf("DNet.STRF");
  add(laws, batch_norm("DNet.BatchNorm"));
  add(laws, linear("DNet.Linear", 20));
  add(laws, double_exp("DNet.DoubleExp"));
  laws["DNet.Leak.d"] = laws["DNet.Leak2.d"] = after(survival, between(0, 1));
  check_starts(uses, "x |> DNet()", laws);
  laws.erase("DNet.Leak2.d");
  check_starts(uses, "x |> DNet(output_memory = false)", laws);
}

TEST_CASE("starts of the convolutional network") {
  Laws laws = linear("CNN2D.block.conv", 27);
  add(laws, linear("CNN2D.block2.conv", 270));
  add(laws, linear("CNN2D.block3.conv", 270));
  for (const char* block : {"block", "block2", "block3"})
    add(laws, batch_norm(std::string("CNN2D.") + block + ".BatchNorm"));
  add(laws, linear("CNN2D.Linear", 10 * (F - 6)));
  add(laws, linear("CNN2D.Linear2", 20));
  add(laws, double_exp("CNN2D.DoubleExp"));
  check_starts("use stria.models (CNN2D)", "x |> CNN2D()", laws);
}

TEST_CASE("starts of the Transformer") {
  const std::string block = "Transformer.EncoderBlock.";
  Laws laws = linear("Transformer.Linear", F);
  laws["Transformer.place"] = normal(0.02);
  add(laws, all_of(block + "Attention.", {"Wq", "Wk", "Wv"},
                   between(-std::sqrt(6 / (4 * 48.0)), std::sqrt(6 / (4 * 48.0)))));
  add(laws, all_of(block + "Attention.", {"bq", "bk", "bv", "bo"}, exactly({0})));
  laws[block + "Attention.Wo"] = uniform(48);
  add(laws, layer_norm(block + "LayerNorm"));
  add(laws, layer_norm(block + "LayerNorm2"));
  add(laws, linear(block + "Linear", 48));
  add(laws, linear(block + "Linear2", 32));
  add(laws, linear("Transformer.Linear2", 48));
  add(laws, double_exp("Transformer.DoubleExp"));
  check_starts("use stria.models (Transformer)", "x |> Transformer()", laws);
}

TEST_CASE("starts of the ways to downsample") {
  const std::string uses = "use stria.layers (Conv, FullyConnected, LocallyConnected)";
  Laws laws = linear("StateNet.down", 7);
  add(laws, batch_norm("StateNet.BatchNorm"));
  add(laws, linear("StateNet.Linear", 9));
  add(laws, double_exp("StateNet.DoubleExp"));
  add(laws, all_of("StateNet.core.", {"Wx", "Wh", "bx", "bh"}, uniform(9)));
  const std::string models = uses + "\nuse stria.models (StateNet)\nuse stria.cells (RNN)";
  check_starts(models, "x |> StateNet(core = RNN(9))", laws);
  check_starts(models, "x |> StateNet(core = RNN(9), down = Conv(7, kernel = {F = 7}, stride = {F = 3}))",
               laws);
  add(laws = linear("StateNet.down", F), batch_norm("StateNet.BatchNorm"));
  add(laws, linear("StateNet.Linear", 9));
  add(laws, double_exp("StateNet.DoubleExp"));
  add(laws, all_of("StateNet.core.", {"Wx", "Wh", "bx", "bh"}, uniform(9)));
  check_starts(models, "x |> StateNet(core = RNN(9), down = FullyConnected(7, positions = 10))", laws);
}

TEST_CASE("starts of RNN, GRU, LSTM and LMU: all within 1 / sqrt(H), LMU's matrices fixed") {
  const std::string uses = "use stria.cells (GRU, LSTM, LMU, RNN)\nuse stria.layers (Linear)";
  const std::string end = "(40) |> Linear(N)";
  const auto check = [&](const std::string& cell, const std::vector<std::string>& names) {
    Laws laws = all_of(cell + ".", names, uniform(40));
    add(laws, linear("Linear", 40));
    if (cell == "LMU") laws["buffer:LMU.A"] = laws["buffer:LMU.B"] = [](const Values&) {};
    check_starts(uses, "x |> " + cell + end, laws);
  };
  check("RNN", {"Wx", "Wh", "bx", "bh"});
  check("GRU", {"Wxr", "Wxz", "Wxn", "Whr", "Whz", "Whn", "bxr", "bxz", "bxn", "bhr", "bhz", "bhn"});
  check("LSTM", {"Wxi", "Wxf", "Wxg", "Wxo", "Whi", "Whf", "Whg", "Who", "bxi", "bxf", "bxg", "bxo", "bhi",
                 "bhf", "bhg", "bho"});
  check("LMU", {"ex", "eh", "em", "Wx", "Wh", "Wm"});
}

TEST_CASE("starts of S4, S4D and Mamba") {
  const std::string uses = "use stria.cells (Mamba, S4, S4D)\nuse stria.layers (Linear)";
  Laws laws = state_space("S4.StateSpace.", 32, true);
  add(laws, linear("S4.GLU.Linear", F));
  add(laws, linear("S4.GLU.Linear2", F));
  add(laws, linear("Linear", F));
  check_starts(uses, "x |> S4(34) |> Linear(N)", laws);
  laws = state_space("S4D.DiagonalStateSpace.", 32, false);
  add(laws, linear("S4D.GLU.Linear", F));
  add(laws, linear("S4D.GLU.Linear2", F));
  add(laws, linear("Linear", F));
  check_starts(uses, "x |> S4D(34) |> Linear(N)", laws);
  const std::string inner = "Mamba.Selective.";
  Values decays;
  for (int n = 1; n <= 16; ++n) decays.insert(decays.end(), 2 * F, std::log(n));
  laws = {{"Mamba.Linear.w", uniform(F)},
          {"Mamba.Linear2.w", uniform(2 * F)},
          {"Mamba.Linear3.w", uniform(F)},
          {"Mamba.Fir.w", uniform(4)},
          {inner + "loga", exactly(decays)},
          {inner + "D", exactly({1})},
          {inner + "b", after(log_softplus, between(std::log(1e-3), std::log(1e-1)))},
          {inner + "Linear.w", uniform(2 * F)},
          {inner + "Linear2.w", uniform(3)},
          {inner + "Linear3.w", uniform(2 * F)},
          {inner + "Linear4.w", uniform(2 * F)}};
  add(laws, linear("Linear", F));
  check_starts(uses, "x |> Mamba(34) |> Linear(N)", laws);
}
