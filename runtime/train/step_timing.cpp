#include "runtime/train/step_timing.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "compiler/passes/split_complex.h"
#include "compiler/plan/prepare.h"
#include "compiler/sema/value.h"
#include "runtime/random/random.h"
#include "runtime/train/side_by_side.h"

namespace stria::train {
namespace {

constexpr int n_warm_up = 3;

struct TimedMember {
  std::unique_ptr<exec::Executor> executor;
  double learning_rate = 0;
  exec::Batch batch;
  double loss = 0;

  void step() { loss = executor->step(batch, learning_rate).loss; }
};

TimedMember make_member(const StepTask& task, uint64_t seed) {
  const ModelProgram& program = task.program;
  TimedMember member{task.make_executor(program), task.optimizer.learning_rate,
                     random_batch(seed, task.n_clips, task.n_bins, program)};
  const auto n_units = static_cast<size_t>(program.n_units);
  member.executor->set_keep(task.keep);
  member.executor->initialise(seed, {std::vector<double>(n_units, 0.0), std::vector<double>(n_units, 0.5),
                                     std::vector<double>(n_units, 1.0)});
  member.executor->begin_training(task.optimizer);
  return member;
}

void check_losses(const StepTask& task, const std::vector<TimedMember>& members, int step) {
  for (const TimedMember& member : members)
    if (!std::isfinite(member.loss))
      throw DataError(fmt::format("the loss of `{}` is {} after {} steps on random clips", task.program.name,
                                  member.loss, step),
                      "take fewer steps with --steps, or a smaller learning rate with --set");
}

}  // namespace

int threads_of(const StepTask& task) {
  return std::min(threads_or_cores(task.n_threads), task.n_members) * task.n_threads_a_member;
}

exec::Batch random_batch(uint64_t seed, int64_t n_clips, int64_t n_bins, const ModelProgram& program) {
  const auto frames = static_cast<size_t>(n_clips * n_bins);
  exec::Batch batch{n_clips, n_bins, program.n_units, {}, {}, {}, {}};
  for (const ModelInput& input : program.inputs) {
    exec::BatchInput& drawn = batch.inputs.emplace_back();
    drawn.size = input.size;
    drawn.values.resize(frames * static_cast<size_t>(input.size));
    const bool is_stimulus = input.argument == stimulus_argument;
    const random::Draws draws(seed, "bench", is_stimulus ? "stimulus" : input.argument);
    for (size_t i = 0; i < drawn.values.size(); ++i)
      drawn.values[i] = static_cast<float>(draws.normal({0, 0, i}));
  }
  batch.response.resize(frames * static_cast<size_t>(program.n_units));
  batch.valid.assign(frames, 1);
  batch.present.assign(batch.response.size(), 1);
  const random::Draws response(seed, "bench", "response");
  for (size_t i = 0; i < batch.response.size(); ++i)
    batch.response[i] = static_cast<float>(response.uniform({0, 0, i}));
  return batch;
}

std::vector<double> time_steps(const StepTask& task) {
  std::vector<TimedMember> members;
  for (int seed = 0; seed < task.n_members; ++seed)
    members.push_back(make_member(task, static_cast<uint64_t>(seed)));
  std::vector<size_t> order(members.size());
  std::iota(order.begin(), order.end(), size_t{0});
  // On the thread that is there, as a run's worker is there for all steps of a member.
  const bool in_turn = std::min(threads_or_cores(task.n_threads), task.n_members) == 1;
  std::vector<double> milliseconds;
  for (int step = 0; step < n_warm_up + task.n_steps; ++step) {
    if (step == n_warm_up && task.plan_ms != nullptr) members[0].executor->time_plan_steps(task.plan_ms);
    const auto start = std::chrono::steady_clock::now();
    if (in_turn)
      for (TimedMember& member : members) member.step();
    else
      run_side_by_side(order, task.n_threads, [&](size_t i, const Pause&) { members[i].step(); });
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
    check_losses(task, members, step + 1);
    if (step >= n_warm_up) milliseconds.push_back(taken.count());
  }
  if (task.plan_ms != nullptr)
    for (double& each : *task.plan_ms) each /= task.n_steps;
  return milliseconds;
}

double operations_of_step(const StepTask& task) {
  passes::PassOptions options = plan::training_passes(task.program, task.optimizer);
  options.skip = {"dense_window"};
  const ir::Cost cost = ir::flops(passes::run_passes(passes::split_complex(task.program.train), options));
  const auto clips = static_cast<double>(task.n_clips), bins = static_cast<double>(task.n_bins);
  return cost.per_bin * clips * bins + cost.per_clip * clips + cost.fixed;
}

TimeSummary summarise(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  const size_t n = times.size();
  return {times.front(), (times[(n - 1) / 2] + times[n / 2]) / 2, times[(9 * n + 9) / 10 - 1]};
}

}  // namespace stria::train
