// Graphs that several tests of the IR start from.
#pragma once

#include <cstdint>

#include "compiler/ir/graph.h"

namespace stria::test {

// A leaky integrator on a stream, with a parameter, a buffer and two results.
inline constexpr const char* leaky_text =
    R"(graph train(parameter core.tau: real[3], buffer norm.mean: real[3], input x: real[B,T,3], input valid: boolean[B,T,1]) {
  %4 = sub %2, %1  # real[B,T,3]
  %5 = constant {value=0}  # real[]
  %6 = scan %4, %5 {n_inputs=1} (%7: real[B,3], %8: real[B,3]) {
    %9 = mul %0, %8  # real[B,3]
    %10 = add %9, %7  # real[B,3]
    yield %10, %10
  }  # real[B,T,3]
  %11 = reduce_mean %6, %3 {axes=[0, 1, 2]}  # real[]
  %12 = reduce_mean %2, %3 {axes=[0, 1]}  # real[3]
  return loss = %11, buffer:norm.mean = %12
}
)";

// A graph of about `n_nodes` nodes that fit, drawn from all ops; scans included.
ir::Graph random_graph(uint64_t seed, int n_nodes);

}  // namespace stria::test
