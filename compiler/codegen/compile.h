// Machine code for a plan: one function a step.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compiler/codegen/target.h"
#include "compiler/plan/plan.h"

namespace stria::codegen {

enum class Precision : uint8_t { float32, float64 };

// Entries a vector of the target holds, and how many vectors lie in registers.
plan::PlanOptions plan_options(const Target& target, Precision precision, int64_t lanes);

// A step's function, for the bins begin <= t < end of clips of `total` bins. `buffers`: the address of each
// of the plan's buffers, of streams that of bin 0; for steps of a part, of that part's piece.
//   fixed   piece: how many parts, pieces: how many clips; nothing of bins
//   clip    only `total` counts
//   frames  a clip may go in several calls, in the direction of the step; the first one clears the sums and
//           sets the states' starts
//   dot     calls for different bins do not touch each other's memory; those of a convolve begin at a
//           multiple of its blocks
//   outer   a clip may go in several calls, in the direction of the step, each of a multiple of
//           plan::PlanOptions::outer_bins bins but the one at the clip's end; the first one clears the sums.
//           Each in `pieces` pieces of the result that do not touch each other's memory
using StepFunction = void (*)(void* const* buffers, int64_t begin, int64_t end, int64_t total, int64_t piece,
                              int64_t pieces);

struct CompileOptions {
  bool keep_ir = false, keep_assembly = false;
};

class CompiledPlan {
 public:
  CompiledPlan(const plan::Plan& plan, const Target& target, Precision precision,
               const CompileOptions& options = {});
  ~CompiledPlan();
  CompiledPlan(CompiledPlan&&) noexcept;
  CompiledPlan& operator=(CompiledPlan&&) noexcept;

  const std::vector<StepFunction>& steps() const { return steps_; }
  double milliseconds() const;
  const std::string& ir() const;
  const std::string& assembly() const;

 private:
  struct Code;
  std::unique_ptr<Code> code_;
  std::vector<StepFunction> steps_;
};

}  // namespace stria::codegen
