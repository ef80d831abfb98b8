#include "compiler/passes/absorb_batch_norm.h"

#include <doctest/doctest.h>

#include <string>

#include "compiler/passes/simplify.h"
#include "tests/passes/pass_helpers.h"

using namespace stria;
using test::check_pass;

namespace {

// %0 = w [4,5], %1 = u [4,3,5], %2 = bias, %3 = mean, %4 = deviation, %5 = scale, %6 = shift [3 or 4]; %7 = x
// [B,T,5]
std::string graph(const std::string& entries, const std::string& text) {
  std::string head = "graph g(parameter w: real[4,5], parameter u: real[4,3,5]";
  for (const char* name : {"bias", "mean", "deviation", "scale", "shift"})
    head += ", buffer " + std::string(name) + ": real[" + entries + "]";
  return head + ", input x: real[B,T,5]) {" + text + "}";
}
ir::Graph absorbed(const ir::Graph& graph) { return passes::simplify(passes::absorb_batch_norm(graph)); }

}  // namespace

TEST_CASE("run.7: batch norm after a product and its bias becomes part of both") {
  check_pass(absorbed, graph("4", R"(
    %8 = contract %7, %0 {subscripts="bti,hi->bth"} %9 = add %8, %2 %10 = sub %9, %3 %11 = div %10, %4
    %12 = mul %11, %5 %13 = add %12, %6 %14 = sigmoid %13
    return y = %14)"),
             graph("4", R"(
    %8 = sub %2, %3 %9 = constant {value=1} %10 = div %9, %4 %11 = reshape %10 {sizes=[4,1]} %12 = mul %0, %11
    %14 = mul %8, %10 %15 = reshape %5 {sizes=[4,1]} %16 = mul %12, %15
    %17 = contract %7, %16 {subscripts="bti,hi->bth"} %18 = mul %14, %5 %19 = add %18, %6
    %20 = add %17, %19 %21 = sigmoid %20
    return y = %21)"));
}

TEST_CASE("a scale along one of the product's axes meets the weights' axis") {
  check_pass(absorbed, graph("3", R"(
    %8 = contract %7, %1 {subscripts="bti,lci->btlc"} %9 = mul %5, %8
    return y = %9)"),
             graph("3", R"(
    %8 = reshape %5 {sizes=[1,3,1]} %9 = mul %1, %8 %10 = contract %7, %9 {subscripts="bti,lci->btlc"}
    return y = %10)"));
}

TEST_CASE("a scale along two axes that the weights hold in another order") {
  check_pass(absorbed, graph("3,4", R"(
    %8 = contract %1, %7 {subscripts="lci,bti->btcl"} %9 = mul %8, %5
    return y = %9)"),
             graph("3,4", R"(
    %8 = transpose %5 {order=[1,0]} %9 = reshape %8 {sizes=[4,3,1]} %10 = mul %1, %9
    %11 = contract %10, %7 {subscripts="lci,bti->btcl"}
    return y = %11)"));
}

TEST_CASE("left alone: values used elsewhere, scales that are not fixed or vary along the value's own axes") {
  const auto stays = [](const std::string& text) {
    check_pass(passes::absorb_batch_norm, graph("4", text), graph("4", text));
  };
  stays("%8 = contract %7, %0 {subscripts=\"bti,hi->bth\"} %9 = mul %8, %5 return y = %9, z = %8");
  stays(
      "%8 = contract %7, %0 {subscripts=\"bti,hi->bth\"} %9 = add %8, %2 %10 = mul %9, %5 return y = %10, z "
      "= %9");
  stays(
      "%8 = contract %7, %0 {subscripts=\"bti,hi->bth\"} %9 = reduce_sum %8 {axes=[0,1]} %10 = contract %7, "
      "%0"
      "{subscripts=\"bti,hi->bth\"} %11 = mul %10, %9 return y = %11");
  const std::string other = R"(graph g(parameter w: real[4], parameter s: real[5,1], input x: real[B,T,5]) {
    %3 = contract %2, %0 {subscripts="bti,h->btih"} %4 = mul %3, %1 return y = %4})";
  check_pass(passes::absorb_batch_norm, other, other);
}
