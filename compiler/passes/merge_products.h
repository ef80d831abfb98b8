// Products of one value with several fixed ones become one product with all of them side by side:
//
//   %3 = contract %0, %2 {"hi,bti->bth"}            %3 = concat %0, %1 {axis=0}
//   %4 = contract %1, %2 {"hi,bti->bth"}     ->     %4 = contract %3, %2 {"hi,bti->bth"}
//   %5 = add %3, %4                                 %5 = slice %4 {axis=2, start=0, size=3, step=1}
//                                                   %6 = slice %4 {axis=2, start=3, size=3, step=1}
//                                                   %7 = add %5, %6
//
// Within a scan's body too, where the concat, being fixed, stands before the scan: the gates of a GRU read
// the state in one product. The order of the concat is that of the text. Merged are products that sum over
// the same axes of the value and whose fixed operands are laid out alike; they are joined along the first
// axis that the value does not have, and their other such axes must agree. Each entry is the sum of the same
// terms as before.
#pragma once

#include "compiler/ir/graph.h"

namespace stria::passes {

ir::Graph merge_products(const ir::Graph& graph);

}  // namespace stria::passes
