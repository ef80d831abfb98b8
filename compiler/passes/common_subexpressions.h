// Makes one node of those that compute the same: equal op, operands and attributes. The operands of sums,
// products and other ops whose order has no part in the result count in either order. A node in a scan's body
// that equals one outside is that one; inputs of a scan that are the same stream become one, and so do equal
// outputs.
//
//   %2 = add %0, %1            %2 = add %0, %1
//   %3 = add %1, %0      ->    %3 = mul %2, %2
//   %4 = mul %2, %3            return y = %3
//   return y = %4
//
// Draws of one key are the same numbers (rand.1), so equal `random` nodes are one too. Nothing that is left
// computes other bits than before.
#pragma once

#include "compiler/ir/graph.h"

namespace stria::passes {

ir::Graph common_subexpressions(const ir::Graph& graph);

}  // namespace stria::passes
