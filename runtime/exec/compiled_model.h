// The plans of one model. Internal to runtime/exec.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "compiler/plan/prepare.h"
#include "runtime/exec/executor.h"
#include "runtime/exec/plan_program.h"

namespace stria::exec {

using plan::lanes_for;

struct CompiledModel::Plans {
  const ModelProgram& program;
  std::mutex mutex;
  std::map<int64_t, std::unique_ptr<PlanProgram>> train;  // by lanes
  std::unique_ptr<PlanProgram> predict, loss;

  const PlanProgram& training(int64_t lanes);
  const PlanProgram& predicting();
  const PlanProgram& losing();
};

}  // namespace stria::exec
