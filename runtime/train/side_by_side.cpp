#include "runtime/train/side_by_side.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>
#include <thread>
#include <utility>

namespace stria::train {

namespace {

using Clock = std::chrono::steady_clock;

// Another job's data are not in the caches: a turn is worth more than the moment it takes to fetch them.
constexpr Clock::duration least_turn = std::chrono::milliseconds(500);

// Who is at work: at most n_threads, of those that want to the ones that had the least time.
class Turns {
 public:
  explicit Turns(int n_threads) : n_free_(n_threads) {}

  // Returns when one that had `had` so far may work.
  void begin(Clock::duration had) {
    std::unique_lock lock(mutex_);
    const auto mine = waiting_.insert({had, ++n_calls_}).first;
    changed_.wait(lock, [&] { return n_free_ > 0 && mine == waiting_.begin(); });
    waiting_.erase(mine);
    --n_free_;
    if (n_free_ > 0) changed_.notify_all();
  }
  void end() {
    {
      const std::lock_guard lock(mutex_);
      ++n_free_;
    }
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int n_free_;
  uint64_t n_calls_ = 0;                                    // of equal ones the first that came
  std::set<std::pair<Clock::duration, uint64_t>> waiting_;  // time had, call
};

// Hands out places of an order, each once a thread and the memory of its job are free.
class Places {
 public:
  Places(const std::vector<size_t>& order, size_t n_threads, const JobMemory* memory)
      : order_(order), n_threads_(n_threads), memory_(memory) {}

  // Nothing where there is none left.
  std::optional<size_t> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ends_ || n_left() == 0 || (is_due() && fits(next_)); });
    if (ends_ || n_left() == 0) return std::nullopt;
    taken_ += bytes(next_);
    ++n_running_;
    const size_t place = next_++;
    changed_.notify_all();
    return place;
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
  size_t n_left() const { return order_.size() - next_; }
  bool is_due() const { return n_running_ < n_threads_ || n_left() < n_threads_; }
  int64_t bytes(size_t place) const { return memory_ == nullptr ? 0 : memory_->bytes.at(order_[place]); }
  bool fits(size_t place) const {
    return memory_ == nullptr || n_running_ == 0 || taken_ + bytes(place) <= memory_->budget;
  }

  const std::vector<size_t>& order_;
  const size_t n_threads_;
  const JobMemory* memory_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t next_ = 0, n_running_ = 0;
  int64_t taken_ = 0;
  bool ends_ = false;
};

// A job in its turns.
void run_in_turns(const Job& job, size_t index, Turns& turns) {
  Clock::duration had{0};
  turns.begin(had);
  Clock::time_point start = Clock::now();
  const auto pause = [&] {
    const Clock::duration turn = Clock::now() - start;
    if (turn < least_turn) return;
    had += turn;
    turns.end();
    turns.begin(had);
    start = Clock::now();
  };
  try {
    job(index, pause);
  } catch (...) {
    turns.end();
    throw;
  }
  turns.end();
}

}  // namespace

void run_side_by_side(const std::vector<size_t>& order, int n_threads, const Job& job,
                      const JobMemory* memory) {
  const int at_work = threads_or_cores(n_threads);
  Places places(order, static_cast<size_t>(at_work), memory);
  Turns turns(at_work);
  std::vector<std::exception_ptr> thrown(order.size());
  const auto work = [&] {
    while (const auto place = places.take()) {
      try {
        run_in_turns(job, order[*place], turns);
      } catch (...) {
        thrown[*place] = std::current_exception();
        places.end();
      }
      places.give_back(*place);
    }
  };
  std::vector<std::thread> threads;
  const size_t most = std::min(2 * static_cast<size_t>(at_work) - 1, order.size());
  for (size_t i = 0; i < most; ++i) threads.emplace_back(work);
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
