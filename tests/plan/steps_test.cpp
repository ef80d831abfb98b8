// The steps of small graphs, as text. What `in KIND NUMBER` says is the buffer.
#include <doctest/doctest.h>

#include <string>

#include "compiler/plan/prepare.h"
#include "tests/plan/gated_graph.h"

using namespace stria;
using test::gated;

namespace {

constexpr int64_t vector_width = 8, registers = 16;

std::string printed(plan::Flat flat, int64_t lanes) {
  return plan::print(plan::make_plan(std::move(flat), {lanes, vector_width, registers}));
}

// Of a graph with a weight %0 = [3,4], a bias %1 = [3], a stream %2 = [B,T,4] and its mask %3.
std::string plan_of(const std::string& nodes, int64_t lanes) {
  return printed(plan::flatten(ir::read("graph train(parameter w: real[3,4], parameter b: real[3], "
                                        "input x: real[B,T,4], input valid: boolean[B,T,1]) {" +
                                        nodes + "}")),
                 lanes);
}

}  // namespace

TEST_CASE("pointwise ops share one loop over a frame") {
  const std::string nodes =
      "%4 = mul %2, %2 %5 = constant {value=1} %6 = sub %4, %5 %7 = tanh %6 return y = %7";
  CHECK(plan_of(nodes, 1) == R"(plan train: 1 steps, 1 lanes
step 0 frames
  each of 4
    %4[4] = mul x x
    %6[4] = sub %4 1
    %7[4] in stream 4 = tanh %6
)");
  CHECK(plan_of(nodes, 8) == R"(plan train: 1 steps, 8 lanes
step 0 frames
  each of 4
    %4[4] = mul x x
    %6[4] = sub %4 1
    %7[4] in stream 5 = tanh %6
)");
}

TEST_CASE(
    "one clip at a time: a product runs over all bins in a step of its own, what follows in a loop; side by "
    "side: in one loop") {
  const std::string nodes =
      R"(%4 = contract %2, %0 {subscripts="btk,rk->btr"} %5 = add %4, %1 %6 = sigmoid %5 return y = %6)";
  CHECK(plan_of(nodes, 1) == R"(plan train: 3 steps, 1 lanes
step 0 fixed
  %4[16] in fixed 4 = pack w
step 1 dot
  %5[3] in stream 5 = dot x %4( 3:4 4:1)
step 2 frames
  each of 3
    %6[3] = add %5 b
    %7[3] in stream 6 = sigmoid %6
)");
  CHECK(plan_of(nodes, 8) == R"(plan train: 2 steps, 8 lanes
step 0 fixed
  %4[12] in fixed 5 = pack w
step 1 frames
  %5[3] in clip 6 = dot x %4
  each of 3
    %6[3] = add %5 b
    %7[3] in stream 7 = sigmoid %6
)");
}

TEST_CASE("a mean under a mask: sums over the bins of a clip, then over the clips") {
  const std::string nodes = "%4 = mul %2, %2 %5 = reduce_mean %4, %3 {axes=[0, 1, 2]} return loss = %5";
  CHECK(plan_of(nodes, 1) == R"(plan train: 4 steps, 1 lanes
step 0 frames
  each of 4
    %4[4] = mul x x
    %7[4] = select valid( 4:0) %4 0
    %9[4] in clip 5 = accumulate sum %7
step 1 fixed
  %10[4] in fixed 6 = combine sum %9
  %11[1] in fixed 7 = sum %10
step 2 frames
  %8[1] in clip 4 = to_real valid
  %12[4] in clip 8 = copy %8( 4:0)
  %13[4] in clip 9 = accumulate sum %12
step 3 fixed
  %14[4] in fixed 10 = combine sum %13
  %15[1] in fixed 11 = sum %14
  each of 1
    %17[1] = max %15 1
    %18[1] in fixed 12 = div %11 %17
)");
  CHECK(plan_of(nodes, 8) == R"(plan train: 4 steps, 8 lanes
step 0 frames
  each of 4
    %4[4] = mul x x
    %7[4] = select valid( 4:0) %4 0
    %9[4] in clip 6 = accumulate sum %7
step 1 fixed
  %10[4] in fixed 7 = combine sum %9
  %11[1] in fixed 8 = sum %10
step 2 frames
  %8[1] in clip 5 = to_real valid
  %12[4] in clip 9 = copy %8( 4:0)
  %13[4] in clip 10 = accumulate sum %12
step 3 fixed
  %14[4] in fixed 11 = combine sum %13
  %15[1] in fixed 12 = sum %14
  each of 1
    %17[1] = max %15 1
    %18[1] in fixed 13 = div %11 %17
)");
}

