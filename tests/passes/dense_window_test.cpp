#include "compiler/passes/dense_window.h"

#include <doctest/doctest.h>

#include <string>

#include "compiler/passes/fold.h"
#include "tests/passes/pass_helpers.h"

using namespace stria;
using test::check_pass;

namespace {

std::string graph(const std::string& weights, const std::string& x, const std::string& text) {
  return "graph g(parameter w: real[" + weights + "], input x: real[" + x + "]) {" + text + " return y = %9}";
}
// The pass with the table of places written out.
ir::Graph spread(const ir::Graph& graph) { return passes::fold(passes::dense_window(graph)); }

}  // namespace

TEST_CASE("locally connected weights spread over the bands") {
  check_pass(
      passes::dense_window,
      graph("3,2,2", "B,T,6",
            R"(%2 = window %1 {axis=2, size=2, stride=2, dilate=1}
                      %9 = contract %2, %0 {subscripts="btlk,lck->btlc"})"),
      graph("3,2,2", "B,T,6",
            R"(%2 = iota {size=3} %3 = constant {value=2} %4 = mul %2, %3 %5 = reshape %4 {sizes=[3,1,1]}
                      %6 = iota {size=2} %7 = constant {value=1} %8 = mul %6, %7 %10 = reshape %8 {sizes=[2,1]}
                      %11 = iota {size=6} %12 = add %5, %10 %13 = equal %12, %11 %14 = to_real %13
                      %15 = contract %14, %0 {subscripts="lka,lck->lca"}
                      %9 = contract %1, %15 {subscripts="bta,lca->btlc"})"));
}

TEST_CASE("kernels shared by all positions, on either side; positions that are summed") {
  const std::string window = "%2 = window %1 {axis=2, size=2, stride=1, dilate=1}";
  const std::string places = "table {sizes=[2,2,3], values=[1,0,0,0,1,0,0,1,0,0,0,1]}";
  check_pass(spread, graph("4,2", "B,T,3", window + R"(%9 = contract %0, %2 {subscripts="ck,btlk->btcl"})"),
             graph("4,2", "B,T,3", "%2 = " + places + R"(%3 = contract %2, %0 {subscripts="lka,ck->lca"}
                                         %9 = contract %3, %1 {subscripts="lca,bta->btcl"})"));
  check_pass(spread, graph("4,2", "B,T,3", window + R"(%9 = contract %2, %0 {subscripts="btlk,ck->btc"})"),
             graph("4,2", "B,T,3", "%2 = " + places + R"(%3 = contract %2, %0 {subscripts="lka,ck->ca"}
                                         %9 = contract %1, %3 {subscripts="bta,ca->btc"})"));
  check_pass(spread, graph("2,4,2", "B,T,3", window + R"(%9 = contract %2, %0 {subscripts="btlk,lck->btc"})"),
             graph("2,4,2", "B,T,3", "%2 = " + places + R"(%3 = contract %2, %0 {subscripts="lka,lck->ca"}
                                         %9 = contract %1, %3 {subscripts="bta,ca->btc"})"));
}

TEST_CASE("a window across one of several axes, with stride and dilation") {
  check_pass(spread,
             graph("3,2", "B,T,5,3",
                   R"(%2 = window %1 {axis=2, size=2, stride=2, dilate=2}
                      %9 = contract %2, %0 {subscripts="btlck,ck->btl"})"),
             graph("3,2", "B,T,5,3",
                   R"(%2 = table {sizes=[2,2,5], values=[1,0,0,0,0, 0,0,1,0,0, 0,0,1,0,0, 0,0,0,0,1]}
                      %3 = contract %2, %0 {subscripts="lka,ck->lca"}
                      %9 = contract %1, %3 {subscripts="btac,lca->btl"})"));
}

TEST_CASE("left alone: far more work with too many weights; weights that are not fixed; offsets that stay") {
  const auto stays = [](const std::string& text) { check_pass(passes::dense_window, text, text); };
  stays(graph("8,3", "B,T,400",
              R"(%2 = window %1 {axis=2, size=3, stride=1, dilate=1}
                 %9 = contract %2, %0 {subscripts="btlk,ck->btlc"})"));
  stays(graph("8,3", "B,T,9",
              R"(%2 = window %1 {axis=2, size=3, stride=1, dilate=1} %3 = reduce_sum %2 {axes=[0,1]}
                 %9 = contract %2, %3 {subscripts="btlk,lk->btl"})"));
  stays(graph("8,3", "B,T,9",
              R"(%2 = window %1 {axis=2, size=3, stride=1, dilate=1}
                 %9 = contract %2, %0 {subscripts="btlk,ck->btlck"})"));
}

TEST_CASE("the limits: work up to eight times the window's, or weights that fit the cache") {
  const auto is_spread = [](int size, int bands, int channels) {
    const std::string n = std::to_string(channels), k = std::to_string(size);
    const std::string text = graph(n + "," + k, "B,T," + std::to_string(bands),
                                   "%2 = window %1 {axis=2, size=" + k + ", stride=1, dilate=1}" +
                                       R"(%9 = contract %2, %0 {subscripts="btlk,ck->btlc"})");
    return ir::print(passes::dense_window(ir::read(text))).find(" window ") == std::string::npos;
  };
  CHECK(is_spread(50, 400, 100));   // 8 times the work
  CHECK(!is_spread(49, 400, 100));  // a little more, and too many weights
  CHECK(is_spread(1, 16, 256));     // 16 times the work, 65,536 weights
  CHECK(!is_spread(1, 16, 257));
}
