// Random programs by a plan: values and derivatives are the reference executor's.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>

#include "tests/exec/plan_checks.h"
#include "tests/exec/random_program.h"
#include "tests/exec/shrink.h"

using namespace stria;
using namespace stria::test;
using exec::Precision;

namespace {

constexpr uint64_t first_seed = 1, n_programs = 500;

PlanCheck checked_as(const ir::Graph& graph, Precision precision, int64_t lanes) {
  PlanCheck check;
  check.precision = precision;
  check.lanes = lanes;
  if (graph.find_result("loss") != nullptr) {
    check.differentiate = "loss";
    check.with_respect_to = real_arguments(graph);
  }
  return check;
}

// What is wrong with the program; empty where nothing is, or where the numbers say nothing: those that are
// not finite, and in single precision those where LibTorch itself is off by a fifth of what is allowed.
std::string wrong_with(const Failing& program, Precision precision, int64_t lanes,
                       const codegen::Target& target, bool* left_out = nullptr) {
  try {
    PlanCheck check = checked_as(program.graph, precision, lanes);
    check.target = target;
    const exec::Evaluation expected = reference(program.graph, program.arguments, check);
    bool usable = all_finite(expected);
    if (usable && precision == Precision::float32) {
      const exec::Evaluation single = exec::evaluate(
          program.graph, program.arguments, {precision, 0, check.differentiate, check.with_respect_to});
      usable = difference(expected, single, check.bound() / 5).empty();
    }
    if (left_out != nullptr) *left_out = !usable;
    return usable ? plan_difference(program.graph, program.arguments, check, expected) : "";
  } catch (const std::exception&) {
    return "";  // of the reference executor: no program
  }
}

void check_program(uint64_t seed, Precision precision, int64_t lanes, const codegen::Target& target,
                   int& n_left_out) {
  const RandomProgram program = random_program(seed);
  bool left_out = false;
  const Failing failing{program.graph, program.arguments, program.n_clips, program.n_bins};
  const std::string wrong = wrong_with(failing, precision, lanes, target, &left_out);
  n_left_out += left_out ? 1 : 0;
  if (wrong.empty()) return;
  const Failing least = shrunk(failing, [&](const Failing& smaller) {
    return !wrong_with(smaller, precision, lanes, target).empty();
  });
  FAIL_CHECK(fmt::format("program {} ({}, lanes {}, {}): {}\nshrunk, {} clips of {} bins: {}\n{}", seed,
                         precision == Precision::float64 ? "float64" : "float32", lanes, target.name, wrong,
                         least.n_clips, least.n_bins, wrong_with(least, precision, lanes, target),
                         ir::print(least.graph)));
}

// STRIA_SEEDS="7 8": these programs alone, each in both precisions and numbers of lanes.
bool check_named_seeds() {
  const char* text = std::getenv("STRIA_SEEDS");
  if (text == nullptr) return false;
  int n_left_out = 0;
  for (char* rest = const_cast<char*>(text); *rest != 0;) {
    const uint64_t seed = std::strtoull(rest, &rest, 10);
    for (const Precision precision : {Precision::float64, Precision::float32}) {
      for (const int64_t lanes : {1, 8}) check_program(seed, precision, lanes, codegen::host(), n_left_out);
    }
    while (*rest == ' ') ++rest;
  }
  return true;
}

}  // namespace

TEST_CASE("random programs: values and derivatives by a plan are the reference executor's") {
  if (check_named_seeds()) return;
  int n_left_out = 0;
  for (uint64_t seed = first_seed; seed < first_seed + n_programs; ++seed) {
    // Each pair of precision and number of lanes in a quarter of the programs.
    check_program(seed, seed % 4 < 2 ? Precision::float64 : Precision::float32, seed % 2 == 0 ? 1 : 8,
                  codegen::host(), n_left_out);
  }
  MESSAGE("seeds " << first_seed << " to " << first_seed + n_programs - 1 << ", left out: " << n_left_out
                   << " of " << n_programs);
  CHECK(n_left_out * 20 < static_cast<int>(n_programs));
}

TEST_CASE(
    "random programs have each op, cells, history, ragged batches, missing responses and sizes of one") {
  Coverage coverage;
  for (uint64_t seed = first_seed; seed < first_seed + n_programs; ++seed)
    count_coverage(random_program(seed), coverage);
  std::string text;
  for (const auto& [name, n] : coverage) text += fmt::format("  {} {}\n", name, n);
  MESSAGE("of " << n_programs << " programs:\n" << text);
  for (const ir::OpInfo& info : ir::all_ops()) {
    if (info.op != ir::Op::random) CHECK_MESSAGE(coverage[std::string(info.name)] >= 20, info.name);
  }
  CHECK(coverage["cells"] * 10 >= static_cast<int>(n_programs) * 3);
  for (const char* name :
       {"cells backwards", "cells forwards", "several states", "products in cells", "complex values",
        "ragged batches", "missing responses", "size one", "one clip", "one bin"})
    CHECK_MESSAGE(coverage[name] >= 20, name);
}

TEST_CASE("random programs on each floor of x86-64 that this machine can run") {
  for (const std::string& name : codegen::baselines()) {
    int n_left_out = 0;
    for (uint64_t seed = 2001; seed <= 2020; ++seed) {
      const int64_t lanes = seed % 2 == 0 ? 1 : 8;
      check_program(seed, seed % 4 < 2 ? Precision::float64 : Precision::float32, lanes,
                    codegen::baseline(name), n_left_out);
    }
  }
}
