// The table of ops, from ops.def.
#include <array>

#include "compiler/ir/rules.h"

namespace stria::ir {
namespace {

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) result.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::vector<OpInfo> make_table() {
  return {
#define STRIA_OP(name, least, most, attributes, shape_rule, cost_rule, complex_rule, derivative_rule, kept, \
                 doc)                                                                                       \
  {Op::name, #name, least, most, words(attributes), shape::shape_rule, cost::cost_rule, doc},
#include "compiler/ir/ops.def"
#undef STRIA_OP
  };
}

}  // namespace

const std::vector<OpInfo>& all_ops() {
  static const std::vector<OpInfo> table = make_table();
  return table;
}

const OpInfo& info(Op op) { return all_ops()[static_cast<size_t>(op)]; }

const OpInfo* find_op(std::string_view name) {
  for (const OpInfo& op : all_ops()) {
    if (op.name == name) return &op;
  }
  return nullptr;
}

}  // namespace stria::ir
