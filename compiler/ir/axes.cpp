#include "compiler/ir/axes.h"

#include <algorithm>

#include "compiler/ir/axis_places.h"
#include "compiler/ir/subscripts.h"

namespace stria::ir {
namespace {

// The axis of the operand before sums over some of its axes.
Axis before_sums(const Node& node, size_t axis) {
  const auto& gone = ints_attribute(node, "axes");
  for (size_t i = 0, kept = 0;; ++i) {
    if (std::find(gone.begin(), gone.end(), static_cast<int64_t>(i)) != gone.end()) continue;
    if (kept++ == axis) return i;
  }
}

Axis in_contract(const Node& node, size_t operand, size_t axis) {
  const Subscripts letters(text_attribute(node, "subscripts"));
  const size_t place = letters.sides[operand].find(letters.out[axis]);
  return place == std::string::npos ? std::nullopt : Axis(place);
}

// What stands before an axis: letters, and the product of the numbers behind the last of them.
struct Before {
  size_t n_letters = 0;
  int64_t entries = 1;
  friend bool operator==(const Before&, const Before&) = default;
};
Before before(const std::vector<Dim>& dims, size_t axis) {
  Before result;
  for (size_t i = 0; i < axis; ++i) {
    result = dims[i].is_number() ? Before{result.n_letters, result.entries * dims[i].size}
                                 : Before{result.n_letters + 1, 1};
  }
  return result;
}
Axis before_reshape(const std::vector<Dim>& from, const std::vector<Dim>& to, size_t axis) {
  for (size_t i = 0; i < from.size(); ++i) {
    if (from[i] == to[axis] && before(from, i) == before(to, axis)) return i;
  }
  return std::nullopt;
}

// Of ops that change one axis of their operands: none along it.
Axis beside(const Node& node, size_t axis) {
  return static_cast<int64_t>(axis) == int_attribute(node, "axis") ? std::nullopt : Axis(axis);
}

Axis candidate(const Graph& graph, const Node& node, size_t operand, size_t axis) {
  const std::vector<Dim>& from = graph.type(node.operands[operand]).dims;
  const std::vector<Dim>& to = graph.type(node.results[0]).dims;
  if (is_pointwise(node.op)) return aligned(axis, to.size(), from.size());
  switch (node.op) {
    case Op::broadcast:
      return aligned(axis, to.size(), from.size());
    case Op::reshape:
      return before_reshape(from, to, axis);
    case Op::transpose:
      return static_cast<size_t>(ints_attribute(node, "order")[axis]);
    case Op::slice:
    case Op::concat:
    case Op::pad:
    case Op::flip:
    case Op::window:
      return beside(node, axis);
    case Op::delay:
    case Op::history:
    case Op::overlap_add:
      return axis;
    case Op::frame:
      return axis == 0 ? axis : axis + 1;
    case Op::contract:
      return in_contract(node, operand, axis);
    case Op::reduce_sum:
    case Op::reduce_mean:
    case Op::reduce_prod:
    case Op::reduce_max:
    case Op::reduce_min:
    case Op::logsumexp:
      return before_sums(node, axis);
    default:
      return std::nullopt;
  }
}

}  // namespace

bool is_pointwise(Op op) {
  const OpInfo& op_info = info(op);
  return op_info.attributes.empty() && op_info.min_operands > 0;
}

std::optional<size_t> operand_axis(const Graph& graph, const Node& node, size_t operand, size_t axis) {
  const Axis found = candidate(graph, node, operand, axis);
  const std::vector<Dim>& dims = graph.type(node.operands[operand]).dims;
  const bool whole = found && *found < dims.size() && dims[*found] == graph.type(node.results[0]).dims[axis];
  return whole ? found : std::nullopt;
}

}  // namespace stria::ir
