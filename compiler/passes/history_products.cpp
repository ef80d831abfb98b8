#include "compiler/passes/history_products.h"

#include <optional>

#include "compiler/ir/subscripts.h"
#include "compiler/passes/dead_code.h"
#include "compiler/passes/fixed_values.h"
#include "compiler/passes/writer.h"

namespace stria::passes {
namespace {

using ir::Node;
using ir::Op;
using ir::Subscripts;
using ir::ValueId;

constexpr size_t first_frame_axis = 2;  // after B and T

// history(frames) with its axis of bins at `axis`, and what is added to it.
struct Past {
  ValueId frames;
  int64_t size;
  size_t axis;
  std::vector<ValueId> added;  // fixed
};

class HistoryProducts final : public Writer {
 public:
  using Writer::Writer;

 private:
  std::optional<ValueId> replace(const Node& node, ValueId) override {
    if (node.op != Op::contract) return std::nullopt;
    for (const size_t side : {0, 1}) {
      if (!is_plain(node.operands[1 - side])) continue;
      const auto past = past_of(node.operands[side]);
      const Subscripts subscripts(ir::text_attribute(node, "subscripts"));
      if (past && is_alike(*past, subscripts, side)) return product(node, *past, subscripts, side);
    }
    return std::nullopt;
  }

  bool is_plain(ValueId id) const { return is_fixed(id) && !has_letters(type(id)); }

  std::optional<Past> past_of(ValueId id) const {
    const Node* node = definition(id);
    if (node == nullptr || is_fixed(id)) return std::nullopt;
    switch (node->op) {
      case Op::history:
        if (ir::int_attribute(*node, "reverse") != 0) return std::nullopt;
        return Past{node->operands[0], ir::int_attribute(*node, "size"), dims(id).size() - 1, {}};
      case Op::transpose:
        return moved(*node);
      case Op::add:
        return shifted(*node, dims(id));
      default:
        return std::nullopt;
    }
  }

  // Where the axis of bins alone changes its place.
  std::optional<Past> moved(const Node& transpose) const {
    auto past = past_of(transpose.operands[0]);
    if (!past || !past->added.empty()) return std::nullopt;
    const auto& order = ir::ints_attribute(transpose, "order");
    const auto from = static_cast<int64_t>(past->axis);
    int64_t last = -1;
    for (size_t i = 0; i < order.size(); ++i) {
      if (order[i] == from) {
        past->axis = i;
      } else if (order[i] < last) {
        return std::nullopt;
      } else {
        last = order[i];
      }
    }
    if (past->axis < first_frame_axis) return std::nullopt;
    return past;
  }

  // A sum with what is fixed, unless it is repeated by that: [B, T, 1] + [E].
  std::optional<Past> shifted(const Node& sum, const std::vector<ir::Dim>& sizes) const {
    for (const size_t side : {0, 1}) {
      const ValueId added = sum.operands[1 - side], inner = sum.operands[side];
      if (!is_plain(added) || dims(inner) != sizes) continue;
      auto past = past_of(inner);
      if (past) past->added.push_back(added);
      return past;
    }
    return std::nullopt;
  }

  // Whether the weights have one value for all bins, and bins stay apart.
  static bool is_alike(const Past& past, const Subscripts& subscripts, size_t side) {
    const std::string &letters = subscripts.sides[side], &weights = subscripts.sides[1 - side];
    const char bin = letters[past.axis];
    return !ir::repeats(letters) && !ir::repeats(weights) && !ir::holds(weights, bin) &&
           ir::holds(subscripts.out, bin) && !ir::holds(weights, letters[0]) &&
           !ir::holds(weights, letters[1]) &&
           subscripts.out.substr(0, first_frame_axis) == letters.substr(0, first_frame_axis);
  }

  ValueId product(const Node& node, const Past& past, const Subscripts& subscripts, size_t side) {
    const size_t axis = subscripts.out.find(subscripts.sides[side][past.axis]);
    Subscripts each_frame = subscripts;
    each_frame.sides[side].erase(past.axis, 1);
    each_frame.out.erase(axis, 1);
    const ValueId frames = contract(node, past.frames, each_frame, side);
    ValueId result = with_bins_at(axis, add(Op::history, {frames}, {{"size", past.size}}));
    Subscripts no_clips = subscripts;
    no_clips.sides[side].erase(0, first_frame_axis);
    no_clips.out.erase(0, first_frame_axis);
    const std::vector<ir::Dim> all = dims(node.operands[side]);
    const std::vector<ir::Dim> frame(all.begin() + first_frame_axis, all.end());
    for (const ValueId added : past.added) {
      const ValueId whole = dims(added) == frame ? added : add(Op::broadcast, {added}, {{"sizes", frame}});
      result = add(Op::add, {result, contract(node, whole, no_clips, side)});
    }
    return result;
  }

  ValueId contract(const Node& node, ValueId value, const Subscripts& subscripts, size_t side) {
    std::vector<ValueId> operands = node.operands;
    operands[side] = value;
    return add(Op::contract, operands, {{"subscripts", subscripts.text()}});
  }

  ValueId with_bins_at(size_t axis, ValueId past) {
    const auto rank = static_cast<int64_t>(dims(past).size());
    if (static_cast<int64_t>(axis) == rank - 1) return past;
    std::vector<int64_t> order;
    for (int64_t i = 0; i < rank - 1; ++i) order.push_back(i);
    order.insert(order.begin() + static_cast<int64_t>(axis), rank - 1);
    return add(Op::transpose, {past}, {{"order", order}});
  }
};

}  // namespace

ir::Graph history_products(const ir::Graph& graph) { return dead_code(HistoryProducts(graph).run()); }

}  // namespace stria::passes
