#include "compiler/sema/number.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

namespace stria {

namespace {

__int128 magnitude(__int128 a) { return a < 0 ? -a : a; }

__int128 greatest_common_divisor(__int128 a, __int128 b) {
  a = magnitude(a);
  b = magnitude(b);
  while (b != 0) {
    const __int128 rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

bool fits(__int128 a) {
  return a >= std::numeric_limits<int64_t>::min() + 1 && a <= std::numeric_limits<int64_t>::max();
}

std::optional<__int128> power_of_ten(int64_t exponent) {
  if (exponent < 0 || exponent > 30) return std::nullopt;
  __int128 power = 1;
  for (int64_t i = 0; i < exponent; ++i) power *= 10;
  return power;
}

const char* const base_names[Dimension::n_bases] = {"time",        "length", "mass", "current",
                                                    "temperature", "spike",  "level"};

}  // namespace

std::optional<Rational> Rational::make(__int128 numerator, __int128 denominator) {
  if (denominator == 0) return std::nullopt;
  const __int128 divisor = greatest_common_divisor(numerator, denominator);
  if (divisor > 1) {
    numerator /= divisor;
    denominator /= divisor;
  }
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  if (!fits(numerator) || !fits(denominator)) return std::nullopt;
  Rational result;
  result.numerator_ = static_cast<int64_t>(numerator);
  result.denominator_ = static_cast<int64_t>(denominator);
  return result;
}

std::optional<Rational> Rational::parse(const std::string& decimal) {
  __int128 digits = 0;
  int64_t exponent = 0;
  size_t i = 0;
  bool after_point = false;
  for (; i < decimal.size() && decimal[i] != 'e' && decimal[i] != 'E'; ++i) {
    if (decimal[i] == '.') {
      after_point = true;
      continue;
    }
    digits = digits * 10 + (decimal[i] - '0');
    if (digits > (static_cast<__int128>(1) << 100)) return std::nullopt;
    if (after_point) --exponent;
  }
  if (i < decimal.size()) {
    int written = 0;
    const char* first = decimal.data() + i + 1;
    if (*first == '+') ++first;
    const auto [end, error] = std::from_chars(first, decimal.data() + decimal.size(), written);
    if (error != std::errc{}) return std::nullopt;
    exponent += written;
  }
  const auto power = power_of_ten(exponent < 0 ? -exponent : exponent);
  if (!power) return std::nullopt;
  if (exponent < 0) return make(digits, *power);
  if (digits != 0 && *power > (static_cast<__int128>(1) << 62)) return std::nullopt;
  return make(digits * *power, 1);
}

int64_t Rational::floor() const {
  int64_t quotient = numerator_ / denominator_;
  if (numerator_ % denominator_ < 0) --quotient;
  return quotient;
}

Rational Rational::negated() const {
  Rational result = *this;
  result.numerator_ = -numerator_;
  return result;
}

std::string Rational::text() const {
  return denominator_ == 1 ? std::to_string(numerator_) : fmt::format("{}/{}", numerator_, denominator_);
}

std::optional<Rational> add(const Rational& a, const Rational& b) {
  return Rational::make(static_cast<__int128>(a.numerator_) * b.denominator_ +
                            static_cast<__int128>(b.numerator_) * a.denominator_,
                        static_cast<__int128>(a.denominator_) * b.denominator_);
}

std::optional<Rational> subtract(const Rational& a, const Rational& b) {
  return add(a, Rational(b).negated());
}

std::optional<Rational> multiply(const Rational& a, const Rational& b) {
  return Rational::make(static_cast<__int128>(a.numerator_) * b.numerator_,
                        static_cast<__int128>(a.denominator_) * b.denominator_);
}

std::optional<Rational> divide(const Rational& a, const Rational& b) {
  return Rational::make(static_cast<__int128>(a.numerator_) * b.denominator_,
                        static_cast<__int128>(a.denominator_) * b.numerator_);
}

int compare(const Rational& a, const Rational& b) {
  const __int128 left = static_cast<__int128>(a.numerator_) * b.denominator_;
  const __int128 right = static_cast<__int128>(b.numerator_) * a.denominator_;
  return left < right ? -1 : left > right ? 1 : 0;
}

Dimension Dimension::times(const Dimension& other, int power) const {
  Dimension result = *this;
  for (int i = 0; i < n_bases; ++i)
    result.exponents[i] = static_cast<int8_t>(exponents[i] + power * other.exponents[i]);
  return result;
}

std::string Dimension::text() const {
  if (is_plain()) return "a plain number";
  static const std::pair<Dimension, const char*> known[] = {
      {Dimension{{1}}, "a time"},
      {Dimension{{-1}}, "a rate (1/time)"},
      {Dimension{{0, 1}}, "a length"},
      {Dimension{{0, 0, 1}}, "a mass"},
      {Dimension{{0, 0, 0, 1}}, "a current"},
      {Dimension{{0, 0, 0, 0, 1}}, "a temperature"},
      {Dimension{{0, 0, 0, 0, 0, 1}}, "a number of spikes"},
      {Dimension{{0, 0, 0, 0, 0, 0, 1}}, "a level (dB)"},
      {Dimension{{-1, 0, 0, 0, 0, 1}}, "a spike rate"},
      {Dimension{{-2, -1, 1}}, "a pressure"},
      {Dimension{{-3, 2, 1, -1}}, "a voltage"},
      {Dimension{{3, -2, -1, 2}}, "a conductance"},
      {Dimension{{-3, 2, 1, -2}}, "a resistance"},
      {Dimension{{4, -2, -1, 2}}, "a capacitance"}};
  for (const auto& [dimension, name] : known)
    if (*this == dimension) return name;
  Dimension time;
  time.exponents[Dimension::time] = 1;
  for (const auto& [dimension, name] : known)
    if (*this == dimension.times(time, -1)) return std::string(name) + " per time";
  std::string above, below;
  for (int i = 0; i < n_bases; ++i) {
    const int power = exponents[i];
    if (power == 0) continue;
    std::string& side = power > 0 ? above : below;
    if (!side.empty()) side += power > 0 ? "*" : "/";
    side += base_names[i];
    if (std::abs(power) != 1) side += fmt::format("^{}", std::abs(power));
  }
  if (above.empty()) above = "1";
  return below.empty() ? above : above + "/" + below;
}

Number Number::plain(double value) {
  Number number;
  number.value = value;
  return number;
}

Number Number::whole(int64_t value) { return rational(Rational(value), true); }

Number Number::rational(const Rational& value, bool is_whole) {
  Number number;
  number.value = value.value();
  number.exact = value;
  number.is_whole = is_whole && value.is_whole();
  return number;
}

Number Number::unknown(const Dimension& dimension, bool is_whole) {
  Number number;
  number.known = false;
  number.value = std::numeric_limits<double>::quiet_NaN();
  number.dimension = dimension;
  number.is_whole = is_whole;
  return number;
}

std::string Number::text() const {
  if (!known) return "?";
  if (is_whole && exact) return exact->text();
  if (unit.empty() && !dimension.is_plain()) return fmt::format("{:.6g} ({})", value, dimension.text());
  return fmt::format("{:.10g}{}", value / unit_size, unit);
}

}  // namespace stria
