// From spike times to the smoothed trials of one clip (datasets.md, "Bins" and "Hann smoothing").
#pragma once

#include <vector>

#include "runtime/data/objects.h"

namespace stria::data {

// Taps of a Hann window of `width` seconds on bins of `step`: weights (1 + cos(2 pi t / width)) / 2 at bin
// centres |t| < width / 2, divided by their sum. Always an odd number, the middle one at t = 0.
std::vector<double> hann_taps(const Rational& width, const Rational& step);

// Each trial of values [n_trials, n_bins] smoothed with centred taps; at the clip's ends, and around missing
// bins (NaN), over the bins that exist, divided by the sum of their taps again. A missing bin stays missing.
void smooth(std::vector<float>& values, int64_t n_trials, int64_t n_bins, const std::vector<double>& taps);

struct BinningCounts {
  int64_t spikes = 0;  // inside the clip
  int64_t after_end = 0;
};

// The trials on a clip of n_bins: spikes counted in floor(t / step), those at or after the end left out, then
// smoothed. Throws DataError where counts are longer than the clip.
Trials realise(const BinnedTrials& trials, int64_t n_bins, BinningCounts& counts);

}  // namespace stria::data
