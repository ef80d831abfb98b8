// How much memory a member takes for what it runs, and what it therefore keeps of a step.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "compiler/plan/stretches.h"
#include "runtime/exec/executor.h"

namespace stria::exec {

constexpr int64_t default_memory = int64_t{2} << 30;  // bytes

// The largest of what a member runs.
struct MemberSizes {
  int64_t n_clips = 1, n_bins = 1;  // of a training batch; 0 clips: no step is trained
  int64_t rest_clips = 0;           // of the smaller batch that ends an epoch; 0: there is none
  int64_t predicted_bins = 0;       // of a clip; 0: nothing is predicted
  int64_t joined_bins = 0;          // of all clips of a set, whose loss is computed at once
};

// Bytes of a member of the plan executor: the arenas of its plans, parameters with all that training has of
// each, and a batch.
struct MemoryNeeds {
  int64_t kept = 0;    // Keep::between_phases, the faster way
  int64_t starts = 0;  // Keep::starts
  int64_t least() const { return std::min(kept, starts); }
  int64_t of(plan::Keep keep) const { return keep == plan::Keep::starts ? starts : kept; }
};
MemoryNeeds memory_needs(const CompiledModel& model, const OptimizerRule& rule, const MemberSizes& sizes);

// The same of a training step by this plan alone.
MemoryNeeds step_needs(const ModelProgram& program, const plan::Plan& plan, const MemberSizes& sizes);

// What members of these needs keep, so that as many of them as can be, of `n_at_once`, fit into the budget at
// once: only where more fit do their plans make things again.
plan::Keep keep_within(const MemoryNeeds& needs, int64_t budget, int64_t n_at_once);

// "2 GiB", "310.5 MiB".
std::string memory_text(int64_t bytes);

}  // namespace stria::exec
