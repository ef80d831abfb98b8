// run.7: batch norms that become part of the weights before them.
#include "runtime/train/absorb.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "runtime/train/step_timing.h"
#include "tests/exec/library_programs.h"

using namespace stria;
using namespace stria::test;

namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

exec::Batch batch_of(const ModelProgram& program, uint64_t seed) {
  return train::random_batch(seed, 2, 17, program);
}

// Started and trained for some steps, so that its norms have statistics, scales and shifts of their own.
std::unique_ptr<exec::Executor> trained(const exec::CompiledModel* compiled, const ModelProgram& program) {
  auto executor = compiled ? exec::make_plan_executor(*compiled) : exec::make_reference_executor(program);
  const auto n = static_cast<size_t>(program.n_units);
  executor->initialise(
      3, {std::vector<double>(n, 0.0), std::vector<double>(n, 0.5), std::vector<double>(n, 1.0)});
  executor->begin_training({});
  for (uint64_t k = 0; k < 4; ++k) executor->step(batch_of(program, k), 0.02);
  return executor;
}

// The furthest that two predictions are apart, of the range of the first.
double moved(const std::vector<float>& before, const std::vector<float>& after) {
  const auto [low, high] = std::minmax_element(before.begin(), before.end());
  double furthest = 0;
  for (size_t i = 0; i < before.size(); ++i)
    furthest = std::max(furthest, std::fabs(double{before[i]} - after[i]));
  return furthest / std::max(1e-30, double{*high} - *low);
}

// How many norms the model has by its names, and whether the first is the one that changes nothing.
size_t n_norms(const ModelProgram& program) {
  return static_cast<size_t>(
      std::count_if(program.buffers.begin(), program.buffers.end(),
                    [](const BufferInfo& b) { return ends_with(b.path, "variance"); }));
}
void check_neutral(const ModelProgram& program, exec::Executor& executor) {
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    const std::string& path = program.parameters[i].path;
    if (ends_with(path, "BatchNorm.scale")) CHECK(executor.parameter(i)[0] == 1.0F);
    if (ends_with(path, "BatchNorm.shift")) CHECK(executor.parameter(i)[0] == 0.0F);
  }
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    if (ends_with(program.buffers[i].path, "mean")) CHECK(executor.buffer(i)[0] == 0.0F);
    if (ends_with(program.buffers[i].path, "variance"))
      CHECK(executor.buffer(i)[0] == doctest::Approx(1 - 1e-5));
  }
}

}  // namespace

TEST_CASE(
    "run.7: absorbed norms move predictions by less than a millionth of their range, in every library "
    "model") {
  size_t n_found = 0;
  for (const LibraryProgram& each : library_programs()) {
    INFO(each.label);
    const exec::CompiledModel compiled(*each.program);
    const auto executor = trained(&compiled, *each.program);
    const std::vector<float> before = executor->predict(batch_of(*each.program, 9));
    const auto n_absorbed = static_cast<size_t>(train::absorb_batch_norms(*each.program, *executor));
    CHECK(n_absorbed == n_norms(*each.program));
    CHECK(moved(before, executor->predict(batch_of(*each.program, 9))) < 1e-6);
    check_neutral(*each.program, *executor);
    n_found += n_absorbed;
  }
  CHECK(n_found >= 5);
}

TEST_CASE(
    "run.7: the reference executor, which norms as written, gets the same predictions from absorbed "
    "weights") {
  const LibraryProgram& each = library_programs().front();
  const auto executor = trained(nullptr, *each.program);
  const std::vector<float> before = executor->predict(batch_of(*each.program, 9));
  REQUIRE(train::absorb_batch_norms(*each.program, *executor) == 1);
  CHECK(moved(before, executor->predict(batch_of(*each.program, 9))) < 1e-5);
}

TEST_CASE("run.7: a norm behind weights with bounds stays as it is") {
  ModelProgram program = *library_programs().front().program;
  for (ParameterInfo& parameter : program.parameters) parameter.bounds = {Bounds::Kind::above, 0, 0};
  const auto executor = trained(nullptr, *library_programs().front().program);
  CHECK(train::absorb_batch_norms(program, *executor) == 0);
}
