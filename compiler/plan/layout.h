// Where each buffer lies in one arena, for a given number of parts and the longest clip.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/plan/plan.h"

namespace stria::plan {

struct Layout {
  std::vector<int64_t> offsets;  // by buffer, in bytes; -1: it has its own memory (parameters, model buffers)
  std::vector<int64_t> part_strides;  // by buffer, in bytes; 0 for buffers without parts
  int64_t bytes = 0;                  // of the arena
};

// Buffers that never hold something in the same step may share memory. All begin on 64 bytes, and 64 bytes
// after the last one belong to the arena: a vector may read beyond a buffer's end.
Layout lay_out(const Plan& plan, int64_t n_bins, int64_t n_parts, int64_t real_bytes);

// Numbers that a part takes of a buffer that has parts, a multiple of 64 bytes.
int64_t part_numbers(const Buffer& buffer, int64_t lanes, int64_t n_bins, int64_t real_bytes);

}  // namespace stria::plan
