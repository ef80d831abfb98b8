#include "runtime/train/member.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "compiler/sema/value.h"
#include "runtime/train/absorb.h"
#include "runtime/train/batches.h"
#include "runtime/train/closed_form.h"
#include "runtime/train/evaluation_set.h"
#include "runtime/train/schedule.h"
#include "runtime/train/unit_weights.h"

namespace stria::train {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<const data::Clip*> choose(const std::vector<data::Clip>& clips,
                                      const std::vector<size_t>& indices) {
  std::vector<const data::Clip*> chosen;
  for (size_t index : indices) chosen.push_back(&clips[index]);
  return chosen;
}

// What keeps a best epoch: the model, or each of its units.
size_t n_parts(const MemberTask& task) {
  return task.protocol.stop.per_unit ? static_cast<size_t>(task.data.n_units) : 1;
}

class Trainer {
 public:
  Trainer(const MemberTask& task, exec::Executor& executor, const EpochHook& hook,
          const std::atomic<bool>& interrupted)
      : task_(task),
        executor_(executor),
        hook_(hook),
        interrupted_(interrupted),
        clips_(data::apply_split(task.data, task.split)),
        train_(choose(clips_, task.split.train), task.data.n_units),
        valid_(choose(clips_, task.split.valid), task.data.n_units, n_parts(task) > 1),
        test_(choose(clips_, task.split.test), task.data.n_units),
        statistics_(response_statistics(task.data, task.split.train)),
        valid_scorer_(scorer(valid_)),
        learning_rate_(task.protocol.schedule),
        stopping_(task.protocol.stop, n_parts(task)) {}

  std::optional<MemberResult> run() {
    const Clock::time_point start = Clock::now();
    executor_.initialise(task_.protocol.split.seed, statistics_);
    if (task_.start != nullptr) take(*task_.start);
    if (task_.protocol.ridge) {
      solve();
      result_.seconds = seconds_since(start);
      return std::move(result_);
    }
    executor_.begin_training(task_.protocol.optimizer);
    while (!diverged_ && !stopping_.ended())
      if (!one_epoch()) return std::nullopt;
    finish();
    result_.seconds = seconds_since(start) - seconds_elsewhere_;
    return std::move(result_);
  }

 private:
  eval::Scorer scorer(const EvaluationSet& set) const {
    return {set.clips(), task_.data.units, {task_.protocol.scores_raw, task_.protocol.scores_normalised}};
  }

  void solve() {
    result_.strengths = solve_member(task_, train_.clips(), valid_.clips(), executor_);
    result_.best = weights();
    result_.stopped = Stopped::solved;
    evaluate_all();
    result_.verdict =
        *result_.valid.loss < *result_.valid.mean_rate_loss ? Verdict::learnt : Verdict::no_better;
  }

  // False where interrupted.
  bool one_epoch() {
    const Clock::time_point start = Clock::now();
    EpochRecord record;
    record.epoch = stopping_.epoch() + 1;
    if (!train_epoch(record)) return false;
    if (diverged_) {
      record.valid_loss = std::nan("");
      result_.epochs = record.epoch;
    } else {
      validate(record);
    }
    record.seconds = seconds_since(start);
    result_.history.push_back(record);
    if (hook_) call_hook(record);
    return true;
  }

  // A member may lose its turn to others in here: none of its own time.
  void call_hook(const EpochRecord& record) {
    const Clock::time_point start = Clock::now();
    hook_(record, stopping_.best_loss());
    seconds_elsewhere_ += seconds_since(start);
  }

  // One pass over the training clips. False where interrupted.
  bool train_epoch(EpochRecord& record) {
    const std::vector<const data::Clip*> order =
        order_of_epoch(train_.clips(), task_.protocol.split.seed, record.epoch);
    const double learning_rate = task_.protocol.optimizer.learning_rate * learning_rate_.factor();
    double sum = 0;
    double n_entries = 0;
    for (const auto& clips : cut_into_batches(order, task_.protocol.batch)) {
      if (interrupted_.load()) return false;
      const exec::Batch batch = make_batch(clips, true);
      const auto n_present =
          std::count_if(batch.present.begin(), batch.present.end(), [](uint8_t p) { return p != 0; });
      if (n_present == 0) continue;  // no unit's response: no loss
      const exec::StepOutcome outcome = executor_.step(batch, learning_rate);
      sum += outcome.loss * static_cast<double>(n_present);
      n_entries += static_cast<double>(n_present);
      if (!check_finite(outcome, record.epoch)) break;
    }
    record.train_loss = sum / n_entries;
    return true;
  }

