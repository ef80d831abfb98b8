#include "compiler/passes/simplify.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/passes/pass_helpers.h"

using namespace stria;
using test::check_pass;
using test::nodes;

namespace {

// What a rule makes of nodes; %9 is the result. A graph `stays` where no rule may touch it.
void becomes(const std::string& before, const std::string& after) {
  check_pass(passes::simplify, nodes(before + " return y = %9"), nodes(after + " return y = %9"));
}
void becomes_x(const std::string& before) {
  check_pass(passes::simplify, nodes(before + " return y = %9"), nodes(" return y = %2"));
}
void is_left(const std::string& text) { becomes(text, text); }

const std::string one = "%3 = constant {value=1}", zero = "%3 = constant {value=0}";
const std::string two = "%3 = constant {value=2}", minus_one = "%3 = constant {value=-1}";

}  // namespace

TEST_CASE("numbers that change nothing") {
  becomes_x(one + "%9 = mul %2, %3");
  becomes_x(one + "%9 = mul %3, %2");
  becomes_x(one + "%9 = div %2, %3");
  becomes_x(zero + "%9 = add %2, %3");
  becomes_x(zero + "%9 = add %3, %2");
  becomes_x(zero + "%9 = sub %2, %3");
  becomes_x(one + "%9 = pow %2, %3");
  becomes_x(one + "%4 = broadcast %3 {sizes=[5]} %9 = mul %2, %4");
  becomes(one + "%4 = broadcast %3 {sizes=[B,T,5]} %9 = mul %1, %4", "%9 = broadcast %1 {sizes=[B,T,5]}");
}

TEST_CASE("signs") {
  becomes(minus_one + "%9 = mul %2, %3", "%9 = neg %2");
  becomes(minus_one + "%9 = div %2, %3", "%9 = neg %2");
  becomes(zero + "%9 = sub %3, %2", "%9 = neg %2");
  becomes_x("%4 = neg %2 %9 = neg %4");
  becomes("%4 = neg %1 %9 = add %2, %4", "%9 = sub %2, %1");
  becomes("%4 = neg %1 %9 = add %4, %2", "%9 = sub %2, %1");
  becomes("%4 = neg %1 %9 = sub %2, %4", "%9 = add %2, %1");
  becomes("%4 = sub %1, %2 %9 = neg %4", "%9 = sub %2, %1");
  becomes("%3 = constant {value=3} %4 = neg %2 %9 = mul %4, %3", "%3 = constant {value=-3} %9 = mul %2, %3");
  becomes("%3 = constant {value=3} %4 = mul %2, %3 %9 = neg %4", "%3 = constant {value=-3} %9 = mul %2, %3");
}

TEST_CASE("signs move outwards of products and sums") {
  becomes("%4 = neg %2 %9 = mul %1, %4", "%4 = mul %1, %2 %9 = neg %4");
  becomes("%4 = neg %2 %9 = div %4, %1", "%4 = div %2, %1 %9 = neg %4");
  becomes("%4 = neg %2 %5 = neg %1 %9 = mul %4, %5", "%9 = mul %2, %1");
  becomes("%4 = neg %2 %9 = reduce_sum %4 {axes=[0,1]}", "%4 = reduce_sum %2 {axes=[0,1]} %9 = neg %4");
  becomes("%4 = neg %2 %5 = mul %4, %1 %6 = exp %2 %9 = add %6, %5",
          "%5 = mul %2, %1 %6 = exp %2 %9 = sub %6, %5");
}

TEST_CASE("powers and powers of two") {
  becomes(two + "%9 = pow %2, %3", "%9 = mul %2, %2");
  becomes("%3 = constant {value=8} %9 = div %2, %3", "%3 = constant {value=0.125} %9 = mul %2, %3");
  is_left("%3 = constant {value=3} %9 = div %2, %3");
  is_left("%3 = constant {value=3} %9 = pow %2, %3");
}

TEST_CASE("x * 0 stays: x may be infinite") { is_left(zero + "%9 = mul %2, %3"); }

