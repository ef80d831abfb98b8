// Rules for pointwise ops.
#include <algorithm>
#include <cmath>

#include "compiler/ir/axes.h"
#include "compiler/passes/simplify_rules.h"

namespace stria::passes {
namespace {

using ir::Node;
using ir::Op;
using ir::Type;
using ir::ValueId;
using Replaced = std::optional<ValueId>;

bool is(const Writer& writer, ValueId id, double wanted) { return number(writer, id) == wanted; }

// op(repeated x, y) -> op(x, y) where the op repeats x itself; else repeated(op(x, y)): less is computed, the
// same numbers come out.
Replaced look_through_broadcasts(Writer& writer, const Node& node) {
  Node bare = node;
  for (ValueId& operand : bare.operands) {
    if (const Node* repeat = writer.definition(operand, Op::broadcast)) operand = repeat->operands[0];
  }
  if (bare.operands == node.operands) return std::nullopt;
  const Type wanted = result_type(writer, node);
  return repeated_to(writer, writer.add(bare.op, bare.operands), wanted);
}

// Whether the node is `op x, c` or `op c, x`; gives x.
Replaced partner_of(const Writer& writer, const Node& node, double wanted) {
  if (is(writer, node.operands[1], wanted)) return node.operands[0];
  if (is(writer, node.operands[0], wanted)) return node.operands[1];
  return std::nullopt;
}

// x * 1 -> x
Replaced times_one(Writer& writer, const Node& node) {
  const Replaced x = partner_of(writer, node, 1);
  return x ? repeated_to(writer, *x, result_type(writer, node)) : std::nullopt;
}

// x * -1 -> -x
Replaced times_minus_one(Writer& writer, const Node& node) {
  const Replaced x = partner_of(writer, node, -1);
  if (!x) return std::nullopt;
  const Type wanted = result_type(writer, node);
  return repeated_to(writer, writer.add(Op::neg, {*x}), wanted);
}

// -x * c -> x * -c, c a number
Replaced times_of_neg(Writer& writer, const Node& node) {
  for (const size_t side : {0, 1}) {
    const Node* negated = writer.definition(node.operands[side], Op::neg);
    const auto factor = number(writer, node.operands[1 - side]);
    if (negated == nullptr || !factor) continue;
    const Type wanted = result_type(writer, node);
    return repeated_to(writer, writer.add(Op::mul, {negated->operands[0], writer.constant(-*factor)}),
                       wanted);
  }
  return std::nullopt;
}

// -x * y -> -(x * y), and likewise quotients: signs move outwards, where they meet others or a sum takes them
// up.
Replaced product_of_neg(Writer& writer, const Node& node) {
  for (const size_t side : {0, 1}) {
    const Node* negated = writer.definition(node.operands[side], Op::neg);
    if (negated == nullptr) continue;
    std::vector<ValueId> operands = node.operands;
    operands[side] = negated->operands[0];
    return writer.add(Op::neg, {writer.add(node.op, operands)});
  }
  return std::nullopt;
}

// x + 0 -> x
Replaced plus_zero(Writer& writer, const Node& node) {
  const Replaced x = partner_of(writer, node, 0);
  return x ? repeated_to(writer, *x, result_type(writer, node)) : std::nullopt;
}

// x + -y -> x - y, -x + y -> y - x
Replaced plus_neg(Writer& writer, const Node& node) {
  for (const size_t side : {1, 0}) {
    const Node* negated = writer.definition(node.operands[side], Op::neg);
    if (negated != nullptr) return writer.add(Op::sub, {node.operands[1 - side], negated->operands[0]});
  }
  return std::nullopt;
}

// x - 0 -> x
Replaced minus_zero(Writer& writer, const Node& node) {
  if (!is(writer, node.operands[1], 0)) return std::nullopt;
  return repeated_to(writer, node.operands[0], result_type(writer, node));
}

// 0 - x -> -x
Replaced zero_minus(Writer& writer, const Node& node) {
  if (!is(writer, node.operands[0], 0)) return std::nullopt;
  const Type wanted = result_type(writer, node);
  return repeated_to(writer, writer.add(Op::neg, {node.operands[1]}), wanted);
}

// x - -y -> x + y
Replaced minus_neg(Writer& writer, const Node& node) {
  const Node* negated = writer.definition(node.operands[1], Op::neg);
  if (negated == nullptr) return std::nullopt;
  return writer.add(Op::add, {node.operands[0], negated->operands[0]});
}

// x / 2^n -> x * 2^-n, which is exact in either precision; so is x / 1.
Replaced over_power_of_two(Writer& writer, const Node& node) {
  const auto divisor = number(writer, node.operands[1]);
  if (!divisor || *divisor == 0 || !std::isfinite(*divisor)) return std::nullopt;
  int exponent = 0;
  constexpr int largest = 120;  // well within single precision's range
  if (std::abs(std::frexp(*divisor, &exponent)) != 0.5 || std::abs(exponent) > largest) return std::nullopt;
  const Type wanted = result_type(writer, node);
  return repeated_to(writer, writer.add(Op::mul, {node.operands[0], writer.constant(1 / *divisor)}), wanted);
}

// x^2 -> x * x, x^1 -> x
Replaced small_power(Writer& writer, const Node& node) {
  const auto exponent = number(writer, node.operands[1]);
  if (exponent != 1 && exponent != 2) return std::nullopt;
  const Type wanted = result_type(writer, node);
  const ValueId x = node.operands[0];
  return repeated_to(writer, exponent == 1 ? x : writer.add(Op::mul, {x, x}), wanted);
}

// -(-x) -> x; likewise conj, not
Replaced twice(Writer& writer, const Node& node) {
  const Node* inner = writer.definition(node.operands[0], node.op);
  return inner != nullptr ? Replaced(inner->operands[0]) : std::nullopt;
}

// stop_gradient(stop_gradient(x)) -> stop_gradient(x)
Replaced once(Writer& writer, const Node& node) {
  return writer.definition(node.operands[0], node.op) != nullptr ? Replaced(node.operands[0]) : std::nullopt;
}

// -(a - b) -> b - a
Replaced neg_of_difference(Writer& writer, const Node& node) {
  const Node* inner = writer.definition(node.operands[0], Op::sub);
  if (inner == nullptr) return std::nullopt;
  return writer.add(Op::sub, {inner->operands[1], inner->operands[0]});
}

// -(x * c) -> x * -c, c a number
Replaced neg_of_multiple(Writer& writer, const Node& node) {
  const Node* inner = writer.definition(node.operands[0], Op::mul);
  if (inner == nullptr) return std::nullopt;
  for (const size_t side : {1, 0}) {
    const auto factor = number(writer, inner->operands[side]);
    if (!factor) continue;
    const Type wanted = result_type(writer, node);
    return repeated_to(writer, writer.add(Op::mul, {inner->operands[1 - side], writer.constant(-*factor)}),
                       wanted);
  }
  return std::nullopt;
}

// select(c, x, x) -> x; min(x, x), max(x, x) -> x
Replaced same_choices(Writer& writer, const Node& node) {
  const size_t n = node.operands.size();
  if (node.operands[n - 1] != node.operands[n - 2]) return std::nullopt;
  return repeated_to(writer, node.operands[n - 1], result_type(writer, node));
}

// re(a + i b) -> a, im(a + i b) -> b
Replaced part_of_complex(Writer& writer, const Node& node) {
  const Node* inner = writer.definition(node.operands[0], Op::complex);
  if (inner == nullptr) return std::nullopt;
  return repeated_to(writer, inner->operands[node.op == Op::re ? 0 : 1], result_type(writer, node));
}

// re(x) + i im(x) -> x
Replaced complex_of_parts(Writer& writer, const Node& node) {
  const Node* real = writer.definition(node.operands[0], Op::re);
  const Node* imaginary = writer.definition(node.operands[1], Op::im);
  if (real == nullptr || imaginary == nullptr || real->operands != imaginary->operands) return std::nullopt;
  return real->operands[0];
}

std::vector<Op> all_pointwise() {
  std::vector<Op> ops;
  for (const ir::OpInfo& op : ir::all_ops()) {
    if (ir::is_pointwise(op.op)) ops.push_back(op.op);
  }
  return ops;
}

}  // namespace

const std::vector<Rule>& pointwise_rules() {
  static const std::vector<Rule> rules = {
      {"x * 1", {Op::mul}, times_one},
      {"x * -1", {Op::mul}, times_minus_one},
      {"-x * c", {Op::mul}, times_of_neg},
      {"-x * y, -x / y", {Op::mul, Op::div}, product_of_neg},
      {"x + 0", {Op::add}, plus_zero},
      {"x + -y", {Op::add}, plus_neg},
      {"x - 0", {Op::sub}, minus_zero},
      {"0 - x", {Op::sub}, zero_minus},
      {"x - -y", {Op::sub}, minus_neg},
      {"x / 2^n", {Op::div}, over_power_of_two},
      {"x^2, x^1", {Op::pow}, small_power},
      {"an op that undoes itself", {Op::neg, Op::conj, Op::logical_not}, twice},
      {"an op that once is enough of", {Op::stop_gradient}, once},
      {"-(a - b)", {Op::neg}, neg_of_difference},
      {"-(x * c)", {Op::neg}, neg_of_multiple},
      {"a choice of two that are one", {Op::select, Op::min, Op::max}, same_choices},
      {"a part of a + i b", {Op::re, Op::im}, part_of_complex},
      {"re(x) + i im(x)", {Op::complex}, complex_of_parts},
      {"repeated operands", all_pointwise(), look_through_broadcasts},
  };
  return rules;
}

}  // namespace stria::passes
