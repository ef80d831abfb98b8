// Golden graphs of passes: what a pass makes of a text.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "compiler/ir/graph.h"

namespace stria::test {

// The pass makes `after` of `before`, leaves `after` alone, and keeps to the rules of the IR. The texts' own
// numbers of values have no part in it.
inline void check_pass(ir::Graph (*pass)(const ir::Graph&), const std::string& before,
                       const std::string& after) {
  const ir::Graph result = pass(ir::read(before));
  CHECK(ir::verify(result) == "");
  CHECK(ir::print(result) == ir::print(ir::read(after)));
  CHECK(ir::print(pass(result)) == ir::print(result));
}

// The same for graphs of three real arguments, given by their nodes: a parameter %0 = [3,5], a buffer %1 =
// [5] and a stream %2 = [B,T,5].
inline std::string nodes(const std::string& text) {
  return "graph g(parameter w: real[3,5], buffer b: real[5], input x: real[B,T,5]) {" + text + "}";
}

}  // namespace stria::test
