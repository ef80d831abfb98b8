// How deep a text nests, counted before it is parsed: the parser and all that walks the tree go one call
// deeper for each level, so an endless `((((` or `a^a^a^` must be stopped here.
#include <string>

#include "StriaLexer.h"
#include "compiler/syntax/classes.h"
#include "compiler/syntax/mend.h"

namespace stria::syntax {
namespace {

using T = grammar::StriaLexer;

constexpr uint32_t max_nesting = 500;

// What is open inside one bracket. Operators that group from the left build a tree as deep as their chain is
// long.
struct Level {
  uint32_t nested =
      1;  // the bracket itself, `if`, `fn`, `list of`: they stay open until a comma or statement
  uint32_t negated = 0;  // `not`, ended by `and`, `or`
  uint32_t tight = 0;    // `^` and signs, ended by any looser operator
  uint32_t chain = 0;    // operators, members, calls on one level

  uint32_t depth() const { return nested + negated + tight + chain; }
};

void count(Level& level, uint32_t type, uint32_t before) {
  const bool is_sign = (type == T::PLUS || type == T::MINUS) && !ends_value(before);
  // Two values side by side: a new statement.
  if (ends_value(before) && begins_value(type)) level = {};
  if (type == T::COMMA || type == T::SEMICOLON || type == T::ASSIGN || type == T::DRAWN || type == T::LET) {
    level = {};
  } else if (type == T::IF || type == T::FN || type == T::OF || type == T::ARROW) {
    ++level.nested;
  } else if (type == T::NOT) {
    ++level.negated;
  } else if (type == T::POWER || is_sign) {
    ++level.tight;
  } else if (type == T::DOT || type == T::WITH) {
    ++level.chain;
  } else if (is_operator(type)) {
    level.tight = 0;
    if (type == T::AND || type == T::OR) level.negated = 0;
    ++level.chain;
  }
}

}  // namespace

bool check_nesting(const TokenList& list, Diagnostics& diagnostics) {
  std::vector<Level> levels(1);
  uint32_t below = 0;  // depth of all levels but the last
  for (size_t i = 0; i < list.tokens.size(); ++i) {
    const uint32_t type = list.type(i), before = i > 0 ? list.type(i - 1) : end_of_text;
    if (opens(type)) {
      if (ends_value(before)) ++levels.back().chain;  // a call or an index
      below += levels.back().depth();
      levels.push_back({});
    } else if (closes(type)) {
      if (levels.size() > 1) {
        levels.pop_back();
        below -= levels.back().depth();
      }
    } else {
      count(levels.back(), type, before);
    }
    if (below + levels.back().depth() <= max_nesting) continue;
    diagnostics
        .report(Kind::too_deep, list.range(i),
                "more than " + std::to_string(max_nesting) + " brackets and operators inside one another")
        .mark("too deep from here")
        .fix("name parts of it with `let`");
    return false;
  }
  return true;
}

}  // namespace stria::syntax
