// Takes away stop_gradient, which says something of derivatives alone, once none will be asked for.
//
//   %1 = stop_gradient %0            %1 = exp %0
//   %2 = exp %1              ->      return y = %1
//   return y = %2
#pragma once

#include "compiler/ir/graph.h"

namespace stria::passes {

ir::Graph drop_stop_gradient(const ir::Graph& graph);

}  // namespace stria::passes
