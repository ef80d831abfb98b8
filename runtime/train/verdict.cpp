#include "runtime/train/verdict.h"

#include <algorithm>
#include <cmath>

namespace stria::train {
namespace {

constexpr int64_t epochs_to_be_flat = 5;
constexpr double flat_change = 1e-3;

bool is_flat(const Evidence& evidence) {
  const double most = flat_change * std::abs(evidence.first_train_loss);
  return evidence.epochs >= epochs_to_be_flat &&
         evidence.highest_train_loss - evidence.first_train_loss <= most &&
         evidence.first_train_loss - evidence.lowest_train_loss <= most &&
         evidence.mean_rate_valid_loss - evidence.best_valid_loss <=
             flat_change * std::abs(evidence.mean_rate_valid_loss);
}

}  // namespace

const char* text(Verdict verdict) {
  switch (verdict) {
    case Verdict::learnt:
      return "learnt";
    case Verdict::no_better:
      return "no better than the mean";
    case Verdict::still_improving:
      return "still improving";
    case Verdict::flat:
      return "flat";
  }
  return "";
}

Verdict judge(const Evidence& evidence, const StopRule& rule) {
  if (is_flat(evidence)) return Verdict::flat;
  const int64_t last_epochs = std::max<int64_t>(1, rule.patience / 5);
  if (evidence.stopped == Stopped::max_epochs && evidence.epochs - evidence.best_epoch < last_epochs)
    return Verdict::still_improving;
  return evidence.best_valid_loss < evidence.mean_rate_valid_loss ? Verdict::learnt : Verdict::no_better;
}

}  // namespace stria::train
