// A product that treats all bins of a history alike is made once a frame, before the history:
//
//   %2 = history %0 {size=43}                      %2 = contract %0, %1 {"btf,ef->bte"}      [B,T,48]
//   %3 = transpose %2           [B,T,43,34]        %3 = history %2 {size=43}
//   %4 = add %3, %place         [B,T,43,34]   ->   %4 = transpose %3                         [B,T,43,48]
//   %5 = contract %4, %1        [B,T,43,48]        %5 = contract %place, %1 {"kf,ef->ke"}    [43,48]
//          {"btkf,ef->btke"}                       %6 = add %4, %5
//
// It takes a 43rd of the multiplications. What is fixed and was added to the history gets a product of its
// own. Before a clip there are zeros, and a product of zeros is zero, so both sides agree there too.
#pragma once

#include "compiler/ir/graph.h"

namespace stria::passes {

ir::Graph history_products(const ir::Graph& graph);

}  // namespace stria::passes
