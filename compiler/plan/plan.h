// A plan: what runs in which order, over which memory. Sizes of clips (T) and batches (B) stay open.
//
// The clips of a batch go in parts of `lanes` clips: 1 (vectors run over a frame's entries) or more (a vector
// holds one entry of all clips of a part). A part is what one thread works on; parts never touch each other's
// memory but in `combine`. Memory of level `bin` is [part][bin][entry][lane], of level `clip`
// [part][entry][lane].
//
//   step 0  fixed    E = spread w                         once a step
//   step 1  dot      y[t, 70] = x[t, 34] E                all bins of a part: a matrix product
//   step 2  frames   accumulate y                         one loop over the bins of a part
//   step 3  fixed    combine; mean = ...
//   step 4  frames   z = sigmoid((y - mean) ...)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/plan/flat.h"

namespace stria::plan {

// dot: convolve, too; outer: correlate, too
enum class StepKind : uint8_t { fixed, clip, frames, dot, outer };

// Instructions that run in one loop over entries: pointwise ones of equally many entries, and those that
// reduce the rows of what these make; or a single one of another kind. Where operands are repeated, the loop
// goes row by row:
//
//   each of 16 x 140
//     %157[2240] = mul %147 %154( 16:0 140:1)       an entry for each column
//     %163[2240] = add %157 %150( 16:1 140:0)       one for each row
//     %265[140] = sum %163( 140:1 16:140)           the rows' sum
struct Group {
  int64_t entries = 0;            // -1: of another kind
  std::vector<int> instructions;  // of Flat
};

struct Step {
  StepKind kind{};
  bool shared = false;     // frames: the bins do not hang on each other, and are worth sharing among threads
  bool reverse = false;    // frames, outer: from the last bin to the first
  bool first = false;      // frames: sums of inputs alone, which all others may need: a phase of its own
  std::vector<int> scans;  // frames: whose states are carried
  std::vector<Group> groups;
};

enum class BufferKind : uint8_t {
  fixed,   // [entry]; a packed weight: see tiles.h
  clip,    // [part][entry][lane]
  summed,  // [part][entry]: lanes are summed
  ring,    // [part][2][entry][lane]: a state before and after the bin
  stream,  // [part][before + T + after][entry][lane]
};
// For which memory somebody else cares.
//   clips: 1 in each lane that holds a clip, 0 in those of the last part that are left over
enum class Owner : uint8_t { plan, parameter, model_buffer, input, result, table, clips };

struct Buffer {
  BufferKind kind{};
  Owner owner = Owner::plan;
  int64_t entries = 0;
  int64_t before = 0, after = 0;        // stream: rows outside the clip that hold zeros or a state's start
  int first_step = -1, last_step = -1;  // in which steps it holds something; -1: always
  int value = -1;                       // table: whose entries it holds
  bool scratch = false;                 // clip: of one bin within one step; each thread has its own
};

// Where a value lies.
struct Place {
  int buffer = -1;  // -1: nowhere (a number in registers, or a constant)
  int64_t offset = 0;
  int64_t bins = 0;  // a state before the bin lies where its new value lay a bin ago
};

struct PlanOptions {
  int64_t lanes = 1;
  int64_t width = 8;       // entries a vector of the machine holds
  int64_t registers = 16;  // vectors it holds in registers
  // Bins after which a product summed over bins goes on to other rows, so that what it reads stays in the
  // first cache. Its sums are added up bin by bin within them: a stretch of bins is a multiple of it.
  int64_t outer_bins = 64;
};

struct Plan {
  Flat flat;
  PlanOptions options;
  std::vector<Step> steps;
  std::vector<Buffer> buffers;
  std::vector<Place> places;           // by value
  int clips = -1;                      // the buffer of that owner, where vectors hold clips
  std::vector<bool> packed_for_stage;  // by value: a weight packed for a product over all bins at once
};

// Of bins that a step must not cut: it goes by blocks that begin at multiples of this; else 1.
int64_t bins_of_a_block(const Plan& plan, size_t step);
Plan make_plan(Flat flat, const PlanOptions& options);
std::string print(const Plan& plan);
const char* name_of(StepKind kind);
// "add", "dot", "accumulate sum": as in print.
std::string name_of(const Instruction& instruction);

}  // namespace stria::plan
