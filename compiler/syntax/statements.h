// Where a statement can begin, told from the words alone.
#pragma once

#include "compiler/syntax/tokens.h"

namespace stria::syntax {

// Whether token i opens a statement whatever stands before it: `let`, `state v :`, `name =`, `report {`.
bool begins_statement(const TokenList& list, size_t i);
// Whether a declaration of a file begins at token i, which no body can hold: `use`, `model X {`.
bool begins_top_item(const TokenList& list, size_t i);
bool is_name(uint32_t type);
bool is_kind_word(uint32_t type);

}  // namespace stria::syntax
