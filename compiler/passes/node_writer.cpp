#include "compiler/passes/node_writer.h"

#include <algorithm>

namespace stria::passes {

using ir::Dim;
using ir::Op;
using ir::ValueId;

ValueId NodeWriter::new_value(ir::Type type) {
  graph_.values.push_back(std::move(type));
  return static_cast<ValueId>(graph_.values.size() - 1);
}

void NodeWriter::mark_inside(ValueId id) {
  if (inside_.size() <= id) inside_.resize(id + 1, false);
  inside_[id] = true;
}

ValueId NodeWriter::add(Op op, std::vector<ValueId> operands, ir::Attributes attributes, Range source) {
  ir::Node node;
  node.op = op;
  node.attributes = ir::normalise_attributes(op, attributes);
  node.source = source;
  std::vector<ir::Type> types;
  for (const ValueId id : operands) types.push_back(graph_.type(id));
  const bool inside =
      std::any_of(operands.begin(), operands.end(), [&](ValueId id) { return is_inside(id); });
  node.operands = std::move(operands);
  const ValueId result = new_value(ir::infer_type(op, types, node.attributes));
  node.results = {result};
  if (inside) mark_inside(result);
  (inside ? region_.nodes : nodes_).push_back(std::move(node));
  return result;
}

ValueId NodeWriter::region_argument(ir::Type type) {
  const ValueId id = new_value(std::move(type));
  region_.arguments.push_back(id);
  mark_inside(id);
  return id;
}

ir::Region NodeWriter::close_region(std::vector<ValueId> results) {
  in_region_ = false;
  inside_.clear();
  region_.results = std::move(results);
  return std::exchange(region_, {});
}

ValueId NodeWriter::constant(double value) {
  const auto found = constants_.find(value);
  if (found != constants_.end()) return found->second;
  return constants_.emplace(value, add(Op::constant, {}, {{"value", value}})).first->second;
}

ValueId NodeWriter::zeros(const std::vector<Dim>& sizes) { return broadcast(constant(0), sizes); }

ValueId NodeWriter::broadcast(ValueId value, const std::vector<Dim>& sizes) {
  return dims(value) == sizes ? value : add(Op::broadcast, {value}, {{"sizes", sizes}});
}

ValueId NodeWriter::reshape(ValueId value, const std::vector<Dim>& sizes) {
  return dims(value) == sizes ? value : add(Op::reshape, {value}, {{"sizes", sizes}});
}

ValueId NodeWriter::slice(ValueId value, size_t axis, int64_t start, int64_t size, int64_t step) {
  if (start == 0 && step == 1 && size == dims(value)[axis].size) return value;
  return add(Op::slice, {value},
             {{"axis", static_cast<int64_t>(axis)}, {"start", start}, {"size", size}, {"step", step}});
}

ValueId NodeWriter::pad(ValueId value, size_t axis, int64_t before, int64_t after) {
  if (before == 0 && after == 0) return value;
  return add(Op::pad, {value}, {{"axis", static_cast<int64_t>(axis)}, {"before", before}, {"after", after}});
}

ValueId NodeWriter::sum_to(ValueId value, const std::vector<Dim>& wanted) {
  if (dims(value) == wanted) return value;
  const std::vector<int64_t> axes = repeated_axes(wanted, dims(value));
  const ValueId summed = axes.empty() ? value : add(Op::reduce_sum, {value}, {{"axes", axes}});
  return reshape(summed, wanted);
}

std::vector<int64_t> repeated_axes(const std::vector<Dim>& from, const std::vector<Dim>& to) {
  const size_t missing = to.size() - from.size();
  std::vector<int64_t> axes;
  for (size_t i = 0; i < to.size(); ++i) {
    if (i < missing || from[i - missing] != to[i]) axes.push_back(static_cast<int64_t>(i));
  }
  return axes;
}

}  // namespace stria::passes
