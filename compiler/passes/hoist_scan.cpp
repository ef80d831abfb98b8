#include "compiler/passes/hoist_scan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "compiler/ir/subscripts.h"
#include "compiler/passes/renumber.h"

namespace stria::passes {
namespace {

using ir::Attributes;
using ir::batch_dim;
using ir::Dim;
using ir::Graph;
using ir::Node;
using ir::Op;
using ir::Region;
using ir::time_dim;
using ir::Type;
using ir::ValueId;

std::vector<Dim> with_time(std::vector<Dim> dims) {
  dims.insert(dims.begin() + 1, time_dim);
  return dims;
}

// One scan of a graph under way.
class Hoister {
 public:
  Hoister(Graph& graph, Node scan) : graph_(graph), scan_(std::move(scan)) {}

  // The nodes that now stand for the scan, in order.
  std::vector<Node> run() {
    Region& body = region();
    const auto n_inputs = static_cast<size_t>(ir::int_attribute(scan_, "n_inputs"));
    for (size_t i = 0; i < body.arguments.size(); ++i) {
      if (i < n_inputs) {
        streams_[body.arguments[i]] = scan_.operands[i];
      } else {
        inside_.insert(body.arguments[i]);
      }
    }
    n_states_ = body.arguments.size() - n_inputs;
    choose();
    choose_after();
    for (Node& node : std::exchange(body.nodes, {})) move(std::move(node));
    take_outputs();
    rebuild_inputs(n_inputs);
    before_.push_back(std::move(scan_));
    for (Node& node : after_) before_.push_back(std::move(node));
    return std::move(before_);
  }

 private:
  enum class Place { inside, before, fixed, after };

  Region& region() { return scan_.regions[0]; }

  void choose() {
    for (const Node& node : region().nodes) {
      places_.push_back(place_of(node));
      if (places_.back() == Place::before) streams_[node.results[0]] = 0;  // known once the node is lifted
      if (places_.back() == Place::inside) inside_.insert(node.results.begin(), node.results.end());
    }
  }

  // Of what stays so far, products that no state needs, and what hangs on them, go behind the scan.
  void choose_after() {
    std::set<ValueId> kept(region().results.begin(),
                           region().results.begin() + static_cast<std::ptrdiff_t>(n_states_));
    after_scan_ = true;
    for (size_t i = places_.size(); i-- > 0;) {
      const Node& node = region().nodes[i];
      if (places_[i] != Place::inside) continue;
      if (kept.count(node.results[0]) == 0 && lifted_attributes(node)) {
        places_[i] = Place::after;
      } else {
        kept.insert(node.operands.begin(), node.operands.end());
      }
    }
    after_scan_ = false;
    for (size_t i = 0; i < places_.size(); ++i) {
      const Node& node = region().nodes[i];
      if (places_[i] != Place::after) continue;
      const bool moves =
          node.op == Op::contract || std::any_of(node.operands.begin(), node.operands.end(),
                                                 [&](ValueId id) { return moved_out_.count(id) > 0; });
      if (moves) {
        moved_out_.insert(node.results[0]);
      } else {
        places_[i] = Place::inside;
      }
    }
  }

  // Behind the scan, what the body makes is a stream too.
  bool is_frame(ValueId id) const {
    return streams_.count(id) > 0 || (after_scan_ && inside_.count(id) > 0 && graph_.type(id).is_batched());
  }

  Place place_of(const Node& node) const {
    const auto& ids = node.operands;
    if (std::any_of(ids.begin(), ids.end(), [&](ValueId id) { return inside_.count(id) > 0; }))
      return Place::inside;
    if (std::none_of(ids.begin(), ids.end(), [&](ValueId id) { return is_frame(id); })) return Place::fixed;
    return lifted_attributes(node) ? Place::before : Place::inside;
  }

  void move(Node node) {
    const Place place = places_[moved_++];
    if (place == Place::inside) {
      region().nodes.push_back(std::move(node));
    } else if (place == Place::after) {
      after_scan_ = true;
      lift(std::move(node));
      after_scan_ = false;
    } else if (place == Place::fixed) {
      before_.push_back(std::move(node));
    } else {
      lift(std::move(node));
    }
  }

  std::vector<Node>& list() { return after_scan_ ? after_ : before_; }

  // The node on streams. Its frame keeps its number, as an input of the scan if the body needs it.
  void lift(Node node) {
    node.attributes = *lifted_attributes(node);
    for (ValueId& operand : node.operands) {
      const auto found = streams_.find(operand);
      if (found != streams_.end()) {
        operand = found->second;
      } else if (after_scan_ && inside_.count(operand) > 0) {
        operand = output_of(operand);
      } else if (node.op != Op::contract && graph_.type(operand).is_batched()) {
        operand = with_one_bin(operand);
      }
    }
    const Type& frame = graph_.type(node.results[0]);
    const ValueId stream = new_value({frame.element, with_time(frame.dims)});
    streams_[node.results[0]] = stream;
    node.results[0] = stream;
    list().push_back(std::move(node));
  }

  // The stream of a value that the body makes, or of a state before the step: one more output of the scan.
  ValueId output_of(ValueId inner) {
    for (size_t i = n_states_; i < region().results.size(); ++i) {
      if (region().results[i] == inner) return scan_.results[i - n_states_];
    }
    const Type& frame = graph_.type(inner);
    const ValueId stream = new_value({frame.element, with_time(frame.dims)});
    region().results.push_back(inner);
    scan_.results.push_back(stream);
    return stream;
  }

