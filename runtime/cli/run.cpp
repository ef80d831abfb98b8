// stria run: every experiment of a spec, from its data to its run folder.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <iostream>

#include "runtime/cli/command.h"
#include "runtime/cli/executors.h"
#include "runtime/cli/memory_option.h"
#include "runtime/data/native_host.h"
#include "runtime/report/run.h"
#include "runtime/train/interrupt.h"
#include "runtime/train/progress.h"

namespace stria::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string spec;
  std::string folder;
  std::string executor = "plan", device = "auto";
  int threads = 0;
  bool resume = false, force = false, dry_run = false;
  MemoryOption memory;
  SpecOptions spec_options;
};

std::vector<report::SpecText> texts_of(const Compiler& compiler) {
  std::vector<report::SpecText> texts;
  for (const auto& module : compiler.modules()) {
    const std::string name = fs::path(module->file.path).filename().string();
    std::string path = module->name.empty() ? name : module->name;
    if (!module->name.empty()) {
      std::replace(path.begin(), path.end(), '.', '/');
      path += ".stria";
    }
    texts.push_back({path, module->file.text});
  }
  return texts;
}

void print_members(const Experiment& experiment) {
  fmt::print("{}: {} member{}\n", experiment.name, experiment.members.size(),
             experiment.members.size() == 1 ? "" : "s");
  for (const auto& member : experiment.members) {
    // The sizes are known but for F and those of streams, where the dataset does not promise them.
    const auto bands = member.data->declared_bands();
    if (bands && std::all_of(member.streams.begin(), member.streams.end(),
                             [](const DataStream& stream) { return stream.of_units || stream.size; }))
      member.specialise({*bands, static_cast<int64_t>(member.units.size()), member.streams});
    fmt::print("  {}  model {}, data {} ({} stimuli, {} of {} units), seed {}\n", member.name,
               member.model_label, member.data->name(), member.data->n_stimuli(), member.units.size(),
               member.data->n_units(), member.seed());
  }
}

int run(const Options& options) {
  if (const std::string reason = memory_refused(options.memory, options.executor); !reason.empty()) {
    fmt::print(stderr, "{}", reason);
    return exit_bad_command;
  }
  Diagnostics diagnostics;
  Compiler compiler(options.spec, compile_options(options.spec_options), diagnostics);
  compiler.check();
  if (diagnostics.has_errors()) return wrong_input(diagnostics);
  data::NativeDataHost host;
  const train::InterruptGuard interrupt;
  int code = exit_done;
  try {
    const auto experiments = compiler.link(host);
    if (diagnostics.has_errors()) return wrong_input(diagnostics);
    for (const auto& experiment : experiments) {
      if (options.dry_run) {
        print_members(experiment);
        continue;
      }
      report::RunOptions run_options;
      const fs::path folder =
          options.folder.empty() ? fs::path("runs") / experiment.name : fs::path(options.folder);
      run_options.folder =
          experiments.size() > 1 && !options.folder.empty() ? folder / experiment.name : folder;
      run_options.force = options.force;
      run_options.resume = options.resume;
      run_options.n_threads = options.threads;
      run_options.executor = options.executor;
      const Executors made = executors(
          options.executor, threads_a_member(options.executor, options.threads, experiment.members.size()));
      run_options.make_executor = made.make;
      run_options.memory_needs = made.memory_needs;
      run_options.memory = options.memory.bytes;
      run_options.specs = texts_of(compiler);
      run_options.overrides = options.spec_options.overrides;
      run_options.interrupted = &interrupt.interrupted();
      run_options.progress = &std::cerr;
      run_options.progress_bar = train::stderr_takes_bar();
      const auto outcome = report::run_experiment(experiment, run_options);
      if (diagnostics.has_errors()) return wrong_input(diagnostics);
      fmt::print("{}", outcome.table);
      if (!outcome.verdicts.empty()) fmt::print("{}\n", outcome.verdicts);
      for (const auto& warning : outcome.warnings) fmt::print(stderr, "warning: {}\n", warning);
      fmt::print("{}\n", run_options.folder.string());
      code = std::max(code, outcome.exit_code());
      if (outcome.exit_code() == exit_interrupted) return exit_interrupted;
    }
  } catch (const DataError& error) {
    report_data_error(error, diagnostics);
    return wrong_input(diagnostics);
  }
  if (diagnostics.has_errors()) return wrong_input(diagnostics);
  print_messages(diagnostics);
  return code;
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand(
      "run", "run every experiment of a spec: prepare data, train, score, write the run folder");
  auto options = std::make_shared<Options>();
  command->add_option("spec", options->spec, "spec file")->required();
  command->add_option("-o,--output", options->folder, "run folder (default: runs/EXPERIMENT)");
  command
      ->add_option("--threads", options->threads,
                   "threads at work (default: one a core): members side by side, or the parts of one; "
                   "never changes a result")
      ->check(CLI::Range(1, 1024));
  add_executor_option(*command, options->executor);
  add_memory_option(*command, options->memory);
  command->add_option("--device", options->device, "cpu or auto")->check(CLI::IsMember({"cpu", "auto"}));
  command->add_flag("--resume", options->resume, "go on with an unfinished run");
  command->add_flag("--force", options->force, "replace a finished run");
  command->add_flag("--dry-run", options->dry_run, "read inventories, list the members, train nothing");
  add_spec_options(*command, options->spec_options);
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace stria::cli
