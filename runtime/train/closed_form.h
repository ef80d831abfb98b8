// Members whose protocol solves for their parameters instead of descending to them.
#pragma once

#include <vector>

#include "runtime/exec/ridge.h"
#include "runtime/train/member.h"

namespace stria::train {

// Sets the parameters and buffers of a linear receptive field to those of least squared error under the
// protocol's penalty (exec/ridge.h); scale and shift of a batch norm, and its statistics, become those that
// change nothing. Returns each unit's strength. `clips`: as the model sees them.
// Throws DataError where the model is more than one kernel over bands and lags and an offset for each unit:
// it is told by its parameters, and its rates for a clip must be those of the kernel found.
std::vector<double> solve_member(const MemberTask& task, const std::vector<const data::Clip*>& train,
                                 const std::vector<const data::Clip*>& valid, exec::Executor& executor);

}  // namespace stria::train
