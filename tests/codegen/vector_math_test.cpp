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

// All that can run here.
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
void check_function(const std::string& name, const Emit& emit, Wider<T> (*exact)(Wider<T>), double limit,
                    bool flushes) {
  const std::vector<T> x = samples<T>(std::is_same_v<T, float> ? 3 << 18 : 3 << 15);
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
    for (const unsigned lanes : {2U, 3U, 4U, 8U, 16U, 32U}) {
      CAPTURE(lanes);
      CHECK(same_bits(map<T>(target, lanes, emit, x), scalar));
    }
  }
}

Emit emit_op(ir::Op op) {
  return [op](VectorMath& math, llvm::Value* a, llvm::Value* b) {
    return math.apply(op, a, ir::info(op).min_operands == 2 ? b : nullptr);
  };
}

// The op over pairs from `values`, 16 at a time, against `exact` of each pair: the same bits, or NaN in both.
template <typename T>
void check_pairs(ir::Op op, const std::vector<T>& values, T (*exact)(T, T)) {
  std::vector<T> a, b;
  for (const T x : values) {
    for (const T y : values) {
      a.push_back(x);
      b.push_back(y);
    }
  }
  while (a.size() % 16 != 0) {
    a.push_back(1);
    b.push_back(2);
  }
  for (const Target& target : targets()) {
    const std::vector<T> got = map<T>(target, 16, emit_op(op), a, b);
    for (size_t i = 0; i < a.size(); ++i) {
      const T expected = exact(a[i], b[i]);
      const bool right = std::isnan(expected) ? std::isnan(got[i]) : same_bits<T>({got[i]}, {expected});
      CAPTURE(target.name);
      CAPTURE(ir::info(op).name);
      CAPTURE(a[i]);
      CAPTURE(b[i]);
      CAPTURE(got[i]);
      CHECK(right);
    }
  }
}

// One operand: b is not looked at.
template <typename T>
void check_values(ir::Op op, const std::vector<T>& values, T (*exact)(T, T)) {
  std::vector<T> a = values;
  while (a.size() % 8 != 0) a.push_back(1);
  for (const Target& target : targets()) {
    const std::vector<T> got = map<T>(target, 8, emit_op(op), a);
    for (size_t i = 0; i < a.size(); ++i) {
      const T expected = exact(a[i], a[i]);
      CAPTURE(target.name);
      CAPTURE(ir::info(op).name);
      CAPTURE(a[i]);
      CHECK((std::isnan(expected) ? std::isnan(got[i]) : same_bits<T>({got[i]}, {expected})));
    }
  }
}

template <typename T>
void check_exact_ops() {
  const std::vector<T> values = special_values<T>();
  check_pairs<T>(ir::Op::add, values, [](T a, T b) { return a + b; });
  check_pairs<T>(ir::Op::sub, values, [](T a, T b) { return a - b; });
  check_pairs<T>(ir::Op::mul, values, [](T a, T b) { return a * b; });
  check_pairs<T>(ir::Op::div, values, [](T a, T b) { return a / b; });
  check_pairs<T>(ir::Op::min, values, [](T a, T b) { return b < a || std::isnan(b) ? b : a; });
  check_pairs<T>(ir::Op::max, values, [](T a, T b) { return a < b || std::isnan(b) ? b : a; });
  check_values<T>(ir::Op::neg, values, [](T a, T) { return -a; });
  check_values<T>(ir::Op::abs, values, [](T a, T) { return std::fabs(a); });
  check_values<T>(ir::Op::sqrt, values, [](T a, T) { return std::sqrt(a); });
  check_values<T>(ir::Op::relu, values, [](T a, T) { return a < 0 ? T(0) : a; });
}

// Through the C library in double, so that in float the result is that, rounded.
template <typename T>
void check_library_ops() {
  std::vector<T> values = samples<T>(1 << 10);
  check_values<T>(ir::Op::erf, values,
                  [](T a, T) { return static_cast<T>(std::erf(static_cast<double>(a))); });
  check_values<T>(ir::Op::sin, values,
                  [](T a, T) { return static_cast<T>(std::sin(static_cast<double>(a))); });
  check_values<T>(ir::Op::cos, values,
                  [](T a, T) { return static_cast<T>(std::cos(static_cast<double>(a))); });
  check_pairs<T>(ir::Op::pow, special_values<T>(), [](T a, T b) {
    return static_cast<T>(std::pow(static_cast<double>(a), static_cast<double>(b)));
  });
}

}  // namespace

