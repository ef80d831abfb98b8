// How long a training step takes on random clips of given sizes, and how much it computes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "compiler/sema/program.h"
#include "runtime/exec/executor.h"

namespace stria::train {

struct StepTask {
  const ModelProgram& program;
  OptimizerRule optimizer;
  int64_t n_clips = 1, n_bins = 1;  // of a batch; all clips are equally long
  int n_members = 1;                // side by side, with the seeds 0, 1, ...
  int n_steps = 1;                  // timed ones
  int n_threads = 0;                // members at work at once; 0: one a core
  int n_threads_a_member = 1;       // what make_executor's executors use
  std::function<std::unique_ptr<exec::Executor>(const ModelProgram&)> make_executor;
  plan::Keep keep = plan::Keep::between_phases;
  std::vector<double>* plan_ms = nullptr;  // where wanted: of each step of the first member's plan, a mean
};

// Milliseconds of each timed step, in order: forward, loss, backward and AdamW of all members, a member on
// one thread at a time. Three steps before are not timed: they bring code and memory into place. Batches are
// drawn from counters before the first step. Throws DataError where a loss is not finite, since what runs
// then is no training step.
std::vector<double> time_steps(const StepTask& task);

// Threads that work at once.
int threads_of(const StepTask& task);

// Random clips: what the model sees of mean 0 and deviation 1, responses uniform in 0 .. 1, nothing missing.
exec::Batch random_batch(uint64_t seed, int64_t n_clips, int64_t n_bins, const ModelProgram& program);

// Real operations of one step of one member (ir::flops: an exp counts as one, a multiply-add as two): those
// of the graph that training runs, forward, loss, derivative and update, as the passes leave it. One pass is
// left out for the count: dense_window, which makes small products over windows of one larger product whose
// spread-out weights are mostly zeros; those are no work of the model.
double operations_of_step(const StepTask& task);

struct TimeSummary {
  double least = 0, median = 0, p90 = 0;  // p90: the least that 9 in 10 do not exceed
};
// `times` is not empty.
TimeSummary summarise(std::vector<double> times);

}  // namespace stria::train
