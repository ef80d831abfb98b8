// Steps of training by a plan against those of the reference executor, its optimiser in plain loops.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "runtime/exec/executor.h"
#include "runtime/train/step_timing.h"
#include "tests/exec/library_programs.h"
#include "tests/sema/sema_helpers.h"

using namespace stria;
using namespace stria::test;

namespace {

void start(exec::Executor& executor, const ModelProgram& program, const OptimizerRule& rule) {
  const auto n = static_cast<size_t>(program.n_units);
  executor.initialise(
      7, {std::vector<double>(n, 0.0), std::vector<double>(n, 0.5), std::vector<double>(n, 1.0)});
  executor.begin_training(rule);
}

exec::Batch batch_of(const ModelProgram& program, uint64_t seed, int64_t n_clips) {
  return train::random_batch(seed, n_clips, 13, program);
}

// The furthest that a parameter of one is from that of the other, in steps of the learning rate: AdamW moves
// each entry by at most about one a step, whatever the size of its derivative.
double furthest(exec::Executor& a, exec::Executor& b, size_t n, double learning_rate) {
  double result = 0;
  for (size_t i = 0; i < n; ++i) {
    const std::span<float> x = a.parameter(i), y = b.parameter(i);
    REQUIRE(x.size() == y.size());
    for (size_t k = 0; k < x.size(); ++k) result = std::max(result, std::fabs(double{x[k]} - y[k]));
  }
  return result / learning_rate;
}

}  // namespace

TEST_CASE("AdamW in a plan: five steps of each library model move its parameters as plain loops do") {
  OptimizerRule rule;
  rule.learning_rate = 1e-3;
  rule.weight_decay = 0.1;
  rule.epsilon = 1e-4;  // so that the sign of a derivative of rounding's size does not decide
  for (const LibraryProgram& each : library_programs()) {
    INFO(each.label);
    const exec::CompiledModel model(*each.program);
    const auto plan = exec::make_plan_executor(model),
               reference = exec::make_reference_executor(*each.program);
    start(*plan, *each.program, rule);
    start(*reference, *each.program, rule);
    const size_t n = each.program->parameters.size();
    for (uint64_t k = 0; k < 5; ++k) {
      const exec::Batch batch = batch_of(*each.program, k, k == 3 ? 9 : 1);
      const exec::StepOutcome made = plan->step(batch, rule.learning_rate / (1.0 + k)),
                              expected = reference->step(batch, rule.learning_rate / (1.0 + k));
      CHECK(made.finite());
      CHECK(made.loss == doctest::Approx(expected.loss).epsilon(1e-3));
    }
    CHECK(furthest(*plan, *reference, n, rule.learning_rate) < 0.02);
  }
}

TEST_CASE("clip: in a plan, all derivatives together are scaled to the norm where they are longer") {
  const ModelProgram& program = *library_programs().front().program;
  const auto after = [&](std::optional<double> norm, bool by_plan) {
    OptimizerRule rule;
    rule.epsilon = 0.5;  // without it AdamW's first step knows no length
    rule.clip_norm = norm;
    const exec::CompiledModel model(program);
    const auto executor = by_plan ? exec::make_plan_executor(model) : exec::make_reference_executor(program);
    start(*executor, program, rule);
    executor->step(batch_of(program, 1, 2), 1);
    return std::vector<float>(executor->parameter(0).begin(), executor->parameter(0).end());
  };
  const auto furthest_of = [](const std::vector<float>& a, const std::vector<float>& b) {
    double result = 0;
    for (size_t i = 0; i < a.size(); ++i) result = std::max(result, std::fabs(double{a[i]} - b[i]));
    return result;
  };
  CHECK(furthest_of(after(1e-3, true), after(1e-3, false)) < 1e-6);
  CHECK(furthest_of(after(1e-3, true), after({}, true)) > 1e-5);
  CHECK(furthest_of(after(1e6, true), after({}, true)) < 1e-6);
}

