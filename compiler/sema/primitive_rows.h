// The groups of built-in functions, one file each.
#pragma once

#include <vector>

#include "compiler/sema/elaborator.h"

namespace stria {

std::vector<Primitive> pointwise_primitives();  // exp, where, min, ...
std::vector<Primitive> tensor_primitives();     // sum, history, flatten, normalise, ...
std::vector<Primitive> start_primitives();      // uniform, normal, orthogonal, ...
std::vector<Primitive> list_primitives();       // chain, tie, count, zip, ...
std::vector<Primitive> conv_primitives();       // conv, taps
std::vector<Primitive> constant_primitives();   // hippo_legs
std::vector<Primitive> penalty_primitives();    // l1, l2, smooth
std::vector<Primitive> later_primitives();      // what is checked by name but cannot be run yet

}  // namespace stria
