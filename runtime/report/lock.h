// lock.toml: what a run was made of, to tell whether another can give the same bits.
#pragma once

#include <string>

#include "runtime/report/plan.h"
#include "runtime/report/run.h"

namespace stria::report {

// SHA-256 over the names and texts of the specs and the overrides.
std::string spec_sha256(const RunOptions& options);

// SHA-256 over everything the results depend on: the program, the specs, executor and device, and of each
// member its name, model, data and split. Not the number of threads.
std::string run_identity(const Experiment& experiment, const RunOptions& options, const RunPlan& plan);

std::string lock_text(const Experiment& experiment, const RunOptions& options, const RunPlan& plan);

}  // namespace stria::report
