// Derivatives of random graphs, written out, are autograd's.
#include <doctest/doctest.h>

#include "compiler/passes/node_writer.h"
#include "tests/exec/gradients.h"
#include "tests/exec/plan_checks.h"
#include "tests/ir/example_graphs.h"

using namespace stria;
using namespace stria::test;
using exec::Precision;
using ir::Element;
using ir::ValueId;

namespace {

// The sum over all values v of the graph, and all their entries, of tanh(0.3 v), as result `loss` alone.
ir::Graph with_loss(ir::Graph graph) {
  std::vector<ValueId> values;
  for (const ir::Argument& argument : graph.arguments) values.push_back(argument.value);
  for (const ir::Node& node : graph.body.nodes) {
    values.insert(values.end(), node.results.begin(), node.results.end());
  }
  std::vector<ir::Node> added;
  passes::NodeWriter w(graph, added);
  ValueId loss = w.constant(0);
  for (ValueId value : values) {
    const Element element = graph.type(value).element;
    if (element == Element::boolean) continue;
    if (element == Element::complex) value = w.plus({w.add(ir::Op::re, {value}), w.add(ir::Op::im, {value})});
    const ValueId bounded = w.add(ir::Op::tanh, {w.times({value, w.constant(0.3)})});
    loss = w.plus({loss, w.sum_to(bounded, {})});
  }
  for (ir::Node& node : added) graph.body.nodes.push_back(std::move(node));
  graph.results = {{"loss", loss}};
  graph.body.results = {loss};
  return graph;
}

}  // namespace

TEST_CASE("derivatives of random graphs of all ops, scans among them, written out, are autograd's") {
  int n_compared = 0;
  for (uint64_t seed = 1000; seed < 1200; ++seed) {
    CAPTURE(seed);
    const ir::Graph graph = with_loss(random_graph(seed, 12));
    const auto arguments = drawn_arguments(graph, 2, 3);
    const Names wrt = real_arguments(graph);
    const auto autograd = exec::evaluate(graph, arguments, {Precision::float64, 0, "loss", wrt});
    if (!all_finite(autograd)) continue;  // log(-1), 1 / 0, ...
    check_derivative(graph, arguments, "loss", wrt);
    ++n_compared;
  }
  CHECK(n_compared > 50);
}
