// Moments of a series, and mean, median and spread of scores over members.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace stria::eval {

struct Moments {
  double mean = 0;
  double variance = 0;  // divides by n
};
// Two passes in double, in order. `values` is not empty.
Moments moments(std::span<const double> values);

struct Statistics {
  int64_t n = 0;
  double mean = 0, median = 0;
  double standard_deviation = 0;  // divides by n
  std::optional<double>
      sem;  // standard_deviation / sqrt(n - 1): the unbiased one over sqrt(n); none for n = 1
};
// None for no values. The order of the values does not change the median, and they are summed as given.
std::optional<Statistics> statistics(std::vector<double> values);

}  // namespace stria::eval
