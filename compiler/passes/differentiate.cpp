#include "compiler/passes/differentiate.h"

#include <algorithm>
#include <set>

#include "compiler/passes/sweep.h"

namespace stria::passes {

using ir::Graph;
using ir::Node;
using ir::Op;
using ir::ValueId;

// ---------------------------------------------------------------- which values matter
namespace {

class VariedFinder {
 public:
  VariedFinder(const Graph& graph, const std::vector<ValueId>& arguments)
      : graph_(graph), varied_(graph.values.size(), false) {
    for (const ValueId id : arguments) varied_[id] = true;
  }

  Varied run() {
    walk(graph_.body);
    return std::move(varied_);
  }

 private:
  bool mark(ValueId id, bool varied) {
    const bool news = varied && !varied_[id] && graph_.type(id).element != ir::Element::boolean;
    if (news) varied_[id] = true;
    return news;
  }

  void walk(const ir::Region& region) {
    for (const Node& node : region.nodes) {
      if (node.op == Op::scan) {
        walk_scan(node);
      } else if (!has_no_derivative(node.op)) {
        const bool varied =
            std::any_of(node.operands.begin(), node.operands.end(), [&](ValueId id) { return varied_[id]; });
        mark(node.results[0], varied);
      }
    }
  }

  // States until no more of them vary.
  void walk_scan(const Node& scan) {
    const ir::Region& body = scan.regions[0];
    const auto n_inputs = static_cast<size_t>(ir::int_attribute(scan, "n_inputs"));
    const size_t n_states = scan.operands.size() - n_inputs;
    for (size_t i = 0; i < scan.operands.size(); ++i) mark(body.arguments[i], varied_[scan.operands[i]]);
    for (bool news = true; news;) {
      walk(body);
      news = false;
      for (size_t i = 0; i < n_states; ++i) {
        news = mark(body.arguments[n_inputs + i], varied_[body.results[i]]) || news;
      }
    }
    for (size_t i = 0; i < scan.results.size(); ++i) {
      mark(scan.results[i], varied_[body.results[n_states + i]]);
    }
  }

  const Graph& graph_;
  Varied varied_;
};

}  // namespace

Varied find_varied(const Graph& graph, const std::vector<ValueId>& arguments) {
  return VariedFinder(graph, arguments).run();
}

// ---------------------------------------------------------------- the walk
std::optional<ValueId> Sweep::adjoint(ValueId id) const {
  const auto found = adjoints_.find(id);
  return found == adjoints_.end() ? std::nullopt : std::optional(found->second);
}

void Sweep::gain(ValueId id, ValueId contribution) {
  if (!varied_[id]) return;
  const std::vector<ir::Dim> dims = w.dims(id);
  const ValueId summed = w.sum_to(contribution, dims);
  const auto found = adjoints_.find(id);
  if (found == adjoints_.end()) {
    adjoints_.emplace(id, summed);
  } else {
    found->second = w.plus({found->second, summed});
  }
}

void Sweep::gain_product(Derivation& d, size_t operand, const std::string& adjoint_letters, size_t other,
                         const std::string& other_letters, const std::string& operand_letters) {
  const std::vector<ir::Dim> dims = d.type(operand).dims;
  gain(d.node.operands[operand],
       contract_to(w, d.adjoint, adjoint_letters, d.operand(other), other_letters, operand_letters, dims));
}

void Sweep::walk(std::vector<Node>& nodes) {
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    const bool reached = std::any_of(node->results.begin(), node->results.end(),
                                     [&](ValueId id) { return adjoint(id).has_value(); });
    if (reached) step(*node);
  }
}

void Sweep::step(Node& node) {
  if (node.op == Op::scan) return step_scan(node);
  Derivation derivation{*this, node, *adjoint(node.results[0]), w};
  for (const ValueId id : node.operands) {
    if (w.type(id).element == ir::Element::complex) return derivative::complex_only(derivation);
  }
  derivative_rule(node.op)(derivation);
}

// ---------------------------------------------------------------- the graph
namespace {

class GraphSweep : public Sweep {
 public:
  GraphSweep(NodeWriter& writer, const Varied& varied) : Sweep(writer, varied) {}

 protected:
  void step_scan(Node& node) override { differentiate_scan(*this, node, varied_); }
};

// Nodes of a scan's body that use nothing of it are put before the scan, so that all the body's values vary.
void lift_fixed(Graph& graph) {
  std::vector<Node> nodes;
  for (Node& node : std::exchange(graph.body.nodes, {})) {
    if (node.op == Op::scan) {
      ir::Region& body = node.regions[0];
      std::set<ValueId> inside(body.arguments.begin(), body.arguments.end());
      for (Node& inner : std::exchange(body.nodes, {})) {
        const bool varies = std::any_of(inner.operands.begin(), inner.operands.end(),
                                        [&](ValueId id) { return inside.count(id) > 0; });
        if (varies) inside.insert(inner.results.begin(), inner.results.end());
        (varies ? body.nodes : nodes).push_back(std::move(inner));
      }
    }
    nodes.push_back(std::move(node));
  }
  graph.body.nodes = std::move(nodes);
}

std::vector<ValueId> values_of(const Graph& graph, const std::vector<std::string>& names) {
  std::vector<ValueId> values;
  for (const std::string& name : names) {
    const ir::Argument* argument = graph.find_argument(name);
    if (argument == nullptr || graph.type(argument->value).element != ir::Element::real) {
      throw ir::InternalError("pass differentiate: there is no real argument `" + name + "`");
    }
    values.push_back(argument->value);
  }
  return values;
}

}  // namespace

Graph differentiate(const Graph& given, std::string_view result, const std::vector<std::string>& wrt) {
  Graph graph = given;
  const ir::Result* loss = graph.find_result(result);
  if (loss == nullptr || graph.type(loss->value) != ir::Type{}) {
    throw ir::InternalError("pass differentiate: there is no result `" + std::string(result) + "` of real[]");
  }
  const ValueId from = loss->value;
  lift_fixed(graph);
  const std::vector<ValueId> arguments = values_of(graph, wrt);
  const Varied varied = find_varied(graph, arguments);
  std::vector<Node> added;
  NodeWriter writer(graph, added);
  GraphSweep sweep(writer, varied);
  if (varied[from]) sweep.gain(from, writer.constant(1));
  sweep.walk(graph.body.nodes);
  for (size_t i = 0; i < wrt.size(); ++i) {
    const std::vector<ir::Dim> dims = graph.type(arguments[i]).dims;
    const auto adjoint = sweep.adjoint(arguments[i]);
    const ValueId gradient = adjoint ? *adjoint : writer.zeros(dims);
    graph.results.push_back({"gradient:" + wrt[i], gradient});
    graph.body.results.push_back(gradient);
  }
  for (Node& node : added) graph.body.nodes.push_back(std::move(node));
  if (const std::string reason = ir::verify(graph); !reason.empty()) {
    throw ir::InternalError("pass differentiate: " + reason + "\n" + ir::print(graph));
  }
  return graph;
}

}  // namespace stria::passes
