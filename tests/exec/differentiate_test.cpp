// Derivatives written out by passes/differentiate, run op by op without autograd, against LibTorch's autograd
// of the graph they were made of, and against finite differences.
#include "compiler/passes/differentiate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "compiler/passes/hoist_scan.h"
#include "runtime/random/random.h"
#include "tests/exec/gradients.h"
#include "tests/exec/gru_graph.h"
#include "tests/exec/op_cases.h"
#include "tests/passes/scan_bodies.h"

using namespace stria;
using namespace stria::test;
using exec::NamedTensors;
using exec::Precision;
using ir::Element;
using ir::Op;

namespace {

void check_finite_differences(const OpCase& op_case, const ir::Graph& graph, const NamedTensors& arguments,
                              const Names& wrt) {
  const auto gradients = written_out(graph, arguments, "loss", wrt);
  for (const std::string& name : wrt) {
    const auto& values = gradients.at(name).values;
    for (size_t i = 0; i < values.size(); ++i) {
      NamedTensors above = arguments, below = arguments;
      above[name].values[i] += op_case.step;
      below[name].values[i] -= op_case.step;
      const double slope = (loss_at(graph, above) - loss_at(graph, below)) / (2 * op_case.step);
      const double expected = op_case.op == Op::stop_gradient ? 0 : slope;
      CHECK(std::fabs(values[i] - expected) < 1e-6 * std::max(1.0, std::fabs(expected)));
    }
  }
}

}  // namespace

TEST_CASE("the derivative of every op, written out, is autograd's, and that of finite differences") {
  for (const OpCase& op_case : op_cases()) {
    if (!op_case.has_derivative) continue;
    CAPTURE(op_case.label);
    const ir::Graph graph = case_graph(op_case);
    const NamedTensors arguments = case_arguments(op_case, graph);
    Names wrt;
    for (size_t i = 0; i < op_case.operands.size(); ++i) {
      if (op_case.operands[i].element != Element::boolean) wrt.push_back(operand_name(i));
    }
    check_derivative(graph, arguments, "loss", wrt);
    check_finite_differences(op_case, graph, arguments, wrt);
    for (const std::string& name : wrt) check_derivative(graph, arguments, "loss", {name});
  }
}

TEST_CASE("derivatives where two sides meet go where ops.def says") {
  struct Point {
    const char* nodes;
    std::vector<double> x, slopes;
  };
  // %0 = x: real[3]; %9 is summed.
  const Point points[] = {
      {"%1 = constant {value=2} %9 = min %0, %1", {1, 2, 3}, {1, 1, 0}},
      {"%1 = constant {value=2} %9 = min %1, %0", {1, 2, 3}, {1, 0, 0}},
      {"%1 = constant {value=2} %9 = max %0, %1", {1, 2, 3}, {0, 1, 1}},
      {"%1 = constant {value=2} %9 = max %1, %0", {1, 2, 3}, {0, 0, 1}},
      {"%9 = relu %0", {-1, 0, 1}, {0, 0, 1}},
      {"%9 = abs %0", {-1, 0, 1}, {-1, 0, 1}},
      {"%9 = expm1_over %0", {0, 1e-30, -1e-30}, {0.5, 0.5, 0.5}},
      {"%9 = reduce_max %0 {axes=[0]}", {1, 3, 3}, {0, 1, 0}},
      {"%9 = reduce_min %0 {axes=[0]}", {1, 1, 3}, {1, 0, 0}},
      {"%9 = reduce_prod %0 {axes=[0]}", {2, 0, 3}, {0, 6, 0}},
      {"%9 = reduce_prod %0 {axes=[0]}", {0, 0, 3}, {0, 0, 0}},
      {"%1 = constant {value=0} %9 = pow %0, %1", {0, 1, 2}, {0, 0, 0}},
      {"%1 = constant {value=0} %2 = broadcast %1 {sizes=[3]} %9 = pow %2, %0", {0, 1, 2}, {0, 0, 0}},
      {"%9 = softplus %0", {-1e4, 0, 1e4}, {0, 0.5, 1}},
      {"%9 = sigmoid %0", {-1e4, 0, 1e4}, {0, 0.25, 0}},
  };
  for (const Point& point : points) {
    CAPTURE(point.nodes);
    ir::Graph graph = ir::read("graph g(input x: real[3]) {" + std::string(point.nodes) +
                               " %10 = broadcast %9 {sizes=[3]} return y = %9, all = %10 }");
    const bool reduced = graph.type(graph.find_result("y")->value).rank() == 0;
    graph =
        ir::read("graph g(input x: real[3]) {" + std::string(point.nodes) +
                 (reduced ? " return loss = %9 }" : " %10 = reduce_sum %9 {axes=[0]} return loss = %10 }"));
    const NamedTensors arguments = {{"x", {{3}, point.x}}};
    const auto slopes = written_out(graph, arguments, "loss", {"x"}).at("x").values;
    for (size_t i = 0; i < 3; ++i) CHECK(slopes[i] == doctest::Approx(point.slopes[i]).epsilon(1e-12));
  }
}

