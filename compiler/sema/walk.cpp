#include "compiler/sema/walk.h"

namespace stria {

namespace {

using Visit = std::function<void(const ast::Expr&)>;

void maybe(const ast::ExprPtr& part, const Visit& visit) {
  if (part) visit(*part);
}

void parts_of(const ast::Comprehension& comprehension, const Visit& visit) {
  for (const auto& binder : comprehension.binders) maybe(binder.domain, visit);
  maybe(comprehension.condition, visit);
}

void parts_of(const std::vector<ast::Argument>& arguments, const Visit& visit) {
  for (const auto& argument : arguments) maybe(argument.value, visit);
}

void parts_of(const std::optional<ast::Bound>& bound, const Visit& visit) {
  if (!bound) return;
  maybe(bound->low, visit);
  maybe(bound->high, visit);
}

void parts_of(const std::vector<ast::Formal>& formals, const Visit& visit) {
  for (const auto& formal : formals) {
    maybe(formal.default_value, visit);
    parts_of(formal.within, visit);
  }
}

struct ExpressionParts {
  const Visit& visit;
  void operator()(const ast::Member& e) const { maybe(e.object, visit); }
  void operator()(const ast::Call& e) const {
    maybe(e.callee, visit);
    parts_of(e.arguments, visit);
    if (e.comprehension) parts_of(*e.comprehension, visit);
  }
  void operator()(const ast::Index& e) const {
    maybe(e.object, visit);
    parts_of(e.arguments, visit);
  }
  void operator()(const ast::With& e) const {
    maybe(e.object, visit);
    for (const auto& field : e.fields) maybe(field.value, visit);
  }
  void operator()(const ast::List& e) const {
    for (const auto& item : e.items) maybe(item, visit);
  }
  void operator()(const ast::ListComprehension& e) const {
    maybe(e.element, visit);
    parts_of(e.comprehension, visit);
  }
  void operator()(const ast::Record& e) const {
    for (const auto& field : e.fields) maybe(field.value, visit);
  }
  void operator()(const ast::Unary& e) const { maybe(e.operand, visit); }
  void operator()(const ast::Binary& e) const {
    maybe(e.left, visit);
    maybe(e.right, visit);
  }
  void operator()(const ast::Comparison& e) const {
    for (const auto& operand : e.operands) maybe(operand, visit);
  }
  void operator()(const ast::RangeExpr& e) const {
    maybe(e.low, visit);
    maybe(e.high, visit);
    maybe(e.step, visit);
  }
  void operator()(const ast::If& e) const {
    maybe(e.condition, visit);
    maybe(e.then, visit);
    maybe(e.otherwise, visit);
  }
  void operator()(const ast::Lambda& e) const {
    parts_of(e.formals, visit);
    maybe(e.body, visit);
  }
  void operator()(const ast::Pipe& e) const {
    maybe(e.source, visit);
    maybe(e.target, visit);
  }
  void operator()(const auto&) const {}
};

struct ItemParts {
  const Visit& visit;
  void operator()(const ast::UnitDecl& d) const { maybe(d.value, visit); }
  void operator()(const ast::LetDecl& d) const { maybe(d.value, visit); }
  void operator()(const ast::FnDecl& d) const {
    parts_of(d.formals, visit);
    maybe(d.value, visit);
  }
  void operator()(const ast::Entity& d) const {
    parts_of(d.formals, visit);
    maybe(d.value, visit);
  }
  void operator()(const ast::OutputDecl& d) const { maybe(d.value, visit); }
  void operator()(const ast::StateDecl& d) const { maybe(d.start, visit); }
  void operator()(const ast::ParamDecl& d) const {
    parts_of(d.options, visit);
    maybe(d.start, visit);
    parts_of(d.within, visit);
  }
  void operator()(const ast::BufferDecl& d) const { maybe(d.start, visit); }
  void operator()(const ast::UpdateDecl& d) const { maybe(d.value, visit); }
  void operator()(const ast::CheckDecl& d) const { maybe(d.condition, visit); }
  void operator()(const ast::SweepDecl& d) const {
    maybe(d.domain, visit);
    maybe(d.condition, visit);
  }
  void operator()(const ast::Setting& d) const { maybe(d.value, visit); }
  void operator()(const auto&) const {}
};

}  // namespace

void for_each_part(const ast::Expr& expression, const Visit& visit) {
  std::visit(ExpressionParts{visit}, expression.node);
}

void for_each_expression(const ast::Expr& expression, const Visit& visit) {
  visit(expression);
  for_each_part(expression, [&](const ast::Expr& part) { for_each_expression(part, visit); });
}

void for_each_part(const ast::Item& item, const Visit& visit) { std::visit(ItemParts{visit}, item.node); }

}  // namespace stria
