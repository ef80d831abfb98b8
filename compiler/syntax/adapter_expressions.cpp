// Expressions that are made of operators.
#include "compiler/syntax/adapter.h"

namespace stria::syntax {

using ast::BinaryOp;
using ast::CompareOp;
using ast::ExprPtr;

namespace {

using P = grammar::StriaParser;

antlr4::tree::TerminalNode* terminal(antlr4::tree::ParseTree* tree) {
  return dynamic_cast<antlr4::tree::TerminalNode*>(tree);
}

BinaryOp binary_op(size_t type) {
  switch (type) {
    case P::PLUS:
      return BinaryOp::add;
    case P::MINUS:
      return BinaryOp::subtract;
    case P::TIMES:
      return BinaryOp::multiply;
    case P::DIVIDE:
      return BinaryOp::divide;
    case P::FLOOR_DIVIDE:
      return BinaryOp::floor_divide;
    case P::MATMUL:
      return BinaryOp::matmul;
    case P::AND:
      return BinaryOp::and_;
    case P::OR:
      return BinaryOp::or_;
    default:
      return BinaryOp::power;
  }
}

CompareOp compare_op(size_t type) {
  switch (type) {
    case P::LESS:
      return CompareOp::less;
    case P::LESS_EQUAL:
      return CompareOp::less_equal;
    case P::GREATER:
      return CompareOp::greater;
    case P::GREATER_EQUAL:
      return CompareOp::greater_equal;
    case P::EQUAL:
      return CompareOp::equal;
    case P::NOT_EQUAL:
      return CompareOp::not_equal;
    default:
      return CompareOp::in;
  }
}

// operand (op operand)*, read from the left. `operand` turns a context into a tree, or is null for another
// child.
template <typename Context, typename Make, typename Operand>
ExprPtr chain(Context* context, const Make& make, const Operand& operand) {
  ExprPtr left;
  antlr4::tree::TerminalNode* op = nullptr;
  for (antlr4::tree::ParseTree* child : context->children) {
    if (antlr4::tree::TerminalNode* const sign = terminal(child)) {
      op = sign;
      continue;
    }
    ExprPtr right = operand(child);
    left = left == nullptr ? right : make(left, op, right);
  }
  return left;
}

}  // namespace

ExprPtr Adapter::expr(P::ExprContext* context) {
  if (is_broken(context)) return unread(context);
  if (context->stop != nullptr && cut_after_.contains(context->stop->getTokenIndex())) return unread(context);
  if (context->IF() != nullptr) {
    return make(range(context),
                ast::If{expr(context->expr(0)), expr(context->expr(1)), expr(context->expr(2))});
  }
  if (context->FN() != nullptr) {
    return make(range(context), ast::Lambda{formals(context->formals()), expr(context->expr(0))});
  }
  return pipe(context->pipe());
}

ExprPtr Adapter::pipe(P::PipeContext* context) {
  if (is_broken(context)) return unread(context);
  ExprPtr source = disj(context->disj());
  for (P::PostfixContext* each : context->postfix()) {
    ExprPtr target = postfix(each);
    const Range both = join(source->range, target->range);
    source = make(both, ast::Pipe{std::move(source), std::move(target)});
  }
  return source;
}

#define STRIA_BINARY_CHAIN(Context, operand_of, Operand)                                               \
  if (is_broken(context)) return unread(context);                                                      \
  return chain(                                                                                        \
      context,                                                                                         \
      [this](ExprPtr left, antlr4::tree::TerminalNode* op, ExprPtr right) {                            \
        const Range both = join(left->range, right->range);                                            \
        return make(both, ast::Binary{binary_op(op->getSymbol()->getType()), left, right, range(op)}); \
      },                                                                                               \
      [this](antlr4::tree::ParseTree* child) { return operand_of(static_cast<P::Operand*>(child)); })

ExprPtr Adapter::disj(P::DisjContext* context) { STRIA_BINARY_CHAIN(Disj, conj, ConjContext); }
ExprPtr Adapter::conj(P::ConjContext* context) { STRIA_BINARY_CHAIN(Conj, negation, NegationContext); }
ExprPtr Adapter::additive(P::AdditiveContext* context) {
  STRIA_BINARY_CHAIN(Additive, product, ProductContext);
}
ExprPtr Adapter::product(P::ProductContext* context) { STRIA_BINARY_CHAIN(Product, unary, UnaryContext); }
#undef STRIA_BINARY_CHAIN

ExprPtr Adapter::negation(P::NegationContext* context) {
  if (is_broken(context)) return unread(context);
  if (context->NOT() == nullptr) return comparison(context->comparison());
  return make(range(context), ast::Unary{ast::UnaryOp::not_, negation(context->negation())});
}

ExprPtr Adapter::comparison(P::ComparisonContext* context) {
  if (is_broken(context)) return unread(context);
  ast::Comparison result;
  for (antlr4::tree::ParseTree* child : context->children) {
    if (auto* const operand = dynamic_cast<P::RangeContext*>(child)) {
      result.operands.push_back(range_expr(operand));
    } else if (auto* const op = dynamic_cast<P::CompareOpContext*>(child)) {
      result.ops.push_back(compare_op(op->start->getType()));
    } else {
      result.ops.push_back(CompareOp::in);
    }
  }
  if (result.ops.empty()) return result.operands.front();
  return make(range(context), std::move(result));
}

ExprPtr Adapter::range_expr(P::RangeContext* context) {
  if (is_broken(context)) return unread(context);
  ExprPtr low = additive(context->additive(0));
  if (context->RANGE() == nullptr) return low;
  ExprPtr step = context->STEP() != nullptr ? additive(context->additive(2)) : nullptr;
  return make(range(context),
              ast::RangeExpr{std::move(low), additive(context->additive(1)), std::move(step)});
}

ExprPtr Adapter::unary(P::UnaryContext* context) {
  if (is_broken(context)) return unread(context);
  if (context->power() != nullptr) return power(context->power());
  const ast::UnaryOp op = context->MINUS() != nullptr ? ast::UnaryOp::minus : ast::UnaryOp::plus;
  return make(range(context), ast::Unary{op, unary(context->unary())});
}

ExprPtr Adapter::power(P::PowerContext* context) {
  if (is_broken(context)) return unread(context);
  ExprPtr base = postfix(context->postfix());
  if (context->POWER() == nullptr) return base;
  return make(range(context), ast::Binary{BinaryOp::power, std::move(base), unary(context->unary()),
                                          range(context->POWER())});
}

}  // namespace stria::syntax