TEST_CASE("lags and slices are views; a product at each lag reads one packed weight at several places") {
  const std::string nodes = R"(%4 = history %2 {size=3} %5 = slice %0 {axis=1, start=0, size=3, step=1}
            %6 = contract %4, %5 {subscripts="btkl,rl->btrk"} return y = %6)";
  CHECK(plan_of(nodes, 1) == R"(plan train: 3 steps, 1 lanes
step 0 fixed
  %4[12] in fixed 4 = pack w( 3:4 3:1)
step 1 dot
  %5[12] in stream 5 = dot x( 4:1 3:0@-1) %4( 3:3 3:1)
step 2 frames
  %6[12] in stream 6 = copy %5( 3:1 4:3)
)");
  CHECK(plan_of(nodes, 8) == R"(plan train: 2 steps, 8 lanes
step 0 fixed
  %4[9] in fixed 5 = pack w( 3:4 3:1)
step 1 frames
  %5[12] in clip 6 = dot x( 4:1 3:0@-1) %4
  %6[12] in stream 7 = copy %5( 3:1 4:3)
)");
}

TEST_CASE("a product over lags reads a stream at several bins, in the order of its packed weight") {
  const std::string nodes = R"(%4 = slice %2 {axis=2, start=0, size=2, step=1} %5 = history %4 {size=2}
            %6 = reshape %0 {sizes=[3, 2, 2]} %7 = contract %5, %6 {subscripts="btkl,rkl->btr"} return y = %7)";
  CHECK(plan_of(nodes, 1) == R"(plan train: 2 steps, 1 lanes
step 0 fixed
  %4[16] in fixed 4 = pack w
step 1 dot
  %5[3] in stream 5 = dot x( 2:1 2:0@-1) %4( 3:4 2:2 2:1)
)");
  CHECK(plan_of(nodes, 8) == R"(plan train: 2 steps, 8 lanes
step 0 fixed
  %4[12] in fixed 5 = pack w
step 1 frames
  %5[3] in stream 6 = dot x( 2:1 2:0@-1) %4
)");
}