  // Outputs that are made behind the scan are none of the scan any more. They keep their number.
  void take_outputs() {
    const std::vector<ValueId> made = std::exchange(region().results, {}),
                               streams = std::exchange(scan_.results, {});
    for (size_t i = 0; i < made.size(); ++i) {
      if (i < n_states_ || moved_out_.count(made[i]) == 0) {
        region().results.push_back(made[i]);
        if (i >= n_states_) scan_.results.push_back(streams[i - n_states_]);
        continue;
      }
      Node node;
      node.op = Op::reshape;
      node.operands = {streams_.at(made[i])};
      node.attributes = {{"sizes", graph_.type(streams[i - n_states_]).dims}};
      node.results = {streams[i - n_states_]};
      after_.push_back(std::move(node));
    }
  }

  // A batched value from outside, [B, ...], as [B, 1, ...], which every bin repeats.
  ValueId with_one_bin(ValueId outside) {
    std::vector<Dim> sizes = graph_.type(outside).dims;
    sizes.insert(sizes.begin() + 1, ir::dim(1));
    Node node;
    node.op = Op::reshape;
    node.operands = {outside};
    node.attributes = {{"sizes", sizes}};
    node.results = {new_value({graph_.type(outside).element, sizes})};
    list().push_back(node);
    return node.results[0];
  }

  ValueId new_value(Type type) {
    graph_.values.push_back(std::move(type));
    return static_cast<ValueId>(graph_.values.size() - 1);
  }

  // The attributes of the node on streams; nothing where it has no such form.
  std::optional<Attributes> lifted_attributes(const Node& node) const {
    const Type& result = graph_.type(node.results[0]);
    if (!result.is_batched()) return std::nullopt;
    if (node.op == Op::contract) return lifted_subscripts(node);
    if (ir::info(node.op).attributes.empty()) {
      // Aligned at their ends, all batched operands must have the result's rank for B to stay with B.
      for (const ValueId id : node.operands) {
        const Type& type = graph_.type(id);
        if (type.is_batched() && type.rank() != result.rank()) return std::nullopt;
      }
      return node.attributes;
    }
    for (const ValueId id : node.operands) {
      if (!is_frame(id)) return std::nullopt;
    }
    Attributes lifted = node.attributes;
    for (auto& [name, value] : lifted) {
      if (name == "axis") {
        std::get<int64_t>(value) += 1;
      } else if (name == "axes") {
        for (int64_t& axis : std::get<std::vector<int64_t>>(value)) axis += 1;
      } else if (name == "sizes") {
        value = with_time(std::get<std::vector<Dim>>(value));
      } else if (name == "order") {
        std::vector<int64_t> order = {0, 1};
        const auto& given = std::get<std::vector<int64_t>>(value);
        for (size_t i = 1; i < given.size(); ++i) order.push_back(given[i] + 1);
        value = order;
      }
    }
    return lifted;
  }

  // A letter for T after the one of B, in each frame and in the result.
  std::optional<Attributes> lifted_subscripts(const Node& node) const {
    ir::Subscripts lifted(ir::text_attribute(node, "subscripts"));
    const char fresh = lifted.fresh();
    if (fresh == 0) return std::nullopt;
    for (size_t i = 0; i < 2; ++i) {
      if (!is_frame(node.operands[i])) continue;
      if (lifted.sides[i][0] != lifted.out[0]) return std::nullopt;
      lifted.sides[i].insert(lifted.sides[i].begin() + 1, fresh);
    }
    lifted.out.insert(lifted.out.begin() + 1, fresh);
    return Attributes{{"subscripts", lifted.text()}};
  }

  // The frames that the body needs; a scan keeps at least one.
  void rebuild_inputs(size_t n_inputs) {
    const auto states = static_cast<std::ptrdiff_t>(n_inputs);
    std::set<ValueId> needed(region().results.begin(), region().results.end());
    for (const Node& node : region().nodes) needed.insert(node.operands.begin(), node.operands.end());
    std::vector<ValueId> operands, frames;
    for (const auto& [frame, stream] : streams_) {
      if (needed.count(frame) > 0) frames.push_back(frame);
    }
    if (frames.empty()) frames.push_back(region().arguments[0]);
    for (const ValueId frame : frames) operands.push_back(streams_.at(frame));
    scan_.attributes[0].second = static_cast<int64_t>(frames.size());
    operands.insert(operands.end(), scan_.operands.begin() + states, scan_.operands.end());
    frames.insert(frames.end(), region().arguments.begin() + states, region().arguments.end());
    scan_.operands = std::move(operands);
    region().arguments = std::move(frames);
  }

  Graph& graph_;
  Node scan_;
  size_t n_states_ = 0;
  std::vector<Node> before_, after_;
  std::map<ValueId, ValueId> streams_;  // frame -> its stream
  std::set<ValueId> inside_;            // states, and what hangs on them
  std::set<ValueId> moved_out_;         // behind the scan
  bool after_scan_ = false;             // while nodes behind it are looked at or written
  std::vector<Place> places_;
  size_t moved_ = 0;
};

}  // namespace

Graph hoist_scan(const Graph& graph) {
  Graph result = graph;
  for (Node& node : std::exchange(result.body.nodes, {})) {
    if (node.op != Op::scan) {
      result.body.nodes.push_back(std::move(node));
      continue;
    }
    for (Node& part : Hoister(result, std::move(node)).run()) result.body.nodes.push_back(std::move(part));
  }
  renumber(result);
  if (const std::string reason = ir::verify(result); !reason.empty()) {
    throw ir::InternalError("pass hoist_scan: " + reason + "\n" + ir::print(result));
  }
  return result;
}

}  // namespace stria::passes