  bool check_finite(const exec::StepOutcome& outcome, int64_t epoch) {
    if (!std::isfinite(outcome.loss)) {
      diverge(fmt::format("the training loss became {} in epoch {}", outcome.loss, epoch));
    } else if (outcome.broken_gradient) {
      diverge(fmt::format("the gradient of `{}` was not finite in epoch {}",
                          task_.program.parameters[*outcome.broken_gradient].path, epoch));
    }
    return outcome.finite();
  }

  void diverge(std::string reason) {
    diverged_ = true;
    result_.reason = std::move(reason);
  }

  void validate(EpochRecord& record) {
    const std::vector<std::vector<float>> predictions = valid_.predict(executor_);
    record.valid_loss = valid_.loss(executor_, predictions);
    const eval::SetScores scores = valid_scorer_.score(predictions);
    record.valid_cc_raw = scores.cc_raw.mean;
    record.valid_cc_norm = scores.cc_norm.mean;
    learning_rate_.record(record.valid_loss);
    keep(stopping_.record(n_parts(task_) > 1 ? valid_.unit_losses(executor_, predictions)
                                             : std::vector{record.valid_loss}));
    result_.epochs = stopping_.epoch();
  }

  // The present weights, of the parts that are better with them than ever.
  void keep(const std::vector<size_t>& better) {
    if (better.empty()) return;
    Weights present = weights();
    if (!result_.best || n_parts(task_) == 1) {
      result_.best = std::move(present);
    } else {
      for (const size_t unit : better) copy_unit(task_.program, unit, present, *result_.best);
    }
  }

  Weights weights() {
    Weights kept;
    for (size_t i = 0; i < task_.program.parameters.size(); ++i) {
      const std::span<float> values = executor_.parameter(i);
      kept.parameters.emplace_back(values.begin(), values.end());
    }
    for (size_t i = 0; i < task_.program.buffers.size(); ++i) {
      const std::span<float> values = executor_.buffer(i);
      kept.buffers.emplace_back(values.begin(), values.end());
    }
    return kept;
  }

  void take(const Weights& weights) {
    for (size_t i = 0; i < weights.parameters.size(); ++i)
      std::copy(weights.parameters[i].begin(), weights.parameters[i].end(), executor_.parameter(i).begin());
    for (size_t i = 0; i < weights.buffers.size(); ++i)
      std::copy(weights.buffers[i].begin(), weights.buffers[i].end(), executor_.buffer(i).begin());
  }

  void finish() {
    result_.best_epoch = stopping_.best_epoch();
    if (task_.protocol.stop.per_unit) result_.best_epochs = stopping_.best_epochs();
    check_all_kept();
    if (diverged_) {
      result_.stopped = Stopped::diverged;
      return;
    }
    result_.stopped = stopping_.reason();
    take(*result_.best);
    if (absorb_batch_norms(task_.program, executor_) > 0) result_.absorbed = weights();
    evaluate_all();
    result_.verdict = judge(evidence(), task_.protocol.stop);
  }

  // Weights are kept where every part has its best epoch.
  void check_all_kept() {
    const std::vector<int64_t>& epochs = stopping_.best_epochs();
    const auto without = std::find(epochs.begin(), epochs.end(), 0);
    if (without == epochs.end()) return;
    result_.best.reset();
    const std::string whose =
        epochs.size() == 1 ? "" : fmt::format(" of unit `{}`", task_.data.units[without - epochs.begin()]);
    if (!diverged_)
      diverge(fmt::format("the validation loss{} was not finite in any of {} epochs", whose, result_.epochs));
  }

  void evaluate_all() {
    evaluate(train_, nullptr, result_.train);
    result_.train.predictions.clear();
    evaluate(valid_, &valid_scorer_, result_.valid);
    const eval::Scorer test_scorer = scorer(test_);
    evaluate(test_, &test_scorer, result_.test);
  }

  void evaluate(const EvaluationSet& set, const eval::Scorer* scorer, SetEvaluation& into) {
    into.predictions = set.predict(executor_);
    into.loss = set.loss(executor_, into.predictions);
    into.mean_rate_loss = set.constant_loss(executor_, statistics_.mean);
    if (scorer) into.scores = scorer->score(into.predictions);
  }

