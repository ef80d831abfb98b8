// The variance over time that the trials of a unit share: what a model could explain of its response.
#pragma once

#include <cstdint>
#include <vector>

namespace stria::eval {

// The trials of one unit in one clip: [n_trials, n_bins], row-major, no bin missing.
struct ClipTrials {
  int64_t n_trials = 0;
  int64_t n_bins = 0;
  std::vector<double> values;
};

// Signal power of one unit in the units of its response squared, as Sahani & Linden (NIPS 2002, eq. 1) define
// it for one run of trials. Each clip has at least two trials and one bin.
//
// M trials in every clip: trial m of all clips is joined in time to r_m, and
//   SP = (Var sum_m r_m - sum_m Var r_m) / (M (M - 1)).
// Unequal counts: with r the mean over trials, joined, and w_c the clip's share of the bins,
//   SP = Var r - sum_c w_c (<s2>_c - V_c) / M_c,
// where <s2>_c is the mean over the clip's bins of the unbiased variance over trials, and V_c the unbiased
// variance of the trials' means in the clip. For one clip both are the same number.
double signal_power(const std::vector<ClipTrials>& clips);
double signal_power_equal_counts(const std::vector<ClipTrials>& clips);
double signal_power_any_counts(const std::vector<ClipTrials>& clips);

}  // namespace stria::eval
