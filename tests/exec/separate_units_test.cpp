// Which models may keep a best epoch for each unit, and that what is said of them is so: with the numbers of
// one unit moved, no other unit's rate, derivatives or statistics change by a bit.
#include <doctest/doctest.h>

#include <string>

#include "tests/exec/gradients.h"
#include "tests/exec/library_programs.h"
#include "tests/sema/sema_helpers.h"

using namespace stria;
using namespace stria::test;
using exec::HostTensor;
using exec::NamedTensors;

namespace {

// As many bands, lags and units: no size tells an axis from another.
constexpr int64_t n_units = 3;

std::string spec_of(const std::string& rate, const std::string& settings) {
  return R"(stria 0.1
use stria.cells (GRU, Leak)
use stria.datasets (Simulated)
use stria.fit (clip, early, freeze, l1, l2, mse, plateau, poisson, smooth)
use stria.layers (AdapTrans, BatchNorm, DCLS, DoubleExp, Fir, GaussianSTRF, LayerNorm, Linear, RankSTRF, STRF,
                  SigmoidCurve, SoftPlusCurve)
use stria.models (L, LN, NRF, DNet, StateNet)
use stria.protocols (Standard)
cell Adapting() {
  input x: [N]
  param gain: [N] = 0.3
  param tau: [N] in ms = 50ms within 10ms .. 1s
  state tired: [N] = 0
  tau * d/dt tired = relu(x) - tired
  output x - gain * tired
}
cell Oscillating(pairs: dim) {
  input x: [N]
  param C: [N, pairs] of complex ~ normal(0, 1)
  param rate: [N, pairs] = -1
  param omega: [N, pairs] = [n + 1 for u in N, n in pairs]
  state s: [N, pairs] of complex = 0
  next s = exp(complex(-exp(rate), omega)) * s + x
  output re(sum(C * next s, over = pairs))
}
layer Gain() {
  input x: [...all]
  param g: [] = 1
  output g * x
}
model M() {
  input x: stream [F]
  output rate: stream [N] = )" +
         rate + R"(
}
experiment E {
  data = Simulated(bands = 3, population = 3, dt = 10ms)
  model = M()
  protocol = Standard() with {stop = early(per = "unit"))" +
         settings + "}\n}\n";
}

struct Checked {
  sema_testing::CheckedSpec spec;
  Checked(const std::string& rate, const std::string& settings) : spec(spec_of(rate, settings)) {}
  // Its only message, as far as the reason; empty where there is none.
  std::string refusal() const {
    const auto messages = spec.diagnostics();
    if (messages.empty()) return "";
    CHECK(messages.size() == 1);
    const std::string& text = messages[0].message;
    const size_t reason = text.find(": ");
    return reason == std::string::npos ? text : text.substr(reason + 2);
  }
  std::shared_ptr<const ModelProgram> program() {
    const auto& plan = spec.compiler().outline().at(0);
    return spec.compiler().build(*plan.model, plan.protocol.get(), {n_units, n_units, {}}, *plan.dt);
  }
};

// Calls change(entry) for each entry of slice `unit`, or of all others.
template <typename Change>
void each_of(HostTensor& tensor, size_t axis, int64_t unit, bool own, const Change& change) {
  int64_t inner = 1;
  for (size_t i = axis + 1; i < tensor.sizes.size(); ++i) inner *= tensor.sizes[i];
  for (size_t i = 0; i < tensor.values.size(); ++i)
    if ((static_cast<int64_t>(i) / inner % n_units == unit) == own) change(tensor.values[i], i);
}

// Everything of one unit at given numbers: where it lies, and the numbers.
struct Parts {
  std::vector<std::pair<HostTensor, size_t>> tensors;  // with the axis of units
};
Parts parts_at(const ModelProgram& program, NamedTensors arguments) {
  Parts parts;
  Names moving;
  for (const ParameterInfo& parameter : program.parameters)
    if (!parameter.frozen) moving.push_back(parameter.path);
  const NamedTensors gradients = written_out(program.train, arguments, "loss", moving);
  for (const ParameterInfo& parameter : program.parameters)
    if (!parameter.frozen) parts.tensors.emplace_back(gradients.at(parameter.path), *parameter.unit_axis);
  const auto trained =
      exec::evaluate(program.train, arguments, {exec::Precision::float64, 0, {}, {}}).results;
  for (const BufferInfo& buffer : program.buffers)
    if (buffer.unit_axis) parts.tensors.emplace_back(trained.at("buffer:" + buffer.path), *buffer.unit_axis);
  NamedTensors heard;
  for (const ir::Argument& argument : program.predict.arguments)
    heard[argument.name] = arguments.at(argument.name);
  parts.tensors.emplace_back(
      exec::evaluate(program.predict, heard, {exec::Precision::float64, 0, {}, {}}).results.at("rate"), 2);
  return parts;
}

void check_apart(const ModelProgram& program) {
  const NamedTensors at = ragged_arguments(program.train);
  const Parts before = parts_at(program, at);
  for (int64_t unit = 0; unit < n_units; ++unit) {
    NamedTensors moved = at;
    const auto move = [&](const std::string& path, std::optional<size_t> axis) {
      if (axis)
        each_of(moved.at(path), *axis, unit, true,
                [](double& value, size_t i) { value += 0.1 + 0.01 * (i % 7); });
    };
    for (const ParameterInfo& parameter : program.parameters) move(parameter.path, parameter.unit_axis);
    for (const BufferInfo& buffer : program.buffers) move(buffer.path, buffer.unit_axis);
    Parts after = parts_at(program, moved);
    size_t n_changed = 0;
    for (size_t k = 0; k < after.tensors.size(); ++k) {
      auto& [tensor, axis] = after.tensors[k];
      const std::vector<double>& old = before.tensors[k].first.values;
      each_of(tensor, axis, unit, false, [&](double value, size_t i) { CHECK(value == old[i]); });
      each_of(tensor, axis, unit, true, [&](double value, size_t i) { n_changed += value != old[i]; });
    }
    CHECK(n_changed > 0);
  }
}

}  // namespace

