#include "compiler/plan/plan.h"

#include "compiler/plan/groups.h"
#include "compiler/plan/steps.h"
#include "compiler/plan/storage.h"

namespace stria::plan {

Plan make_plan(Flat flat, const PlanOptions& options) {
  Plan plan;
  plan.flat = std::move(flat);
  plan.options = options;
  choose_steps(plan);
  choose_groups(plan);
  choose_storage(plan);
  return plan;
}

}  // namespace stria::plan
