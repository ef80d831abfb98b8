#include "compiler/passes/simplify.h"

#include <algorithm>
#include <array>

#include "compiler/passes/dead_code.h"
#include "compiler/passes/simplify_rules.h"

namespace stria::passes {

using ir::Graph;
using ir::Node;
using ir::Op;
using ir::Type;
using ir::ValueId;

Type result_type(const Writer& writer, const Node& node) {
  std::vector<Type> types;
  for (const ValueId id : node.operands) types.push_back(writer.type(id));
  return ir::infer_type(node.op, types, node.attributes);
}

std::optional<double> number(const Writer& writer, ValueId id) {
  const Node* node = writer.definition(id, Op::broadcast);
  node = writer.definition(node != nullptr ? node->operands[0] : id, Op::constant);
  return node != nullptr ? std::optional(ir::real_attribute(*node, "value")) : std::nullopt;
}

std::optional<ValueId> repeated_to(Writer& writer, ValueId id, const Type& wanted) {
  if (writer.type(id) == wanted) return id;
  if (writer.type(id).element != wanted.element) return std::nullopt;
  return writer.add(Op::broadcast, {id}, {{"sizes", wanted.dims}});
}

const Node* definition_along(const Writer& writer, ValueId id, Op op, int64_t axis) {
  const Node* node = writer.definition(id, op);
  return node != nullptr && ir::int_attribute(*node, "axis") == axis ? node : nullptr;
}

namespace {

constexpr size_t n_ops = static_cast<size_t>(Op::scan) + 1;

// The rules for each op, in order.
const std::vector<const Rule*>& rules_for(Op op) {
  static const auto table = [] {
    std::array<std::vector<const Rule*>, n_ops> result;
    for (const auto* rules : {&pointwise_rules(), &shape_rules(), &product_rules()}) {
      for (const Rule& rule : *rules) {
        for (const Op each : rule.ops) result.at(static_cast<size_t>(each)).push_back(&rule);
      }
    }
    return result;
  }();
  return table.at(static_cast<size_t>(op));
}

class Simplifier final : public Writer {
 public:
  using Writer::Writer;
  bool changed() const { return changed_; }

 private:
  std::optional<ValueId> replace(const Node& node, ValueId) override {
    for (const Rule* rule : rules_for(node.op)) {
      const std::optional<ValueId> other = rule->apply(*this, node);
      if (!other) continue;
      changed_ = true;
      return other;
    }
    return std::nullopt;
  }

  bool changed_ = false;
};

}  // namespace

Graph simplify(const Graph& graph) {
  // A rule sees operands that are simplified already, so a second round rarely finds anything.
  constexpr int most_rounds = 100;
  Graph result = dead_code(graph);
  for (int round = 0; round < most_rounds; ++round) {
    Simplifier simplifier(result);
    Graph next = dead_code(simplifier.run());
    if (!simplifier.changed()) return next;
    result = std::move(next);
  }
  throw ir::InternalError("pass simplify: its rules undo each other\n" + ir::print(result));
}

}  // namespace stria::passes
