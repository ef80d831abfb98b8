// Rules for products and sums over axes.
#include <algorithm>
#include <string>

#include "compiler/ir/subscripts.h"
#include "compiler/passes/simplify_rules.h"

namespace stria::passes {
namespace {

using ir::Dim;
using ir::holds;
using ir::Node;
using ir::Op;
using ir::Subscripts;
using ir::Type;
using ir::ValueId;
using Replaced = std::optional<ValueId>;

// A product of a transposed operand takes the operand as it was, under other subscripts.
Replaced product_of_transposed(Writer& writer, const Node& node) {
  for (const size_t side : {0, 1}) {
    const Node* transposed = writer.definition(node.operands[side], Op::transpose);
    if (transposed == nullptr) continue;
    Subscripts subscripts(ir::text_attribute(node, "subscripts"));
    const auto& order = ir::ints_attribute(*transposed, "order");
    const std::string given = subscripts.sides[side];
    for (size_t i = 0; i < order.size(); ++i)
      subscripts.sides[side][static_cast<size_t>(order[i])] = given[i];
    std::vector<ValueId> operands = node.operands;
    operands[side] = transposed->operands[0];
    return writer.add(Op::contract, operands, {{"subscripts", subscripts.text()}});
  }
  return std::nullopt;
}

// A sum over an axis with zeros around it leaves the zeros out, and of the other operand what met them.
Replaced product_of_padded(Writer& writer, const Node& node) {
  const Subscripts subscripts(ir::text_attribute(node, "subscripts"));
  for (const size_t side : {0, 1}) {
    const Node* padded = writer.definition(node.operands[side], Op::pad);
    if (padded == nullptr) continue;
    const auto axis = static_cast<size_t>(ir::int_attribute(*padded, "axis"));
    const char letter = subscripts.sides[side][axis];
    const std::string& other = subscripts.sides[1 - side];
    if (holds(subscripts.out, letter) ||
        std::count(subscripts.sides[side].begin(), subscripts.sides[side].end(), letter) > 1 ||
        std::count(other.begin(), other.end(), letter) > 1) {
      continue;
    }
    std::vector<ValueId> operands = node.operands;
    operands[side] = padded->operands[0];
    if (holds(other, letter)) {
      operands[1 - side] = writer.add(Op::slice, {operands[1 - side]},
                                      {{"axis", static_cast<int64_t>(other.find(letter))},
                                       {"start", ir::int_attribute(*padded, "before")},
                                       {"size", writer.dims(padded->operands[0])[axis].size},
                                       {"step", int64_t{1}}});
    }
    return writer.add(Op::contract, operands, node.attributes);
  }
  return std::nullopt;
}

// A reduction over no axis is the value itself; over axes of size 1, the value without them.
Replaced reduction_of_nothing(Writer& writer, const Node& node) {
  if (node.operands.size() > 1) return std::nullopt;
  const std::vector<Dim>& dims = writer.dims(node.operands[0]);
  const auto& axes = ir::ints_attribute(node, "axes");
  if (!std::all_of(axes.begin(), axes.end(),
                   [&](int64_t axis) { return dims[static_cast<size_t>(axis)] == ir::dim(1); }))
    return std::nullopt;
  if (axes.empty()) return node.operands[0];
  return writer.add(Op::reshape, {node.operands[0]}, {{"sizes", result_type(writer, node).dims}});
}

// The sum over n entries that are one value repeated is n times the value. Axes B and T, whose n is open,
// stay.
Replaced sum_of_repeated(Writer& writer, const Node& node) {
  if (node.operands.size() > 1) return std::nullopt;
  const Node* repeat = writer.definition(node.operands[0], Op::broadcast);
  if (repeat == nullptr) return std::nullopt;
  const ValueId x = repeat->operands[0];
  const std::vector<Dim> before = writer.dims(x), after = writer.dims(node.operands[0]);
  const size_t missing = after.size() - before.size();
  const auto& reduced = ir::ints_attribute(node, "axes");
  double factor = 1;
  std::vector<int64_t> axes;
  for (const int64_t reduced_axis : reduced) {
    const auto axis = static_cast<size_t>(reduced_axis);
    const bool is_repeated = axis < missing || before[axis - missing] != after[axis];
    if (is_repeated && !after[axis].is_number()) return std::nullopt;
    if (is_repeated) factor *= static_cast<double>(after[axis].size);
    if (axis >= missing) axes.push_back(static_cast<int64_t>(axis - missing));
  }
  if (factor == 1) return std::nullopt;
  const Type wanted = result_type(writer, node);
  const ValueId sum = writer.add(Op::reduce_sum, {x}, {{"axes", axes}});
  return repeated_to(writer, writer.add(Op::mul, {sum, writer.constant(factor)}), wanted);
}

// The sum or mean of -x is minus that of x: one sign for all entries.
Replaced sum_of_neg(Writer& writer, const Node& node) {
  const Node* negated = writer.definition(node.operands[0], Op::neg);
  if (negated == nullptr) return std::nullopt;
  std::vector<ValueId> operands = node.operands;
  operands[0] = negated->operands[0];
  return writer.add(Op::neg, {writer.add(node.op, operands, node.attributes)});
}

// A product overlapped and added over the bins, the derivative of a convolution along them, is a convolution,
// too:
//
//   %2 = contract %0, %1 {"btn,nfk->btfk"}       %1: weights        %2 = history %0 {size=9, reverse=1}
//   %3 = overlap_add %2 {size=9}                               ->   %3 = contract %2, %1 {"btnk,nfk->btf"}
//
// One product a bin of more terms, instead of one for each bin that the weights reach and their sum.
Replaced overlapped_product(Writer& writer, const Node& node) {
  const Node* transposed = writer.definition(node.operands[0], Op::transpose);
  const Node* product =
      writer.definition(transposed != nullptr ? transposed->operands[0] : node.operands[0], Op::contract);
  if (product == nullptr) return std::nullopt;
  Subscripts subscripts(ir::text_attribute(*product, "subscripts"));
  if (transposed != nullptr) {
    const std::string given = subscripts.out;
    const auto& order = ir::ints_attribute(*transposed, "order");
    for (size_t i = 0; i < order.size(); ++i) subscripts.out[i] = given[static_cast<size_t>(order[i])];
  }
  const char moved = subscripts.out.back();
  for (const size_t side : {0, 1}) {
    std::vector<ValueId> operands = product->operands;
    const bool fits = writer.is_fixed(operands[1 - side]) &&
                      subscripts.sides[side].substr(0, 2) == subscripts.out.substr(0, 2) &&
                      !holds(subscripts.sides[side], moved) && !ir::repeats(subscripts.sides[1 - side]);
    if (!fits) continue;
    const int64_t back = 1 - ir::int_attribute(node, "reverse");
    operands[side] = writer.add(Op::history, {operands[side]},
                                {{"size", ir::int_attribute(node, "size")}, {"reverse", back}});
    subscripts.sides[side] += moved;
    subscripts.out.pop_back();
    return writer.add(Op::contract, operands, {{"subscripts", subscripts.text()}});
  }
  return std::nullopt;
}

// e^(x - log of the sum of e^x), the softmax, with one exponential for each entry and no logarithm:
//
//   m = greatest x, without a derivative        (it cancels)
//   e = e^(x - m)
//   e * (1 / the sum of e)
Replaced softmax(Writer& writer, const Node& node) {
  const Node* less = writer.definition(node.operands[0], Op::sub);
  if (less == nullptr) return std::nullopt;
  const ValueId x = less->operands[0];
  const Node* repeat = writer.definition(less->operands[1], Op::broadcast);
  const ValueId aligned = repeat != nullptr ? repeat->operands[0] : less->operands[1];
  const Node* reshaped = writer.definition(aligned, Op::reshape);
  const Node* log_sum =
      writer.definition(reshaped != nullptr ? reshaped->operands[0] : aligned, Op::logsumexp);
  if (log_sum == nullptr || log_sum->operands[0] != x) return std::nullopt;
  const ir::Attributes axes = log_sum->attributes;
  const std::vector<Dim> sizes = writer.dims(aligned);
  for (const int64_t axis : ir::ints_attribute(*log_sum, "axes")) {
    if (!writer.dims(x)[static_cast<size_t>(axis)].is_number()) return std::nullopt;
  }
  const auto put = [&](ValueId reduced) {
    return writer.dims(reduced) == sizes ? reduced : writer.add(Op::reshape, {reduced}, {{"sizes", sizes}});
  };
  const ValueId greatest = writer.add(Op::stop_gradient, {writer.add(Op::reduce_max, {x}, axes)});
  const ValueId power = writer.add(Op::exp, {writer.add(Op::sub, {x, put(greatest)})});
  const ValueId sum = writer.add(Op::reduce_sum, {power}, axes);
  return writer.add(Op::mul, {power, put(writer.add(Op::div, {writer.constant(1), sum}))});
}

}  // namespace

const std::vector<Rule>& product_rules() {
  static const std::vector<Rule> rules = {
      {"a product of a transposed value", {Op::contract}, product_of_transposed},
      {"a sum over padding", {Op::contract}, product_of_padded},
      {"a reduction over nothing",
       {Op::reduce_sum, Op::reduce_mean, Op::reduce_prod, Op::reduce_max, Op::reduce_min, Op::logsumexp},
       reduction_of_nothing},
      {"a sum of -x", {Op::reduce_sum, Op::reduce_mean}, sum_of_neg},
      {"a sum over a repeated value", {Op::reduce_sum}, sum_of_repeated},
      {"an overlapped product", {Op::overlap_add}, overlapped_product},
      {"a softmax", {Op::exp}, softmax},
  };
  return rules;
}

}  // namespace stria::passes
