#pragma once

#include "compiler/ir/graph.h"

namespace stria::passes {

// Numbers the values anew in the order of their definition; those no longer defined go.
void renumber(ir::Graph& graph);

}  // namespace stria::passes
