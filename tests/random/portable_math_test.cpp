#include "runtime/random/portable_math.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "runtime/random/random.h"

using namespace stria::random;

namespace {

// The greatest distance from the exact value (in 80-bit arithmetic), in units in the last place of it.
double worst_distance(const std::function<double(double)>& ours,
                      const std::function<long double(long double)>& exact,
                      const std::function<double(Place)>& arguments) {
  double worst = 0;
  for (uint64_t i = 0; i < 200000; ++i) {
    const double x = arguments(Place{0, 0, i});
    const long double right = exact(x);
    const double rounded = std::fabs(static_cast<double>(right));
    const double unit = std::nextafter(rounded, std::numeric_limits<double>::infinity()) - rounded;
    worst =
        std::max(worst, static_cast<double>(std::fabs((static_cast<long double>(ours(x)) - right) / unit)));
  }
  return worst;
}

const Draws draws(1, "test", "arguments");
constexpr long double two_pi = 6.283185307179586476925286766559005768L;

}  // namespace

TEST_CASE("rand.4: exp is within 2 units in the last place") {
  const auto exact = [](long double x) { return expl(x); };
  CHECK(worst_distance(portable_exp, exact, [](Place p) { return draws.uniform(p, -700, 709); }) < 2);
  CHECK(worst_distance(portable_exp, exact, [](Place p) { return draws.uniform(p, -1, 1); }) < 2);
  CHECK(worst_distance(portable_exp, exact, [](Place p) { return draws.uniform(p, -1e-8, 1e-8); }) < 2);
  CHECK(portable_exp(0) == 1);
  CHECK(portable_exp(-800) == 0);
  CHECK(portable_exp(800) == std::numeric_limits<double>::infinity());
  CHECK(portable_exp(-740) == doctest::Approx(std::exp(-740.0)).epsilon(1e-9));
  CHECK(std::isnan(portable_exp(std::nan(""))));
}

TEST_CASE("rand.4: log is within 2 units in the last place") {
  const auto exact = [](long double x) { return logl(x); };
  CHECK(worst_distance(portable_log, exact, [](Place p) { return draws.uniform(p, 0.5, 2); }) < 2);
  CHECK(worst_distance(portable_log, exact, [](Place p) { return draws.uniform(p, 0, 1); }) < 2);
  CHECK(worst_distance(portable_log, exact, [](Place p) { return 1 + draws.uniform(p, -1e-6, 1e-6); }) < 2);
  CHECK(worst_distance(portable_log, exact, [](Place p) { return std::exp(draws.uniform(p, -700, 700)); }) <
        1.5);
  CHECK(portable_log(1) == 0);
  CHECK(portable_log(0) == -std::numeric_limits<double>::infinity());
  CHECK(portable_log(5e-324) == doctest::Approx(std::log(5e-324)));
  CHECK(std::isnan(portable_log(-1)));
  CHECK(portable_log(std::numeric_limits<double>::infinity()) == std::numeric_limits<double>::infinity());
}

TEST_CASE("rand.4: sine and cosine of turns are within 2 units in the last place") {
  const auto cosine = [](long double x) { return cosl(two_pi * x); };
  const auto sine = [](long double x) { return sinl(two_pi * x); };
  // Away from the zeros: there the 80-bit value itself lacks the digits.
  const auto first_octant = [](Place p) { return draws.uniform(p, 0.001, 0.124); };
  CHECK(worst_distance(portable_cos_turns, cosine, first_octant) < 2);
  CHECK(worst_distance(portable_sin_turns, sine, first_octant) < 2);
  const auto second_octant = [](Place p) { return draws.uniform(p, 0.126, 0.249); };
  CHECK(worst_distance(portable_cos_turns, cosine, second_octant) < 2);
  CHECK(worst_distance(portable_sin_turns, sine, second_octant) < 2);
  for (uint64_t i = 0; i < 10000; ++i) {
    const double turns = draws.uniform({0, 1, i}, -40, 40);
    CHECK(std::fabs(portable_cos_turns(turns) - static_cast<double>(cosine(turns))) < 3e-16);
    CHECK(std::fabs(portable_sin_turns(turns) - static_cast<double>(sine(turns))) < 3e-16);
  }
  CHECK(portable_cos_turns(0.25) == 0);
  CHECK(portable_sin_turns(0.25) == 1);
  CHECK(portable_cos_turns(0.5) == -1);
  CHECK(portable_cos_turns(0x1p60) == 1);
  CHECK(std::isnan(portable_cos_turns(std::numeric_limits<double>::infinity())));
}

TEST_CASE("rand.4: log n! agrees with lgamma") {
  for (const double n : {0.0, 1.0, 2.0, 9.0, 15.0, 16.0, 17.0, 100.0, 12345.0, 1e9}) {
    CAPTURE(n);
    CHECK(portable_log_factorial(n) == doctest::Approx(std::lgamma(n + 1)).epsilon(1e-14));
  }
}
