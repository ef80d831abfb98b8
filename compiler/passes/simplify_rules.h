// What a rule of simplify is, and what rules have in common.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "compiler/passes/writer.h"

namespace stria::passes {

// Looks at a node of the new graph before it is written, and gives what stands for it.
struct Rule {
  std::string_view name;
  std::vector<ir::Op> ops;  // of the nodes it looks at
  std::optional<ir::ValueId> (*apply)(Writer& writer, const ir::Node& node);
};
// In the order in which they are tried.
const std::vector<Rule>& pointwise_rules();
const std::vector<Rule>& shape_rules();
const std::vector<Rule>& product_rules();

ir::Type result_type(const Writer& writer, const ir::Node& node);
// The number that every entry is, where the graph says so.
std::optional<double> number(const Writer& writer, ir::ValueId id);
// The value with the type wanted: itself, or repeated; nothing where it is of another kind.
std::optional<ir::ValueId> repeated_to(Writer& writer, ir::ValueId id, const ir::Type& wanted);
// The node of this op along this axis that makes the value.
const ir::Node* definition_along(const Writer& writer, ir::ValueId id, ir::Op op, int64_t axis);

}  // namespace stria::passes
