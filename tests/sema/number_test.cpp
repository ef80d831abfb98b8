#include "compiler/sema/number.h"

#include <doctest/doctest.h>

#include <limits>

using namespace stria;

namespace {

Rational parsed(const char* text) { return Rational::parse(text).value(); }

TEST_CASE("vals.3: decimals are read exactly") {
  CHECK(parsed("0.25") == Rational::make(1, 4).value());
  CHECK(parsed("1e-3") == Rational::make(1, 1000).value());
  CHECK(parsed("3") == Rational(3));
  CHECK(parsed("0.1").text() == "1/10");
}

TEST_CASE("vals.3: 215 ms hold 43 bins of 5 ms, and 0.3 holds three times 0.1") {
  CHECK(divide(parsed("0.215"), parsed("0.005"))->floor() == 43);
  CHECK(divide(parsed("0.3"), parsed("0.1")).value() == Rational(3));
  CHECK(add(parsed("0.1"), parsed("0.2")).value() == parsed("0.3"));
}

TEST_CASE("vals.3: `//` rounds down, below zero too") {
  CHECK(Rational::make(7, 2)->floor() == 3);
  CHECK(Rational::make(-7, 2)->floor() == -4);
  CHECK(Rational::make(-4, 2)->floor() == -2);
}

TEST_CASE("fractions are in lowest terms, the sign above") {
  const auto third = Rational::make(2, -6).value();
  CHECK(third.numerator() == -1);
  CHECK(third.denominator() == 3);
  CHECK(third.negated() == Rational::make(1, 3).value());
  CHECK(compare(third, Rational(0)) == -1);
  CHECK(compare(Rational::make(1, 3).value(), Rational::make(1, 4).value()) == 1);
}

TEST_CASE("what would leave 64 bits, or divide by zero, gives nothing") {
  const Rational largest(std::numeric_limits<int64_t>::max());
  CHECK_FALSE(add(largest, Rational(1)));
  CHECK_FALSE(multiply(largest, Rational(2)));
  CHECK_FALSE(divide(Rational(1), Rational(0)));
  CHECK_FALSE(Rational::make(1, 0));
  CHECK(subtract(largest, largest).value() == Rational(0));
}

TEST_CASE("units.1: dimensions multiply by adding exponents") {
  Dimension time;
  time.exponents[Dimension::time] = 1;
  const Dimension rate = Dimension{}.times(time, -1);
  CHECK(time.times(rate).is_plain());
  CHECK_FALSE(time.times(time) == time);
  CHECK(time.text() == "a time");
  CHECK(Dimension{}.text() == "a plain number");
}

}  // namespace
