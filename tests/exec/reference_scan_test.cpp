// `scan` against written-out loops and against LibTorch's own GRU.
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/gru.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>
#include <doctest/doctest.h>

#include <cmath>
#include <thread>

#include "compiler/passes/hoist_scan.h"
#include "runtime/exec/reference.h"
#include "runtime/random/random.h"
#include "tests/exec/gru_graph.h"
#include "tests/passes/scan_bodies.h"

using namespace stria;
using namespace stria::test;
using exec::HostTensor;
using exec::NamedTensors;
using exec::Precision;
using ir::ArgumentKind;
using ir::batch_dim;
using ir::dim;
using ir::Element;
using ir::Op;
using ir::time_dim;
using ir::ValueId;

namespace {

HostTensor drawn(const std::string& name, std::vector<int64_t> sizes, double scale = 0.5) {
  int64_t count = 1;
  for (const int64_t size : sizes) count *= size;
  const random::Draws draws(5, "test", name);
  HostTensor result{std::move(sizes), {}};
  for (int64_t i = 0; i < count; ++i) {
    result.values.push_back(draws.uniform({0, 0, static_cast<uint64_t>(i)}, -scale, scale));
  }
  return result;
}

// Two states, each of which needs the other's old value; one output a frame, one fixed, one a state; starts
// of all ranks.
//   next v = a v + x + w,  next w = v w;  outputs: v + w (old), a, next v
ir::Graph two_states() {
  ir::Builder builder("scan");
  const ValueId x =
      builder.argument(ArgumentKind::input, "x", {Element::real, {batch_dim, time_dim, dim(2)}});
  const ValueId a = builder.argument(ArgumentKind::parameter, "a", {Element::real, {dim(2)}});
  const ValueId v0 = builder.argument(ArgumentKind::parameter, "v0", {Element::real, {dim(2)}});
  const ValueId w0 = builder.constant(0.5);
  builder.begin_scan();
  const ValueId frame = builder.scan_input(x);
  const ir::Type state_type{Element::real, {batch_dim, dim(2)}};
  const ValueId v = builder.scan_state(v0, state_type), w = builder.scan_state(w0, state_type);
  const ValueId grown = builder.add(Op::add, {builder.add(Op::mul, {a, v}), frame});
  const ValueId next_v = builder.add(Op::add, {grown, w});
  const ValueId next_w = builder.add(Op::mul, {v, w});
  const ValueId out = builder.add(Op::add, {v, w});
  const auto streams = builder.end_scan({next_v, next_w}, {out, a, next_v});
  builder.result("sum", streams[0]);
  builder.result("fixed", streams[1]);
  builder.result("v", streams[2]);
  const ValueId squares = builder.add(Op::mul, {streams[0], streams[0]});
  const std::vector<int64_t> all = {0, 1, 2};
  const ValueId both = builder.add(Op::add, {squares, streams[1]});
  builder.result("loss", builder.add(Op::reduce_sum, {both}, {{"axes", all}}));
  return builder.finish();
}

double two_states_loss(const NamedTensors& given, NamedTensors* results = nullptr) {
  const HostTensor& x = given.at("x");
  const int64_t n_clips = x.sizes[0], n_bins = x.sizes[1];
  double loss = 0;
  NamedTensors out = {
      {"sum", {x.sizes, x.values}}, {"fixed", {x.sizes, x.values}}, {"v", {x.sizes, x.values}}};
  for (int64_t b = 0; b < n_clips; ++b) {
    for (size_t h = 0; h < 2; ++h) {
      const double a = given.at("a").values[h];
      double v = given.at("v0").values[h], w = 0.5;
      for (int64_t t = 0; t < n_bins; ++t) {
        const size_t i = static_cast<size_t>((b * n_bins + t) * 2) + h;
        const double next_v = a * v + x.values[i] + w, next_w = v * w;
        out["sum"].values[i] = v + w;
        out["fixed"].values[i] = a;
        out["v"].values[i] = next_v;
        loss += (v + w) * (v + w) + a;
        v = next_v;
        w = next_w;
      }
    }
  }
  if (results) *results = out;
  return loss;
}

void check_close(const std::vector<double>& a, const std::vector<double>& b, double bound) {
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i)
    CHECK(std::fabs(a[i] - b[i]) <= bound * std::max(1.0, std::fabs(b[i])));
}

at::Tensor tensor_of(const HostTensor& host) {
  return at::from_blob(const_cast<double*>(host.values.data()), host.sizes, at::TensorOptions(at::kDouble))
      .clone();
}

std::vector<double> values_of(const at::Tensor& tensor) {
  const at::Tensor dense = tensor.detach().contiguous();
  return {dense.const_data_ptr<double>(), dense.const_data_ptr<double>() + dense.numel()};
}

// LibTorch keeps the gates r, z, n below one another.
at::Tensor stacked(const NamedTensors& given, const std::string& kind) {
  HostTensor all = given.at(kind + "r");
  all.sizes[0] *= 3;
  for (const char* gate : {"z", "n"}) {
    const auto& values = given.at(kind + gate).values;
    all.values.insert(all.values.end(), values.begin(), values.end());
  }
  return tensor_of(all).requires_grad_(true);
}

