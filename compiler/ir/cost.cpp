// Cost rules: real operations of one application, B and T counted as 1. Named by ops.def.
#include <algorithm>

#include "compiler/ir/rules.h"

namespace stria::ir {
namespace {

double entries(const std::vector<Dim>& dims) {
  double result = 1;
  for (const Dim& d : dims) result *= d.is_number() ? static_cast<double>(d.size) : 1;
  return result;
}

bool any_complex(const OpCall& call, const Type& result) {
  const auto complex = [](const Type& type) { return type.element == Element::complex; };
  return complex(result) || std::any_of(call.operands.begin(), call.operands.end(), complex);
}

bool has_letter(const Type& type, char letter) {
  return std::any_of(type.dims.begin(), type.dims.end(), [&](const Dim& d) { return d.letter == letter; });
}

// Where a node's operations are counted: by the letters of all it touches.
double& share(Cost& cost, const OpCall& call, const Type& result, bool in_scan) {
  bool batch = has_letter(result, 'B'), time = has_letter(result, 'T');
  for (const Type& operand : call.operands) {
    batch = batch || has_letter(operand, 'B');
    time = time || has_letter(operand, 'T');
  }
  if (time || (batch && in_scan)) return cost.per_bin;
  return batch ? cost.per_clip : cost.fixed;
}

void add_region(Cost& cost, const Graph& graph, const Region& region, bool in_scan) {
  for (const Node& node : region.nodes) {
    std::vector<Type> operands;
    for (const ValueId id : node.operands) operands.push_back(graph.type(id));
    const OpCall call{info(node.op), operands, node.attributes};
    if (node.regions.empty() && !node.results.empty()) {
      const Type& result = graph.type(node.results[0]);
      share(cost, call, result, in_scan) += call.info.cost(call, result);
    }
    for (const Region& inner : node.regions) add_region(cost, graph, inner, true);
  }
}

}  // namespace

namespace cost {

double free(const OpCall&, const Type&) { return 0; }

double per_entry(const OpCall& call, const Type& result) {
  return entries(result.dims) * (any_complex(call, result) ? (call.info.op == Op::mul ? 6 : 2) : 1);
}

double per_operand_entry(const OpCall& call, const Type& result) {
  return entries(call.operands[0].dims) * (any_complex(call, result) ? 2 : 1);
}

// One multiply-add (two operations, eight if complex) for each combination of subscripts.
double per_subscript(const OpCall& call, const Type& result) {
  const std::string& subscripts = std::get<std::string>(*find_attribute(call.attributes, "subscripts"));
  double combinations = 1;
  std::string seen = ",";
  size_t side = 0, position = 0;
  for (const char letter : subscripts.substr(0, subscripts.find("->"))) {
    if (letter == ',') {
      side = 1;
      position = 0;
      continue;
    }
    const Dim& d = call.operands[side].dims[position++];
    if (seen.find(letter) != std::string::npos) continue;
    seen += letter;
    combinations *= d.is_number() ? static_cast<double>(d.size) : 1;
  }
  return combinations * (any_complex(call, result) ? 8 : 2);
}

double in_region(const OpCall&, const Type&) { return 0; }

}  // namespace cost

Cost flops(const Graph& graph) {
  Cost result;
  add_region(result, graph, graph.body, false);
  return result;
}

}  // namespace stria::ir
