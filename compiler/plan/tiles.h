// How entries fall into vectors, and the rows of a product into tiles that stay in registers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "compiler/plan/plan.h"

namespace stria::plan {

// Entries of the longest vectors that machines have: what choices count in that hang on sizes alone.
constexpr int64_t long_vector = 16;

// n entries in vectors of one width, the last one moved back so that it ends with them: 70 entries in vectors
// of 8 begin at 0, 8, ... 56, 62. No masks are needed; entries that lie in two vectors are computed twice, to
// the same bits.
struct Cover {
  int64_t entries = 0, width = 1, vectors = 0;
  Cover(int64_t n, int64_t widest) : entries(n) {
    while (2 * width <= std::min(n, widest)) width *= 2;
    vectors = (n + width - 1) / width;
  }
  int64_t start(int64_t vector) const { return std::min(vector * width, entries - width); }
  // Entries of a vector that the one before it holds too.
  int64_t repeated(int64_t vector) const { return vector * width - start(vector); }
};

// The rows of a packed weight: `count` tiles of `units` each, then a smaller one of `rest`. A unit is a row
// where a vector holds clips, a vector of rows where it holds entries. Memory: [tile][k][unit].
struct DotTiles {
  int64_t unit_width = 1;  // entries of memory a unit takes for each k
  int64_t units = 0, count = 0, rest = 0;
  int64_t n_units() const { return units * count + rest; }
};
DotTiles dot_tiles(const PlanOptions& options, int64_t rows, bool own_stage);

}  // namespace stria::plan
