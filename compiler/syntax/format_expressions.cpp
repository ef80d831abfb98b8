// Expressions. How tightly each form binds follows the grammar's rules from `expr` down to `primary`.
#include <array>

#include "compiler/diagnostics/display.h"
#include "compiler/syntax/dump.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

namespace stria::syntax {

using namespace ast;

namespace {

enum Tightness {
  whole,
  pipe,
  disj,
  conj,
  negation,
  comparison,
  range,
  additive,
  product,
  unary,
  power,
  postfix,
  primary
};

constexpr std::array<std::string_view, 9> binary_signs = {"+", "-", "*", "/", "//", "@", "^", "and", "or"};
constexpr std::array<std::string_view, 7> compare_signs = {"<", "<=", ">", ">=", "==", "!=", "in"};

int tightness_of(BinaryOp op) {
  switch (op) {
    case BinaryOp::add:
    case BinaryOp::subtract:
      return additive;
    case BinaryOp::power:
      return power;
    case BinaryOp::and_:
      return conj;
    case BinaryOp::or_:
      return disj;
    default:
      return product;
  }
}

int tightness_of(const Expr& expr) {
  if (std::holds_alternative<If>(expr.node) || std::holds_alternative<Lambda>(expr.node)) return whole;
  if (std::holds_alternative<Pipe>(expr.node)) return pipe;
  if (const auto* const binary = std::get_if<Binary>(&expr.node)) return tightness_of(binary->op);
  if (const auto* const sign = std::get_if<Unary>(&expr.node))
    return sign->op == UnaryOp::not_ ? negation : unary;
  if (std::holds_alternative<Comparison>(expr.node)) return comparison;
  if (std::holds_alternative<RangeExpr>(expr.node)) return range;
  const bool has_trailer =
      std::holds_alternative<Member>(expr.node) || std::holds_alternative<Call>(expr.node) ||
      std::holds_alternative<Index>(expr.node) || std::holds_alternative<With>(expr.node);
  return has_trailer ? postfix : primary;
}

bool is_number(const Expr& expr) {
  return std::holds_alternative<IntLiteral>(expr.node) || std::holds_alternative<FloatLiteral>(expr.node) ||
         std::holds_alternative<QuantityLiteral>(expr.node);
}

}  // namespace

struct ExpressionFormatter {
  Formatter& to;
  const Expr& self;

  LayoutPtr literal(std::string canonical) const { return to.literal(self.range, std::move(canonical)); }

