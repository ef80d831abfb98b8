// The models and cells of the library by a plan: what is trained, what predicts, and the loss.
#include <doctest/doctest.h>

#include "tests/exec/library_programs.h"
#include "tests/exec/plan_checks.h"

using namespace stria;
using namespace stria::test;
using exec::NamedTensors;
using exec::Precision;

namespace {

void check_graph(const ir::Graph& graph, const NamedTensors& arguments, const std::string& of,
                 const Names& wrt) {
  PlanCheck check;
  check.differentiate = of;
  check.with_respect_to = wrt;
  const exec::Evaluation expected = reference(graph, arguments, check);
  REQUIRE(all_finite(expected));
  for (check.precision = Precision::float64;; check.precision = Precision::float32) {
    for (const int64_t lanes : {1, 8}) {
      check.lanes = lanes;
      INFO(graph.name << ", lanes " << lanes << ", " << (check.bound() < 1e-6 ? "float64" : "float32"));
      CHECK(plan_difference(graph, arguments, check, expected) == "");
    }
    if (check.precision == Precision::float32) return;
  }
}

}  // namespace

TEST_CASE("each model and cell by a plan: loss, new buffers and derivatives, on clips of unlike lengths") {
  for (const LibraryProgram& each : library_programs()) {
    CAPTURE(each.label);
    const ir::Graph& train = each.program->train;
    check_graph(train, ragged_arguments(train), "loss", parameters_of(train));
  }
}

TEST_CASE("each model and cell by a plan: predictions") {
  for (const LibraryProgram& each : library_programs()) {
    CAPTURE(each.label);
    check_graph(each.program->predict, ragged_arguments(each.program->predict), "", {});
  }
}

TEST_CASE("the loss of predictions by a plan") {
  const ir::Graph& loss = library_programs().front().program->loss;
  NamedTensors arguments = drawn_arguments(loss, 1, 23);
  for (double& value : arguments.at("rate").values) value += 1.5;
  check_graph(loss, arguments, "", {});
}
