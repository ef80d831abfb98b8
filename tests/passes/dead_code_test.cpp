#include "compiler/passes/dead_code.h"

#include <doctest/doctest.h>

#include "tests/passes/pass_helpers.h"

using namespace stria;
using test::check_pass;
using test::nodes;

TEST_CASE("nodes that no result needs go, arguments stay") {
  check_pass(passes::dead_code, nodes("%3 = exp %0 %4 = neg %2 %5 = log %3 return y = %4"),
             nodes("%4 = neg %2 return y = %4"));
}

TEST_CASE("of a scan, outputs that nothing uses go, with the states and inputs behind them") {
  check_pass(passes::dead_code, nodes(R"(
    %3 = constant {value=0} %4 = neg %2
    %5, %6 = scan %2, %4, %3, %3 {n_inputs=2} (%7: real[B,5], %8: real[B,5], %9: real[B,5], %10: real[B,5]) {
      %11 = add %7, %9
      %12 = mul %8, %10
      yield %11, %12, %12, %11
    }
    return y = %6)"),
             nodes(R"(
    %3 = constant {value=0}
    %6 = scan %2, %3 {n_inputs=1} (%7: real[B,5], %9: real[B,5]) {
      %11 = add %7, %9
      yield %11, %11
    }
    return y = %6)"));
}

TEST_CASE("a circle of states that feeds only itself goes; one that an output hangs on stays") {
  const std::string body = R"(
    %3 = constant {value=0}
    %4 = scan %2, %3, %3, %3 {n_inputs=1} (%5: real[B,5], %6: real[B,5], %7: real[B,5], %8: real[B,5]) {
      %9 = add %5, %6
      %10 = neg %8
      yield %9, %10, %7, )";
  check_pass(passes::dead_code, nodes(body + "%9 } return y = %4"), nodes(R"(
    %3 = constant {value=0}
    %4 = scan %2, %3 {n_inputs=1} (%5: real[B,5], %6: real[B,5]) {
      %9 = add %5, %6
      yield %9, %9
    }
    return y = %4)"));
  check_pass(passes::dead_code, nodes(body + "%7 } return y = %4"), nodes(R"(
    %3 = constant {value=0}
    %4 = scan %2, %3, %3 {n_inputs=1} (%5: real[B,5], %7: real[B,5], %8: real[B,5]) {
      %10 = neg %8
      yield %10, %7, %7
    }
    return y = %4)"));
}

TEST_CASE("a scan keeps one input, which gives it its bins; one without a used output goes") {
  check_pass(passes::dead_code, nodes(R"(
    %3 = constant {value=0} %4 = neg %2
    %5 = scan %4, %2, %3 {n_inputs=2} (%6: real[B,5], %7: real[B,5], %8: real[B]) {
      %9 = exp %8
      %10 = mul %6, %7
      yield %9, %9
    }
    %11 = scan %4, %3 {n_inputs=1} (%12: real[B,5], %13: real[B]) { yield %13, %13 }
    return y = %5)"),
             nodes(R"(
    %3 = constant {value=0} %4 = neg %2
    %5 = scan %4, %3 {n_inputs=1} (%6: real[B,5], %8: real[B]) {
      %9 = exp %8
      yield %9, %9
    }
    return y = %5)"));
}
