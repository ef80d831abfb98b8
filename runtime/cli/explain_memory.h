// What a training step takes of memory: what each scan saves for its derivative, how long clips can be within
// `--memory`. As text and as JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "compiler/plan/stretches.h"
#include "compiler/sema/program.h"

namespace stria::cli {

struct SavedValue {
  std::string op;       // that makes it
  int64_t numbers = 0;  // a bin
};

// A loop over bins that carries states, of which the derivatives read something.
struct SavingScan {
  bool reverse = false;
  int64_t states = 0;              // numbers
  std::vector<SavedValue> values;  // the states among them where they are read
  bool made_again = false;         // where the step keeps states alone
  int64_t numbers() const;
};

struct StepMemory {
  double bytes_a_bin = 0;    // of a batch
  int64_t longest_clip = 0;  // bins for which a step fits into the budget
};

struct ExplainedMemory {
  int64_t budget = 0, n_clips = 1;
  std::vector<SavingScan> scans;
  StepMemory kept, starts;  // Keep::between_phases, and Keep::starts
};

// Of a training step by this plan on batches of n_clips clips.
ExplainedMemory explain_memory(const ModelProgram& program, const plan::Plan& plan, int64_t n_clips,
                               int64_t budget);

std::string text_of(const ExplainedMemory& memory);
nlohmann::ordered_json json_of(const ExplainedMemory& memory);

}  // namespace stria::cli
