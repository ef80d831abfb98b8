// Which members fit into memory side by side, and what each keeps of a training step there.
#pragma once

#include <string>
#include <vector>

#include "runtime/report/run.h"
#include "runtime/train/side_by_side.h"

namespace stria::report {

struct MemoryShares {
  std::vector<plan::Keep> keeps;  // by member
  train::JobMemory jobs;          // likewise
};

// For the members of a plan, of which as many shall run at once as there are threads. Nothing where it is not
// known what members take (RunOptions::memory_needs). Throws DataError where one does not fit even alone.
std::optional<MemoryShares> share_memory(const RunPlan& plan, const RunOptions& options);

// What the budget changes, for the reader; empty where it changes nothing.
std::string memory_note(const MemoryShares& shares, int n_threads);

}  // namespace stria::report
