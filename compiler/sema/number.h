// Exact numbers and units of measure (vals.3, units.1).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace stria {

// A fraction in lowest terms, denominator > 0. Arithmetic that would leave 64 bits gives nothing.
class Rational {
 public:
  Rational(int64_t numerator = 0) : numerator_(numerator) {}
  static std::optional<Rational> make(__int128 numerator, __int128 denominator);
  static std::optional<Rational> parse(const std::string& decimal);  // "3", "0.25", "1e-3"

  int64_t numerator() const { return numerator_; }
  int64_t denominator() const { return denominator_; }
  bool is_whole() const { return denominator_ == 1; }
  int64_t floor() const;
  Rational negated() const;
  double value() const { return static_cast<double>(numerator_) / static_cast<double>(denominator_); }
  std::string text() const;  // "3", "1/3"

  friend std::optional<Rational> add(const Rational& a, const Rational& b);
  friend std::optional<Rational> subtract(const Rational& a, const Rational& b);
  friend std::optional<Rational> multiply(const Rational& a, const Rational& b);
  friend std::optional<Rational> divide(const Rational& a, const Rational& b);  // nothing for b = 0
  friend int compare(const Rational& a, const Rational& b);                     // -1, 0, 1
  friend bool operator==(const Rational&, const Rational&) = default;

 private:
  int64_t numerator_ = 0;
  int64_t denominator_ = 1;
};

std::optional<Rational> add(const Rational& a, const Rational& b);
std::optional<Rational> subtract(const Rational& a, const Rational& b);
std::optional<Rational> multiply(const Rational& a, const Rational& b);
std::optional<Rational> divide(const Rational& a, const Rational& b);
int compare(const Rational& a, const Rational& b);

// Whole exponents over the seven base dimensions. A level (dB) is one of them.
struct Dimension {
  enum Base { time, length, mass, current, temperature, spike, level, n_bases };
  std::array<int8_t, n_bases> exponents{};

  bool is_plain() const { return *this == Dimension{}; }
  Dimension times(const Dimension& other, int power = 1) const;  // this * other^power
  std::string text() const;                                      // "time", "spike/time", "plain number"
  friend bool operator==(const Dimension&, const Dimension&) = default;
};

// A number with a unit, held in base units (s, m, kg, A, K, spike, dB), whatever unit it was written in.
struct Number {
  double value = 0;
  std::optional<Rational> exact;  // where it is known exactly
  bool known = true;              // false: only its kind and dimension are known in this phase
  bool is_whole = false;          // an `int`: written without a point, or made of such
  Dimension dimension;
  std::string unit;      // as written, for messages: "ms"; empty for plain numbers
  double unit_size = 1;  // base units in one `unit`

  static Number plain(double value);
  static Number whole(int64_t value);
  static Number rational(const Rational& value, bool is_whole = false);
  static Number unknown(const Dimension& dimension = {}, bool is_whole = false);
  bool is_zero() const { return known && value == 0; }
  std::string text() const;  // "215ms", "0.7", "43"
};

}  // namespace stria
