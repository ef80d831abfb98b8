// The plans of one model. Internal to runtime/exec.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>

#include "compiler/plan/prepare.h"
#include "runtime/exec/executor.h"
#include "runtime/exec/plan_program.h"

namespace stria::exec {

using plan::lanes_for;

struct CompiledModel::Plans {
  // Planned when its size or its code is first asked for, compiled when it first runs.
  struct Made {
    std::optional<plan::Plan> plan;
    std::unique_ptr<PlanProgram> program;
  };
  explicit Plans(const ModelProgram& of) : program(of) {}
  const ModelProgram& program;
  std::mutex mutex;
  std::map<int64_t, Made> train;  // loss and derivatives, by lanes
  // The same with the optimiser's update; a learning rate is no part of a plan.
  using StepKey = std::tuple<int64_t, double, double, double, double, double>;
  std::map<StepKey, Made> step;
  Made predict;
  std::map<int64_t, Made> loss;  // by units: of all, or of one (ModelProgram::loss_of)

  const plan::Plan& planned_step(int64_t lanes, const OptimizerRule& rule);
  const plan::Plan& planned_prediction();
  const plan::Plan& planned_loss(int64_t n_units);
  const PlanProgram& training(int64_t lanes);
  const PlanProgram& stepping(int64_t lanes, const OptimizerRule& rule);
  const PlanProgram& predicting();
  const PlanProgram& losing(int64_t n_units);

 private:
  Made& made_step(int64_t lanes, const OptimizerRule& rule);  // planned; the caller holds the lock
  Made& made_prediction();
  Made& made_loss(int64_t n_units);
};

}  // namespace stria::exec