TEST_CASE("units apart: the library's models and layers of one unit each, and cells of one's own") {
  for (const char* rate :
       {"x |> STRF(N, 30ms) |> BatchNorm()", "x |> STRF(N, 30ms) |> BatchNorm() |> DoubleExp()",
        "x |> RankSTRF(N, rank = 3, window = 30ms) |> SigmoidCurve()",
        "x |> GaussianSTRF(N, count = 3, window = 30ms) |> BatchNorm() |> SoftPlusCurve()",
        "x |> DCLS(N, count = 3, window = 30ms)", "x |> STRF(N, 30ms) |> Fir(3) |> BatchNorm() |> Leak()",
        "x |> STRF(N, 30ms) |> Adapting() |> BatchNorm() |> DoubleExp()",
        "x |> STRF(N, 30ms) |> BatchNorm() |> Oscillating(3) |> DoubleExp()", "x |> Linear(N)"}) {
    CAPTURE(rate);
    Checked checked(rate, "");
    REQUIRE(checked.refusal() == "");
    check_apart(*checked.program());
  }
}

TEST_CASE("units apart: losses that are sums over units, penalties, and what is frozen and shared") {
  const std::string ln = "x |> STRF(N, 30ms) |> BatchNorm() |> DoubleExp()";
  for (const char* loss :
       {"mse() + 1e-2 * l2(\"*\") + 1e-2 * l1(\"STRF.w\") + smooth(\"STRF.w\", along = \"F\")",
        "0.5 * mse(of = rate, to = response)", "mean(abs(rate - response))"}) {
    CAPTURE(loss);
    Checked checked(ln, std::string(", loss = ") + loss);
    REQUIRE(checked.refusal() == "");
    check_apart(*checked.program());
  }
  Checked frozen("x |> AdapTrans() |> flatten(into = \"I\") |> Linear(N) |> BatchNorm() |> DoubleExp()",
                 ", tune = [freeze(\"AdapTrans\")]");
  REQUIRE(frozen.refusal() == "");
  check_apart(*frozen.program());
}

