#include "compiler/plan/view.h"

#include <algorithm>

namespace stria::plan {

int64_t product(const std::vector<int64_t>& sizes) {
  int64_t result = 1;
  for (const int64_t size : sizes) result *= size;
  return result;
}

std::vector<int64_t> View::sizes() const {
  std::vector<int64_t> result;
  for (const Axis& axis : axes) result.push_back(axis.size);
  return result;
}

int64_t View::entries() const {
  int64_t result = 1;  // without sizes(): asked at run time, where nothing may be allocated
  for (const Axis& axis : axes) result *= axis.size;
  return result;
}

bool View::plain() const {
  int64_t stride = 1;
  for (size_t i = axes.size(); i-- > 0;) {
    if (axes[i].size == 1) continue;
    if (axes[i].bins != 0 || axes[i].stride != stride) return false;
    stride *= axes[i].size;
  }
  return bins == 0;
}

bool View::repeated() const {
  return bins == 0 && std::all_of(axes.begin(), axes.end(), [](const Axis& axis) {
           return axis.size == 1 || (axis.stride == 0 && axis.bins == 0);
         });
}

bool View::other_bins() const {
  return bins != 0 || std::any_of(axes.begin(), axes.end(), [](const Axis& axis) { return axis.bins != 0; });
}

std::pair<int64_t, int64_t> View::reach() const {
  int64_t least = bins, most = bins;
  for (const Axis& axis : axes) (axis.bins < 0 ? least : most) += axis.bins * (axis.size - 1);
  return {least, most};
}

std::optional<Repeats> repeats(const View& view) {
  if (view.other_bins()) return std::nullopt;
  std::vector<Axis> axes;
  for (const Axis& axis : view.axes) {
    if (axis.size > 1) axes.push_back(axis);
  }
  if (axes.empty()) return std::nullopt;
  const bool along_row = axes.back().stride == 0;
  if (along_row) std::reverse(axes.begin(), axes.end());
  const auto run = std::find_if(axes.begin(), axes.end(), [](const Axis& axis) { return axis.stride != 0; });
  View dense{view.value, 0, 0, {run, axes.end()}};
  if (along_row) std::reverse(dense.axes.begin(), dense.axes.end());
  if (run == axes.begin() || run == axes.end() || !dense.plain()) return std::nullopt;
  return Repeats{along_row ? view.entries() / dense.entries() : dense.entries(), along_row};
}

View whole(int value, const std::vector<int64_t>& sizes) {
  View view{value, 0, 0, {}};
  int64_t stride = 1;
  for (size_t i = sizes.size(); i-- > 0;) {
    view.axes.insert(view.axes.begin(), Axis{sizes[i], stride, 0});
    stride *= sizes[i];
  }
  return view;
}

View fit(const View& view, const std::vector<int64_t>& sizes) {
  View result = view;
  // More axes than asked for are leading ones of size 1.
  while (result.axes.size() > sizes.size() && result.axes.front().size == 1) {
    result.axes.erase(result.axes.begin());
  }
  while (result.axes.size() < sizes.size()) result.axes.insert(result.axes.begin(), Axis{});
  if (result.axes.size() != sizes.size())
    throw ir::InternalError("a value does not fit where it is repeated");
  for (size_t i = 0; i < sizes.size(); ++i) {
    Axis& axis = result.axes[i];
    if (axis.size == sizes[i]) continue;
    if (axis.size != 1) throw ir::InternalError("a value does not fit where it is repeated");
    axis = Axis{sizes[i], 0, 0};
  }
  return result;
}

std::optional<View> reshaped(const View& view, const std::vector<int64_t>& sizes) {
  if (view.plain()) {
    View result = whole(view.value, sizes);
    result.offset = view.offset;
    return result;
  }
  std::vector<Axis> kept;  // axes of size 1 come and go
  for (const Axis& axis : view.axes) {
    if (axis.size != 1) kept.push_back(axis);
  }
  View result{view.value, view.offset, view.bins, {}};
  size_t next = 0;
  for (const int64_t size : sizes) {
    if (size == 1) {
      result.axes.push_back(Axis{});
    } else if (next < kept.size() && kept[next].size == size) {
      result.axes.push_back(kept[next++]);
    } else {
      return std::nullopt;
    }
  }
  if (next != kept.size()) return std::nullopt;
  return result;
}

View transposed(const View& view, const std::vector<int64_t>& order) {
  View result{view.value, view.offset, view.bins, {}};
  for (const int64_t axis : order) result.axes.push_back(view.axes.at(static_cast<size_t>(axis)));
  return result;
}

View sliced(View view, size_t axis, int64_t start, int64_t size, int64_t step) {
  Axis& cut = view.axes.at(axis);
  view.offset += start * cut.stride;
  // A cut along lags starts at another bin.
  view.bins += start * cut.bins;
  cut = Axis{size, cut.stride * step, cut.bins * step};
  return view;
}

View flipped(View view, size_t axis) {
  Axis& turned = view.axes.at(axis);
  view.offset += (turned.size - 1) * turned.stride;
  view.bins += (turned.size - 1) * turned.bins;
  turned.stride = -turned.stride;
  turned.bins = -turned.bins;
  return view;
}

View windowed(View view, size_t axis, int64_t size, int64_t stride, int64_t dilate) {
  const Axis cut = view.axes.at(axis);
  const int64_t positions = (cut.size - dilate * (size - 1) - 1) / stride + 1;
  view.axes[axis] = Axis{positions, cut.stride * stride, cut.bins * stride};
  view.axes.push_back(Axis{size, cut.stride * dilate, cut.bins * dilate});
  return view;
}

}  // namespace stria::plan
