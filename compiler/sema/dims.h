// When two dims are the same (dims.2, dims.3).
#pragma once

#include <vector>

#include "compiler/sema/tensor.h"

namespace stria {

bool contains(const Dims& dims, const DimRef& dim);
bool sizes_may_agree(const DimRef& a, const DimRef& b);  // an open size agrees with any
// dims.3: the same object, or one of them nameless and of the same size.
bool may_agree(const DimRef& a, const DimRef& b);
bool is_square(const Dims& dims);  // dims.7: one dim twice

// found: all have a place; none: `culprit` has none; several: it has two; open: two, and sizes are not known
// yet.
enum class Match { found, none, several, open };
// Where each of `some` stands in `all`.
Match match_dims(const Dims& some, const Dims& all, std::vector<size_t>& places, DimRef& culprit);

// The dim that a joined result shows: a name rather than none, a size rather than none.
DimRef merged(const DimRef& a, const DimRef& b);
void add_missing(Dims& to, const Dims& from);

}  // namespace stria
