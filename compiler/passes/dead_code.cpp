#include "compiler/passes/dead_code.h"

#include <algorithm>
#include <utility>

#include "compiler/passes/renumber.h"

namespace stria::passes {
namespace {

using ir::Graph;
using ir::Node;
using ir::Op;
using ir::Region;
using ir::ValueId;

class Remover {
 public:
  explicit Remover(const Graph& graph) : graph_(graph), needed_(graph.values.size(), false) {}

  Graph run() {
    need(graph_.body.results);
    remove_from(graph_.body);
    renumber(graph_);
    return std::move(graph_);
  }

 private:
  void need(const std::vector<ValueId>& ids) {
    for (const ValueId id : ids) needed_[id] = true;
  }
  bool is_needed(const std::vector<ValueId>& ids) const {
    return std::any_of(ids.begin(), ids.end(), [&](ValueId id) { return needed_[id]; });
  }

  // Uses come after definitions, so one walk from the end finds all that is needed.
  void remove_from(Region& region) {
    std::vector<Node> kept;
    for (auto node = region.nodes.rbegin(); node != region.nodes.rend(); ++node) {
      if (!is_needed(node->results)) continue;
      if (node->op == Op::scan) trim(*node);
      need(node->operands);
      kept.push_back(std::move(*node));
    }
    std::reverse(kept.begin(), kept.end());
    region.nodes = std::move(kept);
  }

  // Marks what the body's needed results hang on; a state reached so needs its new value, which may reach
  // more states.
  void mark_body(const Region& body, size_t n_inputs, size_t n_states) {
    for (bool grown = true; grown;) {
      for (auto node = body.nodes.rbegin(); node != body.nodes.rend(); ++node) {
        if (is_needed(node->results)) need(node->operands);
      }
      grown = false;
      for (size_t i = 0; i < n_states; ++i) {
        if (!needed_[body.arguments[n_inputs + i]] || needed_[body.results[i]]) continue;
        needed_[body.results[i]] = grown = true;
      }
    }
  }

  void trim(Node& scan) {
    const auto n_inputs = static_cast<size_t>(ir::int_attribute(scan, "n_inputs"));
    const size_t n_states = scan.operands.size() - n_inputs;
    Region& body = scan.regions[0];
    for (size_t i = 0; i < scan.results.size(); ++i) {
      if (needed_[scan.results[i]]) needed_[body.results[n_states + i]] = true;
    }
    mark_body(body, n_inputs, n_states);
    keep_arguments(scan, n_inputs);
    std::vector<Node> kept;
    for (Node& node : body.nodes) {
      if (is_needed(node.results)) kept.push_back(std::move(node));
    }
    body.nodes = std::move(kept);
  }

  // Inputs, states and outputs that are needed, with what belongs to each.
  void keep_arguments(Node& scan, size_t n_inputs) {
    Region& body = scan.regions[0];
    const size_t n_states = scan.operands.size() - n_inputs;
    const auto frames_end = body.arguments.begin() + static_cast<std::ptrdiff_t>(n_inputs);
    if (!is_needed({body.arguments.begin(), frames_end})) needed_[body.arguments[0]] = true;
    std::vector<ValueId> operands, arguments, results, outputs;
    size_t kept_inputs = 0;
    for (size_t i = 0; i < scan.operands.size(); ++i) {
      if (!needed_[body.arguments[i]]) continue;
      operands.push_back(scan.operands[i]);
      arguments.push_back(body.arguments[i]);
      if (i < n_inputs) ++kept_inputs;
      if (i >= n_inputs) results.push_back(body.results[i - n_inputs]);
    }
    for (size_t i = 0; i < scan.results.size(); ++i) {
      if (!needed_[scan.results[i]]) continue;
      outputs.push_back(scan.results[i]);
      results.push_back(body.results[n_states + i]);
    }
    scan.operands = std::move(operands);
    scan.results = std::move(outputs);
    body.arguments = std::move(arguments);
    need(results);
    body.results = std::move(results);
    for (auto& [name, value] : scan.attributes) {
      if (name == "n_inputs") value = static_cast<int64_t>(kept_inputs);
    }
  }

  Graph graph_;
  std::vector<bool> needed_;
};

}  // namespace

Graph dead_code(const Graph& graph) { return Remover(graph).run(); }

}  // namespace stria::passes
