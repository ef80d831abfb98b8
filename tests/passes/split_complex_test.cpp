#include "compiler/passes/split_complex.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/ir/example_graphs.h"

using namespace stria;

namespace {

std::string split(const std::string& text) { return ir::print(passes::split_complex(ir::read(text))); }

size_t occurrences(const std::string& text, const std::string& part) {
  size_t result = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++result;
  return result;
}

}  // namespace

TEST_CASE("a complex parameter becomes pairs, and what only needs one part computes that one") {
  CHECK(split(R"(graph g(parameter c: complex[3], input x: real[B,T,3]) {
      %2 = mul %0, %1
      %3 = im %2
      return y = %3, c = %0
    })") ==
        R"(graph g(parameter c: real[3,2], input x: real[B,T,3]) {
  %2 = slice %0 {axis=1, start=0, size=1, step=1}  # real[3,1]
  %3 = reshape %2 {sizes=[3]}  # real[3]
  %4 = slice %0 {axis=1, start=1, size=1, step=1}  # real[3,1]
  %5 = reshape %4 {sizes=[3]}  # real[3]
  %6 = mul %3, %1  # real[B,T,3]
  %7 = mul %5, %1  # real[B,T,3]
  %8 = reshape %3 {sizes=[3, 1]}  # real[3,1]
  %9 = reshape %5 {sizes=[3, 1]}  # real[3,1]
  %10 = concat %8, %9 {axis=1}  # real[3,2]
  return y = %7, c = %10
}
)");
}

TEST_CASE("a scan with a complex state carries its two parts") {
  CHECK(split(R"(graph g(parameter a: complex[2], input x: real[B,T,2]) {
      %2 = constant {value=0}
      %3 = complex %2, %2
      %4 = scan %1, %3 {n_inputs=1} (%5: real[B,2], %6: complex[B,2]) {
        %7 = mul %0, %6
        %8 = add %7, %5
        yield %8, %8
      }
      %9 = re %4
      return y = %9
    })") ==
        R"(graph g(parameter a: real[2,2], input x: real[B,T,2]) {
  %2 = slice %0 {axis=1, start=0, size=1, step=1}  # real[2,1]
  %3 = reshape %2 {sizes=[2]}  # real[2]
  %4 = slice %0 {axis=1, start=1, size=1, step=1}  # real[2,1]
  %5 = reshape %4 {sizes=[2]}  # real[2]
  %6 = constant {value=0}  # real[]
  %7, %8 = scan %1, %6, %6 {n_inputs=1} (%9: real[B,2], %10: real[B,2], %11: real[B,2]) {
    %12 = mul %3, %10  # real[B,2]
    %13 = mul %5, %11  # real[B,2]
    %14 = sub %12, %13  # real[B,2]
    %15 = mul %3, %11  # real[B,2]
    %16 = mul %5, %10  # real[B,2]
    %17 = add %15, %16  # real[B,2]
    %18 = add %14, %9  # real[B,2]
    yield %18, %17, %18, %17
  }  # real[B,T,2], real[B,T,2]
  return y = %7
}
)");
}

TEST_CASE("a product of complex values is four real ones, of a real and a complex one two") {
  const auto products = [](const std::string& a, const std::string& b) {
    return occurrences(split("graph g(parameter a: " + a + "[2,3], parameter b: " + b +
                             "[3,4]) { %2 = contract %0, %1 {subscripts=\"ij,jk->ik\"} return y = %2 }"),
                       "contract");
  };
  CHECK(products("complex", "complex") == 4);
  CHECK(products("real", "complex") == 2);
  CHECK(products("complex", "real") == 2);
  CHECK(products("real", "real") == 1);
}

TEST_CASE("no complex value and none of complex, re, im, conj is left, whatever the graph") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    const ir::Graph graph = passes::split_complex(test::random_graph(seed, 40));
    CHECK(ir::verify(graph) == "");
    for (const ir::Type& type : graph.values) CHECK(type.element != ir::Element::complex);
    const std::string text = ir::print(graph);
    for (const char* op : {" = complex ", " = re ", " = im ", " = conj "}) CHECK(occurrences(text, op) == 0);
    CHECK(ir::print(passes::split_complex(graph)) == text);
  }
}