#define CHECK_FUNCTION(function, flushes)                                                            \
  const Emit emit = [](VectorMath& math, llvm::Value* x, llvm::Value*) { return math.function(x); }; \
  check_function<float>(#function, emit, Exact<double>::function, 2, flushes);                       \
  check_function<double>(#function, emit, Exact<long double>::function, 2, flushes)

TEST_CASE("exp is right to 2 ulp, the same at every vector width") { CHECK_FUNCTION(exp, true); }
TEST_CASE("expm1 is right to 2 ulp, the same at every vector width") { CHECK_FUNCTION(expm1, false); }
TEST_CASE("expm1_over is right to 2 ulp, the same at every vector width") {
  CHECK_FUNCTION(expm1_over, false);
}
TEST_CASE("log is right to 2 ulp, the same at every vector width") { CHECK_FUNCTION(log, false); }
TEST_CASE("tanh is right to 2 ulp, the same at every vector width") { CHECK_FUNCTION(tanh, false); }
TEST_CASE("sigmoid is right to 2 ulp, the same at every vector width") { CHECK_FUNCTION(sigmoid, true); }
TEST_CASE("softplus is right to 2 ulp, the same at every vector width") { CHECK_FUNCTION(softplus, true); }

TEST_CASE("arithmetic, min, max and the like are exact, NaN and signed zeros included") {
  check_exact_ops<float>();
  check_exact_ops<double>();
}

TEST_CASE("erf, sin, cos and pow are those of the C library in double precision") {
  check_library_ops<float>();
  check_library_ops<double>();
}

TEST_CASE("min and max with a constant, and a square") {
  const std::vector<float> x = {-3, 0.5F, std::numeric_limits<float>::quiet_NaN(), 7};
  const auto with_constant = [&](ir::Op op, double value) {
    const Emit emit = [op, value](VectorMath& math, llvm::Value* a, llvm::Value*) {
      return math.apply(op, a, llvm::ConstantFP::get(a->getType(), value));
    };
    return map<float>(codegen::host(), 4, emit, x);
  };
  const std::vector<float> least = with_constant(ir::Op::min, 1), most = with_constant(ir::Op::max, 1);
  CHECK(least[0] == -3);
  CHECK(least[3] == 1);
  CHECK(std::isnan(least[2]));
  CHECK(most[0] == 1);
  CHECK(most[3] == 7);
  CHECK(std::isnan(most[2]));
  CHECK(std::isnan(with_constant(ir::Op::max, NAN)[0]));
  CHECK(with_constant(ir::Op::pow, 2)[0] == 9);
  CHECK(with_constant(ir::Op::pow, 3)[0] == -27);
}

TEST_CASE("the greatest error of a function would be noticed") {
  // x + x / 2^22 instead of x: two to four ulp.
  const std::vector<float> x = samples<float>(1 << 12);
  const std::vector<double> expected(x.begin(), x.end());
  const Emit emit = [](VectorMath& math, llvm::Value* a, llvm::Value*) {
    return math.mul(a, llvm::ConstantFP::get(a->getType(), 1 + 0x1p-22));
  };
  CHECK(worst<float>(x, map<float>(codegen::host(), 4, emit, x), expected, true).ulp > 2);
}

TEST_CASE("ops that are not pointwise, or have another number of operands, are refused") {
  CHECK(VectorMath::is_pointwise(ir::Op::tanh));
  CHECK_FALSE(VectorMath::is_pointwise(ir::Op::contract));
  llvm::LLVMContext context;
  llvm::IRBuilder<> builder(context);
  const Target target = codegen::host();
  VectorMath math(builder, target);
  llvm::Value* one = llvm::ConstantFP::get(builder.getFloatTy(), 1);
  CHECK_THROWS_WITH_AS(math.apply(ir::Op::contract, one),
                       "code generation: contract is no pointwise op of 1 operands", ir::InternalError);
  CHECK_THROWS_AS(math.apply(ir::Op::add, one), ir::InternalError);
  CHECK_THROWS_AS(math.apply(ir::Op::exp, one, one), ir::InternalError);
}

TEST_CASE("code for AVX-512 is written with its registers and calls nothing") {
  // Assembled here, run only on machines that have it.
  const Target target{"x86-64-v4", "x86-64-v4", "", 64, true, true};
  for (const ir::Op op : {ir::Op::exp, ir::Op::sigmoid, ir::Op::tanh, ir::Op::softplus, ir::Op::log}) {
    ModuleParts parts;
    emit_map(parts, target, "map", false, 16, emit_op(op));
    codegen::Jit jit(target, {.keep_assembly = true});
    jit.add(std::move(parts.context), std::move(parts.module));
    CAPTURE(ir::info(op).name);
    CHECK(jit.assembly().find("%zmm") != std::string::npos);
    CHECK(jit.assembly().find("call") == std::string::npos);
  }
}
