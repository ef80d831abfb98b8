// Rules for ops that move entries.
#include <algorithm>

#include "compiler/passes/add_of_pads.h"
#include "compiler/passes/simplify_rules.h"

namespace stria::passes {
namespace {

using ir::Dim;
using ir::Node;
using ir::Op;
using ir::ValueId;
using Replaced = std::optional<ValueId>;

int64_t axis_of(const Node& node) { return ir::int_attribute(node, "axis"); }

int64_t size_along(const Writer& writer, ValueId id, int64_t axis) {
  return writer.dims(id)[static_cast<size_t>(axis)].size;
}

// A slice, in words.
struct Cut {
  int64_t axis, start, size, step;
  explicit Cut(const Node& node)
      : axis(axis_of(node)),
        start(ir::int_attribute(node, "start")),
        size(ir::int_attribute(node, "size")),
        step(ir::int_attribute(node, "step")) {}
  int64_t last() const { return start + (size - 1) * step; }
  ValueId of(Writer& writer, ValueId id) const {
    return writer.add(Op::slice, {id}, {{"axis", axis}, {"start", start}, {"size", size}, {"step", step}});
  }
};

ValueId pad(Writer& writer, ValueId id, int64_t axis, int64_t before, int64_t after) {
  return writer.add(Op::pad, {id}, {{"axis", axis}, {"before", before}, {"after", after}});
}

// What leaves type and entries as they are. A slice or flip of no more than one entry too.
Replaced identity(Writer& writer, const Node& node) {
  const ValueId x = node.operands[0];
  if (result_type(writer, node) != writer.type(x)) return std::nullopt;
  if (node.op == Op::transpose &&
      !std::is_sorted(ir::ints_attribute(node, "order").begin(), ir::ints_attribute(node, "order").end())) {
    return std::nullopt;
  }
  if (node.op == Op::flip && size_along(writer, x, axis_of(node)) > 1) return std::nullopt;
  return x;
}

// reshape(reshape(x)), broadcast(broadcast(x)): the last one alone
Replaced last_alone(Writer& writer, const Node& node) {
  const Node* inner = writer.definition(node.operands[0], node.op);
  if (inner == nullptr) return std::nullopt;
  return writer.add(node.op, {inner->operands[0]}, node.attributes);
}

// transpose(transpose(x)): axis i of the result is axis inner[outer[i]] of x
Replaced transpose_of_transpose(Writer& writer, const Node& node) {
  const Node* inner = writer.definition(node.operands[0], Op::transpose);
  if (inner == nullptr) return std::nullopt;
  std::vector<int64_t> order;
  for (const int64_t axis : ir::ints_attribute(node, "order"))
    order.push_back(ir::ints_attribute(*inner, "order")[static_cast<size_t>(axis)]);
  return writer.add(Op::transpose, {inner->operands[0]}, {{"order", order}});
}

Replaced flip_of_flip(Writer& writer, const Node& node) {
  const Node* inner = definition_along(writer, node.operands[0], Op::flip, axis_of(node));
  return inner != nullptr ? Replaced(inner->operands[0]) : std::nullopt;
}

Replaced pad_of_pad(Writer& writer, const Node& node) {
  const Node* inner = definition_along(writer, node.operands[0], Op::pad, axis_of(node));
  if (inner == nullptr) return std::nullopt;
  return pad(writer, inner->operands[0], axis_of(node),
             ir::int_attribute(node, "before") + ir::int_attribute(*inner, "before"),
             ir::int_attribute(node, "after") + ir::int_attribute(*inner, "after"));
}

Replaced slice_of_slice(Writer& writer, const Node& node) {
  Cut cut(node);
  const Node* inner = definition_along(writer, node.operands[0], Op::slice, cut.axis);
  if (inner == nullptr) return std::nullopt;
  const Cut first(*inner);
  cut.start = first.start + cut.start * first.step;
  cut.step *= first.step;
  return cut.of(writer, inner->operands[0]);
}

// A slice that lies within one part of a concat is a slice of the part.
Replaced slice_of_concat(Writer& writer, const Node& node) {
  Cut cut(node);
  const Node* joined = definition_along(writer, node.operands[0], Op::concat, cut.axis);
  if (joined == nullptr || cut.size == 0) return std::nullopt;
  for (const ValueId part : joined->operands) {
    const int64_t size = size_along(writer, part, cut.axis);
    if (cut.start < size) return cut.last() < size ? Replaced(cut.of(writer, part)) : std::nullopt;
    cut.start -= size;
  }
  return std::nullopt;
}

// A slice of a padded value: of the value; zeros; or, of neighbouring entries, a smaller padding.
Replaced slice_of_pad(Writer& writer, const Node& node) {
  Cut cut(node);
  const Node* padded = definition_along(writer, node.operands[0], Op::pad, cut.axis);
  if (padded == nullptr || cut.size == 0) return std::nullopt;
  const ValueId x = padded->operands[0];
  const int64_t begin = ir::int_attribute(*padded, "before"), end = begin + size_along(writer, x, cut.axis);
  if (cut.last() < begin || cut.start >= end) {
    if (writer.type(x).element != ir::Element::real) return std::nullopt;
    return repeated_to(writer, writer.constant(0), result_type(writer, node));
  }
  const int64_t after = std::max<int64_t>(cut.last() + 1 - end, 0);
  const int64_t before = std::max<int64_t>(begin - cut.start, 0);
  if (cut.step != 1 && before + after > 0) return std::nullopt;
  cut.start += before - begin;
  cut.size -= before + after;
  return pad(writer, cut.of(writer, x), cut.axis, before, after);
}

// A slice along an axis that only repeats repeats less.
Replaced slice_of_broadcast(Writer& writer, const Node& node) {
  const Node* repeat = writer.definition(node.operands[0], Op::broadcast);
  if (repeat == nullptr) return std::nullopt;
  const ir::Type wanted = result_type(writer, node);
  if (!ir::broadcasts_to(writer.dims(repeat->operands[0]), wanted.dims)) return std::nullopt;
  const auto axis = static_cast<size_t>(axis_of(node));
  const size_t rank = writer.dims(repeat->operands[0]).size(), missing = wanted.dims.size() - rank;
  if (axis >= missing && writer.dims(repeat->operands[0])[axis - missing] != ir::dim(1)) return std::nullopt;
  return repeated_to(writer, repeat->operands[0], wanted);
}

// The operands of a concat with those of inner ones along the axis in their places, and without empty ones.
std::vector<ValueId> flat_parts(const Writer& writer, const Node& node) {
  std::vector<ValueId> parts;
  for (const ValueId part : node.operands) {
    const Node* inner = definition_along(writer, part, Op::concat, axis_of(node));
    if (inner != nullptr) {
      parts.insert(parts.end(), inner->operands.begin(), inner->operands.end());
    } else if (size_along(writer, part, axis_of(node)) > 0) {
      parts.push_back(part);
    }
  }
  return parts;
}

Replaced flat_concat(Writer& writer, const Node& node) {
  if (node.operands.size() == 1) return node.operands[0];
  const std::vector<ValueId> parts = flat_parts(writer, node);
  const auto most = static_cast<size_t>(ir::info(Op::concat).max_operands);
  if (parts == node.operands || parts.empty() || parts.size() > most) return std::nullopt;
  return writer.add(Op::concat, parts, node.attributes);
}

// concat(x[a .. b], x[b .. c]) -> x[a .. c]
Replaced concat_of_slices(Writer& writer, const Node& node) {
  const int64_t axis = axis_of(node);
  for (size_t i = 0; i + 1 < node.operands.size(); ++i) {
    const Node* left = definition_along(writer, node.operands[i], Op::slice, axis);
    const Node* right = definition_along(writer, node.operands[i + 1], Op::slice, axis);
    if (left == nullptr || right == nullptr || left->operands != right->operands) continue;
    Cut cut(*left);
    const Cut next(*right);
    if (cut.step != 1 || next.step != 1 || cut.start + cut.size != next.start) continue;
    cut.size += next.size;
    std::vector<ValueId> parts = node.operands;
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
    parts[i] = cut.of(writer, left->operands[0]);
    return writer.add(Op::concat, parts, node.attributes);
  }
  return std::nullopt;
}

Replaced no_delay(Writer&, const Node& node) {
  return ir::int_attribute(node, "steps") == 0 ? Replaced(node.operands[0]) : std::nullopt;
}

// Delays in one direction add; ahead and back again loses bins, so it stays.
Replaced delay_of_delay(Writer& writer, const Node& node) {
  const Node* inner = writer.definition(node.operands[0], Op::delay);
  if (inner == nullptr) return std::nullopt;
  const int64_t first = ir::int_attribute(*inner, "steps"), second = ir::int_attribute(node, "steps");
  if ((first > 0) != (second > 0)) return std::nullopt;
  return writer.add(Op::delay, {inner->operands[0]}, {{"steps", first + second}});
}

}  // namespace

const std::vector<Rule>& shape_rules() {
  static const std::vector<Rule> rules = {
      {"nothing moved", {Op::broadcast, Op::reshape, Op::transpose, Op::slice, Op::pad, Op::flip}, identity},
      {"the last of two", {Op::reshape, Op::broadcast}, last_alone},
      {"transpose of transpose", {Op::transpose}, transpose_of_transpose},
      {"flip of flip", {Op::flip}, flip_of_flip},
      {"pad of pad", {Op::pad}, pad_of_pad},
      {"slice of slice", {Op::slice}, slice_of_slice},
      {"slice of concat", {Op::slice}, slice_of_concat},
      {"slice of pad", {Op::slice}, slice_of_pad},
      {"slice of a repeated value", {Op::slice}, slice_of_broadcast},
      {"concat of concat", {Op::concat}, flat_concat},
      {"concat of neighbouring slices", {Op::concat}, concat_of_slices},
      {"delay by 0", {Op::delay}, no_delay},
      {"delay of delay", {Op::delay}, delay_of_delay},
      {"a sum of pads beside each other", {Op::add}, add_of_pads},
  };
  return rules;
}

}  // namespace stria::passes
