// Members side by side: each job on one thread at a time, none knowing of the others.
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

// Runs job(i) for every i of `order` on n_threads threads; the next free thread takes the next of the order,
// and waits until its memory is free where `memory` is given. After an exception no further job starts; once
// the running ones have ended, the exception of the job that is first in `order` among those that threw is
// thrown again.
void run_side_by_side(const std::vector<size_t>& order, int n_threads, const std::function<void(size_t)>& job,
                      const JobMemory* memory = nullptr);

// 0 threads asked for: one for each core.
int threads_or_cores(int n_threads);

// Indices of `costs`, the largest first; equal ones in order. Long members first leave no core idle at the
// end.
std::vector<size_t> longest_first(const std::vector<double>& costs);

}  // namespace stria::train
