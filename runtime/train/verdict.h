// What became of a member, in one word.
#pragma once

#include <cstdint>
#include <string>

#include "compiler/sema/program.h"
#include "runtime/train/early_stopping.h"

namespace stria::train {

// The first that holds:
//   flat                     five epochs or more, the training loss of every epoch within 0.1 % of the first
//   one's, and
//                            the best validation loss not 0.1 % below the mean rate's: no gradient reaches
//                            the weights
//   still improving          ended by max_epochs, the best epoch (the latest, of units) within the last fifth
//                            of `patience` (at least the last one): more epochs would have helped
//   no better than the mean  best validation loss >= the validation loss of the mean rate
//   learnt                   otherwise
// A diverged member has none.
enum class Verdict { learnt, no_better, still_improving, flat };
const char* text(Verdict verdict);  // "no better than the mean"

struct Evidence {
  Stopped stopped = Stopped::patience;
  int64_t epochs = 0, best_epoch = 0;
  double first_train_loss = 0;                           // of epoch 1
  double lowest_train_loss = 0, highest_train_loss = 0;  // over all epochs
  double best_valid_loss = 0, mean_rate_valid_loss = 0;
};
Verdict judge(const Evidence& evidence, const StopRule& rule);

}  // namespace stria::train
