// Tensors whose entries a pass knows, and what ops make of them.
#pragma once

#include <optional>
#include <vector>

#include "compiler/ir/graph.h"

namespace stria::passes {

// A real or boolean (0, 1) tensor. A splat is one number repeated: it may have any dims, B and T too.
struct Literal {
  std::vector<ir::Dim> dims;
  std::vector<double> values;  // row-major; one number where it is a splat
  bool is_splat = false;
  double at(size_t entry) const { return values[is_splat ? 0 : entry]; }
};

// More entries than this are not written into a graph.
inline constexpr int64_t max_literal_entries = 4096;

// The result of a node whose operands are these; nothing where the op is not one that is folded, the result
// is too large, not finite, or a comparison whose answer hangs on the precision. Folded are the leaves,
// pointwise ops of real and boolean values, and ops that move entries.
std::optional<Literal> evaluate(const ir::Node& node, const std::vector<const Literal*>& operands,
                                const ir::Type& result);

}  // namespace stria::passes
