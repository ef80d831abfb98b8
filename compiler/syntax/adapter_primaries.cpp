// Literals, names, brackets, and what may follow them: members, calls, indices, `with`.
#include <algorithm>

#include "compiler/syntax/adapter.h"

namespace stria::syntax {

using ast::ExprPtr;

namespace {

std::string without_underscores(std::string_view digits) {
  std::string result(digits);
  std::erase(result, '_');
  return result;
}

}  // namespace

ExprPtr Adapter::postfix(P::PostfixContext* context) {
  if (is_broken(context)) return unread(context);
  ExprPtr object = primary(context->primary());
  for (P::TrailerContext* trailer : context->trailer()) {
    if (is_broken(trailer)) return unread(context);
    const Range both = join(object->range, range(trailer));
    if (trailer->label() != nullptr) {
      object = make(both, ast::Member{object, name(trailer->label())});
    } else if (P::CallArgsContext* const call = trailer->callArgs()) {
      ast::Call result{object, arguments(call->arg()), comprehension_in(call)};
      object = make(both, std::move(result));
    } else if (trailer->argList() != nullptr) {
      object = make(both, ast::Index{object, arguments(trailer->argList()->arg())});
    } else {
      object = make(both, ast::With{object, record(trailer->record())});
    }
  }
  return object;
}

ExprPtr Adapter::primary(P::PrimaryContext* context) {
  if (is_broken(context)) return unread(context);
  if (context->literal() != nullptr) return literal(context->literal());
  if (context->NEXT() != nullptr) return make(range(context), ast::NextRef{name(context->name())});
  if (context->name() != nullptr) return make(range(context), ast::NameRef{text(context->name())});
  if (context->list() != nullptr) return list(context->list());
  if (context->record() != nullptr) return make(range(context), ast::Record{record(context->record())});
  ast::Expr inside = *expr(context->expr());
  inside.range = range(context);
  inside.in_parentheses = true;
  return std::make_shared<const ast::Expr>(std::move(inside));
}

ExprPtr Adapter::literal(P::LiteralContext* context) {
  const Range place = range(context);
  const std::string_view written = text_of(place);
  switch (context->start->getType()) {
    case P::INT:
      return make(place, ast::IntLiteral{without_underscores(written)});
    case P::FLOAT:
      return make(place, ast::FloatLiteral{without_underscores(written)});
    case P::QUANTITY:
      return quantity(context->QUANTITY());
    case P::STRING:
      return make(place, ast::StringLiteral{string_value(context->STRING())});
    case P::TRUE:
      return make(place, ast::BoolLiteral{true});
    case P::FALSE:
      return make(place, ast::BoolLiteral{false});
    default:
      return make(place, ast::NoneLiteral{});
  }
}

// Digits, then a unit: `1e3Hz` has an exponent, `1eV` a unit.
ExprPtr Adapter::quantity(antlr4::tree::TerminalNode* node) const {
  const Range place = range(node);
  const std::string_view written = text_of(place);
  const auto is_digit = [&](size_t i) {
    return i < written.size() && (isdigit(written[i]) || written[i] == '_');
  };
  size_t i = 0;
  while (is_digit(i) || (i < written.size() && written[i] == '.')) ++i;
  if (i < written.size() && (written[i] == 'e' || written[i] == 'E')) {
    const size_t sign = i + 1 < written.size() && (written[i + 1] == '+' || written[i + 1] == '-') ? 1 : 0;
    if (is_digit(i + 1 + sign)) {
      i += 1 + sign;
      while (is_digit(i)) ++i;
    }
  }
  ast::QuantityLiteral result;
  result.number = without_underscores(written.substr(0, i));
  result.unit_text = std::string(written.substr(i));
  result.unit_range = {place.file, place.begin + static_cast<uint32_t>(i), place.end};
  if (result.unit_text != "%")
    result.unit = split_unit(result.unit_text, place.file, result.unit_range.begin);
  return make(place, std::move(result));
}

ExprPtr Adapter::list(P::ListContext* context) {
  if (is_broken(context)) return unread(context);
  if (context->comprehension() != nullptr) {
    return make(range(context),
                ast::ListComprehension{expr(context->expr(0)), comprehension(context->comprehension())});
  }
  ast::List result;
  for (P::ExprContext* each : context->expr()) result.items.push_back(expr(each));
  return make(range(context), std::move(result));
}

ast::Argument Adapter::argument(P::ArgContext* context) {
  ast::Argument result;
  if (context->label() != nullptr) result.label = name(context->label());
  result.value = expr(context->expr());
  result.range = range(context);
  return result;
}

std::vector<ast::Argument> Adapter::arguments(const std::vector<P::ArgContext*>& contexts) {
  std::vector<ast::Argument> result;
  for (P::ArgContext* each : contexts) result.push_back(argument(each));
  return result;
}

// `sum(x[i] for i in I)`. The grammar also reads `f(a = x for i in I)`, which says nothing.
std::optional<ast::Comprehension> Adapter::comprehension_in(P::CallArgsContext* context) {
  if (context->comprehension() == nullptr) return std::nullopt;
  if (context->arg(0)->label() != nullptr) {
    diagnostics_
        .report(Kind::misplaced_for, range(context->comprehension()), "`for` follows an argument with a name")
        .mark("follows `" + text(context->arg(0)->label()) + " = ...`")
        .fix("a list is written in brackets: `" + text(context->arg(0)->label()) + " = [... for i in I]`");
  }
  return comprehension(context->comprehension());
}

ast::Comprehension Adapter::comprehension(P::ComprehensionContext* context) {
  ast::Comprehension result;
  if (is_broken(context)) return result;
  for (P::BinderContext* each : context->binder()) {
    result.binders.push_back(
        {binding(each->binding()), each->expr() != nullptr ? expr(each->expr()) : nullptr});
  }
  if (context->expr() != nullptr) result.condition = expr(context->expr());
  return result;
}

std::vector<ast::Field> Adapter::record(P::RecordContext* context) {
  std::vector<ast::Field> fields;
  if (is_broken(context)) return fields;
  for (P::FieldContext* each : context->field()) {
    ast::Field field;
    for (P::LabelContext* label : each->label()) field.path.push_back(name(label));
    field.value = expr(each->expr());
    field.range = range(each);
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace stria::syntax
