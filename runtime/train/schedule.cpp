#include "runtime/train/schedule.h"

#include <algorithm>
#include <cmath>

namespace stria::train {

double LearningRate::factor() const {
  constexpr double pi = 3.141592653589793238462643383279502884;
  const auto epochs = static_cast<double>(schedule_.epochs), done = static_cast<double>(epochs_);
  switch (schedule_.kind) {
    case Schedule::Kind::constant:
      return 1;
    case Schedule::Kind::cosine:
      return schedule_.least + (1 - schedule_.least) * (1 + std::cos(pi * std::min(done / epochs, 1.0))) / 2;
    case Schedule::Kind::steps:
      return std::pow(schedule_.factor, static_cast<double>(epochs_ / schedule_.epochs));
    case Schedule::Kind::plateau:
      return plateau_;
  }
  return 1;
}

void LearningRate::record(double valid_loss) {
  ++epochs_;
  ++epochs_without_better_;
  if (valid_loss < best_loss_) {
    best_loss_ = valid_loss;
    epochs_without_better_ = 0;
  }
  if (epochs_without_better_ < schedule_.epochs) return;
  plateau_ = std::max(plateau_ * schedule_.factor, schedule_.least);
  epochs_without_better_ = 0;
}

}  // namespace stria::train
