// Spelling hints.
#include <algorithm>
#include <numeric>

#include "compiler/diagnostics/diagnostic.h"

namespace stria {
namespace {

// Edits (insert, delete, replace, swap of neighbours) that turn a into b; stops counting above `limit`.
size_t edit_distance(std::string_view a, std::string_view b, size_t limit) {
  const size_t longer = std::max(a.size(), b.size()), shorter = std::min(a.size(), b.size());
  if (longer - shorter > limit) return limit + 1;
  std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replace});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::string folded(std::string_view word) {
  std::string result;
  for (const char c : word) {
    if (c != '_') result += ('A' <= c && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates) {
  // A third of a word may differ; of a short one a half, so that `pie` still finds `pi`.
  const size_t limit = std::min<size_t>(5, word.size() <= 4 ? word.size() / 2 : (word.size() + 1) / 3);
  const std::string* best = nullptr;
  size_t least = limit + 1;
  for (const std::string& candidate : candidates) {
    if (candidate == word) continue;
    // Capitals and underscores are what people forget first, so such a candidate wins over any other.
    const size_t distance = folded(candidate) == folded(word) ? 0 : edit_distance(word, candidate, limit);
    if (distance < least) {
      least = distance;
      best = &candidate;
    }
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

}  // namespace stria
