#include "compiler/syntax/classes.h"

#include "StriaLexer.h"

namespace stria::syntax {

using T = grammar::StriaLexer;

bool is_name(uint32_t type) { return type == T::IDENT || (type >= T::STRIA && type <= T::ONE_OF); }

bool is_kind_word(uint32_t type) { return type >= T::LAYER && type <= T::ANALYSIS; }

bool is_reserved_word(uint32_t type) { return type >= T::LET && type <= T::NONE; }

bool is_body_word(uint32_t type) { return (type >= T::INPUT && type <= T::SWEEP) || type == T::NEXT; }

bool is_label_word(uint32_t type) {
  return type == T::OF || type == T::IN || type == T::EVERY || type == T::WITHIN || type == T::FOR ||
         type == T::STEP || type == T::NEXT || type == T::WITH;
}

bool is_number(uint32_t type) { return type == T::INT || type == T::FLOAT || type == T::QUANTITY; }

bool ends_value(uint32_t type) {
  return is_name(type) || is_number(type) || type == T::STRING || (type >= T::TRUE && type <= T::NONE) ||
         closes(type);
}

bool begins_value(uint32_t type) {
  return is_name(type) || is_number(type) || type == T::STRING || (type >= T::TRUE && type <= T::NONE) ||
         opens(type) || type == T::NEXT;
}

bool is_operator(uint32_t type) {
  return (type >= T::EQUAL && type <= T::GREATER) || (type >= T::PLUS && type <= T::POWER) ||
         type == T::PIPE || type == T::RANGE || type == T::AND || type == T::OR || type == T::IN;
}

bool opens(uint32_t type) {
  return type == T::OPEN_PAREN || type == T::OPEN_BRACKET || type == T::OPEN_BRACE;
}

bool closes(uint32_t type) {
  return type == T::CLOSE_PAREN || type == T::CLOSE_BRACKET || type == T::CLOSE_BRACE;
}

uint32_t closer_of(uint32_t opener) {
  switch (opener) {
    case T::OPEN_PAREN:
      return T::CLOSE_PAREN;
    case T::OPEN_BRACKET:
      return T::CLOSE_BRACKET;
    default:
      return T::CLOSE_BRACE;
  }
}

}  // namespace stria::syntax
