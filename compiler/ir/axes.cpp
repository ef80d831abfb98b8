#include "compiler/ir/axes.h"

#include <algorithm>

#include "compiler/ir/subscripts.h"

namespace stria::ir {
namespace {

using Axis = std::optional<size_t>;

// Aligned at the ends.
Axis aligned(size_t axis, size_t rank, size_t operand_rank) {
  const size_t from_end = rank - axis;
  return from_end <= operand_rank ? Axis(operand_rank - from_end) : std::nullopt;
}

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

// ---------------------------------------------------------------- backwards
namespace {

// The axis of a scan's frames [B, ...] or fixed values [...] that is `axis` >= 2 of their streams [B, T,
// ...].
size_t axis_of_frame(const Type& frame, size_t axis) { return frame.is_batched() ? axis - 1 : axis - 2; }
size_t axis_of_stream(const Type& frame, size_t axis) { return frame.is_batched() ? axis + 1 : axis + 2; }

class TakenFinder {
 public:
  explicit TakenFinder(const Graph& graph) : graph_(graph), taken_(graph.values.size()) {}

  std::vector<Taken> run(ValueId result, size_t axis) {
    take(result, {Taken::Part::slice, axis});
    walk(graph_.body);
    return std::move(taken_);
  }

 private:
  // True where that is more than was taken before.
  bool take(ValueId id, const Taken& more) {
    Taken& taken = taken_[id];
    const Taken before = taken;
    if (taken.part == Taken::Part::nothing) {
      taken = more;
    } else if (more.part != Taken::Part::nothing && !(taken == more)) {
      taken = {Taken::Part::all, 0};
    }
    return !(taken == before);
  }
  static Taken slice_or_all(Axis axis) {
    return axis ? Taken{Taken::Part::slice, *axis} : Taken{Taken::Part::all, 0};
  }

  void walk(const Region& region) {
    for (auto node = region.nodes.rbegin(); node != region.nodes.rend(); ++node) {
      if (node->op == Op::scan) {
        walk_scan(*node);
      } else {
        walk_node(*node);
      }
    }
  }

  void walk_node(const Node& node) {
    const Taken taken = taken_[node.results[0]];
    if (taken.part == Taken::Part::nothing) return;
    for (size_t i = 0; i < node.operands.size(); ++i) {
      const bool all = taken.part == Taken::Part::all;
      take(node.operands[i], all ? taken : slice_or_all(operand_axis(graph_, node, i, taken.axis)));
    }
  }

  // A state that is taken takes of its new value, which may take more of the states.
  void walk_scan(const Node& scan) {
    const Region& body = scan.regions[0];
    const auto n_inputs = static_cast<size_t>(int_attribute(scan, "n_inputs"));
    const size_t n_states = scan.operands.size() - n_inputs;
    for (size_t i = 0; i < scan.results.size(); ++i) {
      Taken taken = taken_[scan.results[i]];
      const ValueId frame = body.results[n_states + i];
      if (taken.part == Taken::Part::slice) taken.axis = axis_of_frame(graph_.type(frame), taken.axis);
      take(frame, taken);
    }
    for (bool grown = true; grown;) {
      walk(body);
      grown = false;
      for (size_t i = 0; i < n_states; ++i)
        grown = take(body.results[i], taken_[body.arguments[n_inputs + i]]) || grown;
    }
    for (size_t i = 0; i < scan.operands.size(); ++i) take_operand(scan, i, i < n_inputs);
  }

  void take_operand(const Node& scan, size_t i, bool is_input) {
    const ValueId inside = scan.regions[0].arguments[i], outside = scan.operands[i];
    Taken taken = taken_[inside];
    const Type &frame = graph_.type(inside), &given = graph_.type(outside);
    if (taken.part == Taken::Part::slice && is_input) {
      taken.axis = axis_of_stream(frame, taken.axis);
    } else if (taken.part == Taken::Part::slice) {
      const Axis axis = aligned(taken.axis, frame.rank(), given.rank());
      taken = slice_or_all(axis && given.dims[*axis] == frame.dims[taken.axis] ? axis : std::nullopt);
    }
    take(outside, taken);
  }

  const Graph& graph_;
  std::vector<Taken> taken_;
};

}  // namespace

std::vector<Taken> taken_by_slices(const Graph& graph, ValueId result, size_t axis) {
  return TakenFinder(graph).run(result, axis);
}

// ---------------------------------------------------------------- forwards
namespace {

using Of = Made::Of;

class MadeFinder {
 public:
  explicit MadeFinder(const Graph& graph) : graph_(graph), made_(graph.values.size()) {}

  std::vector<Made> run(const std::vector<Made>& arguments) {
    for (size_t i = 0; i < arguments.size(); ++i) made_[graph_.arguments[i].value] = arguments[i];
    walk(graph_.body);
    return std::move(made_);
  }

