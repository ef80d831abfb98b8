#include "compiler/passes/fold.h"

#include <algorithm>
#include <map>
#include <utility>

#include "compiler/passes/dead_code.h"
#include "compiler/passes/literal.h"
#include "compiler/passes/writer.h"

namespace stria::passes {
namespace {

using ir::Attribute;
using ir::Element;
using ir::Node;
using ir::Op;
using ir::Type;
using ir::ValueId;

class Folder final : public Writer {
 public:
  using Writer::Writer;

 private:
  std::optional<ValueId> replace(const Node& node, ValueId) override {
    if (const auto chosen = known_choice(node)) return chosen;
    const std::optional<Literal> literal = literal_of(node);
    if (!literal) return std::nullopt;
    if (is_written_out(node)) return remember(append(node), *literal);
    return write_out(*literal);
  }

  ValueId remember(ValueId id, const Literal& literal) {
    literals_.emplace(id, literal);
    return id;
  }

  std::optional<Literal> literal_of(const Node& node) const {
    std::vector<const Literal*> operands;
    std::vector<Type> types;
    for (const ValueId id : node.operands) {
      const auto found = literals_.find(id);
      if (found == literals_.end()) return std::nullopt;
      operands.push_back(&found->second);
      types.push_back(type(id));
    }
    return evaluate(node, operands, ir::infer_type(node.op, types, node.attributes));
  }

  // Forms that stay: leaves, a repeated constant, and booleans, for which there is no leaf.
  bool is_written_out(const Node& node) const {
    if (node.operands.empty()) return true;
    if (node.op == Op::broadcast) return definition(node.operands[0], Op::constant) != nullptr;
    std::vector<Type> types;
    for (const ValueId id : node.operands) types.push_back(type(id));
    return ir::infer_type(node.op, types, node.attributes).element == Element::boolean;
  }

  ValueId write_out(const Literal& literal) {
    const auto& values = literal.values;
    const bool all_equal = !values.empty() && std::all_of(values.begin(), values.end(),
                                                          [&](double v) { return v == values[0]; });
    if (!all_equal) return add(Op::table, {}, {{"sizes", literal.dims}, {"values", values}});
    const ValueId number = constant(values[0]);
    if (literal.dims.empty()) return number;
    return add(Op::broadcast, {number}, {{"sizes", literal.dims}});
  }

  // select of a condition that is true everywhere, or nowhere.
  std::optional<ValueId> known_choice(const Node& node) {
    if (node.op != Op::select) return std::nullopt;
    const auto found = literals_.find(node.operands[0]);
    if (found == literals_.end() || found->second.values.empty()) return std::nullopt;
    const auto& values = found->second.values;
    if (std::any_of(values.begin(), values.end(), [&](double v) { return v != values[0]; }))
      return std::nullopt;
    const ValueId chosen = node.operands[values[0] != 0 ? 1 : 2];
    const Type result =
        ir::infer_type(node.op, {type(node.operands[0]), type(node.operands[1]), type(node.operands[2])}, {});
    if (type(chosen) == result) return chosen;
    if (type(chosen).element != result.element) return std::nullopt;
    return add(Op::broadcast, {chosen}, {{"sizes", result.dims}});
  }

  std::map<ValueId, Literal> literals_;
};

}  // namespace

ir::Graph fold(const ir::Graph& graph) { return dead_code(Folder(graph).run()); }

}  // namespace stria::passes