TEST_CASE("a scan and its derivative, which runs backwards; the weight's gradient is a step over all bins") {
  const auto plan_of_scan = [](int64_t lanes) {
    passes::PassOptions passes;
    passes.differentiate = "loss";
    passes.with_respect_to = {"U"};
    return plan::print(plan::prepare(ir::read(gated), passes, {lanes, vector_width, registers}).plan);
  };
  CHECK(plan_of_scan(1) == R"(plan train: 6 steps, 1 lanes
step 0 fixed
  %4[12] in fixed 2 = pack U
  %26[12] in fixed 11 = pack U( 3:1 3:3)
step 1 frames
  %5[3] in clip 3 = dot %3 %4( 3:3 3:1)
  each of 3
    %6[3] = add %5 x
    %7[3] in stream 4 = sigmoid %6
    %8[3] = sub %3 x
    %9[3] = mul %7 %8
    %10[3] in stream 5 = add x %9
    %11[3] = mul %10 %10
    %13[3] in clip 6 = accumulate sum %11
  state %3 from 0 takes %10
step 2 fixed
  %14[3] in fixed 7 = combine sum %13
  %15[1] in fixed 8 = sum %14
step 3 frames backwards
  each of 3
    %17[3] = add %10 %10
    %19[3] in clip 9 = add %17 %18
    %20[3] = sub %3 x
    %21[3] = mul %19 %20
    %23[3] = sub 1 %7
    %24[3] = mul %7 %23
    %25[3] in stream 10 = mul %21 %24
  %27[3] in clip 12 = dot %25 %26( 3:3 3:1)
  each of 3
    %22[3] = mul %19 %7
    %28[3] in ring 13 = add %22 %27
  state %18 from 0 takes %28
step 4 outer backwards
  %29[9] in summed 14 = outer %25 %3
step 5 fixed
  %30[9] in fixed 15 = combine sum %29
)");
  CHECK(plan_of_scan(8) == R"(plan train: 6 steps, 8 lanes
step 0 fixed
  %4[9] in fixed 3 = pack U
  %26[9] in fixed 12 = pack U( 3:1 3:3)
step 1 frames
  %5[3] in clip 4 = dot %3 %4
  each of 3
    %6[3] = add %5 x
    %7[3] in stream 5 = sigmoid %6
    %8[3] = sub %3 x
    %9[3] = mul %7 %8
    %10[3] in stream 6 = add x %9
    %11[3] = mul %10 %10
    %13[3] in clip 7 = accumulate sum %11
  state %3 from 0 takes %10
step 2 fixed
  %14[3] in fixed 8 = combine sum %13
  %15[1] in fixed 9 = sum %14
step 3 frames backwards
  each of 3
    %17[3] = add %10 %10
    %19[3] in clip 10 = add %17 %18
    %20[3] = sub %3 x
    %21[3] = mul %19 %20
    %23[3] = sub 1 %7
    %24[3] = mul %7 %23
    %25[3] in stream 11 = mul %21 %24
  %27[3] in clip 13 = dot %25 %26
  each of 3
    %22[3] = mul %19 %7
    %28[3] in ring 14 = add %22 %27
  state %18 from 0 takes %28
step 4 outer backwards
  %29[9] in summed 15 = outer %25 %3
step 5 fixed
  %30[9] in fixed 16 = combine sum %29
)");
}

TEST_CASE("much work in bins that hang on each other only by sums: the sums get a loop of their own") {
  CHECK(
      plan_of(
          "%4 = broadcast %2 {sizes=[B,T,4]} %5 = constant {value=2} %6 = mul %4, %5 "
          "%7 = reshape %6 {sizes=[B,T,4,1]} %8 = broadcast %7 {sizes=[B,T,4,3000]} %9 = exp %8 "
          "%10 = reduce_sum %9 {axes=[3]} %11 = mul %10, %6 %12 = reduce_sum %11 {axes=[0,1]} return y = %12",
          1) == R"(plan train: 3 steps, 1 lanes
step 0 frames, bins shared
  %5[4] in clip 4 = mul x 2
  %6[12000] in clip 5 = exp %5( 4:1 3000:0)
  %8[4] in stream 6 = sum %6
step 1 frames
  each of 4
    %5[4] in clip 4 = mul x 2
    %9[4] = mul %8 %5
    %11[4] in clip 7 = accumulate sum %9
step 2 fixed
  %12[4] in fixed 8 = combine sum %11
)");
}

TEST_CASE("rows are reduced by the loop that makes their entries, which lie in memory for others alone") {
  const std::string rows =
      "%4 = reshape %2 {sizes=[B,T,4,1]} %5 = broadcast %4 {sizes=[B,T,4,20]} %6 = exp %5 "
      "%7 = reduce_sum %6 {axes=[2]} ";
  CHECK(plan_of(rows + "return y = %7", 1) == R"(plan train: 1 steps, 1 lanes
step 0 frames
  each of 4 x 20
    %4[80] = exp x( 4:1 20:0)
    %6[20] in stream 4 = sum %4( 20:1 4:20)
)");
  CHECK(plan_of(rows + "%8 = reduce_max %6 {axes=[3]} return y = %7, z = %8", 1) ==
        R"(plan train: 1 steps, 1 lanes
step 0 frames
  each of 4 x 20
    %4[80] in clip 4 = exp x( 4:1 20:0)
    %6[20] in stream 5 = sum %4( 20:1 4:20)
  %7[4] in stream 6 = greatest %4
)");
}
