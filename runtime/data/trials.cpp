#include "runtime/data/trials.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "runtime/data/exact.h"
#include "runtime/random/portable_math.h"

namespace stria::data {

namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

void smooth_trial(const float* in, float* out, int64_t n_bins, const std::vector<double>& taps) {
  const int64_t half = static_cast<int64_t>(taps.size() / 2);
  for (int64_t t = 0; t < n_bins; ++t) {
    double sum = 0, weight = 0;
    for (int64_t k = std::max(-half, -t); k <= std::min(half, n_bins - 1 - t); ++k) {
      if (std::isnan(in[t + k])) continue;
      sum += taps[static_cast<size_t>(k + half)] * static_cast<double>(in[t + k]);
      weight += taps[static_cast<size_t>(k + half)];
    }
    out[t] = std::isnan(in[t]) ? missing : static_cast<float>(sum / weight);
  }
}

// Bins that were recorded: up to `to`, where there is one, and never beyond the clip.
int64_t counted_bins(const BinnedTrials& trials, int64_t n_bins) {
  return trials.end ? std::min(n_bins, bin_of(*trials.end, trials.dt)) : n_bins;
}

Trials count_spikes(const BinnedTrials& trials, int64_t n_bins, BinningCounts& counts) {
  const int64_t counted = counted_bins(trials, n_bins);
  Trials result;
  result.n_trials = static_cast<int64_t>(trials.spikes->trials.size());
  result.values.assign(static_cast<size_t>(result.n_trials * n_bins), 0.0F);
  for (int64_t r = 0; r < result.n_trials; ++r) {
    std::fill(result.values.begin() + r * n_bins + counted, result.values.begin() + (r + 1) * n_bins,
              missing);
    for (const Rational& time : trials.spikes->trials[static_cast<size_t>(r)]) {
      const int64_t bin = bin_of(time, trials.dt);
      if (bin >= counted) {
        ++counts.after_end;
      } else {
        ++counts.spikes;
        result.values[static_cast<size_t>(r * n_bins + bin)] += 1.0F;
      }
    }
  }
  return result;
}

// A trace that ends early is missing from there on.
Trials pad_counts(const BinnedTrials& trials, int64_t n_bins) {
  if (trials.n_bins > n_bins)
    throw DataError(fmt::format("the trials of `{}` have {} bins, their stimulus {}", trials.source,
                                trials.n_bins, n_bins),
                    "cut the trials to the stimulus, or give the whole stimulus");
  Trials result;
  result.n_trials = trials.n_trials;
  result.values.assign(static_cast<size_t>(trials.n_trials * n_bins), missing);
  for (int64_t r = 0; r < trials.n_trials; ++r)
    std::copy_n(trials.counts.begin() + r * trials.n_bins, trials.n_bins, result.values.begin() + r * n_bins);
  return result;
}

}  // namespace

std::vector<double> hann_taps(const Rational& width, const Rational& step) {
  // The largest k with k * step < width / 2.
  const __int128 numerator = static_cast<__int128>(width.numerator()) * step.denominator();
  const __int128 denominator = 2 * static_cast<__int128>(width.denominator()) * step.numerator();
  const int64_t half = static_cast<int64_t>(floor_quotient(numerator - 1, denominator));
  std::vector<double> taps(static_cast<size_t>(2 * half + 1));
  double sum = 0;
  for (int64_t k = -half; k <= half; ++k) {
    const double phase = static_cast<double>(std::abs(k)) * step.value() / width.value();
    taps[static_cast<size_t>(k + half)] = 0.5 * (1.0 + random::portable_cos_turns(phase));
    sum += taps[static_cast<size_t>(k + half)];
  }
  for (double& tap : taps) tap /= sum;
  return taps;
}

void smooth(std::vector<float>& values, int64_t n_trials, int64_t n_bins, const std::vector<double>& taps) {
  std::vector<float> smoothed(values.size());
  for (int64_t r = 0; r < n_trials; ++r)
    smooth_trial(values.data() + r * n_bins, smoothed.data() + r * n_bins, n_bins, taps);
  values = std::move(smoothed);
}

Trials realise(const BinnedTrials& trials, int64_t n_bins, BinningCounts& counts) {
  Trials result = trials.spikes ? count_spikes(trials, n_bins, counts) : pad_counts(trials, n_bins);
  for (const Rational& width : trials.smoothing)
    smooth(result.values, result.n_trials, n_bins, hann_taps(width, trials.dt));
  return result;
}

}  // namespace stria::data
