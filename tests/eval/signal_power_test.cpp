#include "runtime/eval/signal_power.h"

#include <doctest/doctest.h>

using namespace stria::eval;
using doctest::Approx;

namespace {
const ClipTrials trials_of_two{2, 4, {0, 3, 2, 5, 2, 3, 2, 3}};
// Clip a: trials 0 2 and 2 4. Mean 1 3; variances over trials 2, 2; trial means 1, 3 with variance 2.
const ClipTrials clip_a{2, 2, {0, 2, 2, 4}};
// Clip b: trials 3 6, 6 6, 6 9. Mean 5 7; variances over trials 3, 3; trial means 4.5, 6, 7.5 with
// variance 2.25.
const ClipTrials clip_b{3, 2, {3, 6, 6, 6, 6, 9}};
}  // namespace

TEST_CASE("signal power of equal counts") {
  // Sum 2 6 4 8: variance 5. Variances of the trials: 3.25 and 0.25. SP = (5 - 3.5) / (2 * 1).
  CHECK(signal_power({trials_of_two}) == Approx(0.75));
  CHECK(signal_power_equal_counts({trials_of_two}) == Approx(0.75));
}

TEST_CASE("signal power: for one clip the rule for unequal counts gives the same number") {
  CHECK(signal_power_any_counts({trials_of_two}) == Approx(0.75));
  CHECK(signal_power_any_counts({clip_b}) == Approx(signal_power_equal_counts({clip_b})));
}

TEST_CASE("signal power of equal counts joins trial m of all clips") {
  // Joined trials 0 2 10 14 and 2 4 12 12 (clip means 2 and 12 apart count as signal):
  // sum 2 6 22 26, mean 14, variance 104; trials: mean 6.5, variance 32.75; mean 7.5, variance 20.75.
  // SP = (104 - 53.5) / 2 = 25.25. The mean of the clips' own SP is (1 + 0) / 2 = 0.5.
  const ClipTrials second{2, 2, {10, 14, 12, 12}};
  CHECK(signal_power({clip_a, second}) == Approx(25.25));
  CHECK(signal_power({clip_a}) == Approx(1.0));
  CHECK(signal_power({second}) == Approx(0.0));
}

TEST_CASE("signal power of unequal counts") {
  // r joined: 1 3 5 7, variance 5. Noise in the mean: clip a (2 - 2) / 2 = 0; clip b (3 - 2.25) / 3 = 0.25;
  // each half of the bins: SP = 5 - 0.125.
  CHECK(signal_power({clip_a, clip_b}) == Approx(4.875));
}

TEST_CASE("signal power: a clip weighs by its share of the bins") {
  // Clip c: trials 5 7 5 7 5 7 and 5 7 9 7 5 7 and 5 7 7 7 5 7: only bin 3 varies, 5 9 7: variance 4, <s2> =
  // 4/6; trial means 6, 40/6, 38/6 with variance 1/9; noise (2/3 - 1/9) / 3 = 5/27; weight 6/8. r: 1 3 | 5 7
  // 7 7 5 7: mean 5.25, variance 36.  squares 256/8 = 32; 32 - 27.5625 = 4.4375.
  const ClipTrials clip_c{3, 6, {5, 7, 5, 7, 5, 7, 5, 7, 9, 7, 5, 7, 5, 7, 7, 7, 5, 7}};
  CHECK(signal_power({clip_a, clip_c}) == Approx(4.4375 - 0.75 * 5.0 / 27.0));
}
