#include "compiler/passes/merge_products.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/passes/pass_helpers.h"

using namespace stria;
using test::check_pass;

namespace {

// Weights %0 = [3,5], %1 = [4,5], %2 = [5,4], %3 = [7,3,5], %4 = [7,2,5]; streams %5 = [B,T,5], %6 =
// [B,T,7,5].
std::string graph(const std::string& text) {
  return "graph g(parameter a: real[3,5], parameter b: real[4,5], parameter c: real[5,4], parameter d: "
         "real[7,3,5],"
         "parameter e: real[7,2,5], input x: real[B,T,5], input z: real[B,T,7,5]) {" +
         text + "}";
}
void stays(const std::string& text) { check_pass(passes::merge_products, graph(text), graph(text)); }

}  // namespace

TEST_CASE("products of one value with several weights become one; letters have no part in it") {
  check_pass(passes::merge_products, graph(R"(
    %10 = contract %0, %5 {subscripts="hi,bti->bth"} %11 = tanh %10
    %12 = contract %5, %1 {subscripts="xyz,oz->xyo"}
    return y = %11, z = %12)"),
             graph(R"(
    %9 = concat %0, %1 {axis=0} %8 = contract %9, %5 {subscripts="hi,bti->bth"}
    %10 = slice %8 {axis=2, start=0, size=3, step=1} %11 = tanh %10
    %12 = slice %8 {axis=2, start=3, size=4, step=1}
    return y = %11, z = %12)"));
}

TEST_CASE("weights that are made after the first product are made before it") {
  check_pass(passes::merge_products, graph(R"(
    %10 = contract %0, %5 {subscripts="hi,bti->bth"} %11 = exp %1
    %12 = contract %11, %5 {subscripts="hi,bti->bth"}
    return y = %10, z = %12)"),
             graph(R"(
    %11 = exp %1 %9 = concat %0, %11 {axis=0} %8 = contract %9, %5 {subscripts="hi,bti->bth"}
    %10 = slice %8 {axis=2, start=0, size=3, step=1} %12 = slice %8 {axis=2, start=3, size=4, step=1}
    return y = %10, z = %12)"));
}

TEST_CASE("an axis of weights that pairs with one of the value, and a further one of their own") {
  check_pass(passes::merge_products, graph(R"(
    %10 = contract %6, %3 {subscripts="btlk,lck->btlc"} %12 = contract %6, %4 {subscripts="btlk,lck->btlc"}
    return y = %10, z = %12)"),
             graph(R"(
    %9 = concat %3, %4 {axis=1} %8 = contract %6, %9 {subscripts="btlk,lck->btlc"}
    %10 = slice %8 {axis=3, start=0, size=3, step=1} %12 = slice %8 {axis=3, start=3, size=2, step=1}
    return y = %10, z = %12)"));
  // Joined along the first axis of their own: the second must agree.
  check_pass(passes::merge_products, graph(R"(
    %10 = contract %5, %3 {subscripts="btk,lck->btlc"} %11 = exp %3
    %12 = contract %5, %11 {subscripts="btk,lck->btlc"} return y = %10, z = %12)"),
             graph(R"(
    %11 = exp %3 %9 = concat %3, %11 {axis=0} %8 = contract %5, %9 {subscripts="btk,lck->btlc"}
    %10 = slice %8 {axis=2, start=0, size=7, step=1} %12 = slice %8 {axis=2, start=7, size=7, step=1}
    return y = %10, z = %12)"));
  stays(R"(
    %10 = contract %5, %3 {subscripts="btk,lck->btlc"} %12 = contract %5, %4 {subscripts="btk,lck->btlc"}
    return y = %10, z = %12)");
}

TEST_CASE("left alone: other values, other layouts, other results, weights that are not fixed") {
  stays(R"(
    %9 = exp %5 %10 = contract %0, %5 {subscripts="hi,bti->bth"} %12 = contract %1, %9 {subscripts="hi,bti->bth"}
    return y = %10, z = %12)");
  stays(R"(
    %10 = contract %0, %5 {subscripts="hi,bti->bth"} %12 = contract %2, %5 {subscripts="ih,bti->bth"}
    return y = %10, z = %12)");
  stays(R"(
    %10 = contract %0, %5 {subscripts="hi,bti->bth"} %12 = contract %1, %5 {subscripts="hi,bti->hbt"}
    return y = %10, z = %12)");
  stays(R"(
    %8 = reduce_sum %6 {axes=[0,1]} %10 = contract %0, %5 {subscripts="hi,bti->bth"}
    %12 = contract %8, %5 {subscripts="hi,bti->bth"} return y = %10, z = %12)");
  stays(R"(
    %10 = contract %0, %5 {subscripts="hi,bti->bt"} %12 = contract %1, %5 {subscripts="hi,bti->bt"}
    return y = %10, z = %12)");
}

TEST_CASE(
    "scan.4: the gates of a GRU read the state in one product; the concat is fixed, so it is made before") {
  check_pass(passes::merge_products, R"(
    graph g(parameter r: real[5,5], parameter z: real[5,5], parameter n: real[5,5], input x: real[B,T,5]) {
      %4 = constant {value=0}
      %5 = scan %3, %4 {n_inputs=1} (%6: real[B,5], %7: real[B,5]) {
        %8 = contract %0, %7 {subscripts="hi,bi->bh"} %9 = sigmoid %8
        %10 = contract %1, %7 {subscripts="hi,bi->bh"} %11 = sigmoid %10
        %12 = contract %2, %7 {subscripts="hi,bi->bh"} %13 = mul %9, %12 %14 = add %13, %6
        %15 = mul %11, %14
        yield %15, %15
      }
      return y = %5
    })",
             R"(
    graph g(parameter r: real[5,5], parameter z: real[5,5], parameter n: real[5,5], input x: real[B,T,5]) {
      %4 = constant {value=0} %20 = concat %0, %1, %2 {axis=0}
      %5 = scan %3, %4 {n_inputs=1} (%6: real[B,5], %7: real[B,5]) {
        %21 = contract %20, %7 {subscripts="hi,bi->bh"}
        %8 = slice %21 {axis=1, start=0, size=5, step=1} %9 = sigmoid %8
        %10 = slice %21 {axis=1, start=5, size=5, step=1} %11 = sigmoid %10
        %12 = slice %21 {axis=1, start=10, size=5, step=1} %13 = mul %9, %12 %14 = add %13, %6
        %15 = mul %11, %14
        yield %15, %15
      }
      return y = %5
    })");
}
