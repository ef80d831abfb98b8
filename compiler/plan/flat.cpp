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

int Flat::state_scan(int value) const {
  for (size_t s = 0; s < scans.size(); ++s) {
    for (const State& state : scans[s].states) {
      if (state.value == value) return static_cast<int>(s);
    }
  }
  return -1;
}

}  // namespace stria::plan
