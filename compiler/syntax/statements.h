// Where a statement begins, told from the words alone.
#pragma once

#include "compiler/syntax/tokens.h"

namespace stria::syntax {

// Whether token i looks like the first of a statement, given that it stands outside of all expressions:
// `let`, `state v`, `name =`, `report {`.
bool begins_statement(const TokenList& list, size_t i);
// Whether it opens a statement even inside a bracket, where a missing bracket is the likely reason: `let`,
// `state v :`, and, at the start of a line, `check a`. `name =` does not: that is an argument.
bool begins_statement_anywhere(const TokenList& list, size_t i);
// Whether a declaration of a file begins at token i, which no body can hold: `use lab`, `model X {`.
bool begins_top_item(const TokenList& list, size_t i);
// Index after the path `a.b.c` at i; i where none begins.
size_t after_path(const TokenList& list, size_t i);

}  // namespace stria::syntax
