// AdamW with decoupled weight decay (Loshchilov & Hutter, ICLR 2019, algorithm 2), in PyTorch's order of
// operations: what compiler/passes/optimise.h makes part of a plan, in plain loops.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "compiler/sema/program.h"
#include "runtime/exec/executor.h"

namespace stria::exec {

// What hangs on the number of the step t = 1, 2, ... alone: 1 / (1 - beta1^t) and 1 / sqrt(1 - beta2^t).
struct Corrections {
  double first = 0, second = 0;
};
Corrections corrections(const OptimizerRule& rule, int64_t step);

// One parameter array's share of the optimiser. Step t = 1, 2, ... with gradient g, in float32:
//   m <- m + (1 - beta1)(g - m)          v <- beta2 v + (1 - beta2) g^2
//   p <- p (1 - lr decay) - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
class AdamWState {
 public:
  AdamWState(const OptimizerRule& rule, double decay) : rule_(rule), decay_(decay) {}
  // `scale`: a factor on the gradient.
  void step(std::span<float> parameter, std::span<const float> gradient, double learning_rate,
            float scale = 1);

 private:
  OptimizerRule rule_;
  double decay_;
  int64_t n_steps_ = 0;
  std::vector<float> first_moment_, second_moment_;
};

bool all_finite(std::span<const float> values);

// The optimiser of one member. A parameter takes the learning rate times its own factor, and the decay of
// decay_of(). Frozen parameters stay as they are. Complex parameters are pairs of reals, as in PyTorch.
class Optimizer {
 public:
  Optimizer(const OptimizerRule& rule, const std::vector<ParameterInfo>& parameters);
  void step(Executor& executor, double learning_rate);

 private:
  float scale_of_gradients(const Executor& executor) const;  // OptimizerRule::clip_norm

  std::optional<double> clip_norm_;
  std::vector<AdamWState> states_;
  std::vector<double> rate_factors_;
  std::vector<bool> frozen_;
};

// An executor whose step is loss_and_gradients(), then these loops.
class PlainExecutor : public Executor {
 public:
  explicit PlainExecutor(const ModelProgram& program) : program_(program) {}
  void begin_training(const OptimizerRule& rule) override { optimizer_.emplace(rule, program_.parameters); }
  StepOutcome step(const Batch& batch, double learning_rate) override;

 private:
  const ModelProgram& program_;
  std::optional<Optimizer> optimizer_;
};

}  // namespace stria::exec
