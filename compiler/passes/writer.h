// What most passes are made of: a graph is written anew, node by node, and a pass says what stands in a
// node's place.
//
//   class NegOfNeg : public Writer {
//     using Writer::Writer;
//     std::optional<ValueId> replace(const Node& node, ValueId) override {
//       const Node* inner = node.op == Op::neg ? definition(node.operands[0]) : nullptr;
//       if (inner == nullptr || inner->op != Op::neg) return std::nullopt;
//       return inner->operands[0];
//     }
//   };
//   Graph after = NegOfNeg(before).run();
//
// `replace` sees a node whose operands are already those of the new graph, and may add nodes of its own,
// which it sees in turn. A node is put where the innermost of its operands is defined, so what a scan's body
// computes from values outside alone leaves the body.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "compiler/ir/graph.h"

namespace stria::passes {

class Writer {
 public:
  static constexpr ir::ValueId no_value = static_cast<ir::ValueId>(-1);

  explicit Writer(const ir::Graph& source);
  virtual ~Writer() = default;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  ir::Graph run();

  // ---------------------------------------------------------------- of the new graph
  const ir::Type& type(ir::ValueId id) const { return graph_.values[id]; }
  const std::vector<ir::Dim>& dims(ir::ValueId id) const { return graph_.values[id].dims; }
  // The node that makes a value; nullptr for arguments and results of scans. It stays where it is while the
  // pass runs.
  const ir::Node* definition(ir::ValueId id) const;
  // The same where it is of this op.
  const ir::Node* definition(ir::ValueId id, ir::Op op) const;
  // Made of parameters, buffers and constants alone.
  bool is_fixed(ir::ValueId id) const { return fixed_[id]; }
  // A node with one result: what `replace` makes of it.
  ir::ValueId add(ir::Op op, std::vector<ir::ValueId> operands, ir::Attributes attributes = {});
  ir::ValueId constant(double value) { return add(ir::Op::constant, {}, {{"value", value}}); }

 protected:
  // What stands for this node, whose operands are of the new graph; nothing: the node as it is. `old` is its
  // result in the source, or no_value for a node that a pass added.
  virtual std::optional<ir::ValueId> replace(const ir::Node& node, ir::ValueId old) = 0;
  // Called once the body of a scan is written: its values are gone.
  virtual void leave_scan() {}

  const ir::Graph& source() const { return source_; }
  // The new value of one of the source, written now if it is not yet.
  ir::ValueId written(ir::ValueId old);
  // The node as it is: how `replace` says that it has looked.
  ir::ValueId append(ir::Node node);
  // The depth of the region that defines a value: 0 the graph's, 1 a scan's.
  int depth(ir::ValueId id) const { return places_[id].depth; }

 private:
  struct Place {
    int depth = 0;
    size_t index = no_node;  // into nodes_[depth]
  };
  static constexpr size_t no_node = static_cast<size_t>(-1);

  ir::ValueId new_value(ir::Type type, Place place, bool fixed);
  ir::ValueId write(ir::Node node, ir::ValueId old);
  void index_nodes(const ir::Region& region);
  void write_nodes(const ir::Region& region);
  void write_node(const ir::Node& node);
  void write_scan(const ir::Node& node);

  const ir::Graph& source_;
  ir::Graph graph_;
  std::deque<ir::Node> nodes_[2];  // of the graph's body, and of the scan's being written
  std::vector<Place> places_;      // by new value
  std::vector<bool> fixed_;
  std::vector<ir::ValueId> new_ids_;           // by old value
  std::vector<const ir::Node*> source_nodes_;  // by old value
  Range origin_;                               // of the node being written
};

}  // namespace stria::passes
