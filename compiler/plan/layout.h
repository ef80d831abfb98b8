// Where each buffer lies in one arena, for a given number of parts and the longest clip.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/plan/plan.h"
#include "compiler/plan/stretches.h"

namespace stria::plan {

// Offsets in bytes, by buffer; -1: there is none.
struct Layout {
  int64_t stretch = 0;                // bins; those of the longest clip where there is one stretch alone
  int64_t n_stretches = 1;            // of the longest clip
  std::vector<int64_t> offsets;       // -1: it has its own memory (parameters, model buffers)
  std::vector<int64_t> part_strides;  // by buffer, in bytes; 0 for buffers without parts
  // Rows that go from stretch to stretch. Leading ones lie before a stretch, seen in the direction of the
  // phase that makes the buffer, and come from the stretch before it: [part][stretch][row][entry][lane],
  // where it is made again, else of one stretch. Trailing ones lie after it, and come from the stretch before
  // it in the phase that makes it again: [part][row][entry][lane].
  std::vector<int64_t> leading, trailing;
  std::vector<int64_t> doubles;  // of sums that must not count twice: as the buffer
  int64_t bytes = 0;             // of the arena
};

// Buffers that never hold something in the same phase may share memory. All begin on 64 bytes, and 64 bytes
// after the last one belong to the arena: a vector may read beyond a buffer's end. n_sharing: threads that
// may share a step's bins; scratch is [part][thread][entry][lane].
Layout lay_out(const Plan& plan, const Stretches& stretches, int64_t n_bins, int64_t n_parts,
               int64_t real_bytes, int64_t n_sharing = 1);

// Numbers that a part takes of a buffer that has parts, a multiple of 64 bytes.
int64_t part_numbers(const Buffer& buffer, int64_t lanes, int64_t n_bins, int64_t real_bytes);

// How many rows go from stretch to stretch: leading or trailing ones.
int64_t moving_rows(const Buffer& buffer, bool made_backwards, bool leading);
// Numbers in a row, and bytes from part to part of the rows of so many stretches.
int64_t row_numbers(const Buffer& buffer, int64_t lanes);
int64_t moving_stride(const Buffer& buffer, int64_t lanes, int64_t rows, int64_t n_stretches,
                      int64_t real_bytes);

}  // namespace stria::plan
