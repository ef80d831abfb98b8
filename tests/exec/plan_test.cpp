// Graphs by a plan against the reference executor.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "runtime/exec/plan_program.h"
#include "tests/exec/gru_graph.h"
#include "tests/exec/op_cases.h"

using namespace stria;
using namespace stria::test;
using exec::NamedTensors;
using exec::Precision;
using ir::ArgumentKind;
using ir::Element;

namespace {

double distance(const exec::HostTensor& a, const exec::HostTensor& b) {
  REQUIRE(a.sizes == b.sizes);
  REQUIRE(a.values.size() == b.values.size());
  double largest = 1e-300, difference = 0;
  for (size_t i = 0; i < a.values.size(); ++i) {
    if (std::isnan(a.values[i]) != std::isnan(b.values[i])) return 1e300;
    if (std::isnan(a.values[i]) || a.values[i] == b.values[i]) continue;
    largest = std::max(largest, std::abs(a.values[i]));
    difference = std::max(difference, std::abs(a.values[i] - b.values[i]));
  }
  return difference / largest;
}

// Values that no model has: letters elsewhere than in front, or bins without clips.
bool value_has_no_place(const std::string& reason) {
  return reason.find("has no place for a value") != std::string::npos ||
         reason.find("keeps the bins") != std::string::npos;
}

std::vector<std::string> differentiated(const ir::Graph& graph) {
  std::vector<std::string> result;
  if (graph.find_result("loss") == nullptr) return result;
  for (const ir::Argument& argument : graph.arguments) {
    if (argument.kind == ArgumentKind::parameter) result.push_back(argument.name);
  }
  return result;
}

void compare(const ir::Graph& graph, const NamedTensors& arguments, const std::string& label) {
  const std::vector<std::string> wrt = differentiated(graph);
  const std::string of = wrt.empty() ? "" : "loss";
  const exec::Evaluation expected = exec::evaluate(graph, arguments, {Precision::float64, 0, of, wrt});
  for (const int64_t lanes : {1, 8}) {
    exec::PlanEvaluateOptions options;
    options.precision = Precision::float64;
    options.lanes = lanes;
    options.differentiate = of;
    options.with_respect_to = wrt;
    INFO(label << ", lanes " << lanes);
    exec::Evaluation made;
    try {
      made = exec::evaluate_plan(graph, arguments, options);
    } catch (const ir::InternalError& error) {
      if (!value_has_no_place(error.what())) FAIL_CHECK(std::string(error.what()));
      continue;
    }
    for (const auto& [name, tensor] : expected.results) {
      INFO(name);
      CHECK(distance(tensor, made.results.at(name)) < 1e-12);
    }
    for (const auto& [name, tensor] : expected.gradients) {
      INFO("gradient of " << name);
      CHECK(distance(tensor, made.gradients.at(name)) < 1e-10);
    }
  }
}

}  // namespace

TEST_CASE("each op by a plan") {
  for (const OpCase& op_case : op_cases()) {
    if (std::any_of(op_case.operands.begin(), op_case.operands.end(),
                    [](const ir::Type& type) { return type.element == Element::complex; })) {
      continue;
    }
    if (op_case.op == ir::Op::complex || op_case.op == ir::Op::random) continue;
    const ir::Graph graph = value_graph(op_case);
    compare(graph, case_arguments(op_case, graph), op_case.label);
  }
}

TEST_CASE("a GRU by a plan") {
  for (const int64_t n_hidden : {1, 3, 8, 19}) {
    const ir::Graph graph = gru_graph(5, n_hidden);
    NamedTensors arguments;
    double next = 0.3;
    for (const ir::Argument& argument : graph.arguments) {
      exec::HostTensor tensor;
      size_t n = 1;
      for (const ir::Dim& dim : graph.type(argument.value).dims) {
        tensor.sizes.push_back(dim.is_number() ? dim.size : dim == ir::batch_dim ? 11 : 23);
        n *= static_cast<size_t>(tensor.sizes.back());
      }
      for (size_t i = 0; i < n; ++i) {
        next = std::fmod(next * 7.13 + 0.171, 1.0);
        tensor.values.push_back(next - 0.5);
      }
      arguments[argument.name] = tensor;
    }
    compare(graph, arguments, "hidden " + std::to_string(n_hidden));
  }
}
