#include "runtime/report/run.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <optional>

#include "compiler/diagnostics/version.h"
#include "compiler/sema/value.h"
#include "runtime/report/files.h"
#include "runtime/report/lock.h"
#include "runtime/report/member_files.h"
#include "runtime/report/memory_shares.h"
#include "runtime/report/results.h"
#include "runtime/report/run_folder.h"
#include "runtime/report/summary.h"
#include "runtime/train/member.h"
#include "runtime/train/progress.h"
#include "runtime/train/side_by_side.h"

namespace stria::report {
namespace {

const std::atomic<bool> never{false};

// "best epoch 41", or "best epochs 12 to 240" of several units.
std::string best_text(const train::MemberResult& result) {
  const auto [first, last] = std::minmax_element(result.best_epochs.begin(), result.best_epochs.end());
  if (result.best_epochs.empty() || *first == *last) return fmt::format("best epoch {}", result.best_epoch);
  return fmt::format("best epochs {} to {}", *first, *last);
}

std::string one_line(const train::MemberResult& result) {
  if (result.stopped == train::Stopped::diverged) return "diverged, " + result.reason;
  if (result.stopped == train::Stopped::solved)
    return fmt::format("{}, solved, validation loss {:.4g}, {:.1f} s", train::text(*result.verdict),
                       *result.valid.loss, result.seconds);
  return fmt::format("{}, {} of {}, validation loss {:.4g}, {:.1f} s", train::text(*result.verdict),
                     best_text(result), result.epochs, *result.valid.loss, result.seconds);
}

class Run {
 public:
  Run(const Experiment& experiment, const RunOptions& options, const RunPlan& plan,
      const std::optional<MemoryShares>& memory, const RunFolder& folder)
      : experiment_(experiment),
        options_(options),
        plan_(plan),
        memory_(memory),
        folder_(folder),
        finished_(plan.members.size()) {}

  void take_over_finished_members() {
    for (size_t i = 0; i < finished_.size(); ++i) {
      finished_[i] = folder_.finished_member(plan_.members[i].member->name);
      if (finished_[i]) ++n_kept_;
    }
  }
  size_t n_kept() const { return n_kept_; }
  size_t n_finished() const {
    return static_cast<size_t>(
        std::count_if(finished_.begin(), finished_.end(), [](const auto& m) { return bool(m); }));
  }

  // False where interrupted.
  bool train_all() {
    std::vector<size_t> waiting;  // indices into the plan
    std::vector<double> costs;
    std::vector<std::string> names;
    for (size_t i = 0; i < finished_.size(); ++i) {
      if (finished_[i]) continue;
      waiting.push_back(i);
      costs.push_back(plan_.members[i].cost);
      names.push_back(plan_.members[i].member->name);
    }
    std::optional<train::Progress> progress;
    if (options_.progress && !waiting.empty())
      progress.emplace(*options_.progress, options_.progress_bar, names);
    const std::optional<train::JobMemory> memory = memory_of(waiting);
    train::run_side_by_side(
        train::longest_first(costs), options_.n_threads,
        [&](size_t place, const train::Pause& pause) {
          if (!interrupted().load()) train_one(waiting[place], place, progress ? &*progress : nullptr, pause);
        },
        memory ? &*memory : nullptr);
    return n_finished() == finished_.size();
  }

  Json results(double seconds) const {
    Json json;
    json["experiment"] = experiment_.name;
    json["stria"] = {{"version", version()}, {"commit", commit()}};
    json["device"] = options_.device;
    json["executor"] = options_.executor;
    json["threads"] = train::threads_or_cores(options_.n_threads);
    json["spec_sha256"] = spec_sha256(options_);
    json["identity"] = run_identity(experiment_, options_, plan_);
    json["seconds"] = seconds;
    json["datasets"] = datasets_json(datasets_of(plan_));
    json["left_out"] = Json::array();
    for (const LeftOut& left_out : plan_.left_out)
      json["left_out"].push_back({{"name", left_out.name}, {"reason", left_out.reason}});
    json["members"] = Json::array();
    for (const auto& member : finished_) json["members"].push_back(member->entry);
    json["summary"] = summary_json(json["members"]);
    return json;
  }

  std::vector<std::string> history() const {
    std::vector<std::string> lines;
    for (const auto& member : finished_)
      lines.insert(lines.end(), member->history.begin(), member->history.end());
    return lines;
  }

 private:
  const std::atomic<bool>& interrupted() const {
    return options_.interrupted ? *options_.interrupted : never;
  }

  std::optional<train::JobMemory> memory_of(const std::vector<size_t>& waiting) const {
    if (!memory_) return std::nullopt;
    train::JobMemory result;
    result.budget = memory_->jobs.budget;
    for (const size_t index : waiting) result.bytes.push_back(memory_->jobs.bytes[index]);
    return result;
  }

