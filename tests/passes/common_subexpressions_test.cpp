#include "compiler/passes/common_subexpressions.h"

#include <doctest/doctest.h>

#include "tests/passes/pass_helpers.h"

using namespace stria;
using test::check_pass;
using test::nodes;

TEST_CASE("equal nodes are one, whatever the order of a sum or product") {
  check_pass(
      passes::common_subexpressions,
      nodes("%3 = add %1, %2 %4 = add %2, %1 %5 = mul %3, %4 %6 = mul %4, %3 %7 = sub %5, %6 return y = %7"),
      nodes("%3 = add %1, %2 %5 = mul %3, %3 %7 = sub %5, %5 return y = %7"));
}

TEST_CASE("what differs in operands' order, attributes or bits stays apart") {
  for (const char* text : {"%3 = sub %1, %2 %4 = sub %2, %1 %5 = add %3, %4 return y = %5",
                           "%3 = min %1, %2 %4 = min %2, %1 %5 = add %3, %4 return y = %5",
                           "%3 = delay %2 {steps=1} %4 = delay %2 {steps=2} %5 = add %3, %4 return y = %5",
                           "%3 = constant {value=0} %4 = constant {value=-0} %5 = div %2, %3 %6 = div %2, %4 "
                           "%7 = add %5, %6 return y = %7"}) {
    check_pass(passes::common_subexpressions, nodes(text), nodes(text));
  }
}

TEST_CASE("rand.1: draws of one key are one value, of two keys two") {
  const std::string draw = "random {distribution=\"normal\", sizes=[5], a=0, b=1, purpose=\"noise\", name=\"";
  check_pass(
      passes::common_subexpressions,
      nodes("%3 = " + draw + "u\"} %4 = " + draw + "u\"} %5 = " + draw + "v\"}" +
            "%6 = add %3, %4 %7 = add %6, %5 return y = %7"),
      nodes("%3 = " + draw + "u\"} %5 = " + draw + "v\"}" + "%6 = add %3, %3 %7 = add %6, %5 return y = %7"));
}

TEST_CASE("within a scan: equal nodes, nodes that equal one outside, frames of one stream, equal outputs") {
  check_pass(passes::common_subexpressions, nodes(R"(
    %3 = constant {value=0} %4 = exp %1
    %5, %6 = scan %2, %2, %3 {n_inputs=2} (%7: real[B,5], %8: real[B,5], %9: real[B,5]) {
      %10 = exp %1
      %11 = mul %10, %7
      %12 = mul %4, %8
      %13 = add %11, %9
      %14 = add %9, %12
      yield %13, %13, %14
    }
    %15 = sub %5, %6
    return y = %15)"),
             nodes(R"(
    %3 = constant {value=0} %4 = exp %1
    %5 = scan %2, %3 {n_inputs=1} (%7: real[B,5], %9: real[B,5]) {
      %11 = mul %4, %7
      %13 = add %11, %9
      yield %13, %13
    }
    %15 = sub %5, %5
    return y = %15)"));
}

TEST_CASE("bodies of two scans share nothing of their own") {
  const std::string text = nodes(R"(
    %3 = constant {value=0}
    %4 = scan %2, %3 {n_inputs=1} (%5: real[B,5], %6: real[B,5]) { %7 = add %5, %6 yield %7, %7 }
    %8 = scan %2, %3 {n_inputs=1} (%9: real[B,5], %10: real[B,5]) { %11 = add %9, %10 %12 = neg %11 yield %12, %12 }
    %13 = sub %4, %8
    return y = %13)");
  check_pass(passes::common_subexpressions, text, text);
}
