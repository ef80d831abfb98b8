// Derivatives of what is trained: the graphs of the models, cells and layers that come with the language,
// written out and held against autograd.
#include <doctest/doctest.h>

#include <algorithm>

#include "compiler/passes/hoist_scan.h"
#include "tests/exec/gradients.h"
#include "tests/sema/sema_helpers.h"

using namespace stria;
using namespace stria::test;
using exec::NamedTensors;

namespace {

// Clips of 7, 4 and 1 bins, padded to 7; some responses are missing.
NamedTensors ragged_arguments(const ir::Graph& train) {
  NamedTensors arguments = drawn_arguments(train, 3, 7);
  exec::HostTensor& valid = arguments.at("valid");
  const int64_t lengths[] = {7, 4, 1};
  const auto in_clip = [&](int64_t clip, int64_t bin) { return bin < lengths[clip]; };
  for (int64_t i = 0; i < 21; ++i) valid.values[static_cast<size_t>(i)] = in_clip(i / 7, i % 7);
  for (const char* name : {"x", "response", "present"}) {
    exec::HostTensor& tensor = arguments.at(name);
    const int64_t width = tensor.sizes.back();
    for (int64_t i = 0; i < 21 * width; ++i) {
      if (!in_clip(i / width / 7, i / width % 7)) tensor.values[static_cast<size_t>(i)] = 0;
    }
  }
  return arguments;
}

Names parameters_of(const ir::Graph& graph) {
  Names names;
  for (const ir::Argument& argument : graph.arguments) {
    if (argument.kind == ir::ArgumentKind::parameter) names.push_back(argument.name);
  }
  return names;
}

}  // namespace

namespace {

void check_train_graphs(Compiler& compiler) {
  for (const auto& plan : compiler.outline()) {
    CAPTURE(plan.label);
    const Rational step = plan.dt.value_or(*Rational::make(5, 1000));
    const auto program = compiler.build(*plan.model, plan.protocol.get(), plan.n_bands.value_or(18), 3, step);
    REQUIRE(program);
    const NamedTensors arguments = ragged_arguments(program->train);
    Names wrt = parameters_of(program->train);
    REQUIRE(!wrt.empty());
    check_derivative(passes::hoist_scan(program->train), arguments, "loss", wrt);
    wrt.push_back("x");
    check_derivative(program->train, arguments, "loss", wrt);
  }
}

}  // namespace

TEST_CASE(
    "derivatives of all models and cells of the library, written out, are autograd's, on clips of unlike "
    "lengths") {
  sema_testing::CheckedSpec spec(
      "use stria.models (L, LN, NRF, DNet, StateNet)\nuse stria.cells (RNN, GRU, LSTM)\n"
      "use stria.datasets (Simulated)\nuse stria.protocols (Standard)\n"
      "experiment E {\n"
      "  data = Simulated()\n"
      "  sweep model in {L = L(), LN = LN(), NRF = NRF(), DNet = DNet(), GRU = StateNet(core = GRU(5)),\n"
      "                  RNN = StateNet(core = RNN(5)), LSTM = StateNet(core = LSTM(5))}\n"
      "  protocol = Standard()\n}\n");
  REQUIRE(spec.codes().empty());
  REQUIRE(spec.compiler().outline().size() == 7);
  check_train_graphs(spec.compiler());
}

TEST_CASE("derivatives of cells of one's own (specs/own_cells.stria), written out, are autograd's") {
  Diagnostics diagnostics;
  Compiler compiler(std::string(STRIA_SOURCE_DIR) + "/specs/own_cells.stria", {}, diagnostics);
  compiler.check();
  REQUIRE(diagnostics.sorted().empty());
  REQUIRE(!compiler.outline().empty());
  check_train_graphs(compiler);
}

namespace {

// Diagonal state spaces: complex states with fixed poles, and real ones whose step and maps hang on the
// input.
constexpr const char* state_spaces = R"(stria 0.1
use stria.datasets (Simulated)
use stria.layers (Fir, LeakyReLU, Linear, LocallyConnected)
use stria.math (gelu, silu)
use stria.models (StateNet)
use stria.protocols (Standard)

cell S4D(width: dim, order: int = 6) {
  input u: [I]
  let pairs = order // 2
  param In: [width, I] ~ glorot()
  param D: [width] ~ normal(0, 1)
  param C: [width, pairs] of complex ~ normal(0, 1)
  param logA: [width, pairs] = log(0.5)
  param omega: [width, pairs] = [pi * n for w in width, n in pairs]
  param(decay = 0) logstep: [width] ~ uniform(log(1e-3), log(1e-1))
  state s: [width, pairs] of complex = 0
  let v = In @ u
  let A = complex(-exp(logA), omega)
  let a = exp(A * exp(logstep))
  next s = a * s + (a - 1) / A * v
  output y: [width] = gelu(2 * re(sum(C * next s, over = pairs)) + D * v)
}

cell Selective(order: dim, rank: dim) {
  input v: [E]
  state s: [E, order] = 0
  param logA: [E, order] = [log(n + 1) for e in E, n in order]
  param D: [E] = 1
  let h = softplus(v |> Linear(rank, bias = false) |> Linear(E))
  let B = v |> Linear(order, bias = false)
  let C = v |> Linear(order, bias = false)
  next s = exp(-exp(logA) * h) * s + outer(h * v, B)
  output y: [E] = sum(C * next s, over = order) + D * v
}

layer Mamba(width: dim, order: dim = 3, expand: int = 2, taps: int = 4, rank: dim = 2) {
  input u: stream [width]
  let E = expand * width
  let v = u |> Linear(E, bias = false) |> Fir(taps) |> silu |> Selective(order, rank)
  output y: stream [width] = Linear(width, bias = false)(v * silu(u |> Linear(E, bias = false)))
}

layer Block() {
  input u: stream [I]
  output y: stream [4] = u |> Linear(4) |> LeakyReLU() |> Mamba(4)
}

experiment Spaces {
  data = Simulated()
  sweep core in {s4d = S4D(5), mamba = Block()}
  model    = StateNet(core = core, down = LocallyConnected(channels = 2, kernel = 6, stride = 6))
  protocol = Standard()
}
)";

}  // namespace

TEST_CASE("derivatives of complex states, split and written out, are autograd's") {
  sema_testing::CheckedSpec spec(state_spaces);
  REQUIRE(spec.codes().empty());
  REQUIRE(spec.compiler().outline().size() == 2);
  check_train_graphs(spec.compiler());
}
