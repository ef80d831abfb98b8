// Members side by side: each job at work on one thread at a time, none knowing of the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace stria::train {

// What jobs that run at the same time share: job i takes bytes[i] of `budget`. A job that takes more runs
// alone.
struct JobMemory {
  std::vector<int64_t> bytes;
  int64_t budget = 0;
};

// What a job calls between two pieces of its work: where another job waits that had less time so far, that
// one goes on in its place, and the call returns when it is this one's turn again.
using Pause = std::function<void()>;
using Job = std::function<void(size_t i, const Pause& pause)>;

// Runs job(i) for every i of `order`, n_threads at a time; the next that is free takes the next of the order,
// and waits until its memory is free where `memory` is given. The last jobs, fewer than threads, do not wait
// for a free thread but take turns with those that run: 5 jobs of 20 s on 2 threads take 50 s, not 60. After
// an exception no further job starts; once the running ones have ended, the exception of the job that is
// first in `order` among those that threw is thrown again.
void run_side_by_side(const std::vector<size_t>& order, int n_threads, const Job& job,
                      const JobMemory* memory = nullptr);

// 0 threads asked for: one for each core.
int threads_or_cores(int n_threads);

// Indices of `costs`, the largest first; equal ones in order. Long members first leave no core idle at the
// end.
std::vector<size_t> longest_first(const std::vector<double>& costs);

}  // namespace stria::train
