#include <algorithm>
#include <utility>

#include "compiler/ir/rules.h"

namespace stria::ir {

Builder::Builder(std::string graph_name) { graph_.name = std::move(graph_name); }

ValueId Builder::new_value(Type type) {
  graph_.values.push_back(std::move(type));
  return static_cast<ValueId>(graph_.values.size() - 1);
}

ValueId Builder::argument(ArgumentKind kind, std::string name, Type type) {
  const ValueId value = new_value(std::move(type));
  graph_.arguments.push_back({kind, std::move(name), value});
  graph_.body.arguments.push_back(value);
  return value;
}

ValueId Builder::add(Op op, std::vector<ValueId> operands, Attributes attributes, Range source) {
  Node node;
  node.op = op;
  node.attributes = normalise_attributes(op, attributes);
  std::vector<Type> types;
  for (const ValueId id : operands) types.push_back(graph_.values.at(id));
  node.operands = std::move(operands);
  node.source = source;
  const ValueId result = new_value(infer_type(op, types, node.attributes));
  node.results.push_back(result);
  // Within a scan, what no batched value enters is fixed (scan.4): it stands before the scan, and is made
  // once.
  const bool fixed =
      std::none_of(types.begin(), types.end(), [](const Type& type) { return type.is_batched(); });
  (fixed ? graph_.body : region()).nodes.push_back(std::move(node));
  return result;
}

ValueId Builder::constant(double value) { return add(Op::constant, {}, {{"value", value}}); }

void Builder::begin_scan(bool reverse) {
  if (in_scan_) throw InternalError("scans do not nest");
  reverse_ = reverse;
  in_scan_ = true;
}

ValueId Builder::scan_input(ValueId stream) {
  Type frame = graph_.values.at(stream);
  if (!in_scan_ || frame.rank() < 2 || frame.dims[0] != batch_dim || frame.dims[1] != time_dim) {
    throw InternalError("a scan's input must be a stream [B, T, ...], not " + to_string(frame));
  }
  frame.dims.erase(frame.dims.begin() + 1);
  scan_operands_inputs_.push_back(stream);
  scan_input_arguments_.push_back(new_value(std::move(frame)));
  return scan_input_arguments_.back();
}

ValueId Builder::scan_state(ValueId start, Type frame_type) {
  const Type& start_type = graph_.values.at(start);
  if (!in_scan_ || frame_type.dims.empty() || frame_type.dims[0] != batch_dim ||
      start_type.element != frame_type.element || !broadcasts_to(start_type.dims, frame_type.dims)) {
    throw InternalError("a state " + to_string(frame_type) + " cannot start from " + to_string(start_type));
  }
  scan_operands_states_.push_back(start);
  scan_state_arguments_.push_back(new_value(std::move(frame_type)));
  return scan_state_arguments_.back();
}

std::vector<ValueId> Builder::end_scan(const std::vector<ValueId>& next,
                                       const std::vector<ValueId>& outputs) {
  if (!in_scan_ || next.size() != scan_state_arguments_.size()) {
    throw InternalError("a scan needs one new value for each state");
  }
  for (size_t i = 0; i < next.size(); ++i) {
    const Type state = graph_.values[scan_state_arguments_[i]];
    const bool fits = graph_.values.at(next[i]).dims == state.dims;
    scan_body_.results.push_back(fits ? next[i] : add(Op::broadcast, {next[i]}, {{"sizes", state.dims}}));
  }
  in_scan_ = false;
  Node node;
  node.op = Op::scan;
  node.attributes = {{"n_inputs", static_cast<int64_t>(scan_operands_inputs_.size())},
                     {"reverse", static_cast<int64_t>(reverse_)}};
  node.operands = std::exchange(scan_operands_inputs_, {});
  node.operands.insert(node.operands.end(), scan_operands_states_.begin(), scan_operands_states_.end());
  scan_body_.arguments = std::exchange(scan_input_arguments_, {});
  scan_body_.arguments.insert(scan_body_.arguments.end(), scan_state_arguments_.begin(),
                              scan_state_arguments_.end());
  scan_operands_states_.clear();
  scan_state_arguments_.clear();
  for (const ValueId output : outputs) {
    scan_body_.results.push_back(output);
    node.results.push_back(new_value(stream_of(graph_.values.at(output))));
  }
  node.regions.push_back(std::exchange(scan_body_, {}));
  graph_.body.nodes.push_back(std::move(node));
  return graph_.body.nodes.back().results;
}

void Builder::result(std::string name, ValueId value) {
  graph_.body.results.push_back(value);
  graph_.results.push_back({std::move(name), value});
}

Graph Builder::finish() {
  if (in_scan_) throw InternalError("graph `" + graph_.name + "`: a scan was begun and not ended");
  if (const std::string reason = verify(graph_); !reason.empty()) {
    throw InternalError("graph `" + graph_.name + "`: " + reason);
  }
  return std::exchange(graph_, {});
}

}  // namespace stria::ir
