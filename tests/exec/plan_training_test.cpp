// A training step by a plan asks for no memory, and what a member becomes does not hang on what runs beside
// it.
#include <doctest/doctest.h>
#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "runtime/exec/executor.h"
#include "runtime/random/random.h"
#include "tests/exec/library_programs.h"

// The C library's own functions; ours stand before them in this program and count.
extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t n, size_t bytes);
void* __libc_realloc(void* memory, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);
}

namespace {
std::atomic<bool> counting{false};
std::atomic<int64_t> n_allocations{0};
void count_one() {
  if (counting.load(std::memory_order_relaxed)) n_allocations.fetch_add(1, std::memory_order_relaxed);
}
}  // namespace

extern "C" {
void* malloc(size_t bytes) {
  count_one();
  return __libc_malloc(bytes);
}
void* calloc(size_t n, size_t bytes) {
  count_one();
  return __libc_calloc(n, bytes);
}
void* realloc(void* memory, size_t bytes) {
  count_one();
  return __libc_realloc(memory, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  count_one();
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** memory, size_t alignment, size_t bytes) {
  count_one();
  *memory = __libc_memalign(alignment, bytes);
  return *memory == nullptr ? ENOMEM : 0;
}
}

using namespace stria;
using namespace stria::test;

namespace {

exec::Batch batch_of(const ModelProgram& program, int64_t n_clips, int64_t n_bins, uint64_t which) {
  exec::Batch batch;
  batch.n_clips = n_clips;
  batch.n_bins = n_bins;
  batch.n_units = program.n_units;
  for (const ModelInput& input : program.inputs) batch.inputs.push_back({input.size, {}});
  const random::Draws draws(11, "test", "batch");
  for (int64_t i = 0; i < n_clips * n_bins; ++i) {
    const auto at = (which * 1000 + static_cast<uint64_t>(i)) * 100;
    batch.valid.push_back(1);
    for (uint32_t k = 0; k < batch.inputs.size(); ++k)
      for (int64_t f = 0; f < batch.inputs[k].size; ++f)
        batch.inputs[k].values.push_back(
            static_cast<float>(draws.uniform({0, 2 * k, at + static_cast<uint64_t>(f)}, -1, 1)));
    for (int64_t unit = 0; unit < batch.n_units; ++unit) {
      batch.response.push_back(
          static_cast<float>(draws.uniform({0, 1, at + static_cast<uint64_t>(unit)}, 0, 2)));
      batch.present.push_back(1);
    }
  }
  return batch;
}

struct Trainee {
  std::unique_ptr<exec::Executor> executor;
  std::vector<exec::Batch> batches;

  Trainee(const exec::CompiledModel& model, const ModelProgram& program, uint64_t seed)
      : executor(exec::make_plan_executor(model)) {
    const auto n = static_cast<size_t>(program.n_units);
    executor->initialise(
        seed, {std::vector<double>(n, 0.1), std::vector<double>(n, 0.6), std::vector<double>(n, 2.0)});
    executor->begin_training({});
    // Both numbers of lanes, the longest clips first, as a run meets them in its first epoch.
    for (const auto& [n_clips, n_bins] : {std::pair<int64_t, int64_t>{1, 9}, {8, 9}, {1, 4}, {7, 5}, {1, 1}})
      batches.push_back(batch_of(program, n_clips, n_bins, seed * 10 + batches.size()));
  }
  void epoch() {
    for (const exec::Batch& batch : batches) executor->step(batch, 1e-3);
  }
};

std::vector<float> trained(const exec::CompiledModel& model, const ModelProgram& program, uint64_t seed) {
  Trainee trainee(model, program, seed);
  for (int epoch = 0; epoch < 3; ++epoch) trainee.epoch();
  std::vector<float> result;
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    const std::span<float> parameter = trainee.executor->parameter(i);
    result.insert(result.end(), parameter.begin(), parameter.end());
  }
  return result;
}

}  // namespace

TEST_CASE("the counter counts: a string, a vector and an aligned array") {
  n_allocations = 0;
  counting = true;
  const auto a = std::make_unique<std::string>(100, 'a');
  const std::vector<double> b(5);
  std::unique_ptr<void, void (*)(void*)> c(std::aligned_alloc(64, 128), std::free);
  counting = false;
  CHECK(n_allocations.load() == 4);
}

TEST_CASE("a training step allocates nothing once each kind of batch was met") {
  for (const LibraryProgram& each : library_programs()) {
    const exec::CompiledModel model(*each.program);
    for (const plan::Keep keep : {plan::Keep::between_phases, plan::Keep::starts}) {
      Trainee trainee(model, *each.program, 1);
      trainee.executor->set_keep(keep);
      trainee.batches.insert(trainee.batches.begin(), batch_of(*each.program, 1, 150, 99));
      trainee.epoch();
      n_allocations = 0;
      counting = true;
      trainee.epoch();
      counting = false;
      CHECK_MESSAGE(n_allocations.load() == 0, each.label);
    }
  }
}

TEST_CASE("exp.4: a member trained alone, and beside others on 2 or 3 threads, gets the same bits") {
  for (const LibraryProgram& each : library_programs()) {
    CAPTURE(each.label);
    std::vector<std::vector<float>> alone;
    {
      const exec::CompiledModel model(*each.program);
      for (uint64_t seed = 0; seed < 4; ++seed) alone.push_back(trained(model, *each.program, seed));
    }
    CHECK(alone[0] != alone[1]);
    const exec::CompiledModel model(*each.program);
    for (const size_t n_threads : {2, 3}) {
      std::vector<std::vector<float>> together(alone.size());
      std::vector<std::thread> threads;
      for (size_t first = 0; first < n_threads; ++first) {
        threads.emplace_back([&, first] {
          for (size_t seed = first; seed < alone.size(); seed += n_threads)
            together[seed] = trained(model, *each.program, seed);
        });
      }
      for (std::thread& thread : threads) thread.join();
      CHECK(together == alone);
    }
  }
}
