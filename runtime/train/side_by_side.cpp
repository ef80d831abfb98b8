#include "runtime/train/side_by_side.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <numeric>
#include <thread>

namespace stria::train {

void run_side_by_side(const std::vector<size_t>& order, int n_threads,
                      const std::function<void(size_t)>& job) {
  std::atomic<size_t> next{0};
  std::atomic<bool> failed{false};
  std::vector<std::exception_ptr> thrown(order.size());
  const auto work = [&] {
    for (size_t place = next++; place < order.size() && !failed; place = next++) {
      try {
        job(order[place]);
      } catch (...) {
        thrown[place] = std::current_exception();
        failed = true;
      }
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
