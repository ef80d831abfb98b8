// Every op: its value against plain loops, its derivative against finite differences.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/random/random.h"
#include "tests/exec/gradients.h"
#include "tests/exec/op_cases.h"

using namespace stria;
using namespace stria::test;
using exec::EvaluateOptions;
using exec::HostTensor;
using exec::NamedTensors;
using exec::Precision;
using ir::ArgumentKind;
using ir::Element;
using ir::Op;
using ir::Type;
using ir::ValueId;

namespace {

void check_gradient(const OpCase& op_case) {
  const ir::Graph graph = case_graph(op_case);
  const NamedTensors arguments = case_arguments(op_case, graph);
  EvaluateOptions options{Precision::float64, 0, "loss", {}};
  for (size_t i = 0; i < op_case.operands.size(); ++i) {
    if (op_case.operands[i].element != Element::boolean) options.with_respect_to.push_back(operand_name(i));
  }
  const exec::Evaluation evaluation = exec::evaluate(graph, arguments, options);
  for (const std::string& name : options.with_respect_to) {
    const HostTensor& gradient = evaluation.gradients.at(name);
    REQUIRE(gradient.sizes == arguments.at(name).sizes);
    for (size_t i = 0; i < gradient.values.size(); ++i) {
      NamedTensors above = arguments, below = arguments;
      above[name].values[i] += op_case.step;
      below[name].values[i] -= op_case.step;
      const double slope = (loss_at(graph, above) - loss_at(graph, below)) / (2 * op_case.step);
      const double expected = op_case.op == Op::stop_gradient ? 0 : slope;
      CHECK(std::fabs(gradient.values[i] - expected) < 1e-6 * std::max(1.0, std::fabs(expected)));
    }
  }
}

}  // namespace

TEST_CASE("every op has a case") {
  for (const ir::OpInfo& op : ir::all_ops()) {
    if (op.op == Op::scan) continue;  // in reference_scan_test.cpp
    CAPTURE(op.name);
    CHECK(std::any_of(op_cases().begin(), op_cases().end(), [&](const OpCase& c) { return c.op == op.op; }));
  }
}

TEST_CASE("values of every op agree with plain loops") {
  for (const OpCase& op_case : op_cases()) {
    CAPTURE(op_case.label);
    const ir::Graph graph = case_graph(op_case);
    const Type& type = graph.type(graph.find_result("value")->value);
    const Array expected = op_case.expected(draw_operands(op_case));
    CHECK(sizes_of(type) == expected.sizes);
    for (const Precision precision : {Precision::float64, Precision::float32}) {
      const double bound = precision == Precision::float64 ? 1e-12 : 1e-5;
      const auto evaluation = exec::evaluate(graph, case_arguments(op_case, graph), {precision, 0, {}, {}});
      const Array value = from_host(evaluation.results.at("value"), type.element);
      REQUIRE(value.sizes == expected.sizes);
      for (size_t i = 0; i < value.values.size(); ++i) {
        CHECK(std::abs(value.values[i] - expected.values[i]) <=
              bound * std::max(1.0, std::abs(expected.values[i])));
      }
    }
  }
}

TEST_CASE("derivatives of every op agree with finite differences") {
  for (const OpCase& op_case : op_cases()) {
    if (!op_case.has_derivative) continue;
    CAPTURE(op_case.label);
    check_gradient(op_case);
  }
}

namespace {

// The value and the derivatives of one binary or unary op at single numbers.
struct AtPoint {
  double value = 0;
  std::vector<double> slopes;
};
AtPoint at_point(Op op, const std::vector<double>& numbers, Precision precision = Precision::float64) {
  ir::Builder builder("point");
  std::vector<ValueId> operands;
  NamedTensors arguments;
  EvaluateOptions options{precision, 0, "value", {}};
  for (size_t i = 0; i < numbers.size(); ++i) {
    operands.push_back(builder.argument(ArgumentKind::input, operand_name(i), {}));
    arguments[operand_name(i)] = {{}, {numbers[i]}};
    options.with_respect_to.push_back(operand_name(i));
  }
  builder.result("value", builder.add(op, operands));
  const auto evaluation = exec::evaluate(builder.finish(), arguments, options);
  AtPoint result{evaluation.results.at("value").values[0], {}};
  for (const std::string& name : options.with_respect_to) {
    result.slopes.push_back(evaluation.gradients.at(name).values[0]);
  }
  return result;
}

}  // namespace