TEST_CASE("the greatest of a table passes its derivative to the first in row-major order") {
  const ir::Graph graph = ir::read(R"(graph g(input x: real[B,T,2]) {
    %1 = reduce_max %0 {axes=[2,0,1]}
    %2 = reduce_min %0 {axes=[0,2]}
    %3 = constant {value=10}
    %4 = mul %2, %3
    %5 = reduce_sum %4 {axes=[0]}
    %6 = add %1, %5
    return loss = %6
  })");
  const NamedTensors arguments = {{"x", {{2, 2, 2}, {1, 3, 3, 1, 1, 3, 1, 3}}}};
  CHECK(written_out(graph, arguments, "loss", {"x"}).at("x").values ==
        std::vector<double>{10, 1, 0, 10, 0, 0, 0, 0});
}

TEST_CASE("run.1: what a mask leaves out has no derivative, even where it is not finite") {
  const ir::Graph graph = ir::read(R"(graph g(input x: real[3], input mask: boolean[3]) {
    %2 = log %0
    %3 = reduce_mean %2, %1 {axes=[0]}
    return loss = %3
  })");
  const NamedTensors some = {{"x", {{3}, {2, -1, 4}}}, {"mask", {{3}, {1, 0, 1}}}};
  CHECK(written_out(graph, some, "loss", {"x"}).at("x").values == std::vector<double>{0.25, 0, 0.125});
  const NamedTensors none = {{"x", {{3}, {2, -1, 4}}}, {"mask", {{3}, {0, 0, 0}}}};
  CHECK(written_out(graph, none, "loss", {"x"}).at("x").values == std::vector<double>{0, 0, 0});
}

TEST_CASE("an argument that the result does not hang on has derivative 0") {
  const ir::Graph graph = ir::read(R"(graph g(parameter w: real[2], input x: real[B,T,3]) {
    %2 = constant {value=1}
    return loss = %2
  })");
  const NamedTensors arguments = {{"w", {{2}, {1, 2}}}, {"x", {{1, 2, 3}, {1, 2, 3, 4, 5, 6}}}};
  const auto gradients = written_out(graph, arguments, "loss", {"w", "x"});
  CHECK(gradients.at("w").values == std::vector<double>(2, 0));
  CHECK(gradients.at("x").values == std::vector<double>(6, 0));
}

// ---------------------------------------------------------------- scans
namespace {

// Each ends in `loss`. Arguments are drawn by their types.
const char* const scans[] = {
    // Two states that need each other's old value; outputs a frame, a fixed value and a state's next value.
    R"(graph g(input x: real[B,T,2], parameter a: real[2], parameter v0: real[2], parameter w0: real[]) {
      %4, %5, %6 = scan %0, %2, %3 {n_inputs=1} (%10: real[B,2], %11: real[B,2], %12: real[B,2]) {
        %13 = mul %1, %11 %14 = add %13, %10 %15 = add %14, %12 %16 = mul %11, %12 %17 = add %11, %12
        yield %15, %16, %17, %1, %15
      }
      %20 = mul %4, %4 %21 = mul %6, %5 %22 = add %20, %21 %23 = reduce_sum %22 {axes=[0,1,2]}
      return loss = %23
    })",
    // From the last bin to the first, of a clip's own start [B, 2].
    R"(graph g(input x: real[B,T,2], input h0: real[B,2], parameter w: real[2,2]) {
      %3 = scan %0, %1 {n_inputs=1, reverse=1} (%10: real[B,2], %11: real[B,2]) {
        %12 = contract %2, %11 {subscripts="ij,bj->bi"} %13 = add %12, %10 %14 = tanh %13
        yield %14, %14
      }
      %20 = exp %3 %21 = reduce_sum %20 {axes=[0,1,2]}
      return loss = %21
    })",
    // Ops along B; a value without B that varies from bin to bin, as output and next to a weight.
    R"(graph g(input x: real[B,T,3], parameter w: real[3], parameter u: real[3,3]) {
      %3 = constant {value=0.5}
      %4, %5 = scan %0, %3 {n_inputs=1} (%10: real[B,3], %11: real[B,3]) {
        %12 = reduce_sum %11 {axes=[0]} %13 = mul %12, %1 %14 = sigmoid %13
        %15 = contract %2, %14 {subscripts="ij,j->i"}
        %16 = contract %10, %11 {subscripts="bi,bi->i"} %17 = contract %2, %16 {subscripts="ij,j->i"}
        %18 = add %15, %17 %19 = add %18, %10 %20 = sin %19
        yield %20, %18, %20
      }
      %30 = mul %4, %5 %31 = reduce_sum %30 {axes=[0,1,2]}
      return loss = %31
    })",
    // Weights of all shapes beside a product: numbers, columns, a batched value, one used twice, one a start
    // too.
    R"(graph g(input x: real[B,T,4], input gain: real[B,4], input tall: real[B,2,2], parameter s: real[],
               parameter c: real[2,1], parameter r: real[1,4]) {
      %6 = constant {value=0}
      %7 = scan %0, %3 {n_inputs=1} (%10: real[B,4], %11: real[B,4]) {
        %12 = mul %11, %1 %13 = mul %12, %3 %14 = reshape %13 {sizes=[B,2,2]} %15 = mul %14, %4
        %16 = contract %15, %2 {subscripts="bij,bjk->bik"} %17 = reshape %16 {sizes=[B,4]}
        %18 = add %17, %5 %19 = mul %18, %3 %20 = add %19, %10 %21 = tanh %20
        yield %21, %21
      }
      %30 = mul %7, %7 %31 = reduce_sum %30 {axes=[0,1,2]}
      return loss = %31
    })",
    // A state that is set anew in each bin, one that nothing uses, one that is only read, and an unused
    // output.
    R"(graph g(input x: real[B,T,2], parameter a: real[2], parameter b: real[2], parameter c: real[2]) {
      %4, %5 = scan %0, %1, %2, %3 {n_inputs=1} (%10: real[B,2], %11: real[B,2], %12: real[B,2], %13: real[B,2]) {
        %14 = mul %11, %10 %15 = mul %12, %10 %16 = mul %14, %13
        yield %10, %15, %13, %16, %15
      }
      %20 = reduce_mean %4 {axes=[0,1,2]}
      return loss = %20
    })",
    // Two scans, one over the other's output, and a mask.
    R"(graph g(input x: real[B,T,2], input valid: boolean[B,T,1], parameter w: real[2]) {
      %3 = constant {value=0}
      %4 = scan %0, %3 {n_inputs=1} (%10: real[B,2], %11: real[B,2]) {
        %12 = mul %11, %2 %13 = add %12, %10 %14 = softplus %13
        yield %14, %14
      }
      %5 = scan %4, %0, %1, %2 {n_inputs=3} (%20: real[B,2], %21: real[B,2], %22: boolean[B,1], %23: real[B,2]) {
        %24 = select %22, %23, %21 %25 = mul %24, %20 %26 = stop_gradient %24 %27 = add %25, %26
        %28 = div %27, %20
        yield %28, %25
      }
      %30 = reduce_mean %5, %1 {axes=[0,1,2]}
      return loss = %30
    })",
    // The result is one bin of a stream.
    R"(graph g(input x: real[B,T,2], parameter w: real[2]) {
      %2 = scan %0, %1 {n_inputs=1} (%10: real[B,2], %11: real[B,2]) {
        %12 = mul %11, %1 %13 = add %12, %10
        yield %13, %13
      }
      %3 = frame %2 {bin=-1} %4 = frame %2 {bin=0} %5 = mul %3, %4 %6 = reduce_sum %5 {axes=[0,1]}
      return loss = %6
    })",
};

}  // namespace

