// What kind of word or sign a token type is. Types are the generated lexer's numbers.
#pragma once

#include <cstdint>

namespace stria::syntax {

bool is_name(uint32_t type);           // may be used as a name
bool is_kind_word(uint32_t type);      // layer, cell, model, ...
bool is_reserved_word(uint32_t type);  // `for`, `let`, ...: never a name
bool is_label_word(
    uint32_t type);  // reserved, but free after a dot and before `=` in brackets: of, in, step, ...
bool is_body_word(uint32_t type);  // opens a statement that only a body may hold: input, state, ...
bool ends_value(uint32_t type);    // a name, a literal, a closing bracket
bool begins_value(uint32_t type);  // a name, a literal, an opening bracket, `next`
bool is_operator(uint32_t type);   // stands between two values: + - * / // @ ^ |> .. < and or in, ...
bool is_number(uint32_t type);     // with or without a unit
bool opens(uint32_t type);
bool closes(uint32_t type);
uint32_t closer_of(uint32_t opener);

}  // namespace stria::syntax
