#include "compiler/passes/differentiate.h"

#include <doctest/doctest.h>

#include <string>

#include "compiler/passes/derivative.h"
#include "compiler/passes/node_writer.h"
#include "compiler/passes/split_complex.h"
#include "tests/ir/example_graphs.h"

using namespace stria;

namespace {

using Names = std::vector<std::string>;

std::string derived(const std::string& text, const Names& wrt) {
  return ir::print(passes::differentiate(ir::read(text), "loss", wrt));
}

size_t count(const std::string& text, const std::string& part) {
  size_t result = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++result;
  return result;
}

std::string message(const std::string& text, const std::string& result, const Names& wrt) {
  try {
    passes::differentiate(ir::read(text), result, wrt);
  } catch (const ir::InternalError& error) {
    return error.what();
  }
  return "no error";
}

// With a result `loss`: the sum of the graph's other results.
ir::Graph with_loss(ir::Graph graph) {
  std::vector<ir::Node> added;
  passes::NodeWriter w(graph, added);
  ir::ValueId loss = w.constant(0);
  for (const ir::Result& result : std::vector<ir::Result>(graph.results)) {
    const bool boolean = graph.type(result.value).element == ir::Element::boolean;
    const ir::ValueId real = boolean ? w.add(ir::Op::to_real, {result.value}) : result.value;
    loss = w.plus({loss, w.sum_to(real, {})});
  }
  for (ir::Node& node : added) graph.body.nodes.push_back(std::move(node));
  graph.results.push_back({"loss", loss});
  graph.body.results.push_back(loss);
  return graph;
}

}  // namespace

TEST_CASE("the adjoint goes from the result to the arguments asked for, and to no other") {
  CHECK(derived(R"(graph g(parameter w: real[3], input x: real[B,T,3]) {
      %2 = mul %1, %0
      %3 = tanh %2
      %4 = reduce_sum %3 {axes=[0,1,2]}
      return loss = %4
    })",
                {"w"}) ==
        R"(graph g(parameter w: real[3], input x: real[B,T,3]) {
  %2 = mul %1, %0  # real[B,T,3]
  %3 = tanh %2  # real[B,T,3]
  %4 = reduce_sum %3 {axes=[0, 1, 2]}  # real[]
  %5 = constant {value=1}  # real[]
  %6 = broadcast %5 {sizes=[B, T, 3]}  # real[B,T,3]
  %7 = mul %3, %3  # real[B,T,3]
  %8 = sub %5, %7  # real[B,T,3]
  %9 = mul %6, %8  # real[B,T,3]
  %10 = mul %9, %1  # real[B,T,3]
  %11 = reduce_sum %10 {axes=[0, 1]}  # real[3]
  return loss = %4, gradient:w = %11
}
)");
}

TEST_CASE("a scan's derivative runs the other way; weights get theirs outside, of all bins at once") {
  CHECK(derived(R"(graph g(parameter W: real[2,2], parameter b: real[2], input x: real[B,T,2]) {
      %3 = constant {value=0}
      %4 = scan %2, %3 {n_inputs=1} (%5: real[B,2], %6: real[B,2]) {
        %7 = contract %0, %6 {subscripts="ij,bj->bi"}
        %8 = add %7, %1
        %9 = add %8, %5
        %10 = tanh %9
        yield %10, %10
      }
      %11 = reduce_sum %4 {axes=[0,1,2]}
      return loss = %11
    })",
                {"W", "b"}) ==
        R"(graph g(parameter W: real[2,2], parameter b: real[2], input x: real[B,T,2]) {
  %3 = constant {value=0}  # real[]
  %4, %5 = scan %2, %3 {n_inputs=1} (%6: real[B,2], %7: real[B,2]) {
    %8 = contract %0, %7 {subscripts="ij,bj->bi"}  # real[B,2]
    %9 = add %8, %1  # real[B,2]
    %10 = add %9, %6  # real[B,2]
    %11 = tanh %10  # real[B,2]
    yield %11, %11, %7
  }  # real[B,T,2], real[B,T,2]
  %12 = reduce_sum %4 {axes=[0, 1, 2]}  # real[]
  %13 = constant {value=1}  # real[]
  %14 = broadcast %13 {sizes=[B, T, 2]}  # real[B,T,2]
  %15 = constant {value=0}  # real[]
  %16 = scan %14, %4, %15 {n_inputs=2, reverse=1} (%17: real[B,2], %18: real[B,2], %19: real[B,2]) {
    %20 = add %17, %19  # real[B,2]
    %21 = mul %18, %18  # real[B,2]
    %22 = sub %13, %21  # real[B,2]
    %23 = mul %20, %22  # real[B,2]
    %24 = contract %23, %0 {subscripts="bi,ij->bj"}  # real[B,2]
    yield %24, %23
  }  # real[B,T,2]
  %25 = reduce_sum %16 {axes=[0, 1]}  # real[2]
  %26 = contract %16, %5 {subscripts="bai,baj->ij"}  # real[2,2]
  return loss = %12, gradient:W = %26, gradient:b = %25
}
)");
}

