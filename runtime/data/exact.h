// Exact arithmetic of times and samples (data.9): edges of bins and frames never come from quotients of
// doubles.
#pragma once

#include <cstdint>

#include "compiler/sema/number.h"

namespace stria::data {

inline __int128 floor_quotient(__int128 numerator, __int128 denominator) {  // denominator > 0
  const __int128 quotient = numerator / denominator;
  return numerator % denominator < 0 ? quotient - 1 : quotient;
}

// floor(time / step), step > 0: the bin a time falls into.
inline int64_t bin_of(const Rational& time, const Rational& step) {
  const __int128 numerator = static_cast<__int128>(time.numerator()) * step.denominator();
  const __int128 denominator = static_cast<__int128>(time.denominator()) * step.numerator();
  return static_cast<int64_t>(floor_quotient(numerator, denominator));
}

// The sample nearest to time * rate, halves up; rate in whole samples a second.
inline int64_t nearest_sample(const Rational& time, int64_t rate) {
  const __int128 twice = 2 * static_cast<__int128>(time.numerator()) * rate + time.denominator();
  return static_cast<int64_t>(floor_quotient(twice, 2 * static_cast<__int128>(time.denominator())));
}

// floor(samples / (step * rate)): whole bins in a sound.
inline int64_t whole_bins(int64_t samples, const Rational& step, int64_t rate) {
  const __int128 numerator = static_cast<__int128>(samples) * step.denominator();
  return static_cast<int64_t>(floor_quotient(numerator, static_cast<__int128>(step.numerator()) * rate));
}

}  // namespace stria::data