  LayoutPtr operator()(const IntLiteral& e) const { return literal(e.digits); }
  LayoutPtr operator()(const FloatLiteral& e) const { return literal(e.text); }
  LayoutPtr operator()(const QuantityLiteral& e) const { return literal(e.number + e.unit_text); }
  LayoutPtr operator()(const StringLiteral& e) const { return literal(in_quotes(e.value)); }
  LayoutPtr operator()(const BoolLiteral& e) const { return literal(e.value ? "true" : "false"); }
  LayoutPtr operator()(const NoneLiteral&) const { return literal("none"); }
  LayoutPtr operator()(const ErrorExpr&) const { return literal("none"); }
  LayoutPtr operator()(const NameRef& e) const { return literal(e.name); }
  LayoutPtr operator()(const NextRef& e) const {
    LayoutPtr next = to.word("next");
    return sequence({next, text(" "), to.name(e.name)});
  }
  LayoutPtr operator()(const Member& e) const {
    LayoutPtr object = to.expr_at(*e.object, postfix);
    // `1.of` would be a malformed number.
    if (is_number(*e.object)) object = sequence({text("("), object, text(")")});
    LayoutPtr dot = to.word(".");
    return sequence({object, dot, to.name(e.name)});
  }
  LayoutPtr operator()(const Call& e) const {
    LayoutPtr callee = to.expr_at(*e.callee, postfix);
    if (!e.comprehension) return sequence({callee, to.arguments("(", e.arguments, ")")});
    LayoutPtr open = to.word("(");
    LayoutPtr inside = to.expr_at(*e.arguments.front().value, whole);
    LayoutPtr rest = to.comprehension(*e.comprehension);
    return sequence({callee, group(sequence({open, hang(sequence({inside, rest})), to.word(")")}))});
  }
  LayoutPtr operator()(const Index& e) const {
    LayoutPtr object = to.expr_at(*e.object, postfix);
    return sequence({object, to.arguments("[", e.arguments, "]")});
  }
  LayoutPtr operator()(const With& e) const {
    LayoutPtr object = to.expr_at(*e.object, postfix);
    LayoutPtr with = to.space_word("with");
    return sequence({object, with, to.record(e.fields)});
  }
  LayoutPtr operator()(const List& e) const {
    return to.bracketed(
        "[", e.items, [this](const ExprPtr& item) { return to.expr_at(*item, whole); }, "]");
  }
  LayoutPtr operator()(const ListComprehension& e) const {
    LayoutPtr open = to.word("[");
    LayoutPtr element = to.expr_at(*e.element, whole);
    LayoutPtr rest = to.comprehension(e.comprehension);
    return group(sequence({open, hang(sequence({element, rest})), to.word("]")}));
  }
  LayoutPtr operator()(const Record& e) const { return to.record(e.fields); }
  LayoutPtr operator()(const Unary& e) const {
    if (e.op == UnaryOp::not_) {
      LayoutPtr sign = to.word("not");
      return sequence({sign, text(" "), to.expr_at(*e.operand, negation)});
    }
    LayoutPtr sign = to.word(e.op == UnaryOp::minus ? "-" : "+");
    return sequence({sign, to.expr_at(*e.operand, unary)});
  }
  LayoutPtr operator()(const Binary& e) const {
    const int level = tightness_of(e.op);
    if (level == power) {
      LayoutPtr base = to.expr_at(*e.left, postfix);
      // The power of a quantity, not of its unit: `5ms^2` holds square milliseconds.
      if (std::holds_alternative<QuantityLiteral>(e.left->node))
        base = sequence({text("("), base, text(")")});
      LayoutPtr sign = to.word("^");
      return sequence({base, sign, to.expr_at(*e.right, unary)});
    }
    // The operands of one level, however long the chain, from left to right.
    std::vector<const Binary*> links = {&e};
    while (const Binary* const left = link(*links.back()->left, level)) links.push_back(left);
    std::vector<LayoutPtr> parts = {to.expr_at(*links.back()->left, level)};
    for (auto each = links.rbegin(); each != links.rend(); ++each) {
      LayoutPtr sign = to.word(binary_signs[static_cast<size_t>((*each)->op)]);
      parts.push_back(sequence({sign, text(" "), to.expr_at(*(*each)->right, level + 1)}));
    }
    return nest(fill(std::move(parts)));
  }
  LayoutPtr operator()(const Comparison& e) const {
    std::vector<LayoutPtr> parts = {to.expr_at(*e.operands.front(), range)};
    for (size_t i = 0; i < e.ops.size(); ++i) {
      LayoutPtr sign = to.word(compare_signs[static_cast<size_t>(e.ops[i])]);
      parts.push_back(sequence({sign, text(" "), to.expr_at(*e.operands[i + 1], range)}));
    }
    return nest(fill(std::move(parts)));
  }
  LayoutPtr operator()(const RangeExpr& e) const {
    LayoutPtr low = to.expr_at(*e.low, additive);
    LayoutPtr dots = to.space_word("..");
    std::vector<LayoutPtr> parts = {low, dots, to.expr_at(*e.high, additive)};
    if (e.step != nullptr) {
      parts.push_back(to.space_word("step"));
      parts.push_back(to.expr_at(*e.step, additive));
    }
    return sequence(std::move(parts));
  }
  LayoutPtr operator()(const If& e) const {
    LayoutPtr head = to.word("if");
    LayoutPtr condition = to.expr_at(*e.condition, whole);
    LayoutPtr then_word = to.word("then");
    LayoutPtr then = to.expr_at(*e.then, whole);
    LayoutPtr else_word = to.word("else");
    LayoutPtr otherwise = to.expr_at(*e.otherwise, whole);
    return group(sequence(
        {head, text(" "), condition,
         nest(sequence({line(), then_word, text(" "), then, line(), else_word, text(" "), otherwise}))}));
  }
  LayoutPtr operator()(const Lambda& e) const {
    LayoutPtr head = to.word("fn");
    LayoutPtr formals = to.formals(e.formals);
    LayoutPtr arrow = to.space_word("=>");
    return sequence({head, formals, arrow, to.expr_at(*e.body, whole)});
  }
  LayoutPtr operator()(const Pipe& e) const {
    std::vector<const Pipe*> links = {&e};
    while (const Pipe* const left = pipe_link(*links.back()->source)) links.push_back(left);
    std::vector<LayoutPtr> parts = {to.expr_at(*links.back()->source, disj)};
    std::vector<LayoutPtr> steps;
    for (auto each = links.rbegin(); each != links.rend(); ++each) {
      steps.push_back(line());
      steps.push_back(to.word("|>"));
      steps.push_back(text(" "));
      steps.push_back(to.expr_at(*(*each)->target, postfix));
    }
    parts.push_back(nest(sequence(std::move(steps))));
    return group(sequence(std::move(parts)));
  }

  bool stays_bracketed(const Expr& expr) const { return to.source_ != nullptr && expr.in_parentheses; }
  const Binary* link(const Expr& expr, int level) const {
    const auto* const binary = std::get_if<Binary>(&expr.node);
    return binary != nullptr && tightness_of(binary->op) == level && !stays_bracketed(expr) ? binary
                                                                                            : nullptr;
  }
  const Pipe* pipe_link(const Expr& expr) const {
    return stays_bracketed(expr) ? nullptr : std::get_if<Pipe>(&expr.node);
  }
};

// Brackets stand where they are needed, and where the author put them around an operand.
LayoutPtr Formatter::expr_at(const Expr& expr, int tightness) {
  const bool needed = tightness_of(expr) < tightness;
  const bool kept =
      source_ != nullptr && expr.in_parentheses && tightness > whole && tightness_of(expr) < primary;
  if (!needed && !kept) return std::visit(ExpressionFormatter{*this, expr}, expr.node);
  LayoutPtr open = word("(");
  LayoutPtr inside = std::visit(ExpressionFormatter{*this, expr}, expr.node);
  return group(sequence({open, hang(inside), word(")")}));
}

}  // namespace stria::syntax

namespace stria {

std::string format(const ast::Expr& expression) {
  const syntax::LayoutPtr layout = syntax::Formatter().expression(expression);
  std::string out;
  const auto write = [&](const auto& self, const syntax::Layout& part) -> void {
    using Kind = syntax::Layout::Kind;
    if (part.kind == Kind::text) out += part.text;
    if (part.kind == Kind::line || part.kind == Kind::assign) out += ' ';
    for (size_t i = 0; i < part.parts.size(); ++i) {
      const bool spaced = part.kind == Kind::fill || (part.kind == Kind::columns && i % 2 == 0);
      if (spaced && i > 0) out += ' ';
      self(self, *part.parts[i]);
    }
  };
  write(write, *layout);
  return out;
}

}  // namespace stria
