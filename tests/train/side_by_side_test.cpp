#include "runtime/train/side_by_side.h"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>

using namespace stria::train;

TEST_CASE("members side by side: each job runs once, whatever the number of threads") {
  for (int n_threads : {1, 2, 5}) {
    std::vector<std::atomic<int>> counts(20);
    run_side_by_side(longest_first(std::vector<double>(20, 1.0)), n_threads, [&](size_t i) { ++counts[i]; });
    for (const auto& count : counts) CHECK(count == 1);
  }
}

TEST_CASE("members side by side: the longest first, equal ones in order") {
  CHECK(longest_first({1, 5, 3, 5}) == std::vector<size_t>{1, 3, 2, 0});
}

TEST_CASE("members side by side: the first exception in order is thrown, later jobs do not start") {
  std::atomic<int> started{0};
  const auto job = [&](size_t i) {
    ++started;
    if (i == 2) throw std::runtime_error("job " + std::to_string(i));
  };
  CHECK_THROWS_WITH(run_side_by_side({0, 1, 2, 3, 4, 5}, 1, job), "job 2");
  CHECK(started == 3);
  run_side_by_side({}, 2, job);
}
