#include "compiler/ir/axes.h"
#include "compiler/ir/axis_places.h"

namespace stria::ir {
namespace {

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

}  // namespace stria::ir
