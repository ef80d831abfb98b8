#include "compiler/syntax/statements.h"

#include "StriaLexer.h"
#include "compiler/syntax/classes.h"

namespace stria::syntax {
namespace {

using T = grammar::StriaLexer;

bool begins_setting_or_update(const TokenList& list, size_t i) {
  const size_t after = after_path(list, i);
  if (after == i) return list.type(i) == T::DDT;
  const uint32_t next = list.type(after);
  return next == T::ASSIGN || next == T::COLON || (next == T::TIMES && list.type(after + 1) == T::DDT);
}

bool begins_block(const TokenList& list, size_t i) {
  if (list.type(i) != T::IDENT) return false;
  return list.type(i + 1) == T::OPEN_BRACE ||
         (list.type(i + 1) == T::STRING && list.type(i + 2) == T::OPEN_BRACE);
}

}  // namespace

size_t after_path(const TokenList& list, size_t i) {
  if (!is_name(list.type(i))) return i;
  ++i;
  while (list.type(i) == T::DOT && (is_name(list.type(i + 1)) || is_reserved_word(list.type(i + 1)))) i += 2;
  return i;
}

bool begins_top_item(const TokenList& list, size_t i) {
  const uint32_t type = list.type(i), next = list.type(i + 1), third = list.type(i + 2);
  if (type == T::USE || type == T::DIM) return is_name(next);
  if (type == T::UNIT_WORD || type == T::TYPE) return is_name(next) && third == T::ASSIGN;
  if (is_kind_word(type)) {
    return is_name(next) && (third == T::OPEN_PAREN || third == T::OPEN_BRACE || third == T::ASSIGN);
  }
  return false;
}

bool begins_statement(const TokenList& list, size_t i) {
  const uint32_t type = list.type(i), next = list.type(i + 1);
  if (type == T::LET) return true;
  if (type == T::FN) return is_name(next) || list.first_on_line(i);
  if (type == T::NEXT) return is_name(next) && list.type(i + 2) == T::ASSIGN;
  if (is_kind_word(type) && next == T::OPEN_BRACE && list.first_on_line(i)) return true;
  if (is_body_word(type)) {
    if (is_name(next) || is_reserved_word(next)) return true;
    // `check not a`, `output [1]`, `param(decay = 0)`, `sweep (a, b) in`; but `output.x` goes on from before.
    const bool takes_value = type == T::OUTPUT || type == T::CHECK || type == T::PARAM || type == T::SWEEP;
    if (takes_value && begins_value(next)) return true;
  }
  return begins_block(list, i) || begins_top_item(list, i) || begins_setting_or_update(list, i);
}

bool begins_statement_anywhere(const TokenList& list, size_t i) {
  const uint32_t type = list.type(i), next = list.type(i + 1), third = list.type(i + 2);
  if (type == T::LET) return true;
  if (type == T::FN) return is_name(next) && third == T::OPEN_PAREN;
  // `(x: stream every next a = 1)` is an argument.
  const bool follows_every = i > 0 && list.type(i - 1) == T::EVERY;
  if (type == T::NEXT) return is_name(next) && third == T::ASSIGN && !follows_every;
  if (type == T::INPUT || type == T::STATE || type == T::BUFFER) return is_name(next) && third == T::COLON;
  if (!list.first_on_line(i)) return false;
  const bool names_something = type == T::OUTPUT || type == T::CHECK || type == T::PARAM || type == T::SWEEP;
  return (names_something && is_name(next)) || begins_top_item(list, i);
}

}  // namespace stria::syntax
