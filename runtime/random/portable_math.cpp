#include "runtime/random/portable_math.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace stria::random {
namespace {

// ln 2 = high + low; `high` ends in 11 zero bits, so k * high is exact for every exponent k.
constexpr double ln2_high = 0x1.62e42fefa38p-1;
constexpr double ln2_low = 0x1.ef35793c7673p-45;
constexpr double infinity = std::numeric_limits<double>::infinity();

// 2^k for k in -1022 .. 1023.
double power_of_two(int k) { return std::bit_cast<double>(static_cast<uint64_t>(k + 1023) << 52); }

// Sum of c[i] x^i.
template <size_t n>
double polynomial(const std::array<double, n>& c, double x) {
  double sum = c[n - 1];
  for (size_t i = n - 1; i-- > 0;) sum = sum * x + c[i];
  return sum;
}

// e^r - 1 - r - r^2/2 over r^3: coefficients 1 / (i + 3)!.
constexpr std::array<double, 12> exp_tail = {
    1.0 / 6,      1.0 / 24,      1.0 / 120,      1.0 / 720,       1.0 / 5040,         1.0 / 40320,
    1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800.0, 1.0 / 87178291200.0};

// sin y = y + y^3 S(y^2), cos y = 1 - y^2/2 + y^4 C(y^2), |y| <= pi/4: Taylor's coefficients.
constexpr std::array<double, 8> sin_tail = {-1.0 / 6,
                                            1.0 / 120,
                                            -1.0 / 5040,
                                            1.0 / 362880,
                                            -1.0 / 39916800,
                                            1.0 / 6227020800.0,
                                            -1.0 / 1307674368000.0,
                                            1.0 / 355687428096000.0};
constexpr std::array<double, 8> cos_tail = {1.0 / 24,
                                            -1.0 / 720,
                                            1.0 / 40320,
                                            -1.0 / 3628800,
                                            1.0 / 479001600.0,
                                            -1.0 / 87178291200.0,
                                            1.0 / 20922789888000.0,
                                            -1.0 / 6402373705728000.0};

double sin_small(double y) {
  const double y2 = y * y;
  return y + y * y2 * polynomial(sin_tail, y2);
}

// The rounding error of 1 - y^2/2 is carried along, which keeps the result within one unit.
double cos_small(double y) {
  const double y2 = y * y;
  const double half = 0.5 * y2;
  const double head = 1.0 - half;
  return head + (((1.0 - head) - half) + y2 * y2 * polynomial(cos_tail, y2));
}

// sin(2 pi turns + quarters * pi/2). The angle is reduced in turns, where every step is exact.
double sine(double turns, int quarters) {
  if (!std::isfinite(turns)) return std::numeric_limits<double>::quiet_NaN();
  const double rest = turns - std::floor(turns);
  const int quarter = static_cast<int>(rest * 4 + 0.5);
  const double angle = (rest - quarter * 0.25) * 0x1.921fb54442d18p+2;
  switch ((quarter + quarters) & 3) {
    case 0:
      return sin_small(angle);
    case 1:
      return cos_small(angle);
    case 2:
      return -sin_small(angle);
    default:
      return -cos_small(angle);
  }
}

}  // namespace

double portable_exp(double x) {
  if (std::isnan(x)) return x;
  if (x > 709.79) return infinity;
  if (x < -745.14) return 0;
  const double scaled = x * 0x1.71547652b82fep0;
  const int k = static_cast<int>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  const double high = x - k * ln2_high;
  const double low = k * ln2_low;
  const double r = high - low;
  const double r_error = (high - r) - low;
  const double tail = 0.5 * r * r + r * r * r * polynomial(exp_tail, r);
  const double result = 1.0 + (r + (tail + r_error));
  // In two factors: 2^k alone leaves the range of doubles at both ends.
  const int half = k / 2;
  return result * power_of_two(half) * power_of_two(k - half);
}

// x = 2^k (1 + f), 1 + f between sqrt(1/2) and sqrt(2); with s = f / (2 + f),
// log(1 + f) = 2 atanh(s) = f - s (f - R), R = 2 s^2 (1/3 + s^2/5 + s^4/7 + ...).
double portable_log(double x) {
  if (std::isnan(x) || x < 0) return std::numeric_limits<double>::quiet_NaN();
  if (x == 0) return -infinity;
  if (x == infinity) return x;
  int k = 0;
  if (x < std::numeric_limits<double>::min()) {
    x *= 0x1p54;
    k = -54;
  }
  const auto bits = std::bit_cast<uint64_t>(x);
  k += static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0xfffffffffffffull) | 0x3ff0000000000000ull);
  if (m > 0x1.6a09e667f3bcdp0) {
    m *= 0.5;
    ++k;
  }
  static constexpr std::array<double, 12> odd = {1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11, 1.0 / 13,
                                                 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23, 1.0 / 25};
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double s2 = s * s;
  const double r = 2.0 * s2 * polynomial(odd, s2);
  return k * ln2_high - ((s * (f - r) - k * ln2_low) - f);
}

double portable_sin_turns(double turns) { return sine(turns, 0); }
double portable_cos_turns(double turns) { return sine(turns, 1); }

// Stirling's series with z = n + 1 beyond a table: log Gamma(z) = (z - 1/2) log z - z + log(2 pi)/2 + 1/(12
// z) - ...
double portable_log_factorial(double n) {
  if (n < 16) {
    double product = 1;
    for (int i = 2; i <= static_cast<int>(n); ++i) product *= i;
    return portable_log(product);
  }
  static constexpr double half_log_two_pi = 0x1.d67f1c864beb5p-1;
  const double z = n + 1, inverse = 1 / z, inverse2 = inverse * inverse;
  const double series =
      inverse * (1.0 / 12 + inverse2 * (-1.0 / 360 + inverse2 * (1.0 / 1260 + inverse2 * (-1.0 / 1680))));
  return (z - 0.5) * portable_log(z) - z + half_log_two_pi + series;
}

double portable_gaussian(double distance, double width) {
  return portable_exp(-0.5 * (distance / width) * (distance / width));
}

}  // namespace stria::random
