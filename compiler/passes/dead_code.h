// Removes what no result of the graph needs: nodes, and of each scan its outputs, its states (whole circles
// of states that feed only each other too) and its inputs.
//
//   %3 = exp %0
//   %4, %5 = scan %1, %2, %z, %z (%f, %g, %h, %u) {      %4 = scan %1, %z (%f, %h) {
//     %a = add %f, %h                                      %a = add %f, %h
//     %b = add %g, %u                              ->      yield %a, %a
//     yield %a, %b, %a, %b                               }
//   }                                                    return y = %4
//   return y = %4
//
// Arguments of the graph stay: they are its signature. A scan keeps one input, which gives it its bins. What
// is left is computed as before, bit by bit.
#pragma once

#include "compiler/ir/graph.h"

namespace stria::passes {

ir::Graph dead_code(const ir::Graph& graph);

}  // namespace stria::passes
