#include "compiler/ir/axes.h"

#include <doctest/doctest.h>

#include <string>

using namespace stria;
using namespace stria::ir;

namespace {

Graph graph_of(const std::string& nodes) {
  return read(
      "graph g(parameter w: real[4,4,2], parameter s: real[4], parameter c: real[], input x: real[B,T,4]) {" +
      nodes + "}");
}

// What slice n of `rate`, along its last axis, takes of each argument: "w:0 s:all x:nothing".
std::string taken(const std::string& nodes) {
  const Graph graph = graph_of(nodes);
  REQUIRE(verify(graph) == "");
  const ValueId rate = graph.find_result("rate")->value;
  const std::vector<Taken> of = taken_by_slices(graph, rate, graph.type(rate).rank() - 1);
  std::string text;
  for (const Argument& argument : graph.arguments) {
    const Taken& part = of[argument.value];
    text += (text.empty() ? "" : " ") + argument.name + ":" +
            (part.part == Taken::Part::all       ? "all"
             : part.part == Taken::Part::nothing ? "nothing"
                                                 : std::to_string(part.axis));
  }
  return text;
}

// What the result is made of, where w falls into slices along axis 0 and s along its only one: "sum", "slices
// 2".
std::string made(const std::string& nodes) {
  const Graph graph = graph_of(nodes);
  REQUIRE(verify(graph) == "");
  const Made of =
      made_of_slices(graph, {{Made::Of::slices, 0}, {Made::Of::slices, 0}, {}, {}})[graph.results[0].value];
  static const char* const names[] = {"fixed", "slices ", "sum", "mixed"};
  return names[static_cast<size_t>(of.of)] + (of.of == Made::Of::slices ? std::to_string(of.axis) : "");
}

// A receptive field of two lags for each of four units: %5 [B,T,4].
const std::string fields = R"(%4 = history %3 {size=2} %5 = contract %4, %0 {subscripts="btfk,nfk->btn"} )";

}  // namespace

TEST_CASE("axes: a product's letter is the axis, whatever sizes are equal") {
  CHECK(taken(fields + "%6 = mul %5, %1 return rate = %6") == "w:0 s:0 c:nothing x:all");
  const std::string turned = R"(%4 = history %3 {size=2} %5 = contract %4, %0 {subscripts="btfk,fnk->btn"} )";
  CHECK(taken(turned + "return rate = %5") == "w:1 s:nothing c:nothing x:all");
}

TEST_CASE("axes: what is repeated along the axis is taken whole") {
  CHECK(taken(fields + "%6 = mul %5, %2 return rate = %6") == "w:0 s:nothing c:all x:all");
  CHECK(taken(fields + "%6 = slice %1 {axis=0, start=2, size=1, step=1} %7 = add %5, %6 return rate = %7") ==
        "w:0 s:all c:nothing x:all");
  CHECK(taken(fields + "%6 = reshape %1 {sizes=[4,1]} %7 = broadcast %6 {sizes=[4,4]} "
                       "%8 = reduce_sum %7 {axes=[0]} %9 = add %5, %8 return rate = %9") ==
        "w:0 s:all c:nothing x:all");
}

