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

}  // namespace stria::plan
