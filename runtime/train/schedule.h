// The learning rate from epoch to epoch.
#pragma once

#include <cstdint>
#include <limits>

#include "compiler/sema/program.h"

namespace stria::train {

class LearningRate {
 public:
  explicit LearningRate(const Schedule& schedule) : schedule_(schedule) {}

  // Of the epoch that comes next: what the optimiser's learning rate is multiplied by.
  //   cosine, e epochs done: least + (1 - least) (1 + cos(pi min(e / epochs, 1))) / 2
  //   steps: factor^floor(e / epochs)
  double factor() const;
  // An epoch is done; for `plateau` NaN and ties are no improvement.
  void record(double valid_loss);

 private:
  Schedule schedule_;
  int64_t epochs_ = 0, epochs_without_better_ = 0;
  double best_loss_ = std::numeric_limits<double>::infinity(), plateau_ = 1;
};

}  // namespace stria::train
