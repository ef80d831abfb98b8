// Adds nodes at the end of a graph that stays as it is (a pass that writes a graph anew is a Writer,
// writer.h).
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "compiler/ir/graph.h"

namespace stria::passes {

// Writes to a list of nodes and, while a region is open, to that region: there goes each node one of whose
// operands is defined in it; what is fixed goes to the list before it.
class NodeWriter {
 public:
  NodeWriter(ir::Graph& graph, std::vector<ir::Node>& nodes) : graph_(graph), nodes_(nodes) {}

  ir::ValueId add(ir::Op op, std::vector<ir::ValueId> operands, ir::Attributes attributes = {},
                  Range source = {});
  // A node that is made already (a scan); its results are in `graph` as they are.
  void put(ir::Node node) { nodes_.push_back(std::move(node)); }
  ir::ValueId new_value(ir::Type type);
  const ir::Type& type(ir::ValueId id) const { return graph_.values[id]; }
  const std::vector<ir::Dim>& dims(ir::ValueId id) const { return graph_.values[id].dims; }

  void open_region() { in_region_ = true; }
  ir::ValueId region_argument(ir::Type type);
  ir::Region close_region(std::vector<ir::ValueId> results);
  // Defined in the open region.
  bool is_inside(ir::ValueId id) const { return in_region_ && id < inside_.size() && inside_[id]; }

  // Written once for each number.
  ir::ValueId constant(double value);
  ir::ValueId zeros(const std::vector<ir::Dim>& sizes);
  ir::ValueId broadcast(ir::ValueId value, const std::vector<ir::Dim>& sizes);
  ir::ValueId reshape(ir::ValueId value, const std::vector<ir::Dim>& sizes);
  ir::ValueId slice(ir::ValueId value, size_t axis, int64_t start, int64_t size, int64_t step = 1);
  ir::ValueId pad(ir::ValueId value, size_t axis, int64_t before, int64_t after);
  // The reverse of repeating a value of these dims to the dims of `value`: sums over what was repeated.
  ir::ValueId sum_to(ir::ValueId value, const std::vector<ir::Dim>& dims);

  // These take their operands in braces, as in `w.plus({w.neg(a), w.neg(b)})`: unlike the arguments of a
  // function, what stands in braces is evaluated in order, so every compiler writes the same graph.
  struct Two {
    ir::ValueId a, b;
  };
  struct Choice {
    ir::ValueId condition, a, b;
  };
  ir::ValueId neg(ir::ValueId a) { return add(ir::Op::neg, {a}); }
  ir::ValueId plus(Two of) { return add(ir::Op::add, {of.a, of.b}); }
  ir::ValueId minus(Two of) { return add(ir::Op::sub, {of.a, of.b}); }
  ir::ValueId times(Two of) { return add(ir::Op::mul, {of.a, of.b}); }
  ir::ValueId over(Two of) { return add(ir::Op::div, {of.a, of.b}); }
  ir::ValueId select(Choice of) { return add(ir::Op::select, {of.condition, of.a, of.b}); }

 private:
  void mark_inside(ir::ValueId id);

  ir::Graph& graph_;
  std::vector<ir::Node>& nodes_;
  ir::Region region_;
  bool in_region_ = false;
  std::vector<bool> inside_;  // by value
  std::map<double, ir::ValueId> constants_;
};

// The axes over which repeating `from` to `to` has to be summed back.
std::vector<int64_t> repeated_axes(const std::vector<ir::Dim>& from, const std::vector<ir::Dim>& to);

}  // namespace stria::passes
