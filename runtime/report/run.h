// One experiment from its spec to its run folder.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "compiler/sema/program.h"
#include "runtime/exec/memory.h"
#include "runtime/report/plan.h"

namespace stria::report {

// A text that was read for the run, and where it goes below `spec/`: "quickstart.stria", "stria/fit.stria".
struct SpecText {
  std::string path;
  std::string text;
};

using ExecutorFactory = std::function<std::unique_ptr<exec::Executor>(const ModelProgram&)>;
// What a member on such an executor takes.
using MemoryFunction =
    std::function<exec::MemoryNeeds(const ModelProgram&, const OptimizerRule&, const exec::MemberSizes&)>;

struct RunOptions {
  std::filesystem::path folder;  // "runs/Quickstart"
  bool force = false;            // replace a finished run
  bool resume = false;           // keep the finished members of an unfinished one
  int n_threads = 0;             // members side by side; 0: one a core
  std::string device = "cpu";
  std::string executor = "reference";  // what `make_executor` makes
  ExecutorFactory make_executor;
  MemoryFunction memory_needs;  // null: nothing is known of it, and as many run as there are threads
  int64_t memory = exec::default_memory;  // bytes for the members that train at the same time
  std::vector<SpecText> specs;
  std::vector<std::string> overrides;              // of --set, as given
  const std::atomic<bool>* interrupted = nullptr;  // train::InterruptGuard::interrupted()
  std::ostream* progress = nullptr;                // stderr; null: silent
  bool progress_bar = false;                       // train::stderr_takes_bar()
};

enum class RunStatus { done, some_diverged, interrupted, spec_errors };

struct RunOutcome {
  RunStatus status = RunStatus::done;
  std::string table;                  // model, parameters, CCraw, CCnorm, seconds; ends in a newline
  std::string verdicts;               // "learnt 11, still improving 1"
  std::vector<std::string> warnings;  // what a reader must not overlook
  bool was_finished = false;          // nothing was left to do
  size_t n_kept = 0;                  // members taken over from an earlier, unfinished run

  int exit_code() const;  // 0 done, 1 spec errors, 3 interrupted, 4 a member diverged
};

// Prepares, splits, trains every member, scores, writes the run folder (cli.md). Members run side by side,
// each on its own executor; no result depends on the number of threads, nor on the memory. Throws DataError
// for bad data and for a folder that may not be used. With spec_errors the run's Diagnostics say what is
// wrong, and nothing was written.
RunOutcome run_experiment(const Experiment& experiment, const RunOptions& options);

}  // namespace stria::report
