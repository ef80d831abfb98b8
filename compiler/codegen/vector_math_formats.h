// What the functions need to know of float and of double. The polynomials are minimax fits of our own: Remez
// exchange in 60 digits, weighted for the relative error of the whole result, coefficients then rounded to
// the format (for float one by one from the lowest, the others fitted again after each).
#pragma once

#include <array>
#include <cstdint>

namespace stria::codegen {

struct Format {
  int mantissa_bits;  // without the leading one: 23, 52
  int bias;           // of the exponent: 127, 1023
  double shifter;     // 1.5 * 2^mantissa_bits: adding it rounds to an integer, which is then in the low bits
  uint64_t shifter_bits;  // the same as bits
  uint64_t one_bits;      // of 1.0
  double ln2_high;        // n * ln2_high is exact for each exponent n
  double ln2;
  double ln2_rest;             // ln 2 - ln2
  double ln2_low;              // ln 2 - ln2_high
  double exp_greatest;         // the largest x whose e^x is finite
  double exp_least;            // the smallest x whose e^x is a normal number
  double exp_flat;             // e^x is 0 beside 1, and 2^round(x / ln 2) is 0 by its bits, not wrapped
  double expm1_greatest;       // beyond exp_greatest, with 2^(n - 1) still finite
  double expm1_over_greatest;  // where (e^x - 1) / x is infinite for certain
  double expm1_over_tiny;      // below it, (e^x - 1) / x is 1 to the last bit
  double smallest_normal;
  uint64_t sqrt_half_bits;  // of about sqrt(1/2)

  // (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2, from the highest power down. Relative error of e^r: 0.054
  // (float), 0.076 (double) times 2^-24, 2^-53.
  std::array<double, 10> exp_tail;
  int exp_terms;
  // (2 atanh(s) / s - 2) / s^2 in z = s^2 for |s| <= 3 - 2 sqrt(2), from the highest power down. Relative
  // error of 2 atanh(s): 0.014, 0.015 times 2^-24, 2^-53.
  std::array<double, 7> atanh_tail;
  int atanh_terms;
};

extern const Format float_format;
extern const Format double_format;

}  // namespace stria::codegen
