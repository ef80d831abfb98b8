// What expressions and declarations share: arguments, fields, formals, types.
#include "compiler/syntax/format.h"

namespace stria::syntax {

using namespace ast;

namespace {

std::string unit_text(const std::vector<UnitTerm>& unit) {
  std::string out;
  for (const UnitTerm& term : unit) {
    const bool divides = !out.empty() && term.power < 0;
    if (!out.empty()) out += divides ? "/" : "*";
    out += term.name.empty() ? std::to_string(term.number) : term.name;
    const int power = divides ? -term.power : term.power;
    if (power != 1 && !term.name.empty()) out += "^" + std::to_string(power);
  }
  return out;
}

// A value that opens a bracket on the line of its `=` and may break inside.
bool hugs(const Expr& expr) {
  return std::holds_alternative<Record>(expr.node) || std::holds_alternative<List>(expr.node) ||
         std::holds_alternative<ListComprehension>(expr.node) || std::holds_alternative<Call>(expr.node) ||
         std::holds_alternative<With>(expr.node) || std::holds_alternative<Lambda>(expr.node);
}

}  // namespace

LayoutPtr Formatter::value(const ExprPtr& expr) { return assign(expr_at(*expr, 0), hugs(*expr)); }

LayoutPtr Formatter::path(const std::vector<Name>& path) {
  std::vector<LayoutPtr> parts;
  for (const Name& each : path) {
    if (!parts.empty()) parts.push_back(word("."));
    parts.push_back(name(each));
  }
  return sequence(std::move(parts));
}

LayoutPtr Formatter::binding(const Binding& binding) {
  if (!binding.is_tuple) return name(binding.names.front());
  return bracketed(
      "(", binding.names, [this](const Name& each) { return name(each); }, ")");
}

LayoutPtr Formatter::arguments(std::string_view open, const std::vector<Argument>& arguments,
                               std::string_view close) {
  const auto each = [this](const Argument& argument) {
    if (!argument.label) return expr_at(*argument.value, 0);
    LayoutPtr label = name(*argument.label);
    LayoutPtr equals = space_word("=");
    return sequence({label, equals, expr_at(*argument.value, 0)});
  };
  return bracketed(open, arguments, each, close);
}

LayoutPtr Formatter::comprehension(const Comprehension& comprehension) {
  std::vector<LayoutPtr> parts = {line(), word("for"), text(" ")};
  for (size_t i = 0; i < comprehension.binders.size(); ++i) {
    const Binder& binder = comprehension.binders[i];
    if (i > 0) parts.push_back(word(","));
    if (i > 0) parts.push_back(text(" "));
    parts.push_back(binding(binder.binding));
    if (binder.domain == nullptr) continue;
    parts.push_back(space_word("in"));
    parts.push_back(expr_at(*binder.domain, 0));
  }
  if (comprehension.condition != nullptr) {
    parts.push_back(line());
    parts.push_back(word("if"));
    parts.push_back(text(" "));
    parts.push_back(expr_at(*comprehension.condition, 0));
  }
  return sequence(std::move(parts));
}

LayoutPtr Formatter::record(const std::vector<Field>& fields) {
  LayoutPtr open = word("{");
  if (fields.empty()) return sequence({open, word("}")});
  std::vector<LayoutPtr> parts;
  for (size_t i = 0; i < fields.size(); ++i) {
    parts.push_back(path(fields[i].path));
    std::vector<LayoutPtr> tail = {space_word("="), expr_at(*fields[i].value, 0)};
    if (i + 1 < fields.size()) tail.push_back(word(","));
    parts.push_back(sequence(std::move(tail)));
  }
  return group(sequence({open, hang(columns(std::move(parts))), word("}")}));
}

LayoutPtr Formatter::formals(const std::vector<Formal>& formals) {
  const auto each = [this](const Formal& formal) {
    std::vector<LayoutPtr> parts = {name(formal.name)};
    if (formal.type != nullptr) {
      parts.push_back(word(":"));
      parts.push_back(text(" "));
      parts.push_back(type(*formal.type));
    }
    if (formal.default_value != nullptr) {
      parts.push_back(space_word("="));
      parts.push_back(expr_at(*formal.default_value, 0));
    }
    if (formal.within) {
      parts.push_back(space_word("within"));
      parts.push_back(bound(*formal.within));
    }
    return sequence(std::move(parts));
  };
  return bracketed("(", formals, each, ")");
}

LayoutPtr Formatter::bound(const Bound& bound) {
  if (bound.op) {
    static constexpr std::string_view signs[] = {"<", "<=", ">", ">=", "==", "!=", "in"};
    LayoutPtr sign = word(signs[static_cast<size_t>(*bound.op)]);
    return sequence({sign, text(" "), expr_at(*bound.low, 7)});
  }
  LayoutPtr low = expr_at(*bound.low, 7);
  if (bound.high == nullptr) return low;
  LayoutPtr dots = space_word("..");
  return sequence({low, dots, expr_at(*bound.high, 7)});
}

LayoutPtr Formatter::shape(const std::vector<DimItem>& shape) {
  const auto each = [this](const DimItem& item) {
    std::vector<LayoutPtr> parts;
    if (item.kind == DimItem::Kind::splice) parts.push_back(word("..."));
    if (item.name) parts.push_back(name(*item.name));
    if (item.kind == DimItem::Kind::sized) parts.push_back(space_word("="));
    if (item.value != nullptr) parts.push_back(expr_at(*item.value, 7));
    return sequence(std::move(parts));
  };
  return bracketed("[", shape, each, "]");
}

LayoutPtr Formatter::unit(const std::vector<UnitTerm>& unit) {
  LayoutPtr written = text(unit_text(unit));
  const Range all = join(unit.front().range, unit.back().range);
  if (source_ == nullptr || all.file != source_->file) return written;
  size_t last = next_token_;
  for (size_t i = next_token_; i < source_->tokens.size() && source_->tokens[i].begin < all.end; ++i)
    last = i;
  return with_comments(last, std::move(written));
}

// `inside` another type, where a function type needs brackets.
LayoutPtr Formatter::type(const TypeExpr& self, bool inside) {
  using Kind = TypeExpr::Kind;
  std::vector<LayoutPtr> parts;
  const auto add = [&](LayoutPtr part) {
    if (!parts.empty()) parts.push_back(text(" "));
    parts.push_back(std::move(part));
  };
  switch (self.kind) {
    case Kind::function: {
      LayoutPtr open = inside ? word("(") : text("");
      LayoutPtr argument = type(*self.of, true);
      LayoutPtr arrow = space_word("->");
      LayoutPtr result = type(*self.result, true);
      return sequence({open, argument, arrow, result, inside ? word(")") : text("")});
    }
    case Kind::list:
      add(word("list"));
      add(word("of"));
      add(type(*self.of, true));
      return sequence(std::move(parts));
    case Kind::one_of:
      add(word("one_of"));
      add(bracketed(
          "[", self.choices, [this](const ExprPtr& each) { return expr_at(*each, 0); }, "]"));
      return sequence(std::move(parts));
    case Kind::unit:
      return unit(self.unit);
    case Kind::stream:
      add(word("stream"));
      break;
    case Kind::tensor:
      break;
  }
  if (self.shape) add(shape(*self.shape));
  if (self.element) {
    add(word("of"));
    add(name(*self.element));
  }
  if (!self.unit.empty()) {
    add(word("in"));
    add(unit(self.unit));
  }
  if (self.every != nullptr) {
    add(word("every"));
    add(expr_at(*self.every, 9));
  }
  return sequence(std::move(parts));
}

}  // namespace stria::syntax
