// How many stimuli the parts of a split get.
#pragma once

#include "runtime/data/prepared.h"

namespace stria::data {

struct PartSizes {
  int64_t train = 0, valid = 0, test = 0;
};

// Of n >= 3 stimuli: shares (above 0, together 1) by largest remainders in exact fractions, ties to test,
// then validation; at least one each.
PartSizes part_sizes(int64_t n, const SplitRule& rule);

}  // namespace stria::data
