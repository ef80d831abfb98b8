// stria bench: one training step of each model of a spec, timed on random clips of the dataset's sizes.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <new>
#include <set>
#include <tuple>

#include "compiler/ir/graph.h"
#include "runtime/cli/bench_report.h"
#include "runtime/cli/command.h"
#include "runtime/cli/executors.h"
#include "runtime/cli/memory_option.h"
#include "runtime/data/clip_length.h"
#include "runtime/data/model_streams.h"
#include "runtime/data/native_host.h"
#include "runtime/exec/measure.h"

namespace stria::cli {
namespace {

struct BenchOptions {
  std::string spec;
  std::string executor = "plan";
  int64_t batch = 0, frames = 0;  // 0: the protocol's, the longest clip's
  int members = 1, steps = 30, threads = 0;
  bool json = false, profile = false;
  MemoryOption memory;
  SpecOptions spec_options;
};

// Reads no more of a dataset than its sizes need.
class Sizes {
 public:
  int64_t bands(DataProgram& data) const {
    if (const auto declared = data.declared_bands()) return *declared;
    if (data.n_stimuli() == 0)
      throw DataError(fmt::format("the dataset `{}` has no stimulus", data.name()),
                      "check what `stimuli` selects");
    return data::stimulus_stream(data, 0)->n_bands;
  }
  std::vector<DataStream> streams(DataProgram& data, const std::vector<DataStream>& taken) const {
    const bool known = std::all_of(taken.begin(), taken.end(),
                                   [](const DataStream& stream) { return stream.of_units || stream.size; });
    return known ? taken : data::with_sizes(data, taken);
  }
  int64_t longest(DataProgram& data) {
    int64_t& bins = longest_[&data];
    if (bins == 0) bins = data::longest_clip(data);
    return bins;
  }

 private:
  std::map<const DataProgram*, int64_t> longest_;
};

class Bench {
 public:
  explicit Bench(const BenchOptions& options) : options_(options) {
    report_.spec = options.spec;
    report_.executor = options.executor;
    report_.n_steps = options.steps;
    measure_peak();
  }

  // Times the member's model, unless one that runs the same has been. False where the spec turned out to be
  // wrong.
  bool add(const Experiment& experiment, const Member& member) {
    const auto program =
        member.specialise({sizes_.bands(*member.data), static_cast<int64_t>(member.units.size()),
                           sizes_.streams(*member.data, member.streams)});
    if (!program) return false;
    if (member.protocol.ridge)
      throw DataError(
          fmt::format("`{}` solves in closed form: it has no training step to time", member.protocol.text),
          "time another protocol, as `Standard()`");
    const int64_t n_clips = options_.batch > 0 ? options_.batch : member.protocol.batch;
    const int64_t n_bins = options_.frames > 0 ? options_.frames : sizes_.longest(*member.data);
    if (!seen_.insert({member.model_label, ir::print(program->train), n_clips, n_bins}).second) return true;
    programs_.push_back(program);
    measure(
        {experiment.name, member.model_label, *program, n_clips, n_bins, options_.members, 0, {}, 0, {}, {}},
        member.protocol.optimizer);
    return true;
  }

  const BenchReport& report() const { return report_; }

 private:
  // Before and after each model, the fastest counts: what else the machine does must not pass for its peak.
  void measure_peak() {
    double& peak = report_.product_operations_per_second;
    peak = std::max(peak, exec::product_operations_per_second());
  }

  void measure(BenchedModel model, const OptimizerRule& optimizer) {
    train::StepTask task{model.program,
                         optimizer,
                         model.n_clips,
                         model.n_bins,
                         model.n_members,
                         options_.steps,
                         options_.threads,
                         1,
                         exec::make_reference_executor};
    const exec::CompiledModel compiled(model.program);
    if (options_.executor == "plan") {
      const exec::MemberSizes sizes{model.n_clips, model.n_bins, 0, 0, 0};
      model.memory = memory_of(model, exec::memory_needs(compiled, optimizer, sizes));
      task.keep = model.memory->keep;
      model.compile_ms = exec::compile_step(compiled, optimizer, model.n_clips);
      task.n_threads_a_member =
          threads_a_member(options_.executor, options_.threads, static_cast<size_t>(model.n_members));
      task.make_executor = [&](const ModelProgram&) {
        return exec::make_plan_executor(compiled, task.n_threads_a_member);
      };
      if (options_.profile) {
        model.plan_steps = exec::plan_steps(compiled, optimizer, model.n_clips);
        task.plan_ms = &model.plan_ms;
      }
    }
    model.n_threads = train::threads_of(task);
    model.operations = model.n_members * train::operations_of_step(task);
    model.step_ms = train::summarise(train::time_steps(task));
    report_.models.push_back(std::move(model));
    measure_peak();
  }