TEST_CASE("states, and inputs, of which no derivative is asked get none") {
  const std::string text = R"(graph g(parameter a: real[2], input x: real[B,T,2], input y: real[B,T,2]) {
    %3 = constant {value=0}
    %4, %5 = scan %1, %2, %3, %3 {n_inputs=2} (%6: real[B,2], %7: real[B,2], %8: real[B,2], %9: real[B,2]) {
      %10 = mul %8, %0 %11 = add %10, %6 %12 = mul %9, %7 %13 = add %12, %11
      yield %11, %12, %11, %13
    }
    %20 = reduce_sum %4 {axes=[0,1,2]}
    return loss = %20, other = %5
  })";
  const std::string back = derived(text, {"a"});
  const std::string header = back.substr(back.find("reverse=1"));
  // The adjoint of the output, the first state before the step; the adjoint of that state alone is carried.
  CHECK(header.substr(0, header.find(") {")).find("reverse=1} (%") == 0);
  CHECK(count(header.substr(0, header.find(") {")), "real[B,2]") == 3);
  CHECK(count(derived(text, {"y"}), "scan") == 1);
}

TEST_CASE("a scan saves results of costly ops, and each once; the rest is computed again") {
  const std::string text = derived(R"(graph g(parameter a: real[2], input x: real[B,T,2]) {
      %2 = constant {value=0}
      %3 = scan %1, %2 {n_inputs=1} (%4: real[B,2], %5: real[B,2]) {
        %6 = mul %5, %0 %7 = add %6, %4 %8 = sigmoid %7 %9 = relu %7 %10 = mul %8, %9 %11 = exp %8
        %12 = add %10, %11
        yield %12, %11
      }
      %13 = reduce_sum %3 {axes=[0,1,2]}
      return loss = %13
    })",
                                   {"a"});
  CHECK(count(text, "sigmoid") == 1);
  CHECK(count(text, "exp") == 1);
  CHECK(count(text, "relu") == 2);
  // Beside the output it had (exp), the forward scan gives the state and sigmoid.
  const size_t scan = text.find(" = scan");
  const size_t line = text.rfind('\n', scan) + 1;
  CHECK(count(text.substr(line, scan - line), "%") == 3);
}

TEST_CASE("what has no derivative is refused with its name") {
  const std::string real =
      "graph g(input x: real[3], input m: boolean[3]) { %2 = reduce_sum %0 {axes=[0]} "
      "return loss = %2, all = %0 }";
  CHECK(message(real, "rate", {"x"}) == "pass differentiate: there is no result `rate` of real[]");
  CHECK(message(real, "all", {"x"}) == "pass differentiate: there is no result `all` of real[]");
  CHECK(message(real, "loss", {"w"}) == "pass differentiate: there is no real argument `w`");
  CHECK(message(real, "loss", {"m"}) == "pass differentiate: there is no real argument `m`");
  CHECK(
      message("graph g(input x: real[]) { %1 = complex %0, %0 %2 = abs %1 return loss = %2 }", "loss", {"x"})
          .find("op `abs`: the graph must be split into real values before it is differentiated") !=
      std::string::npos);
}

TEST_CASE(
    "the derivative of any graph keeps to the rules of the IR, and leaves its other results as they are") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    const ir::Graph graph = with_loss(passes::split_complex(test::random_graph(seed, 40)));
    Names wrt;
    for (const ir::Argument& argument : graph.arguments) {
      if (graph.type(argument.value).element == ir::Element::real) wrt.push_back(argument.name);
    }
    const ir::Graph result = passes::differentiate(graph, "loss", wrt);
    CHECK(ir::verify(result) == "");
    for (const std::string& name : wrt) {
      const ir::Result* gradient = result.find_result("gradient:" + name);
      REQUIRE(gradient);
      CHECK(result.type(gradient->value) == result.type(result.find_argument(name)->value));
    }
    for (size_t i = 0; i < graph.results.size(); ++i) CHECK(result.results[i].name == graph.results[i].name);
    CHECK(ir::print(ir::read(ir::print(result))) == ir::print(result));
  }
}
