#include "runtime/train/early_stopping.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace stria::train {

const char* text(Stopped stopped) {
  switch (stopped) {
    case Stopped::patience:
      return "patience";
    case Stopped::max_epochs:
      return "max_epochs";
    case Stopped::solved:
      return "solved";
    case Stopped::diverged:
      return "diverged";
  }
  return "";
}

EarlyStopping::EarlyStopping(const StopRule& rule, size_t n_parts)
    : rule_(rule), best_epochs_(n_parts, 0), best_losses_(n_parts, std::numeric_limits<double>::infinity()) {}

std::vector<size_t> EarlyStopping::record(const std::vector<double>& valid_losses) {
  ++epoch_;
  std::vector<size_t> better;
  for (size_t i = 0; i < valid_losses.size(); ++i) {
    const bool is_over = epoch_ - best_epochs_[i] > rule_.patience;
    if (is_over || !std::isfinite(valid_losses[i]) || !(valid_losses[i] < best_losses_[i])) continue;
    best_losses_[i] = valid_losses[i];
    best_epochs_[i] = epoch_;
    better.push_back(i);
  }
  return better;
}

int64_t EarlyStopping::best_epoch() const {
  return *std::max_element(best_epochs_.begin(), best_epochs_.end());
}

double EarlyStopping::best_loss() const {
  const double sum = std::accumulate(best_losses_.begin(), best_losses_.end(), 0.0);
  return sum / static_cast<double>(best_losses_.size());
}

}  // namespace stria::train
