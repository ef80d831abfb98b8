// Moves out of each scan what no state reaches (scan.4: "before" and "fixed"), so that it is computed for all
// bins at once:
//
//   scan %x, %start (%f, %h) {              %s = contract W, %x "hi,bti->bth"
//     %a = contract W, %f "hi,bi->bh"       scan %s, %start (%a, %h) {
//     %b = contract U, %h "hi,bi->bh"   ->    %b = contract U, %h "hi,bi->bh"
//     %n = tanh(%a + %b)                      %n = tanh(%a + %b)
//     yield %n, %n                            yield %n, %n
//   }                                       }
//
// A frame [B, ...] becomes a stream [B, T, ...] and, where the rest of the body still needs it, an input of
// the scan. What acts along B, or joins a frame with a batched value from outside in a way that has no form
// for streams, stays.
#pragma once

#include "compiler/ir/graph.h"

namespace stria::passes {

ir::Graph hoist_scan(const ir::Graph& graph);

}  // namespace stria::passes
