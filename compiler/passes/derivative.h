// Derivative rules of ops, in reverse mode: one function an op, named in ops.def's column "derivative rule".
// A rule is given the adjoint of the op's result (the derivative of the graph's result by it) and gives a
// contribution to the adjoint of each operand that is wanted, in plain ops:
//
//   void mul(Derivation& d) {
//     if (d.wanted(0)) d.give(0, d.w.times({d.adjoint, d.operand(1)}));
//     if (d.wanted(1)) d.give(1, d.w.times({d.adjoint, d.operand(0)}));
//   }
//
// Outside scans the values a rule asks for are those of the graph; within a scan's derivative they are what
// the scan run forwards has saved, or are recomputed from it (ops.def says which). So a rule asks for a value
// only where it needs it.
#pragma once

#include <string>

#include "compiler/passes/node_writer.h"

namespace stria::passes {

class Sweep;

// The derivative of one node, being written.
struct Derivation {
  Sweep& sweep;
  const ir::Node& node;
  ir::ValueId adjoint;  // of the node's result, with its type
  NodeWriter& w;

  bool wanted(size_t operand) const;
  const ir::Type& type(size_t operand) const;
  const ir::Type& result_type() const;
  ir::ValueId operand(size_t index);
  ir::ValueId result();
  // What the derivative by an operand gains; with the operand's dims, or dims to which the op repeats it
  // (numpy's rule), over which it is then summed.
  void give(size_t operand, ir::ValueId contribution);
  // The same, of the product "g,o->r" of the adjoint (letters g) and the other operand (letters o) of a
  // contract.
  void give_product(size_t operand, const std::string& adjoint_letters, size_t other,
                    const std::string& other_letters, const std::string& operand_letters);

  int64_t attribute(std::string_view name) const { return ir::int_attribute(node, name); }
  const std::vector<int64_t>& axes() const { return ir::ints_attribute(node, "axes"); }
};

// One number of entries, B and T among the dims.
ir::ValueId count_of(NodeWriter& w, const std::vector<ir::Dim>& dims);
// A reduction's result, or what has its dims, repeated to the dims before it.
ir::ValueId unreduce(NodeWriter& w, ir::ValueId value, const std::vector<int64_t>& axes,
                     const std::vector<ir::Dim>& dims);
// The product "a,b->result" where the result may have letters that neither operand has (repeated along them),
// or one letter twice (entries off the diagonal are 0).
ir::ValueId contract_to(NodeWriter& w, ir::ValueId a, const std::string& a_letters, ir::ValueId b,
                        const std::string& b_letters, const std::string& letters,
                        const std::vector<ir::Dim>& dims);

using DerivativeRule = void (*)(Derivation&);
DerivativeRule derivative_rule(ir::Op op);
// Whether the op passes on no derivative at all (rule `none`).
bool has_no_derivative(ir::Op op);
// Whether a scan saves the op's result for its derivative, rather than have it recomputed.
bool is_saved(ir::Op op);

namespace derivative {
#define STRIA_OP(name, least, most, attributes, shape_rule, cost_rule, complex_rule, derivative_rule, kept, \
                 doc)                                                                                       \
  void derivative_rule(Derivation& d);
#include "compiler/ir/ops.def"
#undef STRIA_OP
}  // namespace derivative

}  // namespace stria::passes