  // Different members write different entries of finished_, so no lock is needed.
  void train_one(size_t index, size_t place, train::Progress* progress, const train::Pause& pause) {
    const PlannedMember& planned = plan_.members[index];
    const std::unique_ptr<exec::Executor> executor = options_.make_executor(*planned.program);
    if (memory_) executor->set_keep(memory_->keeps[index]);
    const train::EpochHook hook = [&](const train::EpochRecord& record, double best_loss) {
      if (progress) progress->epoch_done(place, record.epoch, best_loss);
      pause();
    };
    const auto result =
        train::train_member({*planned.program, planned.member->protocol, *planned.data, planned.split,
                             planned.start ? &planned.start->weights : nullptr},
                            *executor, hook, interrupted());
    if (!result) return;
    folder_.write_member(planned, *result);
    finished_[index] = {member_json(planned, *result), history_lines(planned.member->name, result->history)};
    if (progress) progress->member_done(place, one_line(*result));
  }

  const Experiment& experiment_;
  const RunOptions& options_;
  const RunPlan& plan_;
  const std::optional<MemoryShares>& memory_;
  const RunFolder& folder_;
  std::vector<std::optional<FinishedMember>> finished_;
  size_t n_kept_ = 0;
};

void write_what_is_known(const Experiment& experiment, const RunOptions& options, const RunPlan& plan,
                         const std::filesystem::path& folder) {
  for (const SpecText& spec : options.specs) write_file(folder / "spec" / spec.path, spec.text);
  write_file(folder / "lock.toml", lock_text(experiment, options, plan));
  for (const DatasetOfRun& dataset : datasets_of(plan))
    for (const data::Attachment& attachment : dataset.data->attachments)
      write_attachment(folder / dataset.folder, attachment);
}

RunOutcome outcome_of(const Json& results) {
  RunOutcome outcome;
  outcome.table = score_table(results);
  outcome.verdicts = verdict_counts(results);
  outcome.warnings = warnings(results);
  for (const Json& member : results["members"])
    if (member["stopped"] == "diverged") outcome.status = RunStatus::some_diverged;
  return outcome;
}

RunOutcome interrupted(size_t n_finished, size_t n_members, size_t n_kept) {
  RunOutcome outcome;
  outcome.status = RunStatus::interrupted;
  outcome.n_kept = n_kept;
  outcome.warnings = {
      fmt::format("interrupted with {} of {} members finished: go on with --resume", n_finished, n_members)};
  return outcome;
}

Existing existing_rule(const RunOptions& options) {
  if (options.force) return Existing::replace;
  return options.resume ? Existing::resume : Existing::refuse;
}

RunOutcome run_to_the_end(const Experiment& experiment, const RunOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  check_run_folder(options.folder, existing_rule(options));
  const RunPlan plan = plan_run(experiment);
  if (plan.spec_errors) return {RunStatus::spec_errors, {}, {}, {}, false, 0};
  if (plan.members.empty())
    throw DataError(
        fmt::format("experiment `{}` has no member to train: {}", experiment.name,
                    plan.left_out.empty() ? "its sweeps are empty" : "each one's unit heard too few stimuli"),
        "check its sweeps, `if` clauses and units");
  const std::optional<MemoryShares> memory = share_memory(plan, options);
  RunFolder folder(options.folder, run_identity(experiment, options, plan), existing_rule(options));
  if (folder.is_finished()) {
    RunOutcome outcome = outcome_of(folder.results());
    outcome.was_finished = true;
    return outcome;
  }
  write_what_is_known(experiment, options, plan, folder.path());
  if (options.progress && memory) {
    const std::string note = memory_note(*memory, train::threads_or_cores(options.n_threads));
    if (!note.empty()) *options.progress << note << '\n';
  }
  Run run(experiment, options, plan, memory, folder);
  run.take_over_finished_members();
  if (!run.train_all()) return interrupted(run.n_finished(), plan.members.size(), run.n_kept());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const Json results = run.results(seconds.count());
  folder.finish(run.history(), results);
  RunOutcome outcome = outcome_of(results);
  outcome.n_kept = run.n_kept();
  return outcome;
}

}  // namespace

int RunOutcome::exit_code() const {
  switch (status) {
    case RunStatus::done:
      return 0;
    case RunStatus::spec_errors:
      return 1;
    case RunStatus::interrupted:
      return 3;
    case RunStatus::some_diverged:
      return 4;
  }
  return 70;
}

RunOutcome run_experiment(const Experiment& experiment, const RunOptions& options) {
  try {
    return run_to_the_end(experiment, options);
  } catch (const std::filesystem::filesystem_error& error) {
    throw DataError(fmt::format("the run folder `{}` cannot be used: {}", options.folder.string(),
                                error.code().message()),
                    "check that the folder is yours and has room left");
  }
}

}  // namespace stria::report