TEST_CASE("units tied: the message names the first thing shared") {
  const auto refusal = [](const std::string& rate, const std::string& settings = "") {
    return Checked(rate, settings).refusal();
  };
  CHECK(refusal("x |> STRF(4, 30ms) |> BatchNorm() |> tanh |> Linear(N)") ==
        "they share the parameter `STRF.w`");
  // As many hidden ones as units.
  CHECK(refusal("x |> STRF(3, 30ms) |> BatchNorm() |> tanh |> Linear(N)") ==
        "they share the parameter `STRF.w`");
  CHECK(refusal("x |> STRF(N, 30ms) |> Linear(N)") == "they share the parameter `STRF.w`");
  CHECK(refusal("x |> STRF(N, 30ms) |> Gain()") == "they share the parameter `Gain.g`");
  CHECK(refusal("x |> STRF(N, 30ms) |> LayerNorm(over = N)") == "they share the parameter `STRF.w`");
  CHECK(refusal("x |> GRU(N)") == "they share the parameter `GRU.Wxr`");
  CHECK(refusal("x |> AdapTrans() |> flatten(into = \"I\") |> Linear(N)") ==
        "they share the parameter `AdapTrans.d_on`");
  CHECK(refusal("x |> BatchNorm() |> STRF(N, 30ms)") == "they share the parameter `BatchNorm.scale`");
  CHECK(refusal("x |> BatchNorm() |> STRF(N, 30ms)", ", tune = [freeze(\"BatchNorm\")]") ==
        "they share the statistics `BatchNorm.mean`, which training changes");
}

TEST_CASE("units tied: by the loss, by a clip of all gradients, by a schedule that watches all units") {
  const auto refusal = [](const std::string& settings) {
    return Checked("x |> STRF(N, 30ms) |> BatchNorm()", settings).refusal();
  };
  const std::string no_sum = "in training, the loss is no sum of terms of one unit each";
  CHECK(refusal(", loss = sqrt(mse())") == no_sum);
  CHECK(refusal(", loss = mse() * l2(\"STRF.w\")") == no_sum);
  CHECK(refusal(", loss = mse() + sqrt(l2(\"STRF.w\"))") == no_sum);
  CHECK(refusal(", clip = clip(norm = 1)").find("`clip` shortens") != std::string::npos);
  CHECK(refusal(", schedule = plateau()").find("`plateau` lowers") != std::string::npos);
}

TEST_CASE("units tied: one unit alone shares with nobody, and its program is as ever") {
  Checked checked("x |> STRF(4, 30ms) |> BatchNorm() |> tanh |> Linear(N)", ", clip = none");
  const auto& plan = checked.spec.compiler().outline().at(0);
  const auto program = checked.spec.compiler().build(*plan.model, plan.protocol.get(), {3, 1, {}}, *plan.dt);
  REQUIRE(program);
  CHECK(program->unit_loss.results.empty());
  CHECK(!program->parameters[0].unit_axis);
}

TEST_CASE("the loss of a unit is the formula with one unit: its own present bins, whatever others have") {
  Checked checked("x |> STRF(N, 30ms)", "");
  REQUIRE(checked.refusal() == "");
  const auto program = checked.program();
  REQUIRE(program);
  const NamedTensors given = drawn_arguments(program->unit_loss, 1, 9);
  CHECK(given.at("rate").sizes == std::vector<int64_t>{1, 9, 1});
  double sum = 0, n = 0;
  for (size_t i = 0; i < 9; ++i) {
    if (given.at("present").values[i] == 0) continue;
    const double error = given.at("rate").values[i] - given.at("response").values[i];
    sum += error * error;
    ++n;
  }
  REQUIRE(n < 9);
  const auto loss = exec::evaluate(program->unit_loss, given, {exec::Precision::float64, 0, {}, {}});
  CHECK(loss.results.at("loss").values.at(0) == doctest::Approx(sum / n).epsilon(1e-12));
}
