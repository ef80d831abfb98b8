#include "runtime/eval/signal_power.h"

#include <algorithm>
#include <span>

#include "runtime/eval/statistics.h"

namespace stria::eval {
namespace {

int64_t total_bins(const std::vector<ClipTrials>& clips) {
  int64_t n_bins = 0;
  for (const ClipTrials& clip : clips) n_bins += clip.n_bins;
  return n_bins;
}

// The mean over trials of all clips, joined in time.
std::vector<double> joined_mean(const std::vector<ClipTrials>& clips) {
  std::vector<double> mean;
  mean.reserve(total_bins(clips));
  for (const ClipTrials& clip : clips)
    for (int64_t t = 0; t < clip.n_bins; ++t) {
      double sum = 0;
      for (int64_t m = 0; m < clip.n_trials; ++m) sum += clip.values[m * clip.n_bins + t];
      mean.push_back(sum / static_cast<double>(clip.n_trials));
    }
  return mean;
}

double unbiased_variance(std::span<const double> values) {
  const double n = static_cast<double>(values.size());
  return moments(values).variance * n / (n - 1);
}

// (<s2>_c - V_c) / M_c: the variance over time that noise leaves in the clip's mean over trials.
double noise_power_of_mean(const ClipTrials& clip) {
  std::vector<double> over_trials(clip.n_trials);
  double variance_in_bins = 0;
  for (int64_t t = 0; t < clip.n_bins; ++t) {
    for (int64_t m = 0; m < clip.n_trials; ++m) over_trials[m] = clip.values[m * clip.n_bins + t];
    variance_in_bins += unbiased_variance(over_trials);
  }
  variance_in_bins /= static_cast<double>(clip.n_bins);
  for (int64_t m = 0; m < clip.n_trials; ++m)
    over_trials[m] = moments(std::span(clip.values).subspan(m * clip.n_bins, clip.n_bins)).mean;
  return (variance_in_bins - unbiased_variance(over_trials)) / static_cast<double>(clip.n_trials);
}

}  // namespace

double signal_power_equal_counts(const std::vector<ClipTrials>& clips) {
  const int64_t n_trials = clips.front().n_trials;
  double sum_of_variances = 0;
  std::vector<double> sum(total_bins(clips), 0.0);
  std::vector<double> trial(sum.size());
  for (int64_t m = 0; m < n_trials; ++m) {
    auto next = trial.begin();
    for (const ClipTrials& clip : clips)
      next = std::copy_n(clip.values.begin() + m * clip.n_bins, clip.n_bins, next);
    sum_of_variances += moments(trial).variance;
    for (size_t t = 0; t < sum.size(); ++t) sum[t] += trial[t];
  }
  const double n = static_cast<double>(n_trials);
  return (moments(sum).variance - sum_of_variances) / (n * (n - 1));
}

double signal_power_any_counts(const std::vector<ClipTrials>& clips) {
  const double n_bins = static_cast<double>(total_bins(clips));
  double power = moments(joined_mean(clips)).variance;
  for (const ClipTrials& clip : clips)
    power -= static_cast<double>(clip.n_bins) / n_bins * noise_power_of_mean(clip);
  return power;
}

double signal_power(const std::vector<ClipTrials>& clips) {
  const bool equal = std::all_of(clips.begin(), clips.end(), [&](const ClipTrials& clip) {
    return clip.n_trials == clips.front().n_trials;
  });
  return equal ? signal_power_equal_counts(clips) : signal_power_any_counts(clips);
}

}  // namespace stria::eval
