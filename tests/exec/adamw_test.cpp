#include "runtime/exec/adamw.h"

#include <doctest/doctest.h>

#include <cmath>
#include <optional>

#include "tests/train/linear_executor.h"

using namespace stria;
using namespace stria::exec;
using doctest::Approx;

namespace {

OptimizerRule rule(double weight_decay) {
  OptimizerRule rule;
  rule.weight_decay = weight_decay;
  return rule;
}

// The value of one parameter after steps with these gradients.
float after(AdamWState state, float parameter, const std::vector<float>& gradients) {
  for (float gradient : gradients) state.step({&parameter, 1}, {&gradient, 1}, 0.1);
  return parameter;
}

// A model of one unit and one band whose gradients are set by hand.
class FixedGradients : public test::LinearExecutor {
 public:
  using LinearExecutor::LinearExecutor;
  std::span<const float> gradient(size_t) const override { return gradient_; }

 private:
  std::vector<float> gradient_ = {0.5F};
};

std::pair<float, float> one_step(const ModelProgram& program, double weight_decay) {
  FixedGradients executor(program);
  executor.start_from({1.0F}, {1.0F});
  Optimizer(rule(weight_decay), program.parameters).step(executor, 0.1);
  return {executor.parameter(0)[0], executor.parameter(1)[0]};
}

}  // namespace

TEST_CASE("AdamW: two steps by hand") {
  // Step 1, g = 0.5: p = 1 (1 - 0.1 * 0.1) = 0.99; m = 0.05, v = 0.00025; m / 0.1 = 0.5, sqrt(v / 0.001) =
  // 0.5; p = 0.99 - 0.1 * 0.5 / 0.5 = 0.89.
  CHECK(after(AdamWState(rule(0), 0.1), 1.0F, {0.5F}) == Approx(0.89).epsilon(1e-6));
  // Step 2, g = -1: p = 0.89 * 0.99 = 0.8811; m = 0.045 - 0.1 = -0.055, / 0.19 = -0.28947368;
  // v = 0.00024975 + 0.001 = 0.00124975, / 0.001999 = 0.62518759, root 0.79068805; ratio -0.36610352;
  // p = 0.8811 + 0.036610352.
  CHECK(after(AdamWState(rule(0), 0.1), 1.0F, {0.5F, -1.0F}) == Approx(0.917710352).epsilon(1e-6));
}

TEST_CASE("AdamW: epsilon stands outside the corrected root") {
  OptimizerRule large = rule(0);
  large.epsilon = 0.5;
  // m^ = 0.5, v^ = 0.25: 0.1 * 0.5 / (0.5 + 0.5) = 0.05.
  CHECK(after(AdamWState(large, 0), 1.0F, {0.5F}) == Approx(0.95).epsilon(1e-6));
}

TEST_CASE("AdamW: the first step does not depend on the size of the gradient, decay is not part of it") {
  CHECK(after(AdamWState(rule(0), 0), 1.0F, {1e-3F}) == Approx(0.9).epsilon(1e-4));
  CHECK(after(AdamWState(rule(0), 0), 1.0F, {1e3F}) == Approx(0.9).epsilon(1e-6));
  CHECK(after(AdamWState(rule(0), 0.5), 2.0F, {0.0F}) == Approx(1.9).epsilon(1e-6));
}

TEST_CASE("par.4: decay, learning rate and freezing of single parameters") {
  ModelProgram program = test::linear_program(1, 1);
  ParameterInfo& w = program.parameters[0];
  SUBCASE("all parameters decay by the rule: 1 * 0.95 - 0.1") {
    CHECK(one_step(program, 0.5).first == Approx(0.85));
    CHECK(one_step(program, 0.5).second == Approx(0.85));
  }
  SUBCASE("bounded ones do not") {
    w.bounds = {Bounds::Kind::above, 0, 0};
    CHECK(one_step(program, 0.5).first == Approx(0.9));
    CHECK(one_step(program, 0.5).second == Approx(0.85));
  }
  SUBCASE("unless they say so: 1 * (1 - 0.1 * 0.2) - 0.1") {
    w.bounds = {Bounds::Kind::above, 0, 0};
    w.decay = 0.2;
    CHECK(one_step(program, 0.5).first == Approx(0.88));
  }
  SUBCASE("a factor of the learning rate scales step and decay: 1 * (1 - 0.05 * 0.5) - 0.05") {
    w.learning_rate_factor = 0.5;
    CHECK(one_step(program, 0.5).first == Approx(0.925));
  }
  SUBCASE("a frozen parameter stays") {
    w.frozen = true;
    CHECK(one_step(program, 0.5).first == 1.0F);
    CHECK(one_step(program, 0.5).second == Approx(0.85));
  }
}

TEST_CASE("clip: all gradients together are scaled to the norm where they are longer") {
  const ModelProgram program = test::linear_program(1, 1);
  const auto moved = [&](std::optional<double> norm) {
    FixedGradients executor(program);
    executor.start_from({1.0F}, {1.0F});
    OptimizerRule large = rule(0);
    large.epsilon = 0.5;  // without it Adam's first step knows no length
    large.clip_norm = norm;
    Optimizer(large, program.parameters).step(executor, 0.1);
    return 1.0F - executor.parameter(0)[0];
  };
  // Two parameters of gradient 0.5: length sqrt(0.5). A first step is 0.1 g / (g + 0.5).
  CHECK(moved({}) == Approx(0.05).epsilon(1e-6));
  CHECK(moved(1.0) == Approx(0.05).epsilon(1e-6));
  const double g = 0.1 / std::sqrt(2.0);
  CHECK(moved(0.1) == Approx(0.1 * g / (g + 0.5)).epsilon(1e-5));
}

TEST_CASE("a schedule's factor acts on the learning rate, decay included") {
  float parameter = 1;
  const float gradient = 0.5F;
  AdamWState(rule(0), 0.1).step({&parameter, 1}, {&gradient, 1}, 0.1 * 0.5);
  // p = 1 (1 - 0.05 * 0.1) - 0.05 * 0.5 / 0.5
  CHECK(parameter == Approx(0.945).epsilon(1e-6));
}
