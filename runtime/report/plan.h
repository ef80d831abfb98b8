// Everything that can be known of a run before the first member trains: data, splits, models at their sizes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compiler/sema/program.h"
#include "runtime/data/prepared.h"
#include "runtime/report/starts.h"

namespace stria::report {

struct PlannedMember {
  const Member* member = nullptr;
  std::shared_ptr<const data::PreparedData> data;  // shared by members of the same data, units and streams
  data::Split split;
  std::shared_ptr<const ModelProgram> program;
  std::optional<LoadedStart> start;  // where the experiment names one
  double cost = 0;                   // real operations of an epoch, for the order of members
};

struct LeftOut {
  std::string name;  // of the member
  std::string reason;
};

struct RunPlan {
  std::vector<PlannedMember> members;  // in the experiment's order
  std::vector<LeftOut> left_out;       // single units with fewer than three stimuli (rand.3)
  bool spec_errors = false;            // a model does not fit the data: the run's Diagnostics say why
};

// Prepares each distinct (data program, units, streams of a model) once, splits, and specialises the models;
// then checks each member's training, validation and test set. Throws DataError. The experiment must outlive
// the plan.
RunPlan plan_run(const Experiment& experiment);

}  // namespace stria::report
