#include "runtime/train/early_stopping.h"

#include <cmath>

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

bool EarlyStopping::record(double valid_loss) {
  ++epoch_;
  if (!std::isfinite(valid_loss) || !(valid_loss < best_loss_)) return false;
  best_loss_ = valid_loss;
  best_epoch_ = epoch_;
  return true;
}

}  // namespace stria::train
