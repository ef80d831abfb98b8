#include "runtime/eval/statistics.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace stria::eval;
using doctest::Approx;

TEST_CASE("statistics: the sd divides by n, the sem is the unbiased sd over sqrt(n)") {
  // Mean 2.5, squares 2.25 + 0.25 + 0.25 + 2.25 = 5: sd sqrt(5/4), unbiased sqrt(5/3), sem sqrt(5/3) / 2.
  const auto found = statistics({4, 1, 3, 2});
  REQUIRE(found);
  CHECK(found->n == 4);
  CHECK(found->mean == 2.5);
  CHECK(found->median == 2.5);
  CHECK(found->standard_deviation == Approx(std::sqrt(1.25)));
  CHECK(*found->sem == Approx(std::sqrt(5.0 / 3.0) / 2));
}

TEST_CASE("statistics: odd counts, one value, none") {
  CHECK(statistics({5, 1, 2})->median == 2);
  const auto one = statistics({0.5});
  CHECK(one->mean == 0.5);
  CHECK(one->standard_deviation == 0);
  CHECK(!one->sem);
  CHECK(!statistics({}));
}