NamedTensors gru_arguments(int64_t n_clips, int64_t n_bins, int64_t n_inputs, int64_t n_hidden) {
  NamedTensors given = {{"x", drawn("x", {n_clips, n_bins, n_inputs}, 2)}};
  for (const char* gate : {"r", "z", "n"}) {
    for (const char* side : {"x", "h"}) {
      const std::string name = std::string(side) + gate;
      given["W" + name] = drawn("W" + name, {n_hidden, std::string(side) == "x" ? n_inputs : n_hidden});
      given["b" + name] = drawn("b" + name, {n_hidden});
    }
  }
  return given;
}

}  // namespace

TEST_CASE("scan.1: all states take their old values, as in a written-out loop") {
  const ir::Graph graph = two_states();
  for (const auto& [n_clips, n_bins] : {std::pair<int64_t, int64_t>{1, 1}, {2, 3}, {3, 7}}) {
    NamedTensors given = {
        {"x", drawn("x", {n_clips, n_bins, 2})}, {"a", drawn("a", {2})}, {"v0", drawn("v0", {2})}};
    NamedTensors expected;
    two_states_loss(given, &expected);
    const auto evaluation = exec::evaluate(graph, given, {Precision::float64, 0, "loss", {"x", "a", "v0"}});
    for (const auto& [name, tensor] : expected) {
      CHECK(evaluation.results.at(name).sizes == tensor.sizes);
      check_close(evaluation.results.at(name).values, tensor.values, 1e-13);
    }
    for (const auto& [name, gradient] : evaluation.gradients) {
      for (size_t i = 0; i < gradient.values.size(); ++i) {
        NamedTensors above = given, below = given;
        above[name].values[i] += 1e-5;
        below[name].values[i] -= 1e-5;
        const double slope = (two_states_loss(above) - two_states_loss(below)) / 2e-5;
        CHECK(std::fabs(gradient.values[i] - slope) < 1e-6 * std::max(1.0, std::fabs(slope)));
      }
    }
  }
}

TEST_CASE("scan.2: a start is taken at each clip's first bin, so clips do not reach into one another") {
  const ir::Graph graph = two_states();
  NamedTensors given = {{"x", drawn("x", {2, 4, 2})}, {"a", drawn("a", {2})}, {"v0", drawn("v0", {2})}};
  const auto both = exec::evaluate(graph, given, {Precision::float64, 0, {}, {}}).results.at("sum");
  NamedTensors second = given;
  second["x"] = {{1, 4, 2}, {given["x"].values.begin() + 8, given["x"].values.end()}};
  const auto alone = exec::evaluate(graph, second, {Precision::float64, 0, {}, {}}).results.at("sum");
  CHECK(std::vector<double>(both.values.begin() + 8, both.values.end()) == alone.values);
}

TEST_CASE("a scan from the last bin to the first is one over the clips played backwards") {
  const auto graph = [](const std::string& order) {
    return ir::read(
        "graph g(input x: real[B,T,2], input start: real[B,2]) {"
        "  %2, %3 = scan %0, %1 {n_inputs=1, reverse=" +
        order +
        "} (%4: real[B,2], %5: real[B,2]) {"
        "    %6 = mul %5, %4 %7 = add %6, %4"
        "    yield %7, %7, %5"
        "  }"
        "  return after = %2, before = %3"
        "}");
  };
  const auto backwards = [](HostTensor x) {  // [3, 4, 2]
    for (size_t clip = 0; clip < 3; ++clip) {
      for (size_t bin = 0; bin < 2; ++bin) {
        for (size_t i = 0; i < 2; ++i) {
          std::swap(x.values[(clip * 4 + bin) * 2 + i], x.values[(clip * 4 + 3 - bin) * 2 + i]);
        }
      }
    }
    return x;
  };
  const NamedTensors given = {{"x", drawn("x", {3, 4, 2})}, {"start", drawn("start", {3, 2})}};
  NamedTensors played = given;
  played["x"] = backwards(given.at("x"));
  const exec::EvaluateOptions options{Precision::float64, 0, {}, {}};
  const auto reverse = exec::evaluate(graph("1"), given, options).results;
  const auto forward = exec::evaluate(graph("0"), played, options).results;
  for (const char* name : {"after", "before"}) {
    CHECK(reverse.at(name).values == backwards(forward.at(name)).values);
  }
}

