// The plans of one model. Internal to runtime/exec.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "compiler/plan/prepare.h"
#include "runtime/exec/executor.h"
#include "runtime/exec/plan_program.h"

namespace stria::exec {

using plan::lanes_for;

struct CompiledModel::Plans {
  const ModelProgram& program;
  std::mutex mutex;
  std::map<int64_t, std::unique_ptr<PlanProgram>> train;  // loss and derivatives, by lanes
  // The same with the optimiser's update; a learning rate is no part of a plan.
  using StepKey = std::tuple<int64_t, double, double, double, double>;
  std::map<StepKey, std::unique_ptr<PlanProgram>> step;
  std::unique_ptr<PlanProgram> predict, loss;

  const PlanProgram& training(int64_t lanes);
  const PlanProgram& stepping(int64_t lanes, const OptimizerRule& rule);
  const PlanProgram& predicting();
  const PlanProgram& losing();
};

}  // namespace stria::exec
