// Views: shape ops as index arithmetic.
#pragma once

#include "compiler/plan/flat.h"

namespace stria::plan {

View whole(int value, const std::vector<int64_t>& sizes);
// Repeated to `sizes` as numpy does: aligned at the ends.
View fit(const View& view, const std::vector<int64_t>& sizes);
// Nothing where the entries do not lie so that it can be a view.
std::optional<View> reshaped(const View& view, const std::vector<int64_t>& sizes);
View transposed(const View& view, const std::vector<int64_t>& order);
View sliced(View view, size_t axis, int64_t start, int64_t size, int64_t step);
View flipped(View view, size_t axis);
View windowed(View view, size_t axis, int64_t size, int64_t stride, int64_t dilate);
int64_t product(const std::vector<int64_t>& sizes);

// What a view of rows of `columns` entries repeats: a dense run in each row ( 16:0 140:1), or each entry of
// it along its row ( 16:1 140:0).
struct Repeats {
  int64_t columns = 1;
  bool along_row = false;
};
// Nothing where it does neither, or shows other bins.
std::optional<Repeats> repeats(const View& view);

}  // namespace stria::plan
