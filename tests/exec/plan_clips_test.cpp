// Clips in batches: a clip gets what it gets alone, and what lies behind its end does not count (run.1).
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "runtime/exec/executor.h"
#include "runtime/random/random.h"
#include "tests/exec/library_programs.h"

using namespace stria;
using namespace stria::test;
using exec::Batch;

namespace {

std::unique_ptr<exec::Executor> started(const exec::CompiledModel& model, const ModelProgram& program,
                                        int n_threads = 1) {
  auto executor = exec::make_plan_executor(model, n_threads);
  const auto n = static_cast<size_t>(program.n_units);
  executor->initialise(
      3, {std::vector<double>(n, 0.1), std::vector<double>(n, 0.6), std::vector<double>(n, 2.0)});
  return executor;
}

// What stands behind the clips' ends.
struct Padding {
  float stimulus = 0, response = 0;
};
Batch batch_of(const ModelProgram& program, const std::vector<int64_t>& lengths, Padding padding = {}) {
  Batch batch;
  batch.n_clips = static_cast<int64_t>(lengths.size());
  batch.n_bins = *std::max_element(lengths.begin(), lengths.end());
  batch.n_units = program.n_units;
  for (const ModelInput& input : program.inputs) batch.inputs.push_back({input.size, {}});
  const random::Draws draws(5, "test", "clips");
  for (uint64_t clip = 0; clip < lengths.size(); ++clip) {
    for (int64_t bin = 0; bin < batch.n_bins; ++bin) {
      const bool inside = bin < lengths[clip];
      const uint64_t at = (clip * 1000 + static_cast<uint64_t>(bin)) * 100;
      batch.valid.push_back(inside ? 1 : 0);
      for (uint32_t k = 0; k < batch.inputs.size(); ++k)
        for (int64_t f = 0; f < batch.inputs[k].size; ++f) {
          const double level = draws.uniform({0, 2 * k, at + static_cast<uint64_t>(f)}, -1, 1);
          batch.inputs[k].values.push_back(inside ? static_cast<float>(level) : padding.stimulus);
        }
      for (int64_t unit = 0; unit < batch.n_units; ++unit) {
        const double rate = draws.uniform({0, 1, at + static_cast<uint64_t>(unit)}, 0, 2);
        batch.response.push_back(inside ? static_cast<float>(rate) : padding.response);
        batch.present.push_back(inside && (at + static_cast<uint64_t>(unit)) % 5 != 0 ? 1 : 0);
      }
    }
  }
  return batch;
}

// One clip of a batch, without what lies behind its end.
Batch alone(const Batch& batch, int64_t clip, int64_t length) {
  Batch result;
  result.n_clips = 1;
  result.n_bins = length;
  result.n_units = batch.n_units;
  for (const exec::BatchInput& input : batch.inputs) {
    const auto start = input.values.begin() + clip * batch.n_bins * input.size;
    result.inputs.push_back({input.size, {start, start + length * input.size}});
  }
  result.valid.assign(static_cast<size_t>(length), 1);
  return result;
}

}  // namespace

TEST_CASE("run.1: a clip in a batch gets the bits that it gets alone; 1, 2, T - 1 and T bins") {
  const std::vector<int64_t> lengths = {9, 1, 2, 8, 9, 5, 3, 1, 7};
  for (const LibraryProgram& each : library_programs()) {
    CAPTURE(each.label);
    const exec::CompiledModel model(*each.program);
    const auto executor = started(model, *each.program);
    const Batch batch = batch_of(*each.program, lengths);
    const std::vector<float> together = executor->predict(batch);
    for (size_t clip = 0; clip < lengths.size(); ++clip) {
      CAPTURE(lengths[clip]);
      const std::vector<float> own =
          executor->predict(alone(batch, static_cast<int64_t>(clip), lengths[clip]));
      const auto start = together.begin() + static_cast<int64_t>(clip) * batch.n_bins * batch.n_units;
      CHECK(own == std::vector<float>(start, start + static_cast<int64_t>(own.size())));
    }
  }
}