TEST_CASE("choices of two that are one, and parts of complex values") {
  becomes_x("%4 = less %2, %1 %9 = select %4, %2, %2");
  becomes_x("%9 = max %2, %2");
  becomes_x("%4 = complex %2, %1 %9 = re %4");
  becomes("%4 = complex %2, %1 %9 = im %4", "%9 = broadcast %1 {sizes=[B,T,5]}");
  becomes("%4 = complex %2, %1 %5 = re %4 %6 = im %4 %7 = complex %5, %6 %8 = abs %7 %9 = neg %8",
          "%4 = complex %2, %1 %8 = abs %4 %9 = neg %8");
}

TEST_CASE("repeated operands of pointwise ops") {
  becomes("%4 = broadcast %1 {sizes=[B,T,5]} %9 = mul %2, %4", "%9 = mul %2, %1");
  becomes("%4 = broadcast %1 {sizes=[B,T,5]} %9 = exp %4", "%4 = exp %1 %9 = broadcast %4 {sizes=[B,T,5]}");
  becomes(
      "%4 = broadcast %1 {sizes=[B,T,5]} %5 = broadcast %1 {sizes=[3,5]} %6 = mul %5, %0 %7 = exp %4"
      "%9 = add %7, %2",
      "%6 = exp %1 %9 = add %6, %2");
  becomes("%4 = broadcast %1 {sizes=[B,T,5]} %5 = exp %1 %6 = broadcast %5 {sizes=[B,T,5]} %9 = add %4, %6",
          "%5 = exp %1 %6 = add %1, %5 %9 = broadcast %6 {sizes=[B,T,5]}");
}

TEST_CASE("shape ops that do nothing") {
  becomes_x("%9 = broadcast %2 {sizes=[B,T,5]}");
  becomes_x("%9 = reshape %2 {sizes=[B,T,5]}");
  becomes_x("%9 = transpose %2 {order=[0,1,2]}");
  becomes_x("%9 = slice %2 {axis=2, start=0, size=5, step=1}");
  becomes_x("%9 = pad %2 {axis=2, before=0, after=0}");
  becomes_x("%9 = concat %2 {axis=2}");
  becomes_x("%9 = delay %2 {steps=0}");
  becomes_x("%4 = reshape %2 {sizes=[B,T,5,1]} %5 = flip %4 {axis=3} %9 = reshape %5 {sizes=[B,T,5]}");
  is_left("%9 = flip %2 {axis=2}");
}

TEST_CASE("two shape ops of one kind") {
  becomes_x("%4 = transpose %2 {order=[2,0,1]} %9 = transpose %4 {order=[1,2,0]}");
  becomes(
      "%4 = reshape %2 {sizes=[B,T,5,1]} %5 = transpose %4 {order=[1,0,2,3]} %9 = transpose %5 "
      "{order=[3,1,0,2]}",
      "%4 = reshape %2 {sizes=[B,T,5,1]} %9 = transpose %4 {order=[3,0,1,2]}");
  becomes("%4 = reshape %2 {sizes=[B,T,5,1]} %9 = reshape %4 {sizes=[B,T,1,5]}",
          "%9 = reshape %2 {sizes=[B,T,1,5]}");
  becomes_x("%4 = flip %2 {axis=2} %9 = flip %4 {axis=2}");
  becomes("%4 = pad %2 {axis=2, before=1, after=0} %9 = pad %4 {axis=2, before=2, after=3}",
          "%9 = pad %2 {axis=2, before=3, after=3}");
  becomes("%4 = delay %2 {steps=2} %9 = delay %4 {steps=3}", "%9 = delay %2 {steps=5}");
  becomes("%4 = delay %2 {steps=-2} %9 = delay %4 {steps=-3}", "%9 = delay %2 {steps=-5}");
  is_left("%4 = delay %2 {steps=2} %9 = delay %4 {steps=-2}");
}