TEST_CASE("axes: products over the axis, its mean, and its entries in another order take all") {
  CHECK(taken(fields + R"(%6 = reduce_mean %0 {axes=[2]} %7 = contract %5, %6 {subscripts="btm,nm->btn"}
                         return rate = %7)") == "w:all s:nothing c:nothing x:all");
  CHECK(taken(fields + "%6 = reduce_mean %5 {axes=[2]} %7 = reshape %6 {sizes=[B,T,1]} %8 = sub %5, %7 "
                       "return rate = %8") == "w:all s:nothing c:nothing x:all");
  CHECK(taken(fields + "%6 = flip %1 {axis=0} %7 = add %5, %6 return rate = %7") ==
        "w:0 s:all c:nothing x:all");
  // The same parameter along two of its axes.
  CHECK(taken(fields +
              R"(%6 = contract %4, %0 {subscripts="btfk,fnk->btn"} %7 = add %5, %6 return rate = %7)") ==
        "w:all s:nothing c:nothing x:all");
}

TEST_CASE("axes: followed through changes of layout that keep it") {
  CHECK(
      taken(
          fields +
          "%6 = reshape %1 {sizes=[1,4,1]} %7 = transpose %6 {order=[2,0,1]} %8 = reshape %7 {sizes=[1,1,4]} "
          "%9 = add %5, %8 return rate = %9") == "w:0 s:0 c:nothing x:all");
  // [4,4,2] as [4,8]: rows stay; as [16,2]: they do not.
  CHECK(
      taken(
          R"(%4 = reshape %0 {sizes=[4,8]} %5 = reduce_sum %4 {axes=[1]} %6 = add %3, %5 return rate = %6)") ==
      "w:0 s:nothing c:nothing x:2");
  CHECK(taken(R"(%4 = reshape %0 {sizes=[16,2]} %5 = slice %4 {axis=0, start=0, size=4, step=1}
                 %6 = reduce_sum %5 {axes=[1]} %7 = add %3, %6 return rate = %7)") ==
        "w:all s:nothing c:nothing x:2");
  CHECK(taken("%4 = delay %3 {steps=1} %5 = pad %1 {axis=0, before=0, after=0} %6 = mul %4, %1 return rate = "
              "%6") == "w:nothing s:0 c:nothing x:2");
}

TEST_CASE("axes: a scan's states keep apart, or mix from one bin to the next") {
  const auto scan = [](const std::string& next) {
    return R"(%4 = constant {value=0} %5 = broadcast %4 {sizes=[4]}
    %6 = scan %3, %1 {n_inputs=1} (%7: real[B,4], %8: real[B,4]) { )" +
           next + " yield %9, %9 } return rate = %6";
  };
  CHECK(taken(scan("%9 = add %7, %8")) == "w:nothing s:0 c:nothing x:2");
  CHECK(taken(scan("%10 = mul %8, %1 %9 = add %7, %10")) == "w:nothing s:0 c:nothing x:2");
  CHECK(taken(scan("%10 = flip %8 {axis=1} %9 = add %7, %10")) == "w:nothing s:all c:nothing x:all");
  // Only the second state mixes, and the output sees it a bin later.
  CHECK(taken(R"(%6 = scan %3, %1, %1 {n_inputs=1} (%7: real[B,4], %8: real[B,4], %11: real[B,4]) {
      %9 = add %7, %11 %10 = flip %8 {axis=1} %12 = neg %8 yield %12, %10, %9 } return rate = %6)") ==
        "w:nothing s:all c:nothing x:2");
}

TEST_CASE("made: a mean over all of a unit's own errors is a sum, a function of it is not") {
  CHECK(made(fields + "return r = %5") == "slices 2");
  const std::string squares = fields + "%6 = sub %5, %3 %7 = mul %6, %6 ";
  CHECK(made(squares + "%8 = reduce_mean %7 {axes=[0,1,2]} return r = %8") == "sum");
  CHECK(made(squares + "%8 = reduce_mean %7 {axes=[0,1,2]} %9 = mul %8, %2 return r = %9") == "sum");
  CHECK(made(squares + "%8 = reduce_mean %7 {axes=[0,1,2]} %9 = sqrt %8 return r = %9") == "mixed");
  CHECK(made(squares + "%8 = reduce_mean %7 {axes=[0,1,2]} %9 = mul %8, %8 return r = %9") == "mixed");
  CHECK(made(squares +
             "%8 = reduce_mean %7 {axes=[0,1]} %9 = sqrt %8 %10 = reduce_sum %9 {axes=[0]} return r = %10") ==
        "sum");
  CHECK(made(squares + "%8 = reduce_max %7 {axes=[2]} return r = %8") == "mixed");
}

TEST_CASE("made: sums with penalties, products along the axis, and units against each other") {
  const std::string loss = fields + "%6 = mul %5, %5 %7 = reduce_mean %6 {axes=[0,1,2]} ";
  CHECK(made(loss + "%8 = mul %0, %0 %9 = reduce_sum %8 {axes=[0,1,2]} %10 = add %7, %9 return r = %10") ==
        "sum");
  CHECK(made(R"(%4 = contract %1, %1 {subscripts="n,n->"} return r = %4)") == "sum");
  CHECK(made(R"(%4 = contract %1, %1 {subscripts="n,m->"} return r = %4)") == "mixed");
  CHECK(made(R"(%4 = contract %0, %1 {subscripts="nfk,n->fk"} return r = %4)") == "sum");
  CHECK(made("%4 = flip %1 {axis=0} %5 = mul %4, %1 return r = %5") == "mixed");
  CHECK(made("%4 = flip %1 {axis=0} %5 = add %4, %1 return r = %5") == "sum");
  CHECK(made("%4 = exp %2 %5 = reduce_sum %3 {axes=[0,1,2]} %6 = div %5, %4 return r = %6") == "fixed");
}

TEST_CASE("made: states of a scan") {
  const auto scan = [](const std::string& next) {
    return "%6 = scan %3, %1 {n_inputs=1} (%7: real[B,4], %8: real[B,4]) { " + next +
           " yield %9, %9 } return r = %6";
  };
  CHECK(made(scan("%10 = mul %8, %1 %9 = add %7, %10")) == "slices 2");
  CHECK(made(scan("%10 = flip %8 {axis=1} %9 = add %7, %10")) == "mixed");
  CHECK(made(scan("%9 = neg %7")) == "fixed");
}
