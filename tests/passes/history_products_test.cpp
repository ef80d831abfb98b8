#include "compiler/passes/history_products.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/passes/pass_helpers.h"

using namespace stria;
using test::check_pass;

namespace {

// A stream %0 = [B,T,34], weights %1 = [48,34], a place %2 = [43,34], weights with bins %3 = [48,34,43], %4 =
// [34].
std::string with_history(const std::string& text) {
  return "graph g(input x: real[B,T,34], parameter w: real[48,34], parameter place: real[43,34],"
         "parameter kernel: real[48,34,43], parameter b: real[34]) {" +
         text + "}";
}

void is_left_alone(const std::string& text) {
  check_pass(passes::history_products, with_history(text), with_history(text));
}

}  // namespace

TEST_CASE("a product that treats all bins alike is made before the history") {
  check_pass(passes::history_products, with_history(R"(
    %9 = history %0 {size=43} %10 = contract %9, %1 {subscripts="btfk,ef->btke"} return y = %10)"),
             with_history(R"(
    %9 = contract %0, %1 {subscripts="btf,ef->bte"} %10 = history %9 {size=43}
    %11 = transpose %10 {order=[0, 1, 3, 2]} return y = %11)"));
}

TEST_CASE("what is added to a history gets a product of its own, repeated where it was") {
  check_pass(passes::history_products, with_history(R"(
    %9 = history %0 {size=43} %10 = transpose %9 {order=[0, 1, 3, 2]} %11 = add %10, %2 %12 = add %4, %11
    %13 = contract %1, %12 {subscripts="ef,btkf->btek"} return y = %13)"),
             with_history(R"(
    %9 = contract %1, %0 {subscripts="ef,btf->bte"} %10 = history %9 {size=43}
    %11 = contract %1, %2 {subscripts="ef,kf->ek"} %12 = add %10, %11
    %13 = broadcast %4 {sizes=[43, 34]} %14 = contract %1, %13 {subscripts="ef,kf->ek"} %15 = add %12, %14
    return y = %15)"));
}

TEST_CASE("products one after the other are both made before the history") {
  check_pass(passes::history_products, with_history(R"(
    %9 = history %0 {size=43} %10 = contract %9, %1 {subscripts="btfk,ef->btek"}
    %11 = contract %10, %1 {subscripts="btek,ef->btfk"} return y = %11)"),
             with_history(R"(
    %9 = contract %0, %1 {subscripts="btf,ef->bte"} %10 = contract %9, %1 {subscripts="bte,ef->btf"}
    %11 = history %10 {size=43} return y = %11)"));
}

TEST_CASE("products that tell bins apart, or add them up, stay") {
  is_left_alone(
      R"(%9 = history %0 {size=43} %10 = contract %9, %3 {subscripts="btfk,efk->bte"} return y = %10)");
  is_left_alone(
      R"(%9 = history %0 {size=43} %10 = contract %9, %3 {subscripts="btfk,efk->btek"} return y = %10)");
  is_left_alone(
      R"(%9 = history %0 {size=43} %10 = contract %9, %1 {subscripts="btfk,ef->bte"} return y = %10)");
  is_left_alone(R"(%9 = history %0 {size=43} %10 = history %0 {size=2}
                   %11 = contract %9, %10 {subscripts="btfk,btfc->btkc"} return y = %11)");
  is_left_alone(R"(%9 = history %0 {size=43} %10 = exp %9
                   %11 = contract %10, %1 {subscripts="btfk,ef->btek"} return y = %11)");
}
