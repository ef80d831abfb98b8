// The rows that stretches of bins share, and where a stretch's streams lie (compiler/plan/stretches.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "compiler/plan/layout.h"
#include "compiler/plan/plan.h"
#include "compiler/plan/stretches.h"

namespace stria::exec {

// The bins of a clip that a call is about: number `index` of `count` stretches.
struct Stretch {
  int64_t begin = 0, end = 0;  // bins
  int64_t index = 0, count = 1;
};

// Over an arena of that layout, for plans whose addresses lie in a table [part][buffer].
class StretchRows {
 public:
  StretchRows(const plan::Plan& plan, const plan::Stretches& stretches, const plan::Layout& layout,
              int64_t real_bytes, std::byte* arena, std::span<void*> table);

  // Before a phase runs its steps on the stretch of a part: addresses, and rows that come from another one.
  void enter(size_t phase, const Stretch& stretch, int64_t part) const;
  // After it has.
  void leave(size_t phase, const Stretch& stretch, int64_t part) const;
  // Whether sums go to their doubles, since what is made again must not count twice.
  void use_doubles(size_t phase, bool doubles, int64_t part) const;

 private:
  struct Rows {
    int64_t n = 0, offset = -1, part_stride = 0;
    bool each_stretch = false;  // kept for each stretch, else for one
  };
  struct Moving {
    size_t buffer = 0;
    bool is_short = false;
    bool backwards = false;             // made from the last bin to the first
    bool makes = false, again = false;  // what the phase does with it
    int64_t before = 0, row_bytes = 0;  // row 0 is that many bins before bin 0
    Rows leading, trailing;
  };
  Moving moving(size_t buffer, int phase, int64_t real_bytes) const;
  void copy(const Moving& of, const Rows& rows, bool save, int64_t bin, int64_t stretch, int64_t part) const;
  std::byte* lies(size_t buffer, const std::vector<int64_t>& offsets, int64_t part) const;
  void*& address(size_t buffer, int64_t part) const;

  const plan::Plan& plan_;
  const plan::Stretches& stretches_;
  const plan::Layout& layout_;
  std::byte* arena_;
  std::span<void*> table_;
  std::vector<std::vector<Moving>> moving_;        // by phase
  std::vector<std::vector<size_t>> with_doubles_;  // by phase: buffers
};

}  // namespace stria::exec
