#include "runtime/exec/workers.h"

#include <immintrin.h>

namespace stria::exec {
namespace {

// Jobs follow each other within microseconds; only a thread that waits longer goes to sleep.
constexpr int spins = 20000;

}  // namespace

Workers::Workers(int n_threads) {
  for (int i = 1; i < n_threads; ++i) threads_.emplace_back([this] { work(); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    ++round_;
  }
  wakes_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::take_jobs() {
  for (int64_t i = next_.fetch_add(1); i < n_jobs_; i = next_.fetch_add(1)) job_(context_, i);
}

void Workers::run(int64_t n_jobs, void (*job)(void*, int64_t), void* context) {
  if (threads_.empty() || n_jobs <= 1) {
    for (int64_t i = 0; i < n_jobs; ++i) job(context, i);
    return;
  }
  job_ = job;
  context_ = context;
  n_jobs_ = n_jobs;
  next_ = 0;
  busy_ = static_cast<int>(threads_.size());
  {
    // Under the lock, so that no thread goes to sleep between its look at the round and its wait.
    const std::lock_guard lock(mutex_);
    ++round_;
  }
  wakes_.notify_all();
  take_jobs();
  while (busy_.load() > 0) _mm_pause();
}

void Workers::work() {
  uint64_t seen = 0;
  while (true) {
    for (int spin = 0; spin < spins && round_.load() == seen; ++spin) _mm_pause();
    if (round_.load() == seen) {
      std::unique_lock lock(mutex_);
      wakes_.wait(lock, [&] { return round_.load() != seen; });
    }
    ++seen;
    if (ends_) return;
    take_jobs();
    --busy_;
  }
}

}  // namespace stria::exec
