// Moves out of each scan what no state reaches, and products that reach no state (scan.4: "before", "fixed"
// and "after"), so that they are computed for all bins at once:
//
//   scan %x, %start (%f, %h) {              %s = contract W, %x "hi,bti->bth"
//     %a = contract W, %f "hi,bi->bh"       %n = scan %s, %start (%a, %h) {
//     %b = contract U, %h "hi,bi->bh"         %b = contract U, %h "hi,bi->bh"
//     %n = tanh(%a + %b)                ->    %n = tanh(%a + %b)
//     %y = contract V, %n "oh,bh->bo"         yield %n, %n
//     yield %n, %y                          }
//   }                                       %y = contract V, %n "oh,bth->bto"
//
// A frame [B, ...] becomes a stream [B, T, ...] and, where the rest of the body still needs it, an input of
// the scan; what the body makes for a product behind it becomes an output. What acts along B, or joins a
// frame with a batched value from outside in a way that has no form for streams, stays.
#pragma once

#include "compiler/ir/graph.h"

namespace stria::passes {

ir::Graph hoist_scan(const ir::Graph& graph);

}  // namespace stria::passes
