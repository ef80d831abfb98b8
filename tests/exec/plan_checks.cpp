#include "tests/exec/plan_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace stria::test {

using exec::Evaluation;
using exec::HostTensor;
using exec::NamedTensors;
using exec::Precision;

namespace {

double greatest(const HostTensor& tensor) {
  double result = 0;
  for (const double value : tensor.values) result = std::max(result, std::fabs(value));
  return result;
}

double greatest(const NamedTensors& tensors) {
  double result = 0;
  for (const auto& [name, tensor] : tensors) result = std::max(result, greatest(tensor));
  return result;
}

// How far apart the furthest entries lie; infinite where only one of them is a number, or sizes differ.
double distance(const HostTensor& expected, const HostTensor& found) {
  if (expected.sizes != found.sizes || expected.values.size() != found.values.size()) return INFINITY;
  double result = 0;
  for (size_t i = 0; i < expected.values.size(); ++i) {
    const double a = expected.values[i], b = found.values[i];
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    const double apart = std::fabs(a - b);
    result = std::max(result, std::isnan(apart) ? INFINITY : apart);
  }
  return result;
}

std::string difference(const NamedTensors& expected, const NamedTensors& found, double bound, double rounding,
                       const char* what) {
  for (const auto& [name, wanted] : expected) {
    const auto made = found.find(name);
    if (made == found.end()) return fmt::format("{}{} is missing", what, name);
    const double apart = distance(wanted, made->second), largest = greatest(wanted);
    if (apart > bound * largest + rounding)
      return fmt::format("{}{}: {:.3g} apart, largest entry {:.3g}", what, name, apart, largest);
  }
  return "";
}

}  // namespace

std::string difference(const Evaluation& expected, const Evaluation& found, double bound) {
  const double rounding = bound < 1e-6 ? 1e-14 : 1e-6;
  const std::string of_results = difference(expected.results, found.results, bound, 0, "result ");
  if (!of_results.empty()) return of_results;
  return difference(expected.gradients, found.gradients, bound, rounding * greatest(expected.gradients),
                    "gradient of ");
}

Evaluation reference(const ir::Graph& graph, const NamedTensors& arguments, const PlanCheck& check) {
  return exec::evaluate(graph, arguments,
                        {Precision::float64, 0, check.differentiate, check.with_respect_to});
}

std::string plan_difference(const ir::Graph& graph, const NamedTensors& arguments, const PlanCheck& check,
                            const Evaluation& expected) {
  exec::PlanEvaluateOptions options;
  options.precision = check.precision;
  options.lanes = check.lanes;
  options.differentiate = check.differentiate;
  options.with_respect_to = check.with_respect_to;
  options.target = check.target;
  try {
    return difference(expected, exec::evaluate_plan(graph, arguments, options), check.bound());
  } catch (const std::exception& error) {
    return error.what();
  }
}

bool same_bits(const HostTensor& a, const HostTensor& b) {
  return a.sizes == b.sizes && a.values.size() == b.values.size() &&
         std::memcmp(a.values.data(), b.values.data(), a.values.size() * sizeof(double)) == 0;
}

bool all_finite(const Evaluation& evaluation) {
  const auto finite = [](const NamedTensors& tensors) {
    return std::all_of(tensors.begin(), tensors.end(), [](const auto& named) {
      return std::all_of(named.second.values.begin(), named.second.values.end(),
                         [](double value) { return std::isfinite(value); });
    });
  };
  return finite(evaluation.results) && finite(evaluation.gradients);
}

}  // namespace stria::test
