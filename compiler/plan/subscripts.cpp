#include "compiler/plan/subscripts.h"

#include <set>

#include "compiler/ir/subscripts.h"

namespace stria::plan {

Subscripts::Subscripts(const std::string& text, const ir::Type& a, const ir::Type& b,
                       const ir::Type& result) {
  const auto [sides, right] = ir::Subscripts(text);
  for (size_t i = 0; i < right.size(); ++i) {
    if (result.dims[i].is_number()) out += right[i];
  }
  std::set<char> seen;
  const ir::Type* types[] = {&a, &b};
  for (size_t side = 0; side < 2; ++side) {
    for (size_t i = 0; i < sides[side].size(); ++i) {
      const char letter = sides[side][i];
      const ir::Dim dim = types[side]->dims[i];
      if (!dim.is_number()) {
        if (right.find(letter) == std::string::npos) (dim == ir::time_dim ? sums_bins : sums_clips) = true;
        continue;
      }
      letters[side] += letter;
      size[letter] = dim.size;
      if (out.find(letter) == std::string::npos && seen.insert(letter).second) summed += letter;
    }
  }
}

std::vector<int64_t> Subscripts::sizes(const std::string& of) const {
  std::vector<int64_t> result;
  for (const char letter : of) result.push_back(size.at(letter));
  return result;
}

std::vector<int64_t> Subscripts::order_of(const std::string& of) const {
  std::vector<int64_t> result;
  for (const char letter : out) result.push_back(static_cast<int64_t>(of.find(letter)));
  return result;
}

View Subscripts::aligned(const std::string& own, const View& view, const std::string& order) const {
  View result{view.value, view.offset, view.bins, {}};
  for (const char letter : order) {
    Axis axis{size.at(letter), 0, 0};
    // A letter twice in one operand walks its diagonal.
    for (size_t i = 0; i < own.size(); ++i) {
      if (own[i] != letter) continue;
      axis.stride += view.axes.at(i).stride;
      axis.bins += view.axes.at(i).bins;
    }
    result.axes.push_back(axis);
  }
  return result;
}

}  // namespace stria::plan
