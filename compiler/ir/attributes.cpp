// Attributes: their kinds, and access to them.
#include <array>
#include <optional>

#include "compiler/ir/rules.h"

namespace stria::ir {
namespace {

struct NamedKind {
  std::string_view name;
  AttributeKind kind;
  std::optional<int64_t> unless_given = std::nullopt;  // texts and calls leave it out where it is this
};
constexpr std::array attribute_kinds = {
    NamedKind{"value", AttributeKind::real},
    NamedKind{"sizes", AttributeKind::dims},
    NamedKind{"values", AttributeKind::reals},
    NamedKind{"size", AttributeKind::integer},
    NamedKind{"distribution", AttributeKind::text},
    NamedKind{"a", AttributeKind::real},
    NamedKind{"b", AttributeKind::real},
    NamedKind{"purpose", AttributeKind::text},
    NamedKind{"name", AttributeKind::text},
    NamedKind{"order", AttributeKind::integers},
    NamedKind{"axis", AttributeKind::integer},
    NamedKind{"start", AttributeKind::integer},
    NamedKind{"step", AttributeKind::integer},
    NamedKind{"before", AttributeKind::integer},
    NamedKind{"after", AttributeKind::integer},
    NamedKind{"stride", AttributeKind::integer},
    NamedKind{"dilate", AttributeKind::integer},
    NamedKind{"steps", AttributeKind::integer},
    NamedKind{"subscripts", AttributeKind::text},
    NamedKind{"axes", AttributeKind::integers},
    NamedKind{"n_inputs", AttributeKind::integer},
    NamedKind{"reverse", AttributeKind::integer, 0},
    NamedKind{"bin", AttributeKind::integer},
};

// The alternative of Attribute that holds a kind.
bool holds(const Attribute& value, AttributeKind kind) {
  switch (kind) {
    case AttributeKind::integer:
      return std::holds_alternative<int64_t>(value);
    case AttributeKind::real:
      return std::holds_alternative<double>(value);
    case AttributeKind::text:
      return std::holds_alternative<std::string>(value);
    case AttributeKind::integers:
      return std::holds_alternative<std::vector<int64_t>>(value);
    case AttributeKind::reals:
      return std::holds_alternative<std::vector<double>>(value);
    case AttributeKind::dims:
      return std::holds_alternative<std::vector<Dim>>(value);
  }
  return false;
}

// A whole number given where a real one is wanted, numbers given where dims are.
Attribute convert(const Attribute& value, AttributeKind kind) {
  if (kind == AttributeKind::real && std::holds_alternative<int64_t>(value)) {
    return static_cast<double>(std::get<int64_t>(value));
  }
  if (kind == AttributeKind::dims && std::holds_alternative<std::vector<int64_t>>(value)) {
    std::vector<Dim> dims;
    for (const int64_t size : std::get<std::vector<int64_t>>(value)) dims.push_back(dim(size));
    return dims;
  }
  if (kind == AttributeKind::reals && std::holds_alternative<std::vector<int64_t>>(value)) {
    const auto& integers = std::get<std::vector<int64_t>>(value);
    return std::vector<double>(integers.begin(), integers.end());
  }
  return value;
}

template <typename Value>
const Value& attribute(const Node& node, std::string_view name) {
  const Attribute* found = find_attribute(node.attributes, name);
  if (found == nullptr || !std::holds_alternative<Value>(*found)) {
    throw InternalError("op `" + std::string(info(node.op).name) + "` lacks its attribute `" +
                        std::string(name) + "`");
  }
  return std::get<Value>(*found);
}

const NamedKind& named_kind(std::string_view name) {
  for (const NamedKind& known : attribute_kinds) {
    if (known.name == name) return known;
  }
  throw InternalError("no op has an attribute `" + std::string(name) + "`");
}

}  // namespace

AttributeKind attribute_kind(std::string_view name) { return named_kind(name).kind; }

bool is_usual(std::string_view name, const Attribute& value) {
  const std::optional<int64_t> usual = named_kind(name).unless_given;
  return usual && std::holds_alternative<int64_t>(value) && std::get<int64_t>(value) == *usual;
}

const Attribute* find_attribute(const Attributes& attributes, std::string_view name) {
  for (const auto& [key, value] : attributes) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string check_attributes(const OpInfo& op, const Attributes& attributes) {
  for (size_t i = 0; i < op.attributes.size(); ++i) {
    const std::string name(op.attributes[i]);
    if (i >= attributes.size() || attributes[i].first != name) return "attribute `" + name + "` is missing";
    if (!holds(attributes[i].second, attribute_kind(name)))
      return "attribute `" + name + "` has a wrong kind";
  }
  if (attributes.size() > op.attributes.size()) {
    return "unknown attribute `" + attributes[op.attributes.size()].first + "`";
  }
  return {};
}

Attributes normalise_attributes(Op op, const Attributes& attributes) {
  Attributes result;
  for (const std::string_view name : info(op).attributes) {
    if (const Attribute* given = find_attribute(attributes, name)) {
      result.emplace_back(name, convert(*given, attribute_kind(name)));
    } else if (const auto usual = named_kind(name).unless_given) {
      result.emplace_back(name, *usual);
    }
  }
  for (const auto& given : attributes) {
    if (find_attribute(result, given.first) == nullptr) result.push_back(given);
  }
  if (const std::string reason = check_attributes(info(op), result); !reason.empty()) {
    throw InternalError("op `" + std::string(info(op).name) + "`: " + reason);
  }
  return result;
}

int64_t int_attribute(const Node& node, std::string_view name) { return attribute<int64_t>(node, name); }
double real_attribute(const Node& node, std::string_view name) { return attribute<double>(node, name); }
const std::string& text_attribute(const Node& node, std::string_view name) {
  return attribute<std::string>(node, name);
}
const std::vector<int64_t>& ints_attribute(const Node& node, std::string_view name) {
  return attribute<std::vector<int64_t>>(node, name);
}
const std::vector<double>& reals_attribute(const Node& node, std::string_view name) {
  return attribute<std::vector<double>>(node, name);
}
const std::vector<Dim>& dims_attribute(const Node& node, std::string_view name) {
  return attribute<std::vector<Dim>>(node, name);
}

}  // namespace stria::ir
