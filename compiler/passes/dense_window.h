// A product over a window of a value becomes a plain product with spread-out weights:
//
//   %2 = window %1 {axis=2, size=7, stride=3, dilate=1}      %2 = table of [10,7,34]: 1 where 3 l + k = f
//   %3 = contract %2, %0 {"btlk,lck->btlc"}             ->   %3 = contract %2, %0 {"lkf,lck->lcf"}
//                                                            %4 = contract %1, %3 {"btf,lcf->btlc"}
//
// (the table is built by iota and equal; fold writes it out). The weights must be fixed: they are spread once
// a run. Plain products run at the machine's speed, while a window is copied entry by entry and its products
// are many and small. So it pays where the plain product has at most most_extra_work times the
// multiplications, or so few weights that they stay in the cache. The rule reads shapes alone; each sum has
// the same terms, and zeros beside them.
#pragma once

#include "compiler/ir/graph.h"

namespace stria::passes {

inline constexpr double most_extra_work = 8;
inline constexpr double always_dense_weights = 65536;

ir::Graph dense_window(const ir::Graph& graph);

}  // namespace stria::passes
