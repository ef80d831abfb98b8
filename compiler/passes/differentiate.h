// Adds to a graph the derivatives of one of its results, in reverse mode (the chain rule from the result back
// to the arguments), as plain ops:
//
//   graph g(parameter w: real[3], input x: real[B,T,3]) {
//     %2 = mul %1, %0
//     %3 = tanh %2
//     %4 = reduce_sum %3 {axes=[0, 1, 2]}
//     return loss = %4            ->   return loss = %4, gradient:w = ...
//   }
//
// Each op's rule stands in ops.def (see derivative.h); where an op has no slope or two, its line there says
// what its derivative is. Nothing is written for a value that does not lie between the arguments asked for
// and the result.
//
// The derivative of a scan is a scan over the same bins in the opposite order. Its states are the adjoints of
// the states (0 before its first bin), its inputs the adjoints of the outputs and what the step needs of the
// scan run forwards: frames, states before the step, and results of ops that ops.def calls saved, which the
// forward scan then has as outputs more; all else is recomputed. Its outputs are the adjoints of the frames,
// and of what comes from outside: the product of a frame and a weight gives out the adjoint of the product,
// and one contract over all bins makes the weight's adjoint of it; any other use gives out its share, which
// is summed over bins.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/graph.h"

namespace stria::passes {

// `graph` with one more result for each name of `wrt`: `gradient:NAME`, the derivative of the result by that
// argument, with the argument's type (0 where the result does not hang on it). The result must be a real[],
// all values between it and the arguments real (see split_complex.h). Throws InternalError.
ir::Graph differentiate(const ir::Graph& graph, std::string_view result, const std::vector<std::string>& wrt);

}  // namespace stria::passes
