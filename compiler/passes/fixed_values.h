#pragma once

#include <vector>

#include "compiler/ir/graph.h"

namespace stria::passes {

// By value: whether it is made of parameters, buffers and constants alone ("fixed" in scan.4).
std::vector<bool> fixed_values(const ir::Graph& graph);

bool has_letters(const ir::Type& type);

}  // namespace stria::passes