TEST_CASE("slices of slices, concats, pads and repeated values") {
  becomes("%4 = slice %2 {axis=2, start=1, size=2, step=2} %9 = slice %4 {axis=2, start=1, size=1, step=1}",
          "%9 = slice %2 {axis=2, start=3, size=1, step=2}");
  const std::string joined = "%4 = neg %2 %5 = concat %2, %4 {axis=2}";
  becomes_x(joined + "%9 = slice %5 {axis=2, start=0, size=5, step=1}");
  becomes(joined + "%9 = slice %5 {axis=2, start=6, size=2, step=2}",
          "%4 = neg %2 %9 = slice %4 {axis=2, start=1, size=2, step=2}");
  is_left(joined + "%9 = slice %5 {axis=2, start=4, size=2, step=1}");
  const std::string padded = "%4 = pad %2 {axis=2, before=3, after=2}";
  becomes_x(padded + "%9 = slice %4 {axis=2, start=3, size=5, step=1}");
  becomes(padded + "%9 = slice %4 {axis=2, start=4, size=2, step=2}",
          "%9 = slice %2 {axis=2, start=1, size=2, step=2}");
  becomes(padded + "%9 = slice %4 {axis=2, start=2, size=3, step=1}",
          "%4 = slice %2 {axis=2, start=0, size=2, step=1} %9 = pad %4 {axis=2, before=1, after=0}");
  becomes(padded + "%9 = slice %4 {axis=2, start=0, size=3, step=1}",
          zero + "%9 = broadcast %3 {sizes=[B,T,3]}");
  is_left(padded + "%9 = slice %4 {axis=2, start=2, size=3, step=2}");
  becomes("%4 = broadcast %1 {sizes=[B,T,4,5]} %9 = slice %4 {axis=2, start=1, size=2, step=1}",
          "%9 = broadcast %1 {sizes=[B,T,2,5]}");
  is_left("%4 = broadcast %1 {sizes=[B,T,4,5]} %9 = slice %4 {axis=3, start=1, size=2, step=1}");
}

TEST_CASE("concats of concats and of neighbouring slices") {
  becomes("%4 = neg %2 %5 = concat %2, %4 {axis=2} %9 = concat %5, %2 {axis=2}",
          "%4 = neg %2 %9 = concat %2, %4, %2 {axis=2}");
  becomes_x(
      "%4 = slice %2 {axis=2, start=0, size=2, step=1} %5 = slice %2 {axis=2, start=2, size=3, step=1}"
      "%9 = concat %4, %5 {axis=2}");
  is_left(
      "%4 = slice %2 {axis=2, start=0, size=2, step=1} %5 = slice %2 {axis=2, start=2, size=3, step=1}"
      "%9 = concat %5, %4 {axis=2}");
}

TEST_CASE("sums of pads beside each other are concats") {
  const std::string left = "%4 = pad %2 {axis=2, before=0, after=10}",
                    right = "%6 = neg %2 %7 = pad %6 {axis=2, before=10, after=0}";
  becomes(left + right + "%9 = add %7, %4",
          "%6 = neg %2 %4 = pad %2 {axis=2, before=0, after=5} %9 = concat %4, %6 {axis=2}");
  // The one between comes last, and a value without zeros stands among the terms.
  becomes(
      left + right + "%5 = exp %2 %8 = pad %5 {axis=2, before=5, after=5} %10 = add %4, %7 %9 = add %10, %8",
      "%6 = neg %2 %5 = exp %2 %9 = concat %2, %5, %6 {axis=2}");
  becomes(left + right + "%5 = exp %2 %8 = concat %2, %5, %5 {axis=2} %10 = add %4, %8 %9 = add %10, %7",
          "%6 = neg %2 %7 = exp %2 %8 = concat %2, %7, %7 {axis=2}"
          "%4 = pad %2 {axis=2, before=0, after=5} %5 = concat %4, %6 {axis=2} %9 = add %5, %8");
  becomes(
      "%4 = pad %2 {axis=2, before=1, after=10} %5 = exp %2 %6 = pad %5 {axis=2, before=7, after=4} %9 = add "
      "%4, %6",
      "%5 = exp %2 %4 = pad %2 {axis=2, before=0, after=1} %6 = concat %4, %5 {axis=2}"
      "%9 = pad %6 {axis=2, before=1, after=4}");
  is_left(
      "%4 = pad %2 {axis=2, before=0, after=4} %5 = neg %2 %6 = pad %5 {axis=2, before=4, after=0} %9 = add "
      "%4, %6");
}

TEST_CASE("products of transposed values take other subscripts, sums over padding leave it out") {
  becomes("%4 = transpose %0 {order=[1,0]} %9 = contract %2, %4 {subscripts=\"bti,io->bto\"}",
          "%9 = contract %2, %0 {subscripts=\"bti,oi->bto\"}");
  becomes(
      "%4 = pad %2 {axis=2, before=2, after=3} %5 = iota {size=10} %9 = contract %5, %4 "
      "{subscripts=\"i,bti->bt\"}",
      "%5 = iota {size=10} %6 = slice %5 {axis=0, start=2, size=5, step=1}"
      "%9 = contract %6, %2 {subscripts=\"i,bti->bt\"}");
  is_left(
      "%4 = pad %2 {axis=2, before=2, after=3} %5 = iota {size=10} %9 = contract %5, %4 "
      "{subscripts=\"i,bti->bti\"}");
}

