#include "compiler/syntax/statements.h"

#include "StriaLexer.h"

namespace stria::syntax {
namespace {

using T = grammar::StriaLexer;

uint32_t type_at(const TokenList& list, size_t i) {
  return i < list.tokens.size() ? list.tokens[i].type : list.tokens.back().type;
}

// Index after `a.b.c`, or `i` where none begins.
size_t after_path(const TokenList& list, size_t i) {
  if (!is_name(type_at(list, i))) return i;
  ++i;
  while (type_at(list, i) == T::DOT && (is_name(type_at(list, i + 1)))) i += 2;
  return i;
}

bool begins_setting_or_update(const TokenList& list, size_t i) {
  const size_t after = after_path(list, i);
  if (after == i) return type_at(list, i) == T::DDT;
  const uint32_t next = type_at(list, after);
  return next == T::ASSIGN || next == T::COLON || (next == T::TIMES && type_at(list, after + 1) == T::DDT);
}

}  // namespace

bool is_kind_word(uint32_t type) { return type >= T::LAYER && type <= T::ANALYSIS; }

bool is_name(uint32_t type) { return type == T::IDENT || (type >= T::STRIA && type <= T::ONE_OF); }

bool begins_top_item(const TokenList& list, size_t i) {
  const uint32_t type = type_at(list, i), next = type_at(list, i + 1), third = type_at(list, i + 2);
  if (type == T::USE || type == T::DIM) return is_name(next);
  if (type == T::UNIT_WORD || type == T::TYPE) return is_name(next) && third == T::ASSIGN;
  if (is_kind_word(type)) {
    return is_name(next) && (third == T::OPEN_PAREN || third == T::OPEN_BRACE || third == T::ASSIGN);
  }
  return false;
}

bool begins_statement(const TokenList& list, size_t i) {
  const uint32_t type = type_at(list, i), next = type_at(list, i + 1), third = type_at(list, i + 2);
  switch (type) {
    case T::LET:
      return true;
    case T::FN:
      return is_name(next);
    case T::NEXT:
      return is_name(next) && third == T::ASSIGN;
    case T::INPUT:
    case T::STATE:
    case T::BUFFER:
    case T::OUTPUT:
    case T::PARAM:
    case T::SWEEP:
    case T::CHECK:
      if (is_name(next)) return true;
      break;
    case T::IDENT:
      if (next == T::OPEN_BRACE || (next == T::STRING && third == T::OPEN_BRACE)) return true;
      break;
    default:
      break;
  }
  return begins_top_item(list, i) || begins_setting_or_update(list, i);
}

}  // namespace stria::syntax
