#include "runtime/train/evaluation_set.h"

namespace stria::train {

EvaluationSet::EvaluationSet(std::vector<const data::Clip*> clips, int64_t n_units, bool parted)
    : clips_(std::move(clips)), joined_(join_responses(clips_, n_units)) {
  if (parted) units_ = by_unit(joined_);
}

std::vector<std::vector<float>> EvaluationSet::predict(exec::Executor& executor) const {
  std::vector<std::vector<float>> predictions;
  for (const data::Clip* clip : clips_) predictions.push_back(executor.predict(make_batch({clip}, false)));
  return predictions;
}

double EvaluationSet::loss(exec::Executor& executor,
                           const std::vector<std::vector<float>>& predictions) const {
  return executor.loss(joined_.n_bins, joined_.n_units, join(predictions), joined_.response, joined_.present);
}

std::vector<double> EvaluationSet::unit_losses(exec::Executor& executor,
                                               const std::vector<std::vector<float>>& predictions) const {
  const std::vector<float> joined = join(predictions);
  std::vector<float> own(static_cast<size_t>(joined_.n_bins));
  std::vector<double> losses;
  for (size_t unit = 0; unit < units_.size(); ++unit) {
    for (size_t bin = 0; bin < own.size(); ++bin) own[bin] = joined[bin * units_.size() + unit];
    losses.push_back(executor.loss(joined_.n_bins, 1, own, units_[unit].response, units_[unit].present));
  }
  return losses;
}

double EvaluationSet::constant_loss(exec::Executor& executor, const std::vector<double>& rates) const {
  std::vector<float> rate(joined_.response.size());
  for (size_t i = 0; i < rate.size(); ++i) rate[i] = static_cast<float>(rates[i % rates.size()]);
  return executor.loss(joined_.n_bins, joined_.n_units, rate, joined_.response, joined_.present);
}

std::vector<float> EvaluationSet::join(const std::vector<std::vector<float>>& predictions) const {
  std::vector<float> joined;
  joined.reserve(joined_.response.size());
  for (const std::vector<float>& prediction : predictions)
    joined.insert(joined.end(), prediction.begin(), prediction.end());
  return joined;
}

}  // namespace stria::train
