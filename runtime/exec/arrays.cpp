#include "runtime/exec/arrays.h"

#include <algorithm>

namespace stria::exec {

Arrays::Arrays(const std::vector<int64_t>& sizes) {
  constexpr size_t line = 16;  // numbers in 64 bytes
  size_t total = line;
  for (const int64_t size : sizes) {
    starts_.push_back(total);
    sizes_.push_back(static_cast<size_t>(size));
    total += (static_cast<size_t>(size) + line - 1) / line * line;
  }
  numbers_.assign(total + 2 * line, 0.0F);
  const auto address = reinterpret_cast<uintptr_t>(numbers_.data()) / sizeof(float);
  shift_ = (line - address % line) % line;
}

void Arrays::clear() { std::fill(numbers_.begin(), numbers_.end(), 0.0F); }

}  // namespace stria::exec
