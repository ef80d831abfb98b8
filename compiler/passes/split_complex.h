// Writes a graph without complex values: each becomes two real ones, its real and its imaginary part.
//
//   graph g(parameter c: complex[3], input x: real[B,T,3]) {       graph g(parameter c: real[3,2], input x:
//   ...) {
//     %2 = mul %0, %1                                                %re = ... entry 0 of the last axis of %0
//     %3 = im %2                                              ->     %im = ... entry 1
//     return y = %3                                                  %3 = mul %im, %1
//   }                                                                return y = %3
//                                                                  }
//
// A complex argument or result becomes a real one of the same name with a last axis [2], the pairs as
// executors store them. `complex`, `re`, `im` and `conj` do not occur afterwards. Each op's rule is named in
// ops.def (column "complex rule"); none overflows, or loses digits, where the result itself does not: abs and
// quotients are scaled by the greater part, and (e^z - 1) / z is within 16 units in the last place of its
// size everywhere (complex_phi.cpp).
#pragma once

#include "compiler/ir/graph.h"

namespace stria::passes {

ir::Graph split_complex(const ir::Graph& graph);

}  // namespace stria::passes
