// Loops and conditional blocks, which the language does not have. What stands inside is read as if it stood
// outside, so that one message is all they bring.
#include "StriaLexer.h"
#include "compiler/syntax/classes.h"
#include "compiler/syntax/mend.h"

namespace stria::syntax {
namespace {

using T = grammar::StriaLexer;

class BlockMender {
 public:
  BlockMender(TokenList& list, Diagnostics& diagnostics) : list_(list), diagnostics_(diagnostics) {}

  void run() {
    std::vector<bool> dropped(list_.tokens.size(), false);
    int round = 0;  // brackets open, braces aside
    for (size_t i = 0; i < list_.tokens.size(); ++i) {
      const uint32_t type = list_.type(i);
      if (type == T::OPEN_PAREN || type == T::OPEN_BRACKET) ++round;
      if ((type == T::CLOSE_PAREN || type == T::CLOSE_BRACKET) && round > 0) --round;
      if (round == 0 && !dropped[i] && begins_block(i)) drop(i, dropped);
    }
    size_t kept = 0;
    for (size_t i = 0; i < list_.tokens.size(); ++i)
      if (!dropped[i]) list_.tokens[kept++] = list_.tokens[i];
    list_.tokens.resize(kept);
  }

 private:
  static constexpr size_t none = SIZE_MAX;

  // The last token of the line of token i.
  size_t line_end(size_t i) const {
    while (i + 1 < list_.tokens.size() && list_.type(i + 1) != end_of_text && !list_.first_on_line(i + 1))
      ++i;
    return i;
  }

  // The brace on the line of token i that opens a block; none where there is no such.
  size_t brace_of(size_t i) const {
    for (size_t at = i, end = line_end(i); at <= end; ++at)
      if (list_.type(at) == T::OPEN_BRACE && at > i && ends_value(list_.type(at - 1))) return at;
    return none;
  }

  // A condition of a sweep may begin a line too: only `if` with a block is meant here.
  bool begins_block(size_t i) const {
    const uint32_t type = list_.type(i);
    const bool loop = type == T::FOR || (type == T::IDENT && list_.text(i) == "while");
    if ((!loop && type != T::IF) || !list_.first_on_line(i) || i == 0) return false;
    const uint32_t before = list_.type(i - 1);
    if (!ends_value(before) && before != T::OPEN_BRACE && before != T::SEMICOLON) return false;
    const bool block = brace_of(i) != none || list_.type(line_end(i)) == T::COLON;
    return block || type == T::FOR;
  }

  size_t partner(size_t brace) const {
    int depth = 0;
    for (size_t i = brace; i < list_.tokens.size(); ++i) {
      if (list_.type(i) == T::OPEN_BRACE) ++depth;
      if (list_.type(i) == T::CLOSE_BRACE && --depth == 0) return i;
    }
    return none;
  }

  void drop(size_t i, std::vector<bool>& dropped) {
    report(i);
    size_t brace = brace_of(i);
    const size_t last = brace == none ? line_end(i) : brace;
    for (size_t at = i; at <= last; ++at) dropped[at] = true;
    while (brace != none) {
      const size_t closer = partner(brace);
      if (closer == none) return;
      dropped[closer] = true;
      brace = none;
      if (list_.type(closer + 1) != T::ELSE) return;
      const size_t next = list_.type(closer + 2) == T::OPEN_BRACE ? closer + 2 : brace_of(closer + 1);
      if (next == none) return;
      for (size_t at = closer + 1; at <= next; ++at) dropped[at] = true;
      brace = next;
    }
  }

  void report(size_t i) {
    if (list_.type(i) == T::IF) {
      diagnostics_
          .report(Kind::incomplete_if, list_.range(i), "an `if` chooses a value, and holds no statements")
          .mark("there are no blocks of statements")
          .fix("write `let name = if condition then a else b`");
      return;
    }
    diagnostics_
        .report(Kind::misplaced_for, list_.range(i), "nothing is repeated step by step: there are no loops")
        .mark("not a statement")
        .fix(
            "a list is `[i * i for i in 1 .. 3]`, a sum `sum(x[i] for i in I)`, layers one behind another "
            "`chain([block for i in 1 .. 3])`; members of an experiment are a `sweep`");
  }

  TokenList& list_;
  Diagnostics& diagnostics_;
};

}  // namespace

void mend_blocks(TokenList& list, Diagnostics& diagnostics) { BlockMender(list, diagnostics).run(); }

}  // namespace stria::syntax