  Evidence evidence() const {
    Evidence evidence{result_.stopped, result_.epochs, result_.best_epoch,
                      result_.history.front().train_loss};
    evidence.lowest_train_loss = evidence.highest_train_loss = evidence.first_train_loss;
    for (const EpochRecord& record : result_.history) {
      evidence.lowest_train_loss = std::min(evidence.lowest_train_loss, record.train_loss);
      evidence.highest_train_loss = std::max(evidence.highest_train_loss, record.train_loss);
    }
    evidence.best_valid_loss = n_parts(task_) > 1 ? *result_.valid.loss : stopping_.best_loss();
    evidence.mean_rate_valid_loss = *result_.valid.mean_rate_loss;
    return evidence;
  }

  const MemberTask& task_;
  exec::Executor& executor_;
  const EpochHook& hook_;
  const std::atomic<bool>& interrupted_;
  const std::vector<data::Clip> clips_;  // the sets point into it
  const EvaluationSet train_, valid_, test_;
  const exec::ResponseStatistics statistics_;
  const eval::Scorer valid_scorer_;
  LearningRate learning_rate_;
  EarlyStopping stopping_;
  MemberResult result_;
  double seconds_elsewhere_ = 0;
  bool diverged_ = false;
};

void check_not_empty(const MemberTask& task, const std::vector<size_t>& part, const char* name) {
  for (size_t index : part)
    for (uint8_t present : task.data.clips[index].present)
      if (present != 0) return;
  throw DataError(fmt::format("the {} set of {} (split seed {}) has no bin with a response", name,
                              task.data.name, task.protocol.split.seed),
                  "give the split another seed, or leave out the stimuli that no unit responded to");
}

void check_units_validated(const MemberTask& task) {
  const std::vector<size_t>& part = task.split.valid;
  const std::vector<JoinedResponses> units =
      by_unit(join_responses(choose(task.data.clips, part), task.data.n_units));
  for (size_t unit = 0; unit < units.size(); ++unit)
    if (units[unit].n_present == 0)
      throw DataError(
          fmt::format(
              "unit `{}` of {} has no response in any of the {} validation stimuli (split seed {}), so "
              "no epoch is its best",
              task.data.units[unit], task.data.name, part.size(), task.protocol.split.seed),
          "leave the unit out of `units`, give the split another seed or a larger validation share, or leave "
          "out `per = \"unit\"`");
}

}  // namespace

void check_member(const MemberTask& task) {
  response_statistics(task.data, task.split.train);
  check_not_empty(task, task.split.valid, "validation");
  check_not_empty(task, task.split.test, "test");
  if (n_parts(task) > 1) check_units_validated(task);
  const auto positive = [](int64_t value, const char* what) {
    if (value < 1)
      throw DataError(fmt::format("the protocol's {} is {}, but must be at least 1", what, value));
  };
  positive(task.protocol.batch, "`batch`");
  positive(task.protocol.stop.max_epochs, "`max_epochs`");
  positive(task.protocol.stop.patience, "`patience`");
}

exec::MemberSizes member_sizes(const MemberTask& task) {
  const auto n_bins = [&](size_t index) { return task.data.clips[index].n_bins; };
  const auto n_clips = static_cast<int64_t>(task.split.train.size());
  exec::MemberSizes sizes;
  sizes.n_clips = task.protocol.ridge ? 0 : std::min(task.protocol.batch, n_clips);
  sizes.rest_clips = sizes.n_clips > 0 ? n_clips % sizes.n_clips : 0;
  for (const size_t index : task.split.train) sizes.n_bins = std::max(sizes.n_bins, n_bins(index));
  for (const auto* part : {&task.split.train, &task.split.valid, &task.split.test}) {
    int64_t joined = 0;
    for (const size_t index : *part) {
      joined += n_bins(index);
      sizes.predicted_bins = std::max(sizes.predicted_bins, n_bins(index));
    }
    sizes.joined_bins = std::max(sizes.joined_bins, joined);
  }
  return sizes;
}

std::optional<MemberResult> train_member(const MemberTask& task, exec::Executor& executor,
                                         const EpochHook& hook, const std::atomic<bool>& interrupted) {
  check_member(task);
  return Trainer(task, executor, hook, interrupted).run();
}

}  // namespace stria::train
