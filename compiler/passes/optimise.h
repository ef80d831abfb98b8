// Adds AdamW's update to a graph that has the derivatives (Loshchilov & Hutter, ICLR 2019, algorithm 2, in
// PyTorch's order of operations), so that the optimiser is planned and compiled with the rest of the step:
//
//   graph g(parameter w: real[3], ...) {
//     ...
//     return gradient:w = %9
//   }
// becomes, with r the learning rate, b1, b2 and e of the rule, d the weight decay, c1 = 1 / (1 - b1^t) and
// c2 = 1 / sqrt(1 - b2^t) of step t = 1, 2, ...
//   graph g(parameter w: real[3], ..., buffer first:w: real[3], buffer second:w: real[3],
//           buffer step:rate: real[], buffer step:first_correction: real[], buffer step:second_correction:
//           real[]) {
//     m = first + (1 - b1) (g - first)       v = b2 second + (1 - b2) g^2
//     p = w (1 - r d) - r c1 m / (c2 sqrt(v) + e)
//     return update:w = p, first:w = m, second:w = v
//   }
// No path of a parameter holds a colon, so none of these names is one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/graph.h"

namespace stria::passes {

struct Updated {
  std::string parameter;
  double rate_factor = 1;  // of the learning rate
  double decay = 0;
};
struct AdamW {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  std::optional<double> clip_norm;  // g is g min(1, clip_norm / |all g|)
  std::vector<Updated> parameters;
};

// Each of the rule's parameters must have its result `gradient:NAME`, which is no result afterwards: the
// other results stay. Throws InternalError.
ir::Graph optimise(const ir::Graph& graph, const AdamW& rule);

}  // namespace stria::passes
