// What `stria bench` asks of the executors and of the machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/exec/executor.h"

namespace stria::exec {

// Compiles what a training step on batches of n_clips clips runs (passes, plan, code), where it is not
// compiled yet. Returns the milliseconds that took.
double compile_step(const CompiledModel& model, const OptimizerRule& rule, int64_t n_clips);

// What each step of that plan does, as "frames, bins shared: sum, mul, exp": each op once.
std::vector<std::string> plan_steps(const CompiledModel& model, const OptimizerRule& rule, int64_t n_clips);

// Real operations a second (a multiply-add counts as two) of a float32 product of two 1024 x 1024 matrices by
// LibTorch on one thread: the fastest of several, after a first one that is not timed. Takes a fraction of a
// second.
double product_operations_per_second();

}  // namespace stria::exec
