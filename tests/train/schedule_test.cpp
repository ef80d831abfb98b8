#include "runtime/train/schedule.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace stria;
using namespace stria::train;
using doctest::Approx;

namespace {

// The factors of the first epochs, whose validation losses these are.
std::vector<double> factors(const Schedule& schedule, const std::vector<double>& losses) {
  LearningRate rate(schedule);
  std::vector<double> result;
  for (const double loss : losses) {
    result.push_back(rate.factor());
    rate.record(loss);
  }
  return result;
}

void check(const std::vector<double>& ours, const std::vector<double>& wanted) {
  REQUIRE(ours.size() == wanted.size());
  for (size_t i = 0; i < ours.size(); ++i) CHECK(ours[i] == Approx(wanted[i]).epsilon(1e-12));
}

using Way = Schedule::Kind;

}  // namespace

TEST_CASE("without a schedule the learning rate is exactly its own") {
  for (const double factor : factors({}, {3, 2, 4, 5})) CHECK(factor == 1);
}

TEST_CASE("cosine: half a wave from 1 to the least, which stays") {
  check(factors({Way::cosine, 4, 1, 0.2}, {1, 1, 1, 1, 1, 1}),
        {1, 0.2 + 0.4 * (1 + std::sqrt(0.5)), 0.6, 0.2 + 0.4 * (1 - std::sqrt(0.5)), 0.2, 0.2});
}

TEST_CASE("steps: a factor after every so many epochs") {
  check(factors({Way::steps, 2, 0.1, 0}, {1, 1, 1, 1, 1}), {1, 1, 0.1, 0.1, 0.01});
}

TEST_CASE(
    "plateau: a factor after epochs without a lower loss, a tie and NaN being none, and never below the "
    "least") {
  const double nan = std::nan("");
  check(factors({Way::plateau, 2, 0.5, 0.2}, {5, 5, nan, 4, 3, 3, 3, 3, 3, 3}),
        {1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.2});
}
