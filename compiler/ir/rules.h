// What the ops table (ops.cpp) takes from shape.cpp and cost.cpp: one function a rule, named in ops.def.
#pragma once

#include <string>

#include "compiler/ir/graph.h"

namespace stria::ir {

// Throws InternalError: `reason`, with the op and its operand types.
[[noreturn]] void fail(const OpCall& call, const std::string& reason);

// Kinds of attributes, the same for every op that has one of this name (attributes.cpp).
enum class AttributeKind : uint8_t { integer, real, text, integers, reals, dims };
AttributeKind attribute_kind(std::string_view name);
// Whether the attribute has the value that it has where it is left out.
bool is_usual(std::string_view name, const Attribute& value);
// nullptr where the op has none of this name.
const Attribute* find_attribute(const Attributes& attributes, std::string_view name);
// Empty where `attributes` are exactly those of the op, in order and of the right kinds, else the reason.
std::string check_attributes(const OpInfo& op, const Attributes& attributes);

namespace shape {
#define STRIA_OP(name, least, most, attributes, shape_rule, cost_rule, complex_rule, derivative_rule, kept, \
                 doc)                                                                                       \
  Type shape_rule(const OpCall& call);
#include "compiler/ir/ops.def"
#undef STRIA_OP
}  // namespace shape

namespace cost {
#define STRIA_OP(name, least, most, attributes, shape_rule, cost_rule, complex_rule, derivative_rule, kept, \
                 doc)                                                                                       \
  double cost_rule(const OpCall& call, const Type& result);
#include "compiler/ir/ops.def"
#undef STRIA_OP
}  // namespace cost

}  // namespace stria::ir