 private:
  void walk(const Region& region) {
    for (const Node& node : region.nodes) {
      if (node.op == Op::scan) {
        walk_scan(node);
      } else {
        made_[node.results[0]] = made_by(node);
      }
    }
  }

  const Made& operand(const Node& node, size_t i) const { return made_[node.operands[i]]; }

  Made made_by(const Node& node) const {
    bool fixed = true, sum = true;
    for (size_t i = 0; i < node.operands.size(); ++i) {
      fixed = fixed && operand(node, i).of == Of::fixed;
      sum = sum && operand(node, i).of != Of::mixed;
    }
    if (fixed) return {};
    if (const Axis axis = axis_of_all(node)) return {Of::slices, *axis};
    return {sum && (is_linear(node) || is_sum_of_products(node)) ? Of::sum : Of::mixed, 0};
  }

  // The axis of the result that is the axis of every operand that falls into slices.
  Axis axis_of_all(const Node& node) const {
    for (size_t axis = 0; axis < graph_.type(node.results[0]).rank(); ++axis) {
      bool all = true;
      for (size_t i = 0; i < node.operands.size() && all; ++i) {
        const Made& made = operand(node, i);
        all = made.of == Of::fixed ||
              (made.of == Of::slices && operand_axis(graph_, node, i, axis) == Axis(made.axis));
      }
      if (all) return axis;
    }
    return std::nullopt;
  }

  // Whether each entry of the result is a sum of entries of the operands, times what is fixed.
  bool is_linear(const Node& node) const {
    const auto is_fixed = [&](size_t i) { return operand(node, i).of == Of::fixed; };
    switch (node.op) {
      case Op::neg:
      case Op::add:
      case Op::sub:
      case Op::broadcast:
      case Op::reshape:
      case Op::transpose:
      case Op::slice:
      case Op::concat:
      case Op::pad:
      case Op::flip:
      case Op::window:
      case Op::delay:
      case Op::history:
      case Op::overlap_add:
      case Op::frame:
      case Op::stop_gradient:
        return true;
      case Op::reduce_sum:
      case Op::reduce_mean:
        return node.operands.size() == 1 || is_fixed(1);
      case Op::mul:
      case Op::contract:
        return is_fixed(0) || is_fixed(1);
      case Op::div:
        return is_fixed(1);
      case Op::select:
        return is_fixed(0);
      default:
        return false;
    }
  }

  // Whether a product sums over the axis of both operands' slices: each term is of one slice.
  bool is_sum_of_products(const Node& node) const {
    if (node.op != Op::contract) return false;
    const Made &a = operand(node, 0), &b = operand(node, 1);
    const Subscripts letters(text_attribute(node, "subscripts"));
    return a.of == Of::slices && b.of == Of::slices && letters.sides[0][a.axis] == letters.sides[1][b.axis];
  }

  static Made join(const Made& a, const Made& b) {
    if (a.of == Of::fixed || a == b) return b;
    return b.of == Of::fixed ? a : Made{Of::mixed, 0};
  }

  // States until no more is found of them.
  void walk_scan(const Node& scan) {
    const Region& body = scan.regions[0];
    const auto n_inputs = static_cast<size_t>(int_attribute(scan, "n_inputs"));
    const size_t n_states = scan.operands.size() - n_inputs;
    for (size_t i = 0; i < scan.operands.size(); ++i) enter(scan, i, i < n_inputs);
    for (bool grown = true; grown;) {
      walk(body);
      grown = false;
      for (size_t i = 0; i < n_states; ++i) {
        Made& state = made_[body.arguments[n_inputs + i]];
        const Made more = join(state, made_[body.results[i]]);
        grown = grown || !(more == state);
        state = more;
      }
    }
    for (size_t i = 0; i < scan.results.size(); ++i) {
      const ValueId frame = body.results[n_states + i];
      Made made = made_[frame];
      if (made.of == Of::slices) made.axis = axis_of_stream(graph_.type(frame), made.axis);
      made_[scan.results[i]] = made;
    }
  }

  void enter(const Node& scan, size_t i, bool is_input) {
    const ValueId inside = scan.regions[0].arguments[i], outside = scan.operands[i];
    Made made = made_[outside];
    const Type &frame = graph_.type(inside), &given = graph_.type(outside);
    if (made.of == Of::slices)
      made.axis = is_input ? axis_of_frame(frame, made.axis) : made.axis + frame.rank() - given.rank();
    made_[inside] = made;
  }

  const Graph& graph_;
  std::vector<Made> made_;
};

}  // namespace

std::vector<Made> made_of_slices(const Graph& graph, const std::vector<Made>& arguments) {
  return MadeFinder(graph).run(arguments);
}

}  // namespace stria::ir
