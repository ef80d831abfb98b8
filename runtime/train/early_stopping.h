// When a member stops, and which epoch it keeps (run.6).
#pragma once

#include <cstdint>
#include <limits>

#include "compiler/sema/program.h"

namespace stria::train {

enum class Stopped { patience, max_epochs, diverged, solved };  // solved: in closed form, without epochs
const char* text(Stopped stopped);  // "patience", "max_epochs", "diverged", "solved"

class EarlyStopping {
 public:
  explicit EarlyStopping(const StopRule& rule) : rule_(rule) {}

  // The validation loss of the next epoch. True where it is strictly lower than all before; a tie, NaN or
  // infinity is no improvement.
  bool record(double valid_loss);
  // `patience` epochs since the best (since the start where there is none), or `max_epochs` in all.
  bool ended() const { return patience_over() || epoch_ >= rule_.max_epochs; }
  Stopped reason() const { return patience_over() ? Stopped::patience : Stopped::max_epochs; }

  int64_t epoch() const { return epoch_; }            // epochs recorded
  int64_t best_epoch() const { return best_epoch_; }  // from 1; 0: none yet
  double best_loss() const { return best_loss_; }     // infinity where there is no best epoch

 private:
  bool patience_over() const { return epoch_ - best_epoch_ >= rule_.patience; }

  StopRule rule_;
  int64_t epoch_ = 0;
  int64_t best_epoch_ = 0;
  double best_loss_ = std::numeric_limits<double>::infinity();
};

}  // namespace stria::train
