#include "compiler/passes/regroup_sums.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/passes/pass_helpers.h"

using namespace stria;
using test::check_pass;

namespace {

// Fixed %0, %1, %2 = [5], weights %3 = [5,5], streams %4, %5 = [B,T,5].
std::string sums_graph(const std::string& text) {
  return "graph g(parameter a: real[5], parameter b: real[5], parameter c: real[5], parameter w: real[5,5],"
         "input x: real[B,T,5], input z: real[B,T,5]) {" +
         text + "}";
}
// The same in a scan over x with the state %12; %11 is the frame, %19 the new state.
std::string body(const std::string& text) {
  return sums_graph(
      "%9 = constant {value=0} %10 = scan %4, %9 {n_inputs=1} (%11: real[B,5], %12: real[B,5]) {" + text +
      "yield %19, %19 } return y = %10");
}

}  // namespace

TEST_CASE("scan.4: of a gate's sum, all that no state reaches is added first, the fixed ones once") {
  check_pass(passes::regroup_sums, body(R"(
    %13 = contract %3, %11 {subscripts="hi,bi->bh"} %14 = add %13, %0
    %15 = contract %3, %12 {subscripts="hi,bi->bh"} %16 = add %14, %15 %17 = add %16, %1 %19 = sigmoid %17)"),
             sums_graph(R"(
    %9 = constant {value=0} %20 = add %0, %1
    %10 = scan %4, %9 {n_inputs=1} (%11: real[B,5], %12: real[B,5]) {
      %13 = contract %3, %11 {subscripts="hi,bi->bh"} %15 = contract %3, %12 {subscripts="hi,bi->bh"}
      %16 = add %13, %20 %17 = add %15, %16 %19 = sigmoid %17
      yield %19, %19
    }
    return y = %10)"));
}

TEST_CASE("signs stay with their terms") {
  check_pass(passes::regroup_sums, body("%13 = sub %12, %11 %14 = sub %0, %13 %19 = sub %14, %1"),
             sums_graph(R"(
    %9 = constant {value=0} %20 = sub %0, %1
    %10 = scan %4, %9 {n_inputs=1} (%11: real[B,5], %12: real[B,5]) {
      %16 = add %11, %20 %19 = sub %16, %12
      yield %19, %19
    }
    return y = %10)"));
  check_pass(passes::regroup_sums, sums_graph("%6 = sub %4, %0 %7 = sub %6, %1 return y = %7"),
             sums_graph("%6 = add %0, %1 %7 = sub %4, %6 return y = %7"));
}

TEST_CASE("left alone: one early term, sums used elsewhere, sums of another type") {
  for (const std::string& text :
       {body("%13 = exp %12 %14 = add %13, %11 %15 = neg %14 %16 = add %15, %12 %19 = sub %16, %0"),
        sums_graph("%6 = add %4, %0 %7 = add %6, %5 return y = %7"),
        sums_graph("%6 = add %4, %0 %7 = add %6, %1 return y = %7, z = %6"),
        sums_graph("%6 = reduce_sum %4 {axes=[0,1]} %7 = add %6, %0 %8 = add %7, %4 return y = %8")}) {
    check_pass(passes::regroup_sums, text, text);
  }
}
