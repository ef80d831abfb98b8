// What `stria bench` measured: as a table and as JSON (runtime/cli/bench.schema.json).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "compiler/sema/program.h"
#include "runtime/train/step_timing.h"

namespace stria::cli {

struct MemberMemory {
  int64_t bytes = 0;
  plan::Keep keep{};
};

struct BenchedModel {
  std::string experiment, label;  // the first experiment that has it
  const ModelProgram& program;
  int64_t n_clips = 0, n_bins = 0;
  int n_members = 0, n_threads = 0;          // threads at work at once
  std::optional<double> compile_ms;          // none for an executor that does not compile
  double operations = 0;                     // of a step of all members
  train::TimeSummary step_ms;                // of a step of all members
  std::optional<MemberMemory> memory = {};   // of a member; none where that is not known
  std::vector<std::string> plan_steps = {};  // with --profile: what each does, and its milliseconds
  std::vector<double> plan_ms = {};
  double operations_per_second() const { return 1e3 * operations / step_ms.median; }
};

struct BenchReport {
  std::string spec, executor;
  int n_steps = 0;
  double product_operations_per_second = 0;  // of one thread
  std::vector<BenchedModel> models;

  // Of what the threads at work would reach if each multiplied large matrices as fast as one alone does.
  double share_of_peak(const BenchedModel& model) const {
    return model.operations_per_second() / (model.n_threads * product_operations_per_second);
  }
};

nlohmann::ordered_json json_of(const BenchReport& report);
std::string text_of(const BenchReport& report);

}  // namespace stria::cli
