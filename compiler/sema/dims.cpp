#include "compiler/sema/dims.h"

#include <fmt/format.h>

#include <algorithm>

namespace stria {

bool sizes_may_agree(const DimRef& a, const DimRef& b) {
  return !a->size || !b->size || *a->size == *b->size;
}

bool may_agree(const DimRef& a, const DimRef& b) {
  return a == b || ((a->is_nameless() || b->is_nameless()) && sizes_may_agree(a, b));
}

bool contains(const Dims& dims, const DimRef& dim) {
  return std::find(dims.begin(), dims.end(), dim) != dims.end();
}

Match match_dims(const Dims& some, const Dims& all, std::vector<size_t>& places, DimRef& culprit) {
  std::vector<bool> taken(all.size(), false);
  places.assign(some.size(), all.size());
  for (size_t i = 0; i < some.size(); ++i)
    for (size_t j = 0; j < all.size(); ++j)
      if (!taken[j] && some[i] == all[j]) {
        places[i] = j;
        taken[j] = true;
        break;
      }
  for (size_t i = 0; i < some.size(); ++i) {
    if (places[i] < all.size()) continue;
    std::vector<size_t> candidates;
    bool open = false;
    for (size_t j = 0; j < all.size(); ++j)
      if (!taken[j] && may_agree(some[i], all[j])) {
        candidates.push_back(j);
        open = open || !some[i]->size || !all[j]->size;
      }
    culprit = some[i];
    if (candidates.empty()) return Match::none;
    if (candidates.size() > 1) return open ? Match::open : Match::several;
    places[i] = candidates[0];
    taken[candidates[0]] = true;
  }
  return Match::found;
}

DimRef merged(const DimRef& a, const DimRef& b) {
  if (a == b) return a;
  const DimRef& kept = a->is_nameless() ? b : a;
  if (kept->size || !(a->size || b->size)) return kept;
  DimInfo sized = *kept;
  sized.size = a->size ? a->size : b->size;
  return kept->is_nameless() ? std::make_shared<const DimInfo>(sized) : kept;
}

bool is_square(const Dims& dims) {
  for (size_t i = 0; i < dims.size(); ++i)
    if (std::count(dims.begin(), dims.end(), dims[i]) > 1) return true;
  return false;
}

void add_missing(Dims& to, const Dims& from) {
  for (const auto& dim : from)
    if (!contains(to, dim)) to.push_back(dim);
}

std::string DimInfo::text() const {
  if (is_nameless()) return size ? std::to_string(*size) : "?";
  return size ? fmt::format("{} = {}", name, *size) : name;
}

std::string text(const Dims& dims) {
  std::string result = "[";
  for (const auto& dim : dims) result += (result.size() > 1 ? ", " : "") + dim->text();
  return result + "]";
}

}  // namespace stria
