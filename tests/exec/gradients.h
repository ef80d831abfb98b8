// Derivatives written out by passes/split_complex and passes/differentiate, held against autograd.
#pragma once

#include <string>
#include <vector>

#include "compiler/ir/graph.h"
#include "runtime/exec/reference.h"

namespace stria::test {

using Names = std::vector<std::string>;

// Arguments that are real, or complex.
Names real_arguments(const ir::Graph& graph);
Names parameters_of(const ir::Graph& graph);
// By the reference executor, in double precision.
double loss_at(const ir::Graph& graph, const exec::NamedTensors& arguments);
// Uniform draws in -1 to 1 (booleans true in three of four entries), reproducible by name.
exec::NamedTensors drawn_arguments(const ir::Graph& graph, int64_t n_clips, int64_t n_bins);

// By argument name: the results `gradient:NAME` of the derived graph, in float64, without autograd.
exec::NamedTensors written_out(const ir::Graph& graph, const exec::NamedTensors& arguments,
                               const std::string& result, const Names& wrt);
// CHECKs that they are autograd's, to `bound` of the largest entry of each, and that all other results are as
// before.
void check_derivative(const ir::Graph& graph, const exec::NamedTensors& arguments, const std::string& result,
                      const Names& wrt, double bound = 1e-10);

// The graph with its derivatives, and a result `squares`: the sum of the squares of all their entries.
ir::Graph with_squared_gradients(const ir::Graph& graph, const std::string& result, const Names& wrt);

}  // namespace stria::test
