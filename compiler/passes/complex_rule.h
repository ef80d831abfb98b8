// Complex rules of ops: an op on real and imaginary parts, one function for each kind of op, named in
// ops.def's column "complex rule".
#pragma once

#include <optional>
#include <vector>

#include "compiler/passes/node_writer.h"

namespace stria::passes {

// A real value has no imaginary part.
struct Parts {
  ir::ValueId re{};
  std::optional<ir::ValueId> im;
};

// A node one of whose values is complex, being written on parts.
struct Splitting {
  const ir::Node& node;
  std::vector<Parts> operands;
  ir::Type result;  // of the node, complex or real
  NodeWriter& w;

  // The op itself on other operands.
  ir::ValueId same(std::vector<ir::ValueId> values) const {
    return w.add(node.op, std::move(values), node.attributes, node.source);
  }
};

using ComplexRule = Parts (*)(const Splitting&);
ComplexRule complex_rule(ir::Op op);

// a / b for complex b, of which neither b's square nor a's product with it overflows.
Parts divide(NodeWriter& w, const Parts& a, const Parts& b);
// (e^z - 1) / z.
Parts phi_of(NodeWriter& w, ir::ValueId x, ir::ValueId y);

namespace splitting {
#define STRIA_OP(name, least, most, attributes, shape_rule, cost_rule, complex_rule, derivative_rule, kept, \
                 doc)                                                                                       \
  Parts complex_rule(const Splitting& s);
#include "compiler/ir/ops.def"
#undef STRIA_OP
}  // namespace splitting

}  // namespace stria::passes
