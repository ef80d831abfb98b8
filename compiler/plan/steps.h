// Which instruction runs in which step.
#pragma once

#include <vector>

#include "compiler/plan/plan.h"

namespace stria::plan {

// Fills in plan.steps: their kinds, and in each one group that lists all its instructions in order.
void choose_steps(Plan& plan);

// Whether the instruction is computed anew in each step that needs it, instead of being kept.
bool is_cheap(const Instruction& instruction);

}  // namespace stria::plan
