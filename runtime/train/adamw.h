// AdamW with decoupled weight decay (Loshchilov & Hutter, ICLR 2019, algorithm 2), in PyTorch's order of
// operations.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compiler/sema/program.h"
#include "runtime/exec/executor.h"

namespace stria::train {

// One parameter array's share of the optimiser. Step t = 1, 2, ... with gradient g, in float32:
//   p <- p (1 - lr decay)
//   m <- m + (1 - beta1)(g - m)          v <- beta2 v + (1 - beta2) g^2
//   p <- p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
class AdamWState {
 public:
  AdamWState(const OptimizerRule& rule, double learning_rate, double decay)
      : rule_(rule), learning_rate_(learning_rate), decay_(decay) {}
  void step(std::span<float> parameter, std::span<const float> gradient);

 private:
  OptimizerRule rule_;
  double learning_rate_, decay_;
  int64_t n_steps_ = 0;
  std::vector<float> first_moment_, second_moment_;
};

// The optimiser of one member. A parameter takes the rule's learning rate times its own factor, and the
// rule's weight decay unless it names its own or has bounds: there it is theta that the decay would pull, and
// theta = 0 is no special place. Frozen parameters stay as they are. Complex parameters are pairs of reals,
// as in PyTorch.
class Optimizer {
 public:
  Optimizer(const OptimizerRule& rule, const std::vector<ParameterInfo>& parameters);
  void step(exec::Executor& executor);

 private:
  std::vector<AdamWState> states_;
  std::vector<bool> frozen_;
};

}  // namespace stria::train
