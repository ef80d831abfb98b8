#include "runtime/eval/statistics.h"

#include <algorithm>
#include <cmath>

namespace stria::eval {

Moments moments(std::span<const double> values) {
  const double n = static_cast<double>(values.size());
  Moments result;
  for (double value : values) result.mean += value;
  result.mean /= n;
  for (double value : values) result.variance += (value - result.mean) * (value - result.mean);
  result.variance /= n;
  return result;
}

std::optional<Statistics> statistics(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  Statistics result;
  const Moments known = moments(values);
  result.n = static_cast<int64_t>(values.size());
  result.mean = known.mean;
  result.standard_deviation = std::sqrt(known.variance);
  if (result.n > 1) result.sem = result.standard_deviation / std::sqrt(static_cast<double>(result.n - 1));
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  result.median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return result;
}

}  // namespace stria::eval
