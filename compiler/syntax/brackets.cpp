#include "compiler/syntax/brackets.h"

#include "StriaLexer.h"
#include "compiler/syntax/classes.h"

namespace stria::syntax {

using T = grammar::StriaLexer;

Brackets::Brackets(const TokenList& list) : partner(list.tokens.size(), none) {
  std::vector<uint32_t> open;
  for (uint32_t i = 0; i < list.tokens.size(); ++i) {
    if (closes(list.type(i)) && !open.empty()) {
      partner[i] = open.back();
      partner[open.back()] = i;
      open.pop_back();
    }
    depth.push_back(static_cast<uint32_t>(open.size()));
    around.push_back(open.empty() ? none : open.back());
    if (opens(list.type(i))) open.push_back(i);
  }
}

Holds holds(const TokenList& list, const Brackets& brackets, uint32_t opener) {
  const uint32_t type = list.type(opener);
  const uint32_t before = opener > 0 ? list.type(opener - 1) : end_of_text;
  const uint32_t two_before = opener > 1 ? list.type(opener - 2) : end_of_text;
  const bool outside_values = brackets.around[opener] == Brackets::none ||
                              (list.type(brackets.around[opener]) == T::OPEN_BRACE &&
                               holds(list, brackets, brackets.around[opener]) == Holds::body);
  if (type == T::OPEN_BRACE) {
    const bool after_head = is_name(before) || before == T::CLOSE_PAREN || before == T::STRING;
    return after_head && outside_values ? Holds::body : Holds::record;
  }
  if (type == T::OPEN_BRACKET) {
    if (before == T::COLON || before == T::STREAM) return Holds::shape;
    return ends_value(before) ? Holds::index : Holds::list;
  }
  if (before == T::FN || (is_name(before) && (two_before == T::FN || is_kind_word(two_before))))
    return Holds::formals;
  if (is_name(before) && outside_values) {
    for (uint32_t i = opener; i-- > 0 && (is_name(list.type(i)) || list.type(i) == T::DOT);) {
      if (list.type(i) == T::USE && i + 1 < opener) return Holds::names;
    }
  }
  return ends_value(before) ? Holds::arguments : Holds::group;
}

}  // namespace stria::syntax
