#include "compiler/plan/flat.h"

#include <limits>

namespace stria::plan {

double start_of(Reduction reduction) {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  switch (reduction) {
    case Reduction::sum:
      return 0;
    case Reduction::product:
      return 1;
    case Reduction::greatest:
      return -infinite;
    case Reduction::least:
      return infinite;
  }
  return 0;
}

int64_t Instruction::n_places() const {
  int64_t result = 1;
  for (int64_t i = 0; i < places; ++i) result *= operands[0].axes[static_cast<size_t>(i)].size;
  return result;
}

BlockSizes block_sizes(const Instruction& i) {
  const View &window = i.operands[1], &result = i.operands[3];
  return {result.axes[0].size, window.axes[1].size, window.axes[0].size};
}

int64_t products_in_bin(const Flat& flat, const Instruction& i) {
  const auto result = [&] { return flat.values[static_cast<size_t>(i.result)].entries; };
  switch (i.work) {
    case Work::dot:
      return i.operands[0].entries() * result() / i.n_places();
    case Work::outer:
      return i.operands[0].entries() * i.operands[1].entries() / i.n_places();
    case Work::convolve:
    case Work::correlate: {
      const BlockSizes sizes = block_sizes(i);
      const int64_t features = i.operands[0].axes[1].size;
      const int64_t rows = i.work == Work::convolve ? result() : i.operands[2].entries();
      return sizes.points * (sizes.window * features + 2 * features * rows + sizes.block * rows) /
             sizes.block;
    }
    default:
      return 0;
  }
}

int Flat::state_scan(int value) const {
  for (size_t s = 0; s < scans.size(); ++s) {
    for (const State& state : scans[s].states) {
      if (state.value == value) return static_cast<int>(s);
    }
  }
  return -1;
}

}  // namespace stria::plan