  // All members are there at the same time, each with its share.
  MemberMemory memory_of(const BenchedModel& model, const exec::MemoryNeeds& needs) const {
    const int64_t share = options_.memory.bytes / model.n_members;
    if (needs.least() > share)
      throw DataError(fmt::format("a step of `{}` takes {} a member where it keeps as little as it can, and "
                                  "`--memory` allows {}",
                                  model.label, exec::memory_text(needs.least()), exec::memory_text(share)),
                      "allow more with `--memory`, or take a smaller `--batch`, `--members` or `--frames`");
    const plan::Keep keep = exec::keep_within(needs, share, 1);
    return {needs.of(keep), keep};
  }

  const BenchOptions& options_;
  BenchReport report_;
  Sizes sizes_;
  std::set<std::tuple<std::string, std::string, int64_t, int64_t>> seen_;
  std::vector<std::shared_ptr<const ModelProgram>> programs_;  // those of the report
};

int print_report(const BenchOptions& options, const BenchReport& report) {
  if (report.models.empty()) {
    fmt::print(stderr, "`{}` has no experiment: a model is timed with the data and protocol of one\n",
               options.spec);
    return exit_wrong_input;
  }
  if (options.json)
    fmt::print("{}\n", json_of(report).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  else
    fmt::print("{}", text_of(report));
  return exit_done;
}

int bench(const BenchOptions& options) {
  if (const std::string reason = memory_refused(options.memory, options.executor); !reason.empty()) {
    fmt::print(stderr, "{}", reason);
    return exit_bad_command;
  }
  if (options.profile && (options.executor != "plan" || options.members > 1)) {
    fmt::print(stderr,
               "--profile times the steps of one member's plan: leave out --executor and --members\n");
    return exit_bad_command;
  }
  Diagnostics diagnostics;
  Compiler compiler(options.spec, compile_options(options.spec_options), diagnostics);
  compiler.check();
  if (diagnostics.has_errors()) return wrong_input(diagnostics);
  data::NativeDataHost host;
  try {
    const auto experiments = compiler.link(host);
    if (diagnostics.has_errors()) return wrong_input(diagnostics);
    Bench bench(options);
    for (const Experiment& experiment : experiments)
      for (const Member& member : experiment.members)
        if (!bench.add(experiment, member)) return wrong_input(diagnostics);
    print_messages(diagnostics);
    return print_report(options, bench.report());
  } catch (const DataError& error) {
    report_data_error(error, diagnostics);
    return wrong_input(diagnostics);
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "the memory does not suffice: take a smaller --batch, --members or --frames\n");
    return exit_wrong_input;
  }
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand(
      "bench", "time one training step of each model of a spec, on random clips of the dataset's sizes");
  auto options = std::make_shared<BenchOptions>();
  command->add_option("spec", options->spec, "spec file")->required();
  command->add_option("--batch", options->batch, "clips of a step (default: the protocol's batch)")
      ->check(CLI::Range(1, 65536));
  command->add_option("--members", options->members, "members side by side, each with a seed of its own")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command->add_option("--frames", options->frames, "bins of each clip (default: those of the longest clip)")
      ->check(CLI::Range(1, 10'000'000));
  command->add_option("--steps", options->steps, "steps that are timed, after three that are not")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command
      ->add_option("--threads", options->threads,
                   "threads at work (default: one a core): members side by side, or the parts of one")
      ->check(CLI::Range(1, 1024));
  add_executor_option(*command, options->executor);
  add_memory_option(*command, options->memory);
  command->add_flag("--profile", options->profile,
                    "where the time goes: each step of the plan that `stria explain --emit plan` prints");
  command->add_flag("--json", options->json, "for programs (runtime/cli/bench.schema.json)");
  add_spec_options(*command, options->spec_options);
  command->callback([options, &action] { action = [options] { return bench(*options); }; });
}

}  // namespace stria::cli