TEST_CASE("sums over nothing and over repeated values") {
  becomes_x("%9 = reduce_sum %2 {axes=[]}");
  becomes_x("%4 = reshape %2 {sizes=[B,T,1,5]} %9 = reduce_max %4 {axes=[2]}");
  becomes("%4 = broadcast %1 {sizes=[3,5]} %9 = reduce_sum %4 {axes=[0]}",
          "%3 = constant {value=3} %9 = mul %1, %3");
  becomes("%4 = broadcast %1 {sizes=[3,5]} %9 = reduce_sum %4 {axes=[0,1]}",
          "%4 = reduce_sum %1 {axes=[0]} %3 = constant {value=3} %9 = mul %4, %3");
  is_left("%4 = broadcast %1 {sizes=[B,T,5]} %9 = reduce_sum %4 {axes=[0]}");
}

TEST_CASE("rules reach into scans' bodies, and what is made of values outside alone leaves them") {
  check_pass(passes::simplify, nodes(R"(
    %3 = constant {value=0} %10 = constant {value=1}
    %4 = scan %2, %3 {n_inputs=1} (%5: real[B,5], %6: real[B,5]) {
      %7 = mul %5, %10 %11 = neg %1 %8 = sub %7, %11 %9 = add %8, %6 %12 = exp %1 %13 = mul %9, %12
      yield %13, %13
    }
    return y = %4)"),
             nodes(R"(
    %3 = constant {value=0} %12 = exp %1
    %4 = scan %2, %3 {n_inputs=1} (%5: real[B,5], %6: real[B,5]) {
      %8 = add %5, %1 %9 = add %8, %6 %13 = mul %9, %12
      yield %13, %13
    }
    return y = %4)"));
}

TEST_CASE("a softmax takes one exponential for each entry") {
  const std::string made =
      "%4 = reduce_max %2 {axes=[2]} %5 = stop_gradient %4 %6 = reshape %5 {sizes=[B,T,1]} %7 = sub %2, %6 "
      "%8 = exp %7 %10 = reduce_sum %8 {axes=[2]} %3 = constant {value=1} %11 = div %3, %10 "
      "%12 = reshape %11 {sizes=[B,T,1]} %9 = mul %8, %12";
  const std::string log_sum = "%4 = logsumexp %2 {axes=[2]} %5 = reshape %4 {sizes=[B,T,1]}";
  becomes(log_sum + "%6 = sub %2, %5 %9 = exp %6", made);
  is_left(log_sum + "%6 = sub %1, %5 %9 = exp %6");
  is_left(log_sum + "%9 = sub %2, %5");
  is_left("%4 = logsumexp %2 {axes=[1]} %5 = reshape %4 {sizes=[B,1,5]} %6 = sub %2, %5 %9 = exp %6");
}

TEST_CASE("a product overlapped and added over bins is a product of the bins") {
  const std::string product = "%3 = table {sizes=[5,2,4], values=[VALUES]} ";
  std::string values = "1";
  for (int i = 1; i < 40; ++i) values += "," + std::to_string(i);
  std::string weights = product;
  weights.replace(weights.find("VALUES"), 6, values);
  becomes(
      weights + "%4 = contract %2, %3 {subscripts=\"btn,nfk->btfk\"} %9 = overlap_add %4 {size=4}",
      weights + "%4 = history %2 {size=4, reverse=1} %9 = contract %4, %3 {subscripts=\"btnk,nfk->btf\"}");
  becomes(weights +
              "%4 = contract %3, %2 {subscripts=\"nfk,btn->btkf\"} %5 = transpose %4 {order=[0,1,3,2]}"
              "%9 = overlap_add %5 {size=4, reverse=1}",
          weights + "%4 = history %2 {size=4} %9 = contract %3, %4 {subscripts=\"nfk,btnk->btf\"}");
  is_left("%4 = contract %2, %2 {subscripts=\"btn,btk->btnk\"} %9 = overlap_add %4 {size=5}");
}
