// A rule of simplify: padded values whose ranges along one axis do not meet are put side by side instead of
// added.
//
//   %2 = pad %0 {axis=2, before=0, after=5}
//   %3 = pad %1 {axis=2, before=3, after=0}      ->      %2 = concat %0, %1 {axis=2}
//   %4 = add %2, %3
//
// So the derivatives of slices, one pad each, become one value again. Between ranges that do not touch, the
// left one is padded. In a sum of more terms, two that fit are found wherever they stand.
#pragma once

#include <optional>

#include "compiler/passes/writer.h"

namespace stria::passes {

std::optional<ir::ValueId> add_of_pads(Writer& writer, const ir::Node& add);

}  // namespace stria::passes
