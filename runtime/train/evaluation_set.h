// One of the three parts of a split, in evaluation mode.
#pragma once

#include <vector>

#include "runtime/train/batches.h"

namespace stria::train {

class EvaluationSet {
 public:
  // The clips must outlive it. parted: for unit_losses().
  EvaluationSet(std::vector<const data::Clip*> clips, int64_t n_units, bool parted = false);

  // Rates [T, N] of each clip.
  std::vector<std::vector<float>> predict(exec::Executor& executor) const;
  // Of such predictions, all present entries pooled.
  double loss(exec::Executor& executor, const std::vector<std::vector<float>>& predictions) const;
  // The loss that each unit alone would have.
  std::vector<double> unit_losses(exec::Executor& executor,
                                  const std::vector<std::vector<float>>& predictions) const;
  // Of one rate for each unit, whatever the stimulus.
  double constant_loss(exec::Executor& executor, const std::vector<double>& rates) const;

  const std::vector<const data::Clip*>& clips() const { return clips_; }

 private:
  std::vector<float> join(const std::vector<std::vector<float>>& predictions) const;

  std::vector<const data::Clip*> clips_;
  JoinedResponses joined_;
  std::vector<JoinedResponses> units_;  // where parted
};

}  // namespace stria::train
