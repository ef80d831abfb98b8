// Computes what is made of constants alone, and writes the numbers into the graph.
//
//   %1 = constant {value=2}              %1 = constant {value=0.25}
//   %2 = constant {value=8}        ->    %2 = mul %0, %1
//   %3 = div %1, %2                      return y = %2
//   %4 = mul %0, %3
//   return y = %4
//
// Folded are pointwise ops on real and boolean values and ops that move entries; the result is a constant, a
// repeated constant, or a table of at most max_literal_entries. An `iota` stays one until something is made
// of it. A choice whose condition is known is the value chosen.
//
// Numbers are computed in double precision. A run in double gets what it would have computed itself (exp and
// the like up to the last bit, where libraries differ); a run in single gets that rounded once, where it
// would have rounded each step: a difference by rounding, which scan.6 permits. Not folded, since more than
// rounding could change: a comparison whose answer is another in single precision, and a result that is not
// finite. Sums and products over axes are not folded.
#pragma once

#include "compiler/ir/graph.h"

namespace stria::passes {

ir::Graph fold(const ir::Graph& graph);

}  // namespace stria::passes
