// The functions that generated code computes, against the C library at a higher precision.
#include "compiler/codegen/vector_math.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/codegen/compiled_function.h"

using namespace stria;
using namespace stria::test;
using codegen::Target;
using codegen::VectorMath;

namespace {

template <typename T>
using Wider = std::conditional_t<std::is_same_v<T, float>, double, long double>;

// Functions of the wider type: what is expected.
template <typename W>
struct Exact {
  static W exp(W x) { return std::exp(x); }
  static W expm1(W x) { return std::expm1(x); }
  static W expm1_over(W x) { return x == 0 ? 1 : x > 1e6 ? INFINITY : std::expm1(x) / x; }
  static W log(W x) { return std::log(x); }
  static W tanh(W x) { return std::tanh(x); }
  static W sigmoid(W x) { return x > 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }
  static W softplus(W x) { return std::fmax(x, W(0)) + std::log1p(std::exp(-std::fabs(x))); }
};

std::vector<Target> targets() {
  std::vector<Target> list = {codegen::host()};
  for (const std::string& name : codegen::baselines()) list.push_back(codegen::baseline(name));
  return list;
}

template <typename T>
std::vector<T> special_values() {
  using L = std::numeric_limits<T>;
  std::vector<T> list;
  for (const double x :
       {0.0,  1.0,   0.5,   2.0,   0.41421356, 87.0,   87.34, 87.5,  88.0,  88.4, 88.72283, 88.7229,
        89.0, 103.0, 708.0, 708.5, 709.7,      709.79, 710.0, 745.0, 746.0, 1e4,  1e30}) {
    list.push_back(static_cast<T>(x));
  }
  for (const T x :
       {L::denorm_min(), L::min(), std::nextafter(L::min(), T(0)), L::max(), L::infinity(), L::epsilon()}) {
    list.push_back(x);
  }
  const size_t positive = list.size();
  for (size_t i = 0; i < positive; ++i) list.push_back(-list[i]);
  list.push_back(L::quiet_NaN());
  return list;
}

// Special values, all exponents alike (any bit pattern), and evenly spread over the ranges where results
// change.
template <typename T>
std::vector<T> samples(size_t count) {
  using Bits = std::conditional_t<std::is_same_v<T, float>, uint32_t, uint64_t>;
  std::mt19937_64 random(20260101);
  const auto uniform = [&](double limit) {
    return static_cast<T>((static_cast<double>(random() >> 11) * 0x1p-52 - 1) * limit);
  };
  std::vector<T> list = special_values<T>();
  while (list.size() < count) {
    list.push_back(std::bit_cast<T>(static_cast<Bits>(random())));
    list.push_back(uniform(20));
    list.push_back(uniform(1));
    list.push_back(uniform(std::is_same_v<T, float> ? 105 : 750));
    list.push_back(std::ldexp(uniform(1), -static_cast<int>(random() % 32)));
    list.push_back(1 + uniform(0.5));
  }
  list.resize(count);
  return list;
}

// |got - exact| in units of T's spacing at the exact value. Infinite for a wrong infinity or NaN.
template <typename T>
double ulps(T got, Wider<T> exact) {
  using L = std::numeric_limits<T>;
  const T rounded = static_cast<T>(exact);
  if (std::isnan(rounded)) return std::isnan(got) ? 0 : INFINITY;
  if (std::isinf(rounded) || std::isinf(got)) {
    // An exact value at the very end of the range may round either way.
    if (rounded == got) return 0;
    const bool end = std::fabs(exact) > L::max() * (1 - 2 * Wider<T>(L::epsilon()));
    return end && std::signbit(got) == std::signbit(rounded) ? 1 : INFINITY;
  }
  if (std::isnan(got)) return INFINITY;
  const int exponent = std::max(std::ilogb(std::fabs(exact)), L::min_exponent - 1);
  return static_cast<double>(std::fabs(got - exact) / std::ldexp(Wider<T>(1), exponent - L::digits + 1));
}

struct Worst {
  double ulp = 0;
  double at = 0;
};

// `flushes`: results below the smallest normal number may be off by as much as that.
template <typename T>
Worst worst(const std::vector<T>& x, const std::vector<T>& got, const std::vector<Wider<T>>& exact,
            bool flushes) {
  Worst found;
  for (size_t i = 0; i < x.size(); ++i) {
    const T smallest = std::numeric_limits<T>::min();
    if (flushes && std::fabs(exact[i]) < smallest && std::fabs(got[i] - exact[i]) <= smallest) continue;
    const double error = ulps<T>(got[i], exact[i]);
    if (error > found.ulp) found = {error, static_cast<double>(x[i])};
  }
  return found;
}

template <typename T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

template <typename T>
void check_function(const char* name, const Emit& emit, Wider<T> (*exact)(Wider<T>), double limit,
                    bool flushes) {
  const std::vector<T> x = samples<T>(std::is_same_v<T, float> ? 1 << 19 : 1 << 17);
  std::vector<Wider<T>> expected(x.size());
  std::transform(x.begin(), x.end(), expected.begin(), [&](T value) { return exact(value); });
  for (const Target& target : targets()) {
    CAPTURE(name);
    CAPTURE(target.name);
    CAPTURE(sizeof(T));
    const std::vector<T> scalar = map<T>(target, 1, emit, x);
    const Worst found = worst<T>(x, scalar, expected, flushes);
    CAPTURE(found.at);
    CHECK(found.ulp <= limit);
    MESSAGE(name << " " << sizeof(T) << " " << target.name << ": " << found.ulp << " at " << found.at);
    for (const unsigned lanes : {2U, 4U, 8U, 16U, 32U}) {
      CAPTURE(lanes);
      CHECK(same_bits(map<T>(target, lanes, emit, x), scalar));
    }
  }
}

#define CHECK_FUNCTION(function, limit, flushes)                                                     \
  const Emit emit = [](VectorMath& math, llvm::Value* x, llvm::Value*) { return math.function(x); }; \
  check_function<float>(#function, emit, Exact<double>::function, limit, flushes);                   \
  check_function<double>(#function, emit, Exact<long double>::function, limit, flushes)

TEST_CASE("exp is right to 2 ulp, the same at every vector width") { CHECK_FUNCTION(exp, 2, true); }
TEST_CASE("expm1 is right to 2 ulp, the same at every vector width") { CHECK_FUNCTION(expm1, 2, false); }
TEST_CASE("expm1_over is right to 3 ulp") { CHECK_FUNCTION(expm1_over, 3, true); }
TEST_CASE("log is right to 2 ulp, the same at every vector width") { CHECK_FUNCTION(log, 2, false); }
TEST_CASE("tanh is right to 2 ulp, the same at every vector width") { CHECK_FUNCTION(tanh, 2, false); }
TEST_CASE("sigmoid is right to 2 ulp, the same at every vector width") { CHECK_FUNCTION(sigmoid, 2, true); }
TEST_CASE("softplus is right to 2 ulp, the same at every vector width") { CHECK_FUNCTION(softplus, 2, true); }

}  // namespace
