#include "runtime/train/side_by_side.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

using namespace stria::train;

TEST_CASE("members side by side: each job runs once, whatever the number of threads") {
  for (int n_threads : {1, 2, 5}) {
    std::vector<std::atomic<int>> counts(20);
    run_side_by_side(longest_first(std::vector<double>(20, 1.0)), n_threads,
                     [&](size_t i, const Pause&) { ++counts[i]; });
    for (const auto& count : counts) CHECK(count == 1);
  }
}

TEST_CASE("members side by side: the longest first, equal ones in order") {
  CHECK(longest_first({1, 5, 3, 5}) == std::vector<size_t>{1, 3, 2, 0});
}

TEST_CASE("members side by side: the first exception in order is thrown, later jobs do not start") {
  std::atomic<int> started{0};
  const auto job = [&](size_t i, const Pause&) {
    ++started;
    if (i == 2) throw std::runtime_error("job " + std::to_string(i));
  };
  CHECK_THROWS_WITH(run_side_by_side({0, 1, 2, 3, 4, 5}, 1, job), "job 2");
  CHECK(started == 3);
  run_side_by_side({}, 2, job);
}

TEST_CASE(
    "members side by side: those that run at once fit into the memory, one that does not fit runs alone") {
  const JobMemory memory{{60, 40, 30, 200, 10, 90}, 100};
  std::mutex mutex;
  int64_t taken = 0, most = 0, n_running = 0;
  std::vector<size_t> started;
  const auto job = [&](size_t i, const Pause&) {
    {
      const std::lock_guard lock(mutex);
      started.push_back(i);
      taken += memory.bytes[i];
      ++n_running;
      CHECK((taken <= memory.budget || n_running == 1));
      most = std::max(most, n_running);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const std::lock_guard lock(mutex);
    taken -= memory.bytes[i];
    --n_running;
  };
  const std::vector<size_t> order = {3, 5, 0, 1, 2, 4};
  run_side_by_side(order, 4, job, &memory);
  std::sort(started.begin(), started.end());
  CHECK(started == std::vector<size_t>{0, 1, 2, 3, 4, 5});
  CHECK(most >= 2);
}

TEST_CASE("members side by side: after an exception those that wait for memory do not start") {
  const JobMemory memory{std::vector<int64_t>(6, 100), 100};
  std::atomic<int> n_started{0};
  const auto job = [&](size_t i, const Pause&) {
    ++n_started;
    if (i == 1) throw std::runtime_error("job 1");
  };
  CHECK_THROWS_WITH(run_side_by_side({0, 1, 2, 3, 4, 5}, 3, job, &memory), "job 1");
  CHECK(n_started == 2);
}

TEST_CASE("members side by side: the last ones take turns, never more at work than threads") {
  constexpr int n_threads = 2, n_pieces = 4;
  const auto piece = std::chrono::milliseconds(510);  // longer than a turn must be
  std::atomic<int> n_at_work{0};
  std::atomic<bool> together{false};
  std::vector<std::atomic<int>> done(3);
  const auto job = [&](size_t i, const Pause& pause) {
    for (int p = 0; p < n_pieces; ++p) {
      CHECK(++n_at_work <= n_threads);
      std::this_thread::sleep_for(piece);
      --n_at_work;
      ++done[i];
      const auto under_way = [&](const std::atomic<int>& n) { return n > 0 && n < n_pieces; };
      if (std::all_of(done.begin(), done.end(), under_way)) together = true;
      pause();
    }
  };
  const auto start = std::chrono::steady_clock::now();
  run_side_by_side({0, 1, 2}, n_threads, job);
  const auto took = std::chrono::steady_clock::now() - start;
  for (const auto& n : done) CHECK(n == n_pieces);
  CHECK(together);
  CHECK(took < 2 * n_pieces * piece);  // what one after the other two would take
}

TEST_CASE("members side by side: one that throws in its turn leaves the thread to the others") {
  std::atomic<int> n_ended{0};
  const auto job = [&](size_t i, const Pause& pause) {
    if (i == 1) throw std::runtime_error("job 1");
    pause();
    ++n_ended;
  };
  CHECK_THROWS_WITH(run_side_by_side({0, 1, 2}, 2, job), "job 1");
  CHECK(n_ended >= 1);
}
