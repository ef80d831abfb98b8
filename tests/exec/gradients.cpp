#include "tests/exec/gradients.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "compiler/passes/differentiate.h"
#include "compiler/passes/node_writer.h"
#include "compiler/passes/split_complex.h"
#include "runtime/random/random.h"

namespace stria::test {

using exec::HostTensor;
using exec::NamedTensors;
using exec::Precision;

Names real_arguments(const ir::Graph& graph) {
  Names names;
  for (const ir::Argument& argument : graph.arguments) {
    if (graph.type(argument.value).element != ir::Element::boolean) names.push_back(argument.name);
  }
  return names;
}

NamedTensors drawn_arguments(const ir::Graph& graph, int64_t n_clips, int64_t n_bins) {
  NamedTensors arguments;
  for (const ir::Argument& argument : graph.arguments) {
    const ir::Type& type = graph.type(argument.value);
    HostTensor tensor;
    for (const ir::Dim& d : type.dims) {
      tensor.sizes.push_back(d.is_number() ? d.size : d == ir::batch_dim ? n_clips : n_bins);
    }
    if (type.element == ir::Element::complex) tensor.sizes.push_back(2);
    int64_t count = 1;
    for (const int64_t size : tensor.sizes) count *= size;
    const random::Draws draws(23, "test", argument.name);
    for (int64_t i = 0; i < count; ++i) {
      const double draw = draws.uniform({0, 0, static_cast<uint64_t>(i)}, -1, 1);
      tensor.values.push_back(type.element == ir::Element::boolean ? draw < 0.5 : draw);
    }
    arguments[argument.name] = std::move(tensor);
  }
  return arguments;
}

NamedTensors written_out(const ir::Graph& graph, const NamedTensors& arguments, const std::string& result,
                         const Names& wrt) {
  const ir::Graph derived = passes::differentiate(passes::split_complex(graph), result, wrt);
  const auto evaluation = exec::evaluate(derived, arguments, {Precision::float64, 0, {}, {}});
  NamedTensors gradients;
  for (const std::string& name : wrt) gradients[name] = evaluation.results.at("gradient:" + name);
  return gradients;
}

namespace {

double greatest(const std::vector<double>& values) {
  double result = 0;
  for (const double value : values) result = std::max(result, std::fabs(value));
  return result;
}

void check_close(const HostTensor& ours, const HostTensor& theirs, double bound, double rounding = 0) {
  CHECK(ours.sizes == theirs.sizes);
  REQUIRE(ours.values.size() == theirs.values.size());
  const double scale = greatest(theirs.values);
  double worst = 0;
  bool finite = true;
  for (size_t i = 0; i < ours.values.size(); ++i) {
    finite = finite && std::isfinite(ours.values[i]);
    worst = std::max(worst, std::fabs(ours.values[i] - theirs.values[i]));
  }
  CHECK(finite);
  CHECK(worst <= bound * scale + rounding);
}

}  // namespace

void check_derivative(const ir::Graph& graph, const NamedTensors& arguments, const std::string& result,
                      const Names& wrt, double bound) {
  const auto autograd = exec::evaluate(graph, arguments, {Precision::float64, 0, result, wrt});
  const ir::Graph derived = passes::differentiate(passes::split_complex(graph), result, wrt);
  const auto ours = exec::evaluate(derived, arguments, {Precision::float64, 0, {}, {}});
  for (const auto& [name, tensor] : autograd.results) {
    CAPTURE(name);
    check_close(ours.results.at(name), tensor, 1e-12);
  }
  // A derivative that is 0 but for rounding is no scale of its own.
  double largest = 0;
  for (const std::string& name : wrt)
    largest = std::max(largest, greatest(autograd.gradients.at(name).values));
  for (const std::string& name : wrt) {
    CAPTURE(name);
    check_close(ours.results.at("gradient:" + name), autograd.gradients.at(name), bound, 1e-15 * largest);
  }
}

ir::Graph with_squared_gradients(const ir::Graph& graph, const std::string& result, const Names& wrt) {
  ir::Graph derived = passes::differentiate(graph, result, wrt);
  std::vector<ir::Node> added;
  passes::NodeWriter writer(derived, added);
  ir::ValueId sum = writer.constant(0);
  for (const std::string& name : wrt) {
    const ir::ValueId gradient = derived.find_result("gradient:" + name)->value;
    sum = writer.plus({sum, writer.sum_to(writer.times({gradient, gradient}), {})});
  }
  for (ir::Node& node : added) derived.body.nodes.push_back(std::move(node));
  // Without the first derivatives, whose names those of `squares` would take.
  derived.results = {{"squares", sum}};
  derived.body.results = {sum};
  return derived;
}

Names parameters_of(const ir::Graph& graph) {
  Names names;
  for (const ir::Argument& argument : graph.arguments) {
    if (argument.kind == ir::ArgumentKind::parameter) names.push_back(argument.name);
  }
  return names;
}

double loss_at(const ir::Graph& graph, const exec::NamedTensors& arguments) {
  return exec::evaluate(graph, arguments, {exec::Precision::float64, 0, {}, {}})
      .results.at("loss")
      .values.at(0);
}

}  // namespace stria::test
