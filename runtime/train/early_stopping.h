// When a member stops, and which epoch it keeps (run.6): one for the model, or one for each unit.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/sema/program.h"

namespace stria::train {

enum class Stopped { patience, max_epochs, diverged, solved };  // solved: in closed form, without epochs
const char* text(Stopped stopped);  // "patience", "max_epochs", "diverged", "solved"

class EarlyStopping {
 public:
  // parts: how many have a best epoch of their own: 1, the model; or its units.
  explicit EarlyStopping(const StopRule& rule, size_t n_parts = 1);

  // The validation losses of the next epoch, one a part. Returns the parts whose loss is strictly lower than
  // all before; a tie, NaN or infinity is no improvement. A part whose own patience is over has its best
  // epoch: what other parts still find does not change it.
  std::vector<size_t> record(const std::vector<double>& valid_losses);
  // `patience` epochs since the latest best of any part (since the start where there is none), or
  // `max_epochs` in all.
  bool ended() const { return patience_over() || epoch_ >= rule_.max_epochs; }
  Stopped reason() const { return patience_over() ? Stopped::patience : Stopped::max_epochs; }

  int64_t epoch() const { return epoch_; }                                  // epochs recorded
  const std::vector<int64_t>& best_epochs() const { return best_epochs_; }  // by part, from 1; 0: none yet
  int64_t best_epoch() const;                                               // the latest of them
  double best_loss() const;  // mean over parts; infinity where one has no best epoch

 private:
  bool patience_over() const { return epoch_ - best_epoch() >= rule_.patience; }

  StopRule rule_;
  int64_t epoch_ = 0;
  std::vector<int64_t> best_epochs_;
  std::vector<double> best_losses_;
};

}  // namespace stria::train
