// The GRU cell of semantics.md, section 12, as the graph that its text becomes.
#pragma once

#include "compiler/ir/graph.h"

namespace stria::test {

// (parameters Wx*, Wh*, bx*, bh* for the gates r, z, n, input x: real[B,T,n_inputs]) -> "h":
// real[B,T,n_hidden], "loss": the sum of its squares.
ir::Graph gru_graph(int64_t n_inputs, int64_t n_hidden);

}  // namespace stria::test
