#include "compiler/passes/absorb_batch_norm.h"

#include <algorithm>
#include <set>

#include "compiler/ir/subscripts.h"
#include "compiler/passes/dead_code.h"
#include "compiler/passes/fixed_values.h"
#include "compiler/passes/writer.h"

namespace stria::passes {
namespace {

using ir::Dim;
using ir::Graph;
using ir::Node;
using ir::Op;
using ir::Region;
using ir::Subscripts;
using ir::ValueId;

void count_uses(const Region& region, std::vector<int>& uses) {
  for (const Node& node : region.nodes) {
    for (const ValueId id : node.operands) ++uses[id];
    for (const Region& inner : node.regions) count_uses(inner, uses);
  }
  for (const ValueId id : region.results) ++uses[id];
}

class Absorber final : public Writer {
 public:
  explicit Absorber(const Graph& graph) : Writer(graph), uses_(graph.values.size(), 0) {
    count_uses(graph.body, uses_);
  }

 private:
  std::optional<ValueId> replace(const Node& node, ValueId old) override {
    const std::optional<ValueId> absorbed = absorb(node);
    const ValueId result = absorbed ? *absorbed : append(node);
    if (old != no_value && uses_[old] == 1) own_.insert(result);
    return result;
  }

  // A value that the node being written alone uses.
  bool is_own(ValueId id) const { return own_.count(id) > 0; }
  ValueId own(ValueId id) {
    own_.insert(id);
    return id;
  }

  std::optional<ValueId> absorb(const Node& node) {
    switch (node.op) {
      case Op::add:
        if (const auto sum = plus(node.operands[0], node.operands[1])) return sum;
        return plus(node.operands[1], node.operands[0]);
      case Op::mul:
        if (const auto product = times(node.operands[0], node.operands[1])) return product;
        return times(node.operands[1], node.operands[0]);
      case Op::sub:
        if (!is_affine(node.operands[0]) || !is_fixed(node.operands[1])) return std::nullopt;
        return plus(node.operands[0], add(Op::neg, {node.operands[1]}));
      case Op::div:
        if (!is_affine(node.operands[0]) || !is_fixed(node.operands[1])) return std::nullopt;
        return times(node.operands[0], add(Op::div, {constant(1), node.operands[1]}));
      default:
        return std::nullopt;
    }
  }

  // ---------------------------------------------------------------- affine values: p, or p + c
  struct Product {
    const Node* node;
    size_t weights_side;
  };
  // A product of a value with fixed weights, used by what is being written alone.
  std::optional<Product> product(ValueId id) const {
    const Node* node = definition(id, Op::contract);
    if (node == nullptr || !is_own(id)) return std::nullopt;
    for (const size_t side : {0, 1}) {
      const ValueId weights = node->operands[side];
      if (is_fixed(weights) && !is_fixed(node->operands[1 - side]) && !has_letters(type(weights)))
        return Product{node, side};
    }
    return std::nullopt;
  }

  struct Affine {
    ValueId product, shift;
  };
  std::optional<Affine> shifted(ValueId id) const {
    const Node* node = definition(id, Op::add);
    if (node == nullptr || !is_own(id)) return std::nullopt;
    for (const size_t side : {0, 1}) {
      const ValueId factor = node->operands[side], shift = node->operands[1 - side];
      if (product(factor) && is_fixed(shift)) return Affine{factor, shift};
    }
    return std::nullopt;
  }
  bool is_affine(ValueId id) const { return product(id) || shifted(id); }

  // (p + c) + d -> p + (c + d)
  std::optional<ValueId> plus(ValueId value, ValueId fixed) {
    const auto affine = is_fixed(fixed) ? shifted(value) : std::nullopt;
    if (!affine) return std::nullopt;
    return add(Op::add, {affine->product, add(Op::add, {affine->shift, fixed})});
  }

  // p s -> the product with weights times s; (p + c) s -> p s + c s
  std::optional<ValueId> times(ValueId value, ValueId fixed) {
    if (!is_fixed(fixed)) return std::nullopt;
    if (product(value)) return scaled(value, fixed);
    const auto affine = shifted(value);
    const auto scaled_product = affine ? scaled(affine->product, fixed) : std::nullopt;
    if (!scaled_product) return std::nullopt;
    return add(Op::add, {own(*scaled_product), add(Op::mul, {affine->shift, fixed})});
  }

  std::optional<ValueId> scaled(ValueId value, ValueId scale) {
    const Product found = *product(value);
    const Subscripts subscripts(ir::text_attribute(*found.node, "subscripts"));
    const auto aligned =
        aligned_to_weights(scale, dims(value), subscripts.out, subscripts.sides[found.weights_side]);
    if (!aligned) return std::nullopt;
    std::vector<ValueId> operands = found.node->operands;
    operands[found.weights_side] = add(Op::mul, {operands[found.weights_side], *aligned});
    return add(Op::contract, operands, found.node->attributes);
  }

  // The scale of a result with subscripts `out`, as the weights need it; nothing where it varies along an
  // axis that the weights do not have.
  std::optional<ValueId> aligned_to_weights(ValueId scale, const std::vector<Dim>& result,
                                            const std::string& out, const std::string& weights) {
    const std::vector<Dim> given = dims(scale);
    if (!ir::broadcasts_to(given, result)) return std::nullopt;
    std::string letters;
    std::vector<Dim> sizes;  // of the axes along which it varies
    for (size_t i = 0; i < given.size(); ++i) {
      const char letter = out[out.size() - given.size() + i];
      if (given[i] == ir::dim(1)) continue;
      if (std::count(weights.begin(), weights.end(), letter) != 1) return std::nullopt;
      letters += letter;
      sizes.push_back(given[i]);
    }
    std::vector<int64_t> order;
    std::vector<Dim> spread;
    for (const char letter : weights) {
      const size_t place = letters.find(letter);
      spread.push_back(place == std::string::npos ? ir::dim(1) : sizes[place]);
      if (place != std::string::npos) order.push_back(static_cast<int64_t>(place));
    }
    ValueId aligned = reshaped(scale, sizes);
    if (!std::is_sorted(order.begin(), order.end()))
      aligned = add(Op::transpose, {aligned}, {{"order", order}});
    return letters.empty() ? aligned : reshaped(aligned, spread);
  }

  ValueId reshaped(ValueId id, const std::vector<Dim>& sizes) {
    return dims(id) == sizes ? id : add(Op::reshape, {id}, {{"sizes", sizes}});
  }

  std::vector<int> uses_;  // by value of the source
  std::set<ValueId> own_;
};

}  // namespace

Graph absorb_batch_norm(const Graph& graph) { return dead_code(Absorber(graph).run()); }

}  // namespace stria::passes
