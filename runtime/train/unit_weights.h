// One unit's share of a model's numbers, where each belongs to one unit (ParameterInfo::unit_axis).
#pragma once

#include "runtime/train/member.h"

namespace stria::train {

// Copies the unit's slices of all parameters and buffers that training moves; what it does not move is the
// same in both.
void copy_unit(const ModelProgram& program, size_t unit, const Weights& from, Weights& into);

}  // namespace stria::train
