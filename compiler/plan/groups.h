// In which order, and together with what, a step's instructions run.
#pragma once

#include "compiler/plan/plan.h"

namespace stria::plan {

// Whether the instruction runs entry by entry, so that it can share a loop with others of equally many
// entries.
bool by_entries(const Instruction& instruction);
// Whether the view is the value as it is computed, so that within a loop it need not lie in memory.
bool is_direct(const Flat& flat, const View& view);

// Whether the instruction reduces the rows of a value as it is computed: result[c] = sum over r of v[r, c]. A
// loop over the value's entries can do that as it goes, row by row.
bool reduces_rows(const Flat& flat, const Instruction& instruction);
// How many entries a row of the group's loop has: those of all operands that are repeated in rows, and of all
// rows that are reduced; else one row has all entries.
int64_t row_entries(const Flat& flat, const Group& group);

// Splits each step's one group. As few loops as the order allows; what is pointwise runs as late as it can,
// so that little has to wait in memory.
void choose_groups(Plan& plan);

}  // namespace stria::plan