namespace {

// The loss, its derivatives and the new buffers.
std::vector<float> outcome(exec::Executor& executor, const ModelProgram& program, const Batch& batch) {
  std::vector<float> numbers = {static_cast<float>(executor.loss_and_gradients(batch))};
  for (size_t i = 0; i < program.parameters.size(); ++i)
    numbers.insert(numbers.end(), executor.gradient(i).begin(), executor.gradient(i).end());
  for (size_t i = 0; i < program.buffers.size(); ++i)
    numbers.insert(numbers.end(), executor.buffer(i).begin(), executor.buffer(i).end());
  return numbers;
}

float greatest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  float greatest = 0;
  for (size_t i = 0; i < a.size(); ++i) greatest = std::max(greatest, std::abs(a[i] - b[i]));
  return greatest;
}

}  // namespace

// A stimulus is padded with zeros; where it is not, products by blocks of bins (plan/blocks.h) round
// otherwise, and nothing more.
TEST_CASE("run.1: what lies behind the clips' ends reaches neither loss, derivatives nor statistics") {
  for (const LibraryProgram& each : library_programs()) {
    const ModelProgram& program = *each.program;
    if (program.reach_future != 0) continue;
    CAPTURE(each.label);
    const exec::CompiledModel model(program);
    for (const auto& lengths : {std::vector<int64_t>{6, 1, 2, 5}, {7, 1, 2, 6, 3, 7, 4, 5, 2}}) {
      const auto with = [&](Padding padding) {
        return outcome(*started(model, program), program, batch_of(program, lengths, padding));
      };
      const std::vector<float> zeros = with({});
      CHECK(zeros == with({0, 3.5F}));
      CHECK(greatest_difference(zeros, with({3.5F, 0})) < 2e-5F);
    }
  }
}

TEST_CASE("exp.4: a batch on one, two or three threads gives the same bits") {
  for (const LibraryProgram& each : library_programs()) {
    CAPTURE(each.label);
    const exec::CompiledModel model(*each.program);
    const Batch batch = batch_of(*each.program, std::vector<int64_t>(19, 12));
    std::vector<float> first;
    for (const int n_threads : {1, 2, 3}) {
      const auto executor = exec::make_plan_executor(model, n_threads);
      const auto n = static_cast<size_t>(each.program->n_units);
      executor->initialise(
          3, {std::vector<double>(n, 0.1), std::vector<double>(n, 0.6), std::vector<double>(n, 2.0)});
      std::vector<float> numbers = {static_cast<float>(executor->loss_and_gradients(batch))};
      for (size_t i = 0; i < each.program->parameters.size(); ++i)
        numbers.insert(numbers.end(), executor->gradient(i).begin(), executor->gradient(i).end());
      const std::vector<float> rates = executor->predict(batch);
      numbers.insert(numbers.end(), rates.begin(), rates.end());
      if (first.empty()) first = numbers;
      CHECK(numbers == first);
    }
  }
}

TEST_CASE("a batch gets the same bits whatever a step keeps in memory, on one thread or two") {
  const std::vector<int64_t> few = {150, 1, 2, 149}, many = {150, 1, 2, 149, 63, 64, 65, 128, 150};
  for (const LibraryProgram& each : library_programs()) {
    CAPTURE(each.label);
    const exec::CompiledModel model(*each.program);
    std::vector<float> first;
    for (const auto& [keep, n_threads] : {std::pair{plan::Keep::everything, 1},
                                          {plan::Keep::between_phases, 1},
                                          {plan::Keep::starts, 1},
                                          {plan::Keep::starts, 2}}) {
      const auto executor = started(model, *each.program, n_threads);
      executor->set_keep(keep);
      executor->begin_training({});
      std::vector<float> numbers;
      for (const auto& lengths : {few, many, few}) {
        numbers.push_back(static_cast<float>(executor->step(batch_of(*each.program, lengths), 1e-3).loss));
      }
      for (size_t i = 0; i < each.program->parameters.size(); ++i)
        numbers.insert(numbers.end(), executor->parameter(i).begin(), executor->parameter(i).end());
      for (size_t i = 0; i < each.program->buffers.size(); ++i)
        numbers.insert(numbers.end(), executor->buffer(i).begin(), executor->buffer(i).end());
      const std::vector<float> rates = executor->predict(batch_of(*each.program, few));
      numbers.insert(numbers.end(), rates.begin(), rates.end());
      if (first.empty()) first = numbers;
      CHECK(numbers == first);
    }
  }
}
