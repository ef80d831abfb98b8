// Adds first what is known first: of the terms of a sum, fixed values and those that no state reaches are
// added to each other before what changes with the state joins them.
//
//   scan %x, %start (%f, %h) {              scan %x, %start (%f, %h) {
//     %a = contract W, %f "hi,bi->bh"         %a = contract W, %f "hi,bi->bh"
//     %b = add %a, %c                         %b = add %c, %d               # fixed
//     %e = contract U, %h "hi,bi->bh"   ->    %g = add %a, %b               # before
//     %g = add %b, %e                         %e = contract U, %h "hi,bi->bh"
//     %i = add %g, %d                         %i = add %g, %e               # inside
//     yield %i, %i                            yield %i, %i
//   }                                       }
//
// hoist_scan then finds more to move (scan.4): of a GRU's gates, all sums but one a gate leave the loop.
// Outside scans two or more fixed terms become one. Terms are kept in the order of the text within each kind;
// the sum's entries differ by rounding (scan.6). Sums that something else uses stay as they are.
#pragma once

#include "compiler/ir/graph.h"

namespace stria::passes {

ir::Graph regroup_sums(const ir::Graph& graph);

}  // namespace stria::passes
