// The walk of reverse mode over one list of nodes, from the last to the first. Internal to differentiate.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "compiler/passes/derivative.h"

namespace stria::passes {

// By value of the graph to be differentiated: whether it hangs on an argument that a derivative is asked by.
using Varied = std::vector<bool>;
Varied find_varied(const ir::Graph& graph, const std::vector<ir::ValueId>& arguments);

class Sweep {
 public:
  Sweep(NodeWriter& writer, const Varied& varied) : w(writer), varied_(varied) {}
  virtual ~Sweep() = default;
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

  bool is_varied(ir::ValueId id) const { return varied_[id]; }
  // A value of the graph, where the derivative is written.
  virtual ir::ValueId value(ir::ValueId id) { return id; }
  // Adds to the adjoint of a value; the contribution may have dims to which the value is repeated.
  virtual void gain(ir::ValueId id, ir::ValueId contribution);
  virtual void gain_product(Derivation& d, size_t operand, const std::string& adjoint_letters, size_t other,
                            const std::string& other_letters, const std::string& operand_letters);

  std::optional<ir::ValueId> adjoint(ir::ValueId id) const;
  void walk(std::vector<ir::Node>& nodes);

  NodeWriter& w;

 protected:
  // A node with a region; `walk` has seen that one of its results has an adjoint.
  virtual void step_scan(ir::Node& node) = 0;

  const Varied& varied_;

 private:
  void step(ir::Node& node);

  std::map<ir::ValueId, ir::ValueId> adjoints_;
};

// The derivative of one scan. Adds outputs to the scan, where its derivative needs more, and adjoints to
// `outside`.
void differentiate_scan(Sweep& outside, ir::Node& scan, const Varied& varied);

}  // namespace stria::passes
