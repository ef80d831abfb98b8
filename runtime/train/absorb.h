// After training, batch norms become part of the weights before them (run.7).
#pragma once

#include "compiler/sema/program.h"
#include "runtime/exec/executor.h"

namespace stria::train {

// Changes weights and biases of the executor's model so that its batch norms (compiler/passes/
// find_batch_norms.h) have scale 1, shift 0, mean 0 and variance 1 - epsilon, and predictions are what they
// were, to rounding. Parameters with bounds of their own stay, and so do the norms behind them. Returns how
// many norms became part of weights.
int64_t absorb_batch_norms(const ModelProgram& program, exec::Executor& executor);

}  // namespace stria::train
