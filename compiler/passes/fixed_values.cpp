#include "compiler/passes/fixed_values.h"

#include <algorithm>

namespace stria::passes {
namespace {

void mark(const ir::Region& region, std::vector<bool>& fixed) {
  for (const ir::Node& node : region.nodes) {
    for (const ir::Region& inner : node.regions) mark(inner, fixed);
    if (!node.regions.empty()) continue;
    const bool all =
        std::all_of(node.operands.begin(), node.operands.end(), [&](ir::ValueId id) { return fixed[id]; });
    for (const ir::ValueId id : node.results) fixed[id] = all;
  }
}

}  // namespace

std::vector<bool> fixed_values(const ir::Graph& graph) {
  std::vector<bool> fixed(graph.values.size(), false);
  for (const ir::Argument& argument : graph.arguments) {
    fixed[argument.value] = argument.kind != ir::ArgumentKind::input;
  }
  mark(graph.body, fixed);
  return fixed;
}

bool has_letters(const ir::Type& type) {
  return std::any_of(type.dims.begin(), type.dims.end(), [](const ir::Dim& d) { return !d.is_number(); });
}

}  // namespace stria::passes
