// From the generated parser's tree to ours.
#pragma once

#include <set>

#include "StriaParser.h"
#include "compiler/syntax/ast.h"
#include "compiler/syntax/tokens.h"

namespace stria::syntax {

// One method for each rule that means something. A rule whose text could not be read (its context holds an
// exception, or is missing) becomes an ErrorExpr, a null type, or is left out; that has been reported
// already.
class Adapter {
 public:
  using P = grammar::StriaParser;

  Adapter(const TokenList& tokens, const std::set<size_t>& cut_after, Diagnostics& diagnostics)
      : tokens_(tokens), cut_after_(cut_after), diagnostics_(diagnostics) {}

  ast::Spec spec(P::SpecContext* context);
  std::optional<ast::Override> override_text(P::CliOverrideContext* context);

 private:
  // adapter.cpp: pieces
  Range range(const antlr4::ParserRuleContext* context) const;
  Range range(antlr4::tree::TerminalNode* node) const;
  std::string text(const antlr4::ParserRuleContext* context) const;
  ast::Name name(const antlr4::ParserRuleContext* context) const;
  std::vector<ast::Name> path(P::PathContext* context) const;
  ast::Binding binding(P::BindingContext* context) const;
  std::string string_value(antlr4::tree::TerminalNode* node) const;
  bool is_broken(const antlr4::ParserRuleContext* context) const;
  std::string doc_above(uint32_t begin) const;

  // adapter_declarations.cpp, adapter_bodies.cpp
  ast::ItemPtr top_item(P::TopItemContext* context);
  ast::ItemPtr item(P::ItemContext* context);
  std::vector<ast::ItemPtr> body(P::BodyContext* context);
  std::optional<ast::Item> body_item(P::ItemContext* context);
  ast::UseDecl use(P::UseDeclContext* context) const;
  std::optional<ast::Item> shared_item(P::LetDeclContext* let, P::FnDeclContext* fn);
  ast::Entity entity(P::EntityContext* context);
  ast::ParamDecl param(P::ParamDeclContext* context);
  ast::UpdateDecl update(P::UpdateDeclContext* context);
  std::vector<ast::Formal> formals(P::FormalsContext* context);

  // adapter_types.cpp
  ast::TypePtr type(P::TypeContext* context);
  ast::TypePtr atype(P::AtypeContext* context);
  ast::DimItem dim_item(P::DimItemContext* context);
  std::vector<ast::UnitTerm> unit(P::UnitExprContext* context) const;
  std::optional<ast::Bound> bound(P::BoundContext* context);

  // adapter_expressions.cpp
  ast::ExprPtr expr(P::ExprContext* context);
  ast::ExprPtr pipe(P::PipeContext* context);
  ast::ExprPtr disj(P::DisjContext* context);
  ast::ExprPtr conj(P::ConjContext* context);
  ast::ExprPtr negation(P::NegationContext* context);
  ast::ExprPtr comparison(P::ComparisonContext* context);
  ast::ExprPtr range_expr(P::RangeContext* context);
  ast::ExprPtr additive(P::AdditiveContext* context);
  ast::ExprPtr product(P::ProductContext* context);
  ast::ExprPtr unary(P::UnaryContext* context);
  ast::ExprPtr power(P::PowerContext* context);

  // adapter_primaries.cpp
  ast::ExprPtr postfix(P::PostfixContext* context);
  ast::ExprPtr primary(P::PrimaryContext* context);
  ast::ExprPtr literal(P::LiteralContext* context);
  ast::ExprPtr quantity(antlr4::tree::TerminalNode* node) const;
  ast::ExprPtr list(P::ListContext* context);
  ast::Argument argument(P::ArgContext* context);
  std::vector<ast::Argument> arguments(const std::vector<P::ArgContext*>& contexts);
  std::optional<ast::Comprehension> comprehension_in(P::CallArgsContext* context);
  ast::Comprehension comprehension(P::ComprehensionContext* context);
  std::vector<ast::Field> record(P::RecordContext* context);

  template <typename Node>
  ast::ExprPtr make(Range range, Node node) const {
    return std::make_shared<const ast::Expr>(ast::Expr{range, std::move(node)});
  }
  ast::ItemPtr share(std::optional<ast::Item> item, const antlr4::ParserRuleContext* context,
                     size_t unread_before);
  ast::ExprPtr unread(const antlr4::ParserRuleContext* context) const;

  const TokenList& tokens_;
  const std::set<size_t>& cut_after_;
  Diagnostics& diagnostics_;
  mutable size_t n_unread_ = 0;  // parts of the text that could not be read, so far
};

// "mV/ms^2" into its parts; `begin` is where it stands in the file.
std::vector<ast::UnitTerm> split_unit(std::string_view text, const SourceFile* file, uint32_t begin);

}  // namespace stria::syntax
