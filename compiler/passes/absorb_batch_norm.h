// In evaluation batch norm is an affine map of fixed numbers. After a product with fixed weights, the map
// becomes part of the weights and of the bias (run.7), computed once a run instead of once a bin:
//
//   %3 = contract %2, %w {"bti,hi->bth"}            %3 = div %scale, %deviation        # [h]
//   %4 = add %3, %bias                              %4 = mul %w, (%3 as [h,1])
//   %5 = sub %4, %mean                        ->    %5 = mul (%bias - %mean), %3
//   %6 = div %5, %deviation                         %6 = contract %2, %4 {"bti,hi->bth"}
//   %7 = mul %6, %scale                             %7 = add %6, (%5 + %shift)
//   %8 = add %7, %shift
//
// (in outline). The same holds of any chain of sums, differences, products and quotients with fixed values,
// as long as nothing else uses what lies between. Results differ by rounding. Not while a derivative is
// wanted: in training the statistics are the batch's.
#pragma once

#include "compiler/ir/graph.h"

namespace stria::passes {

ir::Graph absorb_batch_norm(const ir::Graph& graph);

}  // namespace stria::passes
