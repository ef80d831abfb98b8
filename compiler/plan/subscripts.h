// The letters of a contraction without those of clips and bins.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compiler/plan/view.h"

namespace stria::plan {

struct Subscripts {
  std::string letters[2];  // of each operand's own axes
  std::string out, summed;
  bool sums_bins = false, sums_clips = false;
  std::map<char, int64_t> size;

  Subscripts(const std::string& text, const ir::Type& a, const ir::Type& b, const ir::Type& result);

  std::vector<int64_t> sizes(const std::string& of) const;
  // Of a view whose axes are `of`: in which order they are those of the result.
  std::vector<int64_t> order_of(const std::string& of) const;
  // The view with its axes in the order of `order`; a letter it has not is repeated.
  View aligned(const std::string& own, const View& view, const std::string& order) const;
};

}  // namespace stria::plan