TEST_CASE("derivatives where two sides meet go where ops.def says") {
  CHECK(at_point(Op::min, {2, 2}).slopes == std::vector<double>{1, 0});
  CHECK(at_point(Op::max, {2, 2}).slopes == std::vector<double>{1, 0});
  CHECK(at_point(Op::relu, {0}).slopes == std::vector<double>{0});
  CHECK(at_point(Op::abs, {0}).slopes == std::vector<double>{0});
  CHECK(at_point(Op::expm1_over, {0}).value == 1);
  CHECK(at_point(Op::expm1_over, {0}).slopes[0] == doctest::Approx(0.5).epsilon(1e-12));

  ir::Builder builder("ties");
  const ValueId x = builder.argument(ArgumentKind::input, "x", {Element::real, {ir::dim(2), ir::dim(2)}});
  const std::vector<int64_t> both = {0, 1};
  const ValueId greatest = builder.add(Op::reduce_max, {x}, {{"axes", both}});
  const ValueId least = builder.add(Op::reduce_min, {x}, {{"axes", both}});
  builder.result("sum",
                 builder.add(Op::add, {greatest, builder.add(Op::mul, {least, builder.constant(10)})}));
  const auto evaluation = exec::evaluate(builder.finish(), {{"x", {{2, 2}, {1, 3, 3, 1}}}},
                                         {Precision::float64, 0, "sum", {"x"}});
  CHECK(evaluation.gradients.at("x").values == std::vector<double>{10, 1, 0, 0});
}

TEST_CASE("a bound that is a constant gives the same derivative as any other") {
  for (const double x : {-1.0, 0.0, 1.0}) {
    ir::Builder builder("clamp");
    const ValueId value = builder.argument(ArgumentKind::input, "x", {});
    const ValueId low = builder.add(Op::max, {value, builder.constant(0)});
    const ValueId high = builder.add(Op::min, {value, builder.constant(0)});
    builder.result("sum", builder.add(Op::add, {low, builder.add(Op::mul, {high, builder.constant(10)})}));
    const auto evaluation =
        exec::evaluate(builder.finish(), {{"x", {{}, {x}}}}, {Precision::float64, 0, "sum", {"x"}});
    CHECK(evaluation.gradients.at("x").values[0] == (x < 0 ? 10 : x == 0 ? 11 : 1));
  }
}

TEST_CASE("min and max hide no NaN") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Op op : {Op::min, Op::max}) {
    CHECK(std::isnan(at_point(op, {nan, 1}).value));
    CHECK(std::isnan(at_point(op, {1, nan}).value));
  }
}

TEST_CASE("large arguments neither overflow nor lose their derivative") {
  for (const Precision precision : {Precision::float32, Precision::float64}) {
    CHECK(at_point(Op::softplus, {1e4}, precision).value == 1e4);
    CHECK(at_point(Op::softplus, {1e4}, precision).slopes[0] == 1);
    CHECK(at_point(Op::softplus, {-1e4}, precision).value == 0);
    CHECK(at_point(Op::sigmoid, {-1e4}, precision).value == 0);
    CHECK(at_point(Op::sigmoid, {1e4}, precision).slopes[0] == 0);
  }
}

TEST_CASE("run.1: what a mask leaves out has no derivative, even where it is not finite") {
  ir::Builder builder("masked");
  const ValueId x = builder.argument(ArgumentKind::input, "x", {Element::real, {ir::dim(3)}});
  const ValueId mask = builder.argument(ArgumentKind::input, "mask", {Element::boolean, {ir::dim(3)}});
  builder.result("mean", builder.add(Op::reduce_mean, {builder.add(Op::log, {x}), mask},
                                     {{"axes", std::vector<int64_t>{0}}}));
  const ir::Graph graph = builder.finish();
  const auto evaluation = exec::evaluate(graph, {{"x", {{3}, {2, -1, 4}}}, {"mask", {{3}, {1, 0, 1}}}},
                                         {Precision::float64, 0, "mean", {"x"}});
  CHECK(evaluation.results.at("mean").values[0] == doctest::Approx(std::log(8) / 2));
  CHECK(evaluation.gradients.at("x").values[0] == doctest::Approx(0.25));
  const auto nothing = exec::evaluate(graph, {{"x", {{3}, {2, -1, 4}}}, {"mask", {{3}, {0, 0, 0}}}}, {});
  CHECK(nothing.results.at("mean").values[0] == 0);
}

TEST_CASE("a bin that a clip does not have is named, not made up") {
  const ir::Graph graph = ir::read("graph g(input x: real[B,T,1]) { %1 = frame %0 {bin=3} return y = %1 }");
  CHECK(exec::evaluate(graph, {{"x", {{1, 4, 1}, {1, 2, 3, 4}}}}, {}).results.at("y").values ==
        std::vector<double>{4});
  CHECK_THROWS_WITH_AS(exec::evaluate(graph, {{"x", {{1, 3, 1}, {1, 2, 3}}}}, {}),
                       "op `frame`: bin 3 of a stream of 3", ir::InternalError);
}
