// Threads that stay alive between the short jobs of one member's training step.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace stria::exec {

class Workers {
 public:
  // The caller counts as one of the threads; 1: no other.
  explicit Workers(int n_threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  int n_threads() const { return static_cast<int>(threads_.size()) + 1; }

  // Runs job(context, i) for i = 0 ... n_jobs - 1 and returns when all are done. Who takes which is not
  // fixed: jobs may not hang on each other. Allocates nothing. Used by one thread at a time.
  void run(int64_t n_jobs, void (*job)(void* context, int64_t i), void* context);

 private:
  void work();
  void take_jobs();

  std::vector<std::thread> threads_;
  void (*job_)(void*, int64_t) = nullptr;
  void* context_ = nullptr;
  int64_t n_jobs_ = 0;
  std::atomic<int64_t> next_{0};
  std::atomic<int> busy_{0};  // threads that have not finished this round
  std::atomic<uint64_t> round_{0};
  std::atomic<bool> ends_{false};
  std::mutex mutex_;
  std::condition_variable wakes_;
};

}  // namespace stria::exec