TEST_CASE("the derivative of a scan, written out, is autograd's") {
  for (const char* text : scans) {
    CAPTURE(text);
    const ir::Graph graph = ir::read(text);
    for (const auto& [clips, bins] : {std::pair<int64_t, int64_t>{1, 1}, {2, 5}, {3, 4}}) {
      const NamedTensors arguments = drawn_arguments(graph, clips, bins);
      const Names all = real_arguments(graph);
      check_derivative(graph, arguments, "loss", all);
      check_derivative(passes::hoist_scan(graph), arguments, "loss", all);
      for (const std::string& name : all) check_derivative(graph, arguments, "loss", {name});
    }
  }
}

TEST_CASE("a derivative can be differentiated again: that of a scan's derivative is autograd's") {
  for (const char* text : scans) {
    CAPTURE(text);
    ir::Graph graph = ir::read(text);
    const Names all = real_arguments(graph);
    const NamedTensors arguments = drawn_arguments(graph, 2, 3);
    // The sum of squares of the derivative by each argument.
    graph = with_squared_gradients(graph, "loss", all);
    check_derivative(graph, arguments, "squares", all);
  }
}

TEST_CASE("the derivative of each kind of op in a scan's body, written out, is autograd's") {
  for (std::string text : scan_bodies) {
    CAPTURE(text);
    text.replace(text.find("return y = %4"), 13, "%100 = reduce_sum %4 {axes=[0,1,2]} return loss = %100");
    const ir::Graph graph = ir::read(text);
    check_derivative(graph, drawn_arguments(graph, 3, 4), "loss", real_arguments(graph));
    check_derivative(passes::hoist_scan(graph), drawn_arguments(graph, 3, 4), "loss", real_arguments(graph));
  }
}

TEST_CASE("the derivative of a GRU, written out, is autograd's") {
  for (const auto& [clips, bins, inputs, hidden] :
       {std::array<int64_t, 4>{1, 1, 1, 1}, {3, 9, 5, 4}, {1, 30, 7, 16}}) {
    const ir::Graph graph = gru_graph(inputs, hidden);
    const NamedTensors arguments = drawn_arguments(graph, clips, bins);
    check_derivative(graph, arguments, "loss", real_arguments(graph));
    check_derivative(passes::hoist_scan(graph), arguments, "loss", real_arguments(graph));
  }
}
