// Mistakes that can be told from single words and from brackets alone. Each is reported and mended in the
// list of tokens, so that the parser reads on as if the text had been right.
#pragma once

#include "compiler/syntax/tokens.h"

namespace stria::syntax {

// Unknown characters, unclosed texts, unknown escapes.
void mend_characters(TokenList& list, Diagnostics& diagnostics);
// `1.`, `.5`, `1.2.3`, `0x1F`.
void mend_numbers(TokenList& list, Diagnostics& diagnostics);
// `let for = 1`: words of the language in the place of a name.
void mend_names(TokenList& list, Diagnostics& diagnostics);
// `for i in 1 .. 3 { ... }`, `if a { ... } else { ... }`: statements of other languages.
void mend_blocks(TokenList& list, Diagnostics& diagnostics);
// `cell A()` and then statements: the brace is missing.
void mend_bodies(TokenList& list, Diagnostics& diagnostics);
// After this every bracket has its partner. False where there is too much to mend.
bool mend_brackets(TokenList& list, Diagnostics& diagnostics);
// Whether the tree stays shallow enough to be walked; reports the place where it would not.
bool check_nesting(const TokenList& list, Diagnostics& diagnostics);

}  // namespace stria::syntax
