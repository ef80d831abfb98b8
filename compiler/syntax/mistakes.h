// Sentences for what the parser could not read. They speak of the text and never of the grammar.
#pragma once

#include <string>
#include <vector>

#include "StriaParser.h"
#include "compiler/syntax/brackets.h"
#include "compiler/syntax/tokens.h"

namespace stria::syntax {

struct Mistake {
  const TokenList& list;
  const Brackets& brackets;
  Diagnostics& diagnostics;
  size_t start;                        // first token of what was being read as a statement
  size_t at;                           // the token that does not fit
  std::vector<size_t> rules;           // being read, innermost first
  antlr4::misc::IntervalSet expected;  // what would fit at `at`; empty where not known

  uint32_t type() const { return list.type(at); }
  uint32_t before() const { return at > 0 ? list.type(at - 1) : end_of_text; }
  bool inside(size_t rule) const;  // `rule` is being read, nothing but expressions' own rules being nearer
  bool reads(size_t rule) const;   // `rule` is being read, however deep
  bool expects(size_t type) const { return expected.contains(type); }
  bool begins_line_or_statement() const;  // nothing of the same line stands before `at`, or `;`, `{`
  std::string quote(size_t first,
                    size_t last) const;  // the text of tokens first..last in backticks, cut if long
  std::string quote(size_t token) const { return quote(token, token); }
  std::string text(size_t first, size_t last) const;  // the same without backticks
  Range span(size_t first, size_t last) const { return join(list.range(first), list.range(last)); }
  Diagnostic& report(Kind kind, Range where, std::string message) const {
    return diagnostics.report(kind, where, std::move(message));
  }
};

// Reports exactly one message.
void explain(const Mistake& mistake);

// Each looks for one family of mistakes and says whether it found and reported one.
bool explain_comment(const Mistake& mistake);        // `//` and `/*`
bool explain_equals(const Mistake& mistake);         // `=` and `==`, `:` and `=`
bool explain_side_by_side(const Mistake& mistake);   // two values without an operator or comma
bool explain_missing_value(const Mistake& mistake);  // an operator with nothing behind it
bool explain_operator(const Mistake& mistake);       // an operator where none can stand
bool explain_comma(const Mistake& mistake);          // `0,5`, `sweep a in 1, 2`
bool explain_derivative(const Mistake& mistake);     // `tau * dv/dt = ...`
bool explain_declaration(const Mistake& mistake);    // name, type, `=` or body of a declaration missing
bool explain_function(const Mistake& mistake);       // fn f(x) { }, fn x => x, x => x
bool explain_statement_start(
    const Mistake& mistake);                // misspelt or foreign first words, statements misplaced
bool explain_word(const Mistake& mistake);  // `for`, `then`, `step`, ... out of place

// The value that ends at token i, and the one that begins there: with members, calls and indices.
size_t value_begin(const Mistake& mistake, size_t i);
size_t value_end(const Mistake& mistake, size_t i);

}  // namespace stria::syntax
