#include "compiler/passes/add_of_pads.h"

#include <algorithm>
#include <vector>

#include "compiler/passes/simplify_rules.h"

namespace stria::passes {
namespace {

using ir::Node;
using ir::Op;
using ir::ValueId;

// Entries begin .. begin + size of an axis; all others are zero.
struct Segment {
  ValueId value;
  int64_t begin, size;
  int64_t end() const { return begin + size; }
};
using Segments = std::vector<Segment>;

int64_t size_along(const Writer& writer, ValueId id, int64_t axis) {
  return writer.dims(id)[static_cast<size_t>(axis)].size;
}

// What a value made by pads and concats along the axis consists of.
void collect(const Writer& writer, ValueId id, int64_t axis, int64_t begin, Segments& segments) {
  if (const Node* padded = definition_along(writer, id, Op::pad, axis)) {
    collect(writer, padded->operands[0], axis, begin + ir::int_attribute(*padded, "before"), segments);
  } else if (const Node* joined = definition_along(writer, id, Op::concat, axis)) {
    for (const ValueId part : joined->operands) {
      collect(writer, part, axis, begin, segments);
      begin += size_along(writer, part, axis);
    }
  } else {
    segments.push_back({id, begin, size_along(writer, id, axis)});
  }
}

bool are_apart(const Segments& sorted) {
  for (size_t i = 0; i + 1 < sorted.size(); ++i) {
    if (sorted[i].end() > sorted[i + 1].begin) return false;
  }
  return true;
}

ValueId padded(Writer& writer, ValueId id, int64_t axis, int64_t before, int64_t after) {
  return writer.add(Op::pad, {id}, {{"axis", axis}, {"before", before}, {"after", after}});
}

// The axis along which a value has zeros beside its entries, as far as its own node tells.
std::optional<int64_t> padded_axis(const Writer& writer, ValueId id) {
  const Node* node = writer.definition(id);
  if (node == nullptr || (node->op != Op::pad && node->op != Op::concat)) return std::nullopt;
  return ir::int_attribute(*node, "axis");
}

// a + b as one value, where their entries do not meet.
std::optional<ValueId> side_by_side(Writer& writer, ValueId a, ValueId b) {
  const auto axis = padded_axis(writer, a);
  if (!axis || axis != padded_axis(writer, b) || writer.type(a) != writer.type(b)) return std::nullopt;
  Segments segments;
  collect(writer, a, *axis, 0, segments);
  collect(writer, b, *axis, 0, segments);
  std::stable_sort(segments.begin(), segments.end(),
                   [](const Segment& x, const Segment& y) { return x.begin < y.begin; });
  if (!are_apart(segments) || segments.size() > static_cast<size_t>(ir::info(Op::concat).max_operands)) {
    return std::nullopt;
  }
  const int64_t size = size_along(writer, a, *axis);
  std::vector<ValueId> parts;
  for (size_t i = 0; i < segments.size(); ++i) {
    const int64_t gap = i + 1 < segments.size() ? segments[i + 1].begin - segments[i].end() : 0;
    parts.push_back(padded(writer, segments[i].value, *axis, 0, gap));
  }
  const ValueId joined = writer.add(Op::concat, parts, {{"axis", *axis}});
  return padded(writer, joined, *axis, segments.front().begin, size - segments.back().end());
}

// The sum `sum` + `term` with the term put beside one of the sum's.
std::optional<ValueId> put_into(Writer& writer, ValueId sum, ValueId term) {
  if (const auto joined = side_by_side(writer, sum, term)) return joined;
  const Node* add = writer.definition(sum, Op::add);
  if (add == nullptr) return std::nullopt;
  for (const size_t side : {0, 1}) {
    if (const auto joined = put_into(writer, add->operands[side], term))
      return writer.add(Op::add,
                        {side == 0 ? *joined : add->operands[0], side == 0 ? add->operands[1] : *joined});
  }
  return std::nullopt;
}

}  // namespace

std::optional<ValueId> add_of_pads(Writer& writer, const Node& add) {
  for (const size_t side : {0, 1}) {
    const ValueId sum = add.operands[side], term = add.operands[1 - side];
    if (!padded_axis(writer, term)) continue;
    if (const auto joined = put_into(writer, sum, term)) return joined;
  }
  return std::nullopt;
}

}  // namespace stria::passes
