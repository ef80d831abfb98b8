// How a nest is cut into tiles whose results stay in registers, and in which order each sum takes its terms.
//
//   %3[43, 34] = sum %1( 43:12 34:0 12:1) %2( 43:0 34:1 12:34)      vectors of 8 entries
//
//   columns  along the last output axis: 5 vectors, 3 of them in a tile
//   rows     along the axis of size 43, where the vectors of %2 stay what they are: 4 of them in a tile
//
// A tile's 12 sums are carried along the summed axis; each step of it reads 3 vectors and 4 numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/plan/plan.h"

namespace stria::plan {

struct Nest {
  std::vector<View> operands;  // as the instruction's, with as few axes as lie alike in all of them
  View destination;
  size_t n_out = 0;  // of the operands' axes; the others are summed
  Reduction reduction = Reduction::sum;
  // In which order a result takes its terms. It hangs on sizes, views and the width of the machine's vectors,
  // not on what vectors hold, so that a clip gets the same bits alone and beside others.
  //   1    one term after the other along the summed axes, the last one fastest
  //   W>1  W partial results; for each place along the other summed axes, partial l takes the terms l,
  //        l + W, l + 2 W ... along the last one, whose last vector may hold fewer than W. In the end halves
  //        are joined: l with l + W / 2, then l with l + W / 4, and so on.
  int64_t partials = 1;

  // A tile: results of so many entries of the row axis, and of columns, a vector of `width` entries each,
  // that begin at these entries, counted from the tile's first.
  size_t row_axis = 0, column_axis = 0;  // n_out where there is none
  int64_t n_rows = 1, width = 1;
  std::vector<int64_t> column_starts = {0};
  // Over the outputs, outermost first: how many entries of the axis lie in a tile. The last tile is moved
  // back so that it ends with the axis; what lies in two tiles is computed twice, to the same bits.
  struct Loop {
    size_t axis = 0;
    int64_t at_once = 1;
  };
  std::vector<Loop> loops;

  int64_t n_columns() const { return static_cast<int64_t>(column_starts.size()); }
  bool sums() const { return operands[0].axes.size() > n_out; }
};

// `lanes`: of the step at hand.
Nest make_nest(const Flat& flat, const Instruction& instruction, const View& destination,
               const PlanOptions& options, int64_t lanes);

}  // namespace stria::plan
