// Where each value lies.
#pragma once

#include "compiler/plan/plan.h"

namespace stria::plan {

// Fills in plan.buffers and plan.places, once steps and groups are chosen.
void choose_storage(Plan& plan);

}  // namespace stria::plan
