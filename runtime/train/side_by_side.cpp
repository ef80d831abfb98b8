#include "runtime/train/side_by_side.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

namespace stria::train {

namespace {

// Hands out places of an order, each once the memory of its job is free.
class Places {
 public:
  Places(const std::vector<size_t>& order, const JobMemory* memory) : order_(order), memory_(memory) {}

  // Nothing where there is none left.
  std::optional<size_t> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ends_ || next_ >= order_.size() || fits(next_); });
    if (ends_ || next_ >= order_.size()) return std::nullopt;
    taken_ += bytes(next_);
    ++n_running_;
    return next_++;
  }
  void give_back(size_t place) {
    {
      const std::lock_guard lock(mutex_);
      taken_ -= bytes(place);
      --n_running_;
    }
    changed_.notify_all();
  }
  void end() {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    changed_.notify_all();
  }

 private:
  int64_t bytes(size_t place) const { return memory_ == nullptr ? 0 : memory_->bytes.at(order_[place]); }
  bool fits(size_t place) const {
    return memory_ == nullptr || n_running_ == 0 || taken_ + bytes(place) <= memory_->budget;
  }

  const std::vector<size_t>& order_;
  const JobMemory* memory_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t next_ = 0, n_running_ = 0;
  int64_t taken_ = 0;
  bool ends_ = false;
};

}  // namespace

void run_side_by_side(const std::vector<size_t>& order, int n_threads, const std::function<void(size_t)>& job,
                      const JobMemory* memory) {
  Places places(order, memory);
  std::vector<std::exception_ptr> thrown(order.size());
  const auto work = [&] {
    while (const auto place = places.take()) {
      try {
        job(order[*place]);
      } catch (...) {
        thrown[*place] = std::current_exception();
        places.end();
      }
      places.give_back(*place);
    }
  };
  std::vector<std::thread> threads;
  const size_t n = std::min(static_cast<size_t>(threads_or_cores(n_threads)), order.size());
  for (size_t i = 0; i < n; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& exception : thrown)
    if (exception) std::rethrow_exception(exception);
}

int threads_or_cores(int n_threads) {
  if (n_threads > 0) return n_threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::vector<size_t> longest_first(const std::vector<double>& costs) {
  std::vector<size_t> order(costs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return costs[a] > costs[b]; });
  return order;
}

}  // namespace stria::train
