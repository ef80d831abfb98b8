// Graphs split into real and imaginary parts give the values of the graphs they were made of.
#include "compiler/passes/split_complex.h"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <limits>

#include "tests/exec/op_cases.h"

using namespace stria;
using namespace stria::test;
using exec::HostTensor;
using exec::Precision;
using LongComplex = std::complex<long double>;

namespace {

constexpr const char* phi_graph = "graph g(input z: complex[1]) { %1 = expm1_over %0 return y = %1 }";

LongComplex phi(LongComplex z) {
  if (std::abs(z) > 0.1L) {
    // e^z - 1 without a difference of near numbers; the real part's own terms are those of the pass, in more
    // digits.
    const long double half = std::sin(z.imag() / 2);
    const LongComplex above(std::expm1(z.real()) * std::cos(z.imag()) - 2 * half * half,
                            std::exp(z.real()) * std::sin(z.imag()));
    return above / z;
  }
  LongComplex sum = 0, term = 1;
  for (int k = 1; k <= 30; ++k) {
    sum += term;
    term *= z / static_cast<long double>(k + 1);
  }
  return sum;
}

LongComplex split_at(const ir::Graph& graph, std::complex<double> z, Precision precision) {
  const auto evaluation =
      exec::evaluate(graph, {{"z", {{1, 2}, {z.real(), z.imag()}}}}, {precision, 0, {}, {}});
  const HostTensor& y = evaluation.results.begin()->second;
  return {y.values[0], y.values.size() > 1 ? y.values[1] : 0};
}

}  // namespace

TEST_CASE("every op on complex values, split, gives what plain loops say") {
  for (const OpCase& op_case : op_cases()) {
    CAPTURE(op_case.label);
    const ir::Graph graph = case_graph(op_case), split = passes::split_complex(graph);
    const ir::Element element = graph.type(graph.find_result("value")->value).element;
    const Array expected = op_case.expected(draw_operands(op_case));
    for (const Precision precision : {Precision::float64, Precision::float32}) {
      const double bound = precision == Precision::float64 ? 1e-12 : 1e-5;
      const auto evaluation = exec::evaluate(split, case_arguments(op_case, split), {precision, 0, {}, {}});
      const Array value = from_host(evaluation.results.at("value"), element);
      REQUIRE(value.sizes == expected.sizes);
      for (size_t i = 0; i < value.values.size(); ++i) {
        CHECK(std::abs(value.values[i] - expected.values[i]) <=
              bound * std::max(1.0, std::abs(expected.values[i])));
      }
    }
  }
}

TEST_CASE(
    "scan.3: phi of a complex number is within 16 units in the last place, small, large and near its zeros") {
  const ir::Graph graph = passes::split_complex(ir::read(phi_graph));
  const double two_pi = 2 * std::acos(-1.0);
  std::vector<std::complex<double>> points = {{0, 0},    {0, two_pi}, {1e-3, two_pi},   {-30, 1},
                                              {-700, 3}, {80, 5},     {0, 1000},        {0.24, 0.06},
                                              {0.25, 0}, {0, 0.25},   {1e-300, -1e-300}};
  for (int k = -60; k <= 24; ++k) {
    for (int direction = 0; direction < 8; ++direction) {
      points.push_back(std::polar(std::pow(2.0, k / 4.0), 0.1 + 0.7853981633974483 * direction));
    }
  }
  for (const auto& z : points) {
    CAPTURE(z.real());
    CAPTURE(z.imag());
    const LongComplex expected = phi({z.real(), z.imag()});
    const long double error = std::abs(split_at(graph, z, Precision::float64) - expected);
    CHECK(error <= 16 * std::numeric_limits<double>::epsilon() * std::abs(expected));
    const std::complex<double> single(static_cast<float>(z.real()), static_cast<float>(z.imag()));
    const LongComplex wanted = phi({single.real(), single.imag()});
    if (std::abs(wanted) > 1e37L) continue;
    const long double rough = std::abs(split_at(graph, single, Precision::float32) - wanted);
    CHECK(rough <= 16 * std::numeric_limits<float>::epsilon() * std::abs(wanted) + 1e-37L);
  }
}

TEST_CASE("sizes and quotients of complex numbers neither overflow nor vanish in their squares") {
  const ir::Graph size =
      passes::split_complex(ir::read("graph g(input z: complex[1]) { %1 = abs %0 return y = %1 }"));
  const ir::Graph ratio =
      passes::split_complex(ir::read("graph g(input z: complex[1]) { %1 = div %0, %0 return y = %1 }"));
  for (const double scale : {1e-200, 1e-30, 1.0, 1e30, 1e200}) {
    CAPTURE(scale);
    CHECK(static_cast<double>(split_at(size, {3 * scale, -4 * scale}, Precision::float64).real()) ==
          doctest::Approx(5 * scale).epsilon(1e-14));
    const LongComplex one = split_at(ratio, {3 * scale, -4 * scale}, Precision::float64);
    CHECK(std::abs(one - LongComplex(1)) < 1e-15L);
  }
  CHECK(split_at(size, {0, 0}, Precision::float64).real() == 0);
}
