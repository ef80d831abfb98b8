// Where an axis of one value is in another that holds the same entries. Internal to ir/axes*.cpp.
#pragma once

#include <optional>

#include "compiler/ir/graph.h"

namespace stria::ir {

using Axis = std::optional<size_t>;

// Aligned at the ends; none where the operand has too few axes.
inline Axis aligned(size_t axis, size_t rank, size_t operand_rank) {
  const size_t from_end = rank - axis;
  return from_end <= operand_rank ? Axis(operand_rank - from_end) : std::nullopt;
}

// The axis of a scan's frames [B, ...] or fixed values [...] that is `axis` >= 2 of their streams [B, T,
// ...], and back.
inline size_t axis_of_frame(const Type& frame, size_t axis) {
  return frame.is_batched() ? axis - 1 : axis - 2;
}
inline size_t axis_of_stream(const Type& frame, size_t axis) {
  return frame.is_batched() ? axis + 1 : axis + 2;
}

}  // namespace stria::ir
