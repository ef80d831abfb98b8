#include "compiler/passes/renumber.h"

#include <utility>

namespace stria::passes {
namespace {

using ir::Graph;
using ir::Node;
using ir::Region;
using ir::Type;
using ir::ValueId;

class Renumberer {
 public:
  explicit Renumberer(Graph& graph) : graph_(graph), new_ids_(graph.values.size()) {}

  void run() {
    walk(graph_.body);
    for (ir::Argument& argument : graph_.arguments) argument.value = new_ids_[argument.value];
    for (ir::Result& result : graph_.results) result.value = new_ids_[result.value];
    graph_.values = std::move(values_);
  }

 private:
  void define(std::vector<ValueId>& ids) {
    for (ValueId& id : ids) {
      values_.push_back(graph_.type(id));
      new_ids_[id] = static_cast<ValueId>(values_.size() - 1);
    }
    use(ids);
  }
  void use(std::vector<ValueId>& ids) const {
    for (ValueId& id : ids) id = new_ids_[id];
  }
  void walk(Region& region) {
    define(region.arguments);
    for (Node& node : region.nodes) {
      use(node.operands);
      for (Region& inner : node.regions) walk(inner);
      define(node.results);
    }
    use(region.results);
  }

  Graph& graph_;
  std::vector<ValueId> new_ids_;
  std::vector<Type> values_;
};

}  // namespace

void renumber(Graph& graph) { Renumberer(graph).run(); }

}  // namespace stria::passes
