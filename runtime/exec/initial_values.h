// A member's start, the same for every executor.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/exec/executor.h"

namespace stria::exec {

// Runs the model's graph `init` in float64 and writes parameters (theta) and buffers, in the order of the
// model.
void draw_initial_values(const ModelProgram& model, uint64_t seed, const ResponseStatistics& statistics,
                         const std::vector<std::span<float>>& parameters,
                         const std::vector<std::span<float>>& buffers);

}  // namespace stria::exec
