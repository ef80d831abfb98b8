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
  for (const auto& plan : spec.compiler().outline()) {
    CAPTURE(plan.label);
    const auto program = spec.compiler().build(*plan.model, plan.protocol.get(), 18, 3, *plan.dt);
    REQUIRE(program);
    const NamedTensors arguments = ragged_arguments(program->train);
    Names wrt = parameters_of(program->train);
    REQUIRE(!wrt.empty());
    check_derivative(passes::hoist_scan(program->train), arguments, "loss", wrt);
    wrt.push_back("x");
    check_derivative(program->train, arguments, "loss", wrt);
  }
}
