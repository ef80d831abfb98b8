// Small graphs by a plan, each with something that only it asks for.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/exec/plan_checks.h"

using namespace stria;
using namespace stria::test;
using exec::Precision;

namespace {

// In both precisions, one clip a part and eight, with derivatives of `loss` where there is one.
void check_text(const char* text, int64_t n_clips, int64_t n_bins) {
  const ir::Graph graph = ir::read(text);
  const exec::NamedTensors arguments = drawn_arguments(graph, n_clips, n_bins);
  PlanCheck check;
  if (graph.find_result("loss") != nullptr) {
    check.differentiate = "loss";
    check.with_respect_to = real_arguments(graph);
  }
  const exec::Evaluation expected = reference(graph, arguments, check);
  REQUIRE(all_finite(expected));
  for (const Precision precision : {Precision::float64, Precision::float32}) {
    for (const int64_t lanes : {1, 8}) {
      check.precision = precision;
      check.lanes = lanes;
      INFO(n_clips << " clips of " << n_bins << " bins, lanes " << lanes);
      CHECK(plan_difference(graph, arguments, check, expected) == "");
    }
  }
}

}  // namespace

TEST_CASE("before its first bin a cell's output is zero, not the state's start") {
  const char* text = R"(graph delayed(input x: real[B,T,1], parameter start: real[], parameter leak: real[]) {
  %3, %4 = scan %0, %1 {n_inputs=1, reverse=0} (%5: real[B,1], %6: real[B,1]) {
    %7 = mul %6, %2  # real[B,1]
    %8 = add %7, %5  # real[B,1]
    yield %8, %8, %6
  }  # real[B,T,1], real[B,T,1]
  %9, %10 = scan %0, %1 {n_inputs=1, reverse=1} (%11: real[B,1], %12: real[B,1]) {
    %13 = mul %12, %2  # real[B,1]
    %14 = add %13, %11  # real[B,1]
    yield %14, %14, %12
  }  # real[B,T,1], real[B,T,1]
  %15 = delay %3 {steps=2}  # real[B,T,1]
  %16 = delay %4 {steps=-2}  # real[B,T,1]
  %17 = delay %9 {steps=-1}  # real[B,T,1]
  %18 = history %10 {size=3}  # real[B,T,1,3]
  %19 = add %15, %16  # real[B,T,1]
  %20 = mul %19, %17  # real[B,T,1]
  %21 = reduce_sum %20 {axes=[0, 1, 2]}  # real[]
  return loss = %21, a = %15, b = %16, c = %17, d = %18
}
)";
  for (const int64_t n_bins : {1, 2, 5}) check_text(text, 3, n_bins);
}

TEST_CASE("a stream moved one way and back has zeros where bins fell out") {
  check_text(R"(graph there_and_back(input x: real[B,T,2]) {
  %1 = delay %0 {steps=2}  # real[B,T,2]
  %2 = delay %1 {steps=-1}  # real[B,T,2]
  %3 = delay %0 {steps=-2}  # real[B,T,2]
  %4 = history %3 {size=3}  # real[B,T,2,3]
  %5 = flip %4 {axis=3}  # real[B,T,2,3]
  %6 = delay %5 {steps=-1}  # real[B,T,2,3]
  %7 = mul %2, %2  # real[B,T,2]
  %8 = reduce_sum %7 {axes=[0, 1, 2]}  # real[]
  return loss = %8, a = %2, b = %4, c = %6
}
)",
             3, 5);
}

TEST_CASE("a bin of a boolean stream is boolean") {
  check_text(R"(graph one_bin(input present: boolean[B,T,2]) {
  %1 = frame %0 {bin=-1}  # boolean[B,2]
  %2 = to_real %1  # real[B,2]
  return value = %2
}
)",
             3, 4);
}

TEST_CASE("products of what clips have as a whole, summed over the clips") {
  check_text(R"(graph summed(input level: real[B,4], parameter gain: real[3]) {
  %2 = contract %0, %1 {subscripts="bi,j->bji"}  # real[B,3,4]
  %3 = reduce_sum %2 {axes=[0, 1, 2]}  # real[]
  return loss = %3
}
)",
             5, 2);
}

TEST_CASE("the mean over each clip's bins, and its derivative") {
  check_text(R"(graph means(input x: real[B,T,3]) {
  %1 = reduce_mean %0 {axes=[1]}  # real[B,3]
  %2 = mul %1, %1  # real[B,3]
  %3 = reduce_sum %2 {axes=[0, 1]}  # real[]
  return loss = %3
}
)",
             5, 4);
}

TEST_CASE("a derivative that is zero has the sizes of its argument") {
  check_text(R"(graph unused(input level: real[B,4], input x: real[B,T,2], parameter gain: real[]) {
  %3 = mul %2, %2  # real[]
  return loss = %3
}
)",
             3, 4);
}

TEST_CASE("places along an axis behind clips and bins") {
  check_text(R"(graph places(input x: real[B,T,3]) {
  %1 = index {sizes=[B, T, 3], axis=2}  # real[B,T,3]
  %2 = mul %0, %1  # real[B,T,3]
  %3 = reduce_sum %2 {axes=[0, 1, 2]}  # real[]
  return loss = %3, value = %2
}
)",
             3, 4);
}

TEST_CASE("loops over rows: operands repeated in each row, or along it, two lengths of rows, rows reduced") {
  for (const int n_rows : {2, 3, 7}) {
    for (const int n_columns : {15, 16, 17, 43, 48, 70}) {
      CAPTURE(n_rows);
      CAPTURE(n_columns);
      const std::string text = fmt::format(
          R"(graph rows(input x: real[B,T,{0}], input y: real[B,T,{1}], parameter w: real[{1}], parameter v: real[{0},1]) {{
  %4 = reshape %0 {{sizes=[B,T,{0},1]}}
  %5 = reshape %1 {{sizes=[B,T,1,{1}]}}
  %6 = mul %4, %5
  %7 = mul %6, %2
  %8 = sub %7, %3
  %9 = tanh %8
  %10 = contract %9, %3 {{subscripts="btrc,rk->btrc"}}
  %11 = transpose %10 {{order=[0,1,3,2]}}
  %15 = reshape %0 {{sizes=[B,T,1,{0}]}}
  %12 = add %11, %15
  %13 = mul %12, %12
  %14 = reduce_mean %13 {{axes=[0,1,2,3]}}
  %16 = reduce_sum %9 {{axes=[2]}}
  %17 = reduce_max %9 {{axes=[2]}}
  %18 = mul %16, %17
  %19 = reduce_mean %18 {{axes=[0,1,2]}}
  %20 = reduce_sum %9 {{axes=[3]}}
  %21 = add %14, %19
  return loss = %21, rows = %10, columns = %12, sums = %16, greatest = %17, along = %20
}}
)",
          n_rows, n_columns);
      check_text(text.c_str(), 3, 4);
    }
  }
}
