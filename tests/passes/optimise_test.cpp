#include "compiler/passes/optimise.h"

#include <doctest/doctest.h>

using namespace stria;

namespace {

const char* const with_gradient = R"(graph g(parameter w: real[3], input x: real[3]) {
  %2 = mul %1, %0
  return gradient:w = %2, loss = %0
}
)";

std::string optimised(double rate_factor, double decay) {
  passes::AdamW rule{0.75, 0.5, 0.25, {}, {{"w", rate_factor, decay}}};
  return ir::print(passes::optimise(ir::read(with_gradient), rule));
}

}  // namespace

TEST_CASE(
    "an update reads the parameter, its moments and the step's numbers, and takes the derivative's place") {
  CHECK(
      optimised(1, 0) ==
      R"(graph g(parameter w: real[3], input x: real[3], buffer step:rate: real[], buffer step:first_correction: real[], buffer step:second_correction: real[], buffer first:w: real[3], buffer second:w: real[3]) {
  %7 = mul %1, %0  # real[3]
  %8 = constant {value=0.25}  # real[]
  %9 = sub %7, %5  # real[3]
  %10 = mul %8, %9  # real[3]
  %11 = add %5, %10  # real[3]
  %12 = constant {value=0.5}  # real[]
  %13 = mul %12, %6  # real[3]
  %14 = mul %12, %7  # real[3]
  %15 = mul %14, %7  # real[3]
  %16 = add %13, %15  # real[3]
  %17 = mul %2, %3  # real[]
  %18 = sqrt %16  # real[3]
  %19 = mul %4, %18  # real[3]
  %20 = add %19, %8  # real[3]
  %21 = div %11, %20  # real[3]
  %22 = mul %17, %21  # real[3]
  %23 = sub %0, %22  # real[3]
  return loss = %0, update:w = %23, first:w = %11, second:w = %16
}
)");
}

TEST_CASE("a rate factor and a decay of its own are in the parameter's update alone") {
  const std::string plain = optimised(1, 0), own = optimised(0.5, 0.125);
  CHECK(plain.find("value=0.125") == std::string::npos);
  CHECK(own.find("value=0.125") != std::string::npos);
}

TEST_CASE("clipping: one factor for all derivatives, of all their squares") {
  const char* const two = R"(graph g(parameter a: real[3], parameter b: real[]) {
  return gradient:a = %0, gradient:b = %1
}
)";
  const std::string text =
      ir::print(passes::optimise(ir::read(two), {0.9, 0.5, 1e-8, 2.0, {{"a", 1, 0}, {"b", 1, 0}}}));
  size_t n_roots = 0, n_least = 0;
  for (size_t at = text.find("= sqrt"); at != std::string::npos; at = text.find("= sqrt", at + 1)) ++n_roots;
  for (size_t at = text.find("= min"); at != std::string::npos; at = text.find("= min", at + 1)) ++n_least;
  CHECK(n_roots == 3);
  CHECK(n_least == 1);
}

TEST_CASE("a parameter may be called as the step's numbers are") {
  const ir::Graph after =
      passes::optimise(ir::read(R"(graph g(parameter rate: real[], parameter first_correction: real[]) {
  return gradient:rate = %0, gradient:first_correction = %1
}
)"),
                       {0.9, 0.5, 1e-8, {}, {{"rate", 1, 0}, {"first_correction", 1, 0}}});
  CHECK(ir::verify(after).empty());
}

TEST_CASE("what has no derivative is not updated") {
  const ir::Graph graph = ir::read(with_gradient);
  CHECK_THROWS_AS(passes::optimise(graph, {0.9, 0.999, 1e-8, {}, {{"x", 1, 0}}}), ir::InternalError);
  CHECK_THROWS_AS(passes::optimise(graph, {0.9, 0.999, 1e-8, {}, {{"y", 1, 0}}}), ir::InternalError);
}