TEST_CASE("a GRU by its equations is LibTorch's own, values and derivatives") {
  for (const auto& [n_clips, n_bins, n_inputs, n_hidden] :
       {std::array<int64_t, 4>{1, 1, 1, 1}, {3, 9, 5, 4}, {1, 30, 7, 16}}) {
    const NamedTensors given = gru_arguments(n_clips, n_bins, n_inputs, n_hidden);
    exec::EvaluateOptions options{Precision::float64, 0, "loss", {}};
    for (const auto& [name, tensor] : given) options.with_respect_to.push_back(name);
    const auto ours = exec::evaluate(gru_graph(n_inputs, n_hidden), given, options);

    const at::Tensor x = tensor_of(given.at("x")).requires_grad_(true);
    const std::vector<at::Tensor> weights = {stacked(given, "Wx"), stacked(given, "Wh"), stacked(given, "bx"),
                                             stacked(given, "bh")};
    const at::Tensor start = at::zeros({1, n_clips, n_hidden}, at::TensorOptions(at::kDouble));
    const at::Tensor theirs = std::get<0>(at::gru(x, start, weights, /*has_biases=*/true, /*num_layers=*/1,
                                                  /*dropout=*/0, /*train=*/true, /*bidirectional=*/false,
                                                  /*batch_first=*/true));
    at::sum(theirs.mul(theirs)).backward();
    check_close(ours.results.at("h").values, values_of(theirs), 1e-9);
    check_close(ours.gradients.at("x").values, values_of(x.grad()), 1e-9);
    const std::string kinds[] = {"Wx", "Wh", "bx", "bh"};
    for (size_t k = 0; k < 4; ++k) {
      std::vector<double> stacked_gradient;
      for (const char* gate : {"r", "z", "n"}) {
        const auto& values = ours.gradients.at(kinds[k] + gate).values;
        stacked_gradient.insert(stacked_gradient.end(), values.begin(), values.end());
      }
      check_close(stacked_gradient, values_of(weights[k].grad()), 1e-9);
    }
  }
}

TEST_CASE("run.4: several threads at once give the bits that one gives") {
  const NamedTensors given = gru_arguments(2, 40, 9, 13);
  const ir::Graph graph = gru_graph(9, 13);
  const exec::EvaluateOptions options{Precision::float32, 0, "loss", {"Whr", "bxn", "x"}};
  const exec::Evaluation alone = exec::evaluate(graph, given, options);
  std::vector<exec::Evaluation> together(4);
  std::vector<std::thread> threads;
  for (exec::Evaluation& mine : together) {
    threads.emplace_back([&] {
      for (int repeat = 0; repeat < 5; ++repeat) mine = exec::evaluate(graph, given, options);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const exec::Evaluation& one : together) {
    CHECK(one.results.at("h").values == alone.results.at("h").values);
    for (const auto& [name, gradient] : alone.gradients)
      CHECK(one.gradients.at(name).values == gradient.values);
  }
}

TEST_CASE("arguments that are missing, of another size or of another length are named") {
  const ir::Graph graph = two_states();
  NamedTensors given = {{"x", drawn("x", {2, 4, 2})}, {"a", drawn("a", {2})}, {"v0", drawn("v0", {2})}};
  const auto message = [&](const NamedTensors& arguments, const exec::EvaluateOptions& options = {}) {
    try {
      exec::evaluate(graph, arguments, options);
    } catch (const ir::InternalError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  NamedTensors missing = given, wrong = given, torn = given;
  missing.erase("a");
  CHECK(message(missing) == "argument `a` is missing");
  wrong["a"] = drawn("a", {3});
  CHECK(message(wrong) == "graph `scan`: argument `a` is real[2], and [3] was given");
  CHECK(message(given, {Precision::float32, 0, "loss", {"b"}}) == "there is no derivative by `b`");
  CHECK(message(given, {Precision::float32, 0, "sum", {"a"}}) == "result `sum` is not a single number");
  CHECK(message(given, {Precision::float32, 0, "total", {"a"}}) == "there is no result `total`");
  torn["a"].values.pop_back();
  CHECK(message(torn) == "a tensor's number of values is not the product of its sizes");
}

TEST_CASE("scan.6: a hoisted scan gives the values and derivatives of the plain one") {
  const auto check_same = [](const ir::Graph& graph, const NamedTensors& given, const std::string& loss) {
    exec::EvaluateOptions options{Precision::float64, 0, loss, {}};
    for (const auto& [name, tensor] : given) options.with_respect_to.push_back(name);
    const auto plain = exec::evaluate(graph, given, options);
    const auto hoisted = exec::evaluate(passes::hoist_scan(graph), given, options);
    for (const auto& [name, tensor] : plain.results)
      check_close(hoisted.results.at(name).values, tensor.values, 1e-12);
    for (const auto& [name, tensor] : plain.gradients) {
      check_close(hoisted.gradients.at(name).values, tensor.values, 1e-12);
    }
  };
  check_same(gru_graph(5, 4), gru_arguments(3, 9, 5, 4), "loss");
  check_same(two_states(), {{"x", drawn("x", {2, 4, 2})}, {"a", drawn("a", {2})}, {"v0", drawn("v0", {2})}},
             "loss");
  for (std::string text : scan_bodies) {
    CAPTURE(text);
    text.replace(text.find("return y = %4"), 13,
                 "%100 = reduce_sum %4 {axes=[0,1,2]} return y = %4, loss = %100");
    const NamedTensors given = {
        {"x", drawn("x", {3, 4, 6})}, {"gain", drawn("gain", {3, 6})}, {"w", drawn("w", {6})}};
    check_same(ir::read(text), given, "loss");
  }
}
