// Types, shapes, units and bounds.
#include <algorithm>
#include <charconv>
#include <limits>

#include "compiler/syntax/adapter.h"

namespace stria::syntax {
namespace {

// Digits, with `_` between them. What is too large for a unit becomes `limit`, which is too large as well.
int64_t parse_digits(std::string_view text, int64_t limit) {
  std::string digits(text);
  std::erase(digits, '_');
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() ? std::min(value, limit) : limit;
}

int parse_power(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  const auto power = static_cast<int>(parse_digits(digits.substr(negative ? 1 : 0), 1'000'000));
  return negative ? -power : power;
}

}  // namespace

std::vector<ast::UnitTerm> split_unit(std::string_view text, const SourceFile* file, uint32_t begin) {
  std::vector<ast::UnitTerm> terms;
  size_t at = 0;
  int sign = 1;
  while (at < text.size()) {
    const size_t end = std::min(text.find('/', at), text.size());
    const std::string_view part = text.substr(at, end - at);
    const size_t caret = part.find('^');
    ast::UnitTerm term;
    term.name = std::string(part.substr(0, caret));
    term.power = sign * (caret == std::string_view::npos ? 1 : parse_power(part.substr(caret + 1)));
    term.range = {file, begin + static_cast<uint32_t>(at), begin + static_cast<uint32_t>(end)};
    terms.push_back(std::move(term));
    at = end + 1;
    sign = -1;
  }
  return terms;
}

ast::TypePtr Adapter::type(P::TypeContext* context) {
  if (is_broken(context)) return nullptr;
  ast::TypePtr argument = atype(context->atype(0));
  if (context->ARROW() == nullptr) return argument;
  ast::TypeExpr result;
  result.kind = ast::TypeExpr::Kind::function;
  result.of = std::move(argument);
  result.result = atype(context->atype(1));
  result.range = range(context);
  return std::make_shared<const ast::TypeExpr>(std::move(result));
}

ast::TypePtr Adapter::atype(P::AtypeContext* context) {
  if (is_broken(context)) return nullptr;
  if (context->type() != nullptr) return type(context->type());
  using Kind = ast::TypeExpr::Kind;
  ast::TypeExpr result;
  result.range = range(context);
  result.kind = context->STREAM() != nullptr   ? Kind::stream
                : context->LIST() != nullptr   ? Kind::list
                : context->ONE_OF() != nullptr ? Kind::one_of
                : context->shape() != nullptr  ? Kind::tensor
                                               : Kind::unit;
  if (context->shape() != nullptr) {
    result.shape.emplace();
    for (P::DimItemContext* each : context->shape()->dimItem()) result.shape->push_back(dim_item(each));
  }
  if (context->name() != nullptr) result.element = name(context->name());
  if (context->unitExpr() != nullptr) result.unit = unit(context->unitExpr());
  if (context->EVERY() != nullptr) result.every = unary(context->unary());
  if (context->atype() != nullptr) result.of = atype(context->atype());
  if (context->list() != nullptr && !is_broken(context->list())) {
    for (P::ExprContext* each : context->list()->expr()) result.choices.push_back(expr(each));
  }
  return std::make_shared<const ast::TypeExpr>(std::move(result));
}

ast::DimItem Adapter::dim_item(P::DimItemContext* context) {
  using Kind = ast::DimItem::Kind;
  ast::DimItem result;
  result.range = range(context);
  if (context->name() != nullptr) result.name = name(context->name());
  result.kind = context->SPLICE() != nullptr   ? Kind::splice
                : context->ASSIGN() != nullptr ? Kind::sized
                                               : Kind::expression;
  if (result.kind != Kind::splice) result.value = additive(context->additive());
  return result;
}

std::vector<ast::UnitTerm> Adapter::unit(P::UnitExprContext* context) const {
  std::vector<ast::UnitTerm> terms;
  if (is_broken(context)) return terms;
  int sign = 1;
  for (antlr4::tree::ParseTree* child : context->children) {
    auto* const each = dynamic_cast<P::UnitTermContext*>(child);
    if (each == nullptr) {
      auto* const sign_read = dynamic_cast<antlr4::tree::TerminalNode*>(child);
      sign = sign_read != nullptr && sign_read->getSymbol()->getType() == P::DIVIDE ? -1 : 1;
      continue;
    }
    ast::UnitTerm term;
    term.range = range(each);
    const std::string digits = each->INT() != nullptr ? std::string(text_of(range(each->INT()))) : "1";
    if (each->typeName() != nullptr) {
      term.name = text(each->typeName());
      term.power = sign * (each->MINUS() != nullptr ? -1 : 1) * parse_power(digits);
    } else {
      term.number = parse_digits(digits, std::numeric_limits<int64_t>::max());
      term.power = sign;
    }
    terms.push_back(std::move(term));
  }
  return terms;
}

std::optional<ast::Bound> Adapter::bound(P::BoundContext* context) {
  if (is_broken(context)) return std::nullopt;
  ast::Bound result;
  result.range = range(context);
  if (context->compareOp() != nullptr) {
    switch (context->compareOp()->start->getType()) {
      case P::LESS:
        result.op = ast::CompareOp::less;
        break;
      case P::LESS_EQUAL:
        result.op = ast::CompareOp::less_equal;
        break;
      case P::GREATER:
        result.op = ast::CompareOp::greater;
        break;
      case P::GREATER_EQUAL:
        result.op = ast::CompareOp::greater_equal;
        break;
      case P::EQUAL:
        result.op = ast::CompareOp::equal;
        break;
      default:
        result.op = ast::CompareOp::not_equal;
        break;
    }
    result.low = additive(context->additive());
    return result;
  }
  const ast::ExprPtr both = range_expr(context->range());
  const auto* const ends = std::get_if<ast::RangeExpr>(&both->node);
  result.low = ends != nullptr ? ends->low : both;
  result.high = ends != nullptr ? ends->high : nullptr;
  return result;
}

}  // namespace stria::syntax
