// Words of the language in the place of a name: `let for = 1`.
#include "StriaLexer.h"
#include "compiler/syntax/classes.h"
#include "compiler/syntax/mend.h"

namespace stria::syntax {
namespace {

using T = grammar::StriaLexer;

bool declares(uint32_t type) {
  return type == T::LET || type == T::FN || type == T::DIM || type == T::UNIT_WORD || type == T::TYPE ||
         type == T::INPUT || type == T::STATE || type == T::PARAM || type == T::BUFFER || is_kind_word(type);
}

bool is_reserved_name(const TokenList& list, size_t i) {
  if (i == 0 || !is_reserved_word(list.type(i))) return false;
  const uint32_t before = list.type(i - 1), after = list.type(i + 1);
  const bool described = after == T::ASSIGN || after == T::COLON;
  if (declares(before)) {
    const bool has_head =
        (before == T::FN || is_kind_word(before)) && (after == T::OPEN_PAREN || after == T::OPEN_BRACE);
    const bool begins = before == T::LET || before == T::FN || i == 1 || ends_value(list.type(i - 2)) ||
                        list.type(i - 2) == T::OPEN_BRACE || list.type(i - 2) == T::SEMICOLON;
    // `sweep model in {...}`: `model` is the name here.
    const bool swept = i >= 2 && list.type(i - 2) == T::SWEEP && list.type(i) == T::IN;
    return begins && !swept && (described || has_head);
  }
  // `(for: int)`, `f(and = 1)`. Some words may be labels of arguments: `Conv(of = x, step = 2)`.
  if (before != T::OPEN_PAREN && before != T::OPEN_BRACE && before != T::COMMA) return false;
  return after == T::COLON || (after == T::ASSIGN && !is_label_word(list.type(i)));
}

}  // namespace

void mend_names(TokenList& list, Diagnostics& diagnostics) {
  for (size_t i = 0; i < list.tokens.size(); ++i) {
    if (!is_reserved_name(list, i)) continue;
    const std::string word(list.text(i));
    diagnostics
        .report(Kind::reserved_name, list.range(i),
                "`" + word + "` is a word of the language and cannot be a name")
        .mark("not free as a name")
        .fix("choose another name, such as `" + word + "_`");
    list.tokens[i].type = T::IDENT;
    list.tokens[i].reported = true;
  }
}

}  // namespace stria::syntax
