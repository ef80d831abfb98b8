#include "compiler/passes/fold.h"

#include <doctest/doctest.h>

#include <string>

#include "compiler/passes/literal.h"
#include "tests/passes/pass_helpers.h"

using namespace stria;
using test::check_pass;
using test::nodes;

namespace {

// The entries of a table or constant that `made` becomes, times the stream.
void check_folded(const std::string& made, const std::string& folded) {
  check_pass(passes::fold, nodes(made + " %99 = add %98, %2 return y = %99"),
             nodes(folded + " %99 = add %98, %2 return y = %99"));
}
std::string table(const std::string& sizes, const std::string& values) {
  return "table {sizes=[" + sizes + "], values=[" + values + "]}";
}

}  // namespace

TEST_CASE("arithmetic on numbers") {
  check_folded("%3 = constant {value=2} %4 = constant {value=8} %98 = div %3, %4",
               "%98 = constant {value=0.25}");
  check_folded("%3 = constant {value=2} %4 = neg %3 %98 = exp %4",
               "%98 = constant {value=0.1353352832366127}");
  check_folded("%3 = constant {value=0} %98 = expm1_over %3", "%98 = constant {value=1}");
  check_folded("%3 = constant {value=2} %4 = constant {value=3} %98 = pow %3, %4",
               "%98 = constant {value=8}");
}

TEST_CASE("ops that move entries; an iota stays until something is made of it") {
  check_folded("%3 = iota {size=5} %98 = flip %3 {axis=0}", "%98 = " + table("5", "4,3,2,1,0"));
  check_folded("%98 = iota {size=5}", "%98 = iota {size=5}");
}

TEST_CASE("shape ops of tables, checked entry by entry") {
  const auto folded = [](const std::string& text) {
    return ir::print(passes::fold(ir::read("graph g() {" + text + "}")));
  };
  const std::string start = "%1 = iota {size=6} %2 = reshape %1 {sizes=[2,3]}";
  const auto gives = [&](const std::string& node, const std::string& values) {
    const std::string text = folded(start + node + " return y = %3");
    CHECK_MESSAGE(text.find("values=[" + values + "]") != std::string::npos, text);
  };
  gives("%3 = transpose %2 {order=[1,0]}", "0, 3, 1, 4, 2, 5");
  gives("%3 = slice %2 {axis=1, start=0, size=2, step=2}", "0, 2, 3, 5");
  gives("%3 = pad %2 {axis=1, before=1, after=0}", "0, 0, 1, 2, 0, 3, 4, 5");
  gives("%3 = concat %2, %2 {axis=1}", "0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5");
  gives("%3 = window %1 {axis=0, size=2, stride=2, dilate=2}", "0, 2, 2, 4");
  gives("%4 = reshape %1 {sizes=[6,1]} %3 = broadcast %4 {sizes=[6,2]}",
        "0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5");
  gives("%4 = constant {value=3} %5 = less %2, %4 %3 = to_real %5", "1, 1, 1, 0, 0, 0");
}

TEST_CASE("a number repeated stays one, whatever the dims") {
  check_pass(passes::fold,
             nodes("%3 = constant {value=4} %4 = broadcast %3 {sizes=[B,T,5]} %5 = sqrt %4 return y = %5"),
             nodes("%3 = constant {value=2} %4 = broadcast %3 {sizes=[B,T,5]} return y = %4"));
}

TEST_CASE("a choice whose condition is known is what it chooses") {
  check_pass(passes::fold,
             nodes("%3 = constant {value=1} %4 = constant {value=2} %5 = less %3, %4 %6 = neg %2"
                   "%7 = select %5, %6, %2 return y = %7"),
             nodes("%6 = neg %2 return y = %6"));
}

TEST_CASE("not folded: what is not finite, too large, or another answer in single precision") {
  for (const char* text :
       {"%3 = constant {value=1} %4 = constant {value=0} %5 = div %3, %4 %6 = add %2, %5 return y = %6",
        "%3 = constant {value=1} %4 = constant {value=1.00000000001} %5 = less %3, %4 %6 = neg %2"
        "%7 = select %5, %6, %2 return y = %7",
        "%3 = iota {size=4096} %4 = pad %3 {axis=0, before=0, after=1} return y = %4"}) {
    check_pass(passes::fold, nodes(text), nodes(text));
  }
}

TEST_CASE("in a scan's body, constants leave the body") {
  check_pass(passes::fold, nodes(R"(
    %3 = constant {value=0}
    %4 = scan %2, %3 {n_inputs=1} (%5: real[B,5], %6: real[B,5]) {
      %7 = constant {value=2} %8 = mul %7, %7 %9 = mul %8, %6 %10 = add %9, %5
      yield %10, %10
    }
    return y = %4)"),
             nodes(R"(
    %3 = constant {value=0} %8 = constant {value=4}
    %4 = scan %2, %3 {n_inputs=1} (%5: real[B,5], %6: real[B,5]) {
      %9 = mul %8, %6 %10 = add %9, %5
      yield %10, %10
    }
    return y = %4)"));
}
