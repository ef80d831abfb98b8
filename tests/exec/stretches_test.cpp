// What a plan keeps of a step in memory is nowhere in its results, to the bit.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "compiler/plan/prepare.h"
#include "runtime/exec/plan_program.h"
#include "tests/exec/gru_graph.h"
#include "tests/exec/library_programs.h"
#include "tests/exec/plan_checks.h"
#include "tests/exec/random_program.h"

using namespace stria;
using namespace stria::test;
using exec::Evaluation;
using exec::NamedTensors;
using plan::Keep;

namespace {

// The first tensor that is not the same in both, to the bit.
std::string unlike(const NamedTensors& a, const NamedTensors& b) {
  for (const auto& [name, tensor] : a) {
    if (!same_bits(tensor, b.at(name))) return name;
  }
  return "";
}

struct Cut {
  int64_t outer_bins = 1, lanes = 1;
  exec::Precision precision = exec::Precision::float32;
};

// What is not the same bits in stretches of a few times outer_bins bins.
std::string unlike_in_stretches(const ir::Graph& graph, const NamedTensors& arguments, const Cut& cut) {
  exec::PlanEvaluateOptions options;
  if (graph.find_result("loss") != nullptr) {
    options.differentiate = "loss";
    options.with_respect_to = real_arguments(graph);
  }
  options.outer_bins = cut.outer_bins;
  options.lanes = cut.lanes;
  options.precision = cut.precision;
  options.keep = Keep::everything;
  const Evaluation whole = exec::evaluate_plan(graph, arguments, options);
  for (const Keep keep : {Keep::between_phases, Keep::starts}) {
    options.keep = keep;
    const Evaluation parts = exec::evaluate_plan(graph, arguments, options);
    for (const std::string& name :
         {unlike(whole.results, parts.results), unlike(whole.gradients, parts.gradients)}) {
      if (!name.empty())
        return fmt::format("{} of {}, lanes {}, {} bins at once, keep {}", name, graph.name, cut.lanes,
                           cut.outer_bins, keep == Keep::starts ? "starts" : "between phases");
    }
  }
  return "";
}

constexpr Cut one_clip{1, 1, exec::Precision::float32}, many_clips{2, 8, exec::Precision::float64};

// Whether forward steps run again for the derivatives.
bool makes_again(const ir::Graph& graph) {
  passes::PassOptions options;
  options.differentiate = "loss";
  options.with_respect_to = real_arguments(graph);
  return plan::choose_stretches(plan::prepare(graph, options, {}).plan, Keep::starts).makes_again();
}

}  // namespace

TEST_CASE("a GRU in stretches: odd lengths, lengths that do not divide the clip, one bin") {
  const ir::Graph graph = gru_graph(5, 11);
  for (const int64_t n_bins : {1, 2, 3, 10, 23, 100}) {
    for (const int64_t outer_bins : {1, 2, 3, 7}) {
      CAPTURE(n_bins);
      const NamedTensors arguments = drawn_arguments(graph, 9, n_bins);
      CHECK(unlike_in_stretches(graph, arguments, {outer_bins, 1, exec::Precision::float32}) == "");
      CHECK(unlike_in_stretches(graph, arguments, {outer_bins, 8, exec::Precision::float64}) == "");
    }
  }
}

TEST_CASE("each model and cell in stretches: losses, new buffers and derivatives are the same bits") {
  for (const LibraryProgram& each : library_programs()) {
    CAPTURE(each.label);
    for (const Cut& cut : {one_clip, many_clips}) {
      CHECK(unlike_in_stretches(each.program->train, ragged_arguments(each.program->train), cut) == "");
      CHECK(unlike_in_stretches(each.program->predict, ragged_arguments(each.program->predict), cut) == "");
    }
  }
}

TEST_CASE("random programs in stretches: the same bits") {
  constexpr uint64_t first_seed = 4001, n_programs = 100;
  int n_made_again = 0;
  for (uint64_t seed = first_seed; seed < first_seed + n_programs; ++seed) {
    CAPTURE(seed);
    const RandomProgram program = random_program(seed);
    CAPTURE(ir::print(program.graph));
    const auto precision = seed % 4 < 2 ? exec::Precision::float64 : exec::Precision::float32;
    const auto outer_bins = static_cast<int64_t>(1 + seed % 3 / 2);
    const std::string wrong =
        unlike_in_stretches(program.graph, program.arguments, {outer_bins, seed % 2 == 0 ? 1 : 8, precision});
    CHECK_MESSAGE(wrong.empty(), fmt::format("program {}, {} clips of {} bins: {}\n{}", seed, program.n_clips,
                                             program.n_bins, wrong, ir::print(program.graph)));
    n_made_again += makes_again(program.graph) ? 1 : 0;
  }
  MESSAGE("seeds " << first_seed << " to " << first_seed + n_programs - 1
                   << ", with steps made again: " << n_made_again);
  CHECK(n_made_again >= 10);
}
