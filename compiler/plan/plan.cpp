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

int64_t bins_of_a_block(const Plan& plan, size_t step) {
  const Step& of = plan.steps[step];
  if (of.kind != StepKind::dot && of.kind != StepKind::outer) return 1;
  const Instruction& i = plan.flat.instructions[static_cast<size_t>(of.groups[0].instructions[0])];
  return i.by_blocks() ? block_sizes(i).block : 1;
}

}  // namespace stria::plan