TEST_CASE("par.4: in a plan, frozen parameters stay, rates and decays of their own count") {
  ModelProgram program = *library_programs().front().program;
  REQUIRE(program.parameters.size() >= 3);
  program.parameters[0].frozen = true;
  program.parameters[1].learning_rate_factor = 0.25;
  program.parameters[2].decay = 0.5;
  OptimizerRule rule;
  rule.epsilon = 1e-4;
  const exec::CompiledModel model(program);
  const auto plan = exec::make_plan_executor(model), reference = exec::make_reference_executor(program);
  start(*plan, program, rule);
  start(*reference, program, rule);
  const std::vector<float> before(plan->parameter(0).begin(), plan->parameter(0).end());
  const std::vector<float> trained(plan->parameter(1).begin(), plan->parameter(1).end());
  for (uint64_t k = 0; k < 3; ++k) {
    plan->step(batch_of(program, k, 2), 1e-3);
    reference->step(batch_of(program, k, 2), 1e-3);
  }
  CHECK(std::equal(before.begin(), before.end(), plan->parameter(0).begin()));
  CHECK_FALSE(std::equal(trained.begin(), trained.end(), plan->parameter(1).begin()));
  CHECK(furthest(*plan, *reference, program.parameters.size(), 1e-3) < 0.02);
}

TEST_CASE("a new training starts from no moments and from step one") {
  const LibraryProgram each = library_programs().front();
  const exec::CompiledModel model(*each.program);
  const auto used = exec::make_plan_executor(model), fresh = exec::make_plan_executor(model);
  start(*used, *each.program, {});
  for (uint64_t k = 0; k < 3; ++k) used->step(batch_of(*each.program, k, 1), 1e-3);
  start(*used, *each.program, {});
  start(*fresh, *each.program, {});
  used->step(batch_of(*each.program, 5, 1), 1e-3);
  fresh->step(batch_of(*each.program, 5, 1), 1e-3);
  CHECK(furthest(*used, *fresh, each.program->parameters.size(), 1e-3) == 0.0);
}

TEST_CASE("run.5: a derivative that is not finite is told by the parameter's number") {
  const LibraryProgram each = library_programs().front();
  const exec::CompiledModel model(*each.program);
  const auto plan = exec::make_plan_executor(model);
  start(*plan, *each.program, {});
  exec::Batch batch = batch_of(*each.program, 0, 1);
  batch.response[0] = 3e38F;  // its square is beyond a float
  CHECK_FALSE(plan->step(batch, 1e-3).finite());
}

TEST_CASE("a parameter may be called as the numbers of a step are") {
  sema_testing::CheckedSpec spec{
      "stria 0.1\nuse stria.datasets (Simulated)\nuse stria.layers (Linear)\nuse stria.protocols (Standard)\n"
      "model Scaled() {\n  input x: stream [F]\n  param rate: [] = 1\n  param first_correction: [] = 0.5\n"
      "  output r: stream [N] = (x |> Linear(N)) * rate + first_correction\n}\n"
      "experiment E {\n  data = Simulated()\n  model = Scaled()\n  protocol = Standard()\n}\n"};
  REQUIRE(spec.codes().empty());
  const auto& outline = spec.compiler().outline().at(0);
  const auto program = spec.compiler().build(*outline.model, outline.protocol.get(), {4, 3, {}}, *outline.dt);
  REQUIRE(program);
  OptimizerRule rule;
  rule.epsilon = 1e-4;
  const exec::CompiledModel model(*program);
  const auto plan = exec::make_plan_executor(model), reference = exec::make_reference_executor(*program);
  start(*plan, *program, rule);
  start(*reference, *program, rule);
  for (uint64_t k = 0; k < 3; ++k) {
    plan->step(batch_of(*program, k, 1), 1e-3);
    reference->step(batch_of(*program, k, 1), 1e-3);
  }
  CHECK(furthest(*plan, *reference, program->parameters.size(), 1e-3) < 0.02);
}
