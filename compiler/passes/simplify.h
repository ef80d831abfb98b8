// Algebra: a node whose operands show that less would do is replaced, until nothing more can be.
//
//   %2 = constant {value=1}                                      %2 = add %0, %1
//   %3 = mul %0, %2                                              return y = %2
//   %4 = pad %1 {axis=2, before=3, after=0}               ->
//   %5 = slice %4 {axis=2, start=3, size=5, step=1}
//   %6 = add %3, %5
//   return y = %6
//
// The rules are the rows of simplify_pointwise.cpp, simplify_shapes.cpp and simplify_products.cpp. All keep
// the result's bits but for: the sign of a zero (x + 0, -(a - b)), the order of a sum to which padded values
// are added, and a sum over a repeated value, which becomes a product. No rule takes x * 0 for 0: x may be
// infinite.
#pragma once

#include "compiler/ir/graph.h"

namespace stria::passes {

ir::Graph simplify(const ir::Graph& graph);

}  // namespace stria::passes
