#include "compiler/ir/axes.h"
#include "compiler/ir/axis_places.h"
#include "compiler/ir/subscripts.h"

namespace stria::ir {
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
