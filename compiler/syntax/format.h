// Canonical text of expressions, types and declarations as layouts.
#pragma once

#include "compiler/syntax/ast.h"
#include "compiler/syntax/layout.h"
#include "compiler/syntax/tokens.h"

namespace stria::syntax {

// Builds layouts in the order of the text. With a source, comments inside of what it builds are kept at the
// word behind which they stood, and brackets that the author put around an operand stay; without, brackets
// stand only where they are needed.
class Formatter {
 public:
  Formatter() = default;
  explicit Formatter(const TokenList& source) : source_(&source) {}

  LayoutPtr expression(const ast::Expr& expr) { return expr_at(expr, 0); }

  // Before each declaration: comments behind its last word are left to the caller.
  void begin_statement(const ast::Item& item);

  // A declaration: `head` is aligned with those of its neighbours, `tail` follows it. A body is not part of
  // it.
  struct Declaration {
    LayoutPtr head;
    LayoutPtr tail;           // null where there is nothing to align
    std::string aligns_with;  // neighbours with the same word are aligned
  };
  Declaration declaration(const ast::Item& item);

  // The next comment not yet written that begins before `place`; null if there is none.
  const Comment* next_comment(uint32_t place);
  // The word with this text that comes next; for braces, which the caller writes.
  const Token* skip_to(std::string_view text);

 private:
  friend struct ExpressionFormatter;
  friend struct DeclarationFormatter;

  LayoutPtr word(std::string_view text);                   // the next word or sign with this text
  LayoutPtr leaf(const Range& range, std::string text);    // the one at this place
  LayoutPtr unit(const std::vector<ast::UnitTerm>& unit);  // several words, written as one
  // A literal or name as the author wrote it, `1_000`; its range may hold brackets around it.
  LayoutPtr literal(const Range& range, std::string canonical);
  LayoutPtr name(const ast::Name& name) { return leaf(name.range, name.text); }
  LayoutPtr space_word(std::string_view text);  // ` word `
  LayoutPtr with_comments(size_t token, LayoutPtr written);
  void add_comments_before(uint32_t place, std::vector<LayoutPtr>& parts);

  LayoutPtr expr_at(const ast::Expr& expr, int tightness);  // in brackets where it binds more loosely
  LayoutPtr path(const std::vector<ast::Name>& path);
  LayoutPtr binding(const ast::Binding& binding);
  LayoutPtr arguments(std::string_view open, const std::vector<ast::Argument>& arguments,
                      std::string_view close);
  LayoutPtr comprehension(const ast::Comprehension& comprehension);
  LayoutPtr record(const std::vector<ast::Field>& fields);
  LayoutPtr formals(const std::vector<ast::Formal>& formals);
  LayoutPtr bound(const ast::Bound& bound);
  LayoutPtr type(const ast::TypeExpr& type, bool inside = false);
  LayoutPtr shape(const std::vector<ast::DimItem>& shape);
  LayoutPtr value(const ast::ExprPtr& expr);  // behind `=`
  // Entries between brackets, as many on each line as fit.
  template <typename List, typename Each>
  LayoutPtr bracketed(std::string_view open, const List& list, const Each& each, std::string_view close) {
    LayoutPtr first = word(open);
    if (list.empty()) return sequence({first, word(close)});
    std::vector<LayoutPtr> parts;
    for (size_t i = 0; i < list.size(); ++i) {
      LayoutPtr entry = each(list[i]);
      parts.push_back(i + 1 < list.size() ? sequence({entry, word(",")}) : entry);
    }
    return group(sequence({first, hang(fill(std::move(parts))), word(close)}));
  }

  const TokenList* source_ = nullptr;
  size_t next_token_ = 0;
  size_t next_comment_ = 0;
  uint32_t statement_end_ = UINT32_MAX;  // comments from here on are the caller's
};

}  // namespace stria::syntax
