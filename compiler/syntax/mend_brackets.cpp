// Brackets without their partner. After this pass every opening bracket has its closing one, so that a
// missing `)` never swallows the statements after it.
#include <algorithm>
#include <optional>

#include "StriaLexer.h"
#include "compiler/syntax/classes.h"
#include "compiler/syntax/mend.h"
#include "compiler/syntax/statements.h"

namespace stria::syntax {
namespace {

using T = grammar::StriaLexer;

constexpr size_t max_reports = 20;

// `cell A(width: dim)` before a statement of a body: the end of this head. i where there is no such head.
size_t end_of_bare_head(const TokenList& list, size_t i) {
  if (!is_kind_word(list.type(i)) || !is_name(list.type(i + 1)) || !list.first_on_line(i)) return i;
  if (i > 0 && !ends_value(list.type(i - 1))) return i;
  size_t after = i + 2;
  if (list.type(after) == T::OPEN_PAREN) {
    size_t depth = 0;
    do {
      if (list.type(after) == end_of_text || begins_statement_anywhere(list, after)) return i;
      if (opens(list.type(after))) ++depth;
      if (closes(list.type(after))) --depth;
      ++after;
    } while (depth > 0);
  }
  const uint32_t type = list.type(after);
  // A `let` may as well be the next statement of the file.
  if (type == T::LET && (!list.first_on_line(after) || list.indent(after) <= list.indent(i))) return i;
  const bool in_body = is_body_word(type) || type == T::LET || type == T::DDT;
  return in_body && begins_statement(list, after) ? after : i;
}

enum class Role { value, body };  // of braces: a record, or the body of a declaration

struct Open {
  size_t token;  // index into the tokens read
  size_t kept;   // index into the tokens kept
  Role role;
  uint32_t indent;                  // of the line where it stands
  std::optional<size_t> candidate;  // first token after which the bracket may have been meant to be closed
  std::optional<std::pair<size_t, size_t>> suspect;  // a pair inside whose ends are indented differently
};

class BracketMender {
 public:
  BracketMender(TokenList& list, Diagnostics& diagnostics) : list_(list), diagnostics_(diagnostics) {}

  bool run() {
    for (i_ = 0; i_ < list_.tokens.size() && n_reports_ < max_reports;) {
      if (statement_inside_bracket() || next_item_inside_body()) continue;
      const uint32_t type = list_.type(i_);
      if (opens(type)) {
        open();
      } else if (closes(type)) {
        if (!close()) continue;
      } else if (type == end_of_text && !stack_.empty()) {
        unclosed_at_end();
        continue;
      }
      keep(list_.tokens[i_++]);
    }
    list_.tokens = std::move(kept_);
    return n_reports_ < max_reports;
  }

 private:
  void keep(const Token& token) {
    kept_.push_back(token);
    n_reported_.push_back(n_reported_.empty() ? 0 : n_reported_.back());
    if (token.reported) ++n_reported_.back();
  }

  void put_in(uint32_t type) {
    const uint32_t at = kept_.empty() ? 0 : kept_.back().end;
    keep({type, at, at, true});
  }

  // Whether a word inside the bracket was reported: its loss may be why the bracket is open.
  bool holds_report(const Open& open) const {
    return kept_[open.kept].reported || n_reported_.back() > n_reported_[open.kept];
  }

  // A brace after `=`, `(`, `,`, `with` or an operator holds a record; after a name, `)` or a title it is a
  // body.
  Role role_at(size_t i) const {
    if (list_.type(i) != T::OPEN_BRACE || i == 0) return Role::value;
    const uint32_t before = list_.type(i - 1);
    const bool after_head = is_name(before) || before == T::CLOSE_PAREN || before == T::STRING;
    return after_head && (stack_.empty() || stack_.back().role == Role::body) ? Role::body : Role::value;
  }

  void open() { stack_.push_back({i_, kept_.size(), role_at(i_), list_.indent(i_), {}, {}}); }

  void report_unclosed(const Open& open, std::optional<Range> next, std::string_view next_is) {
    if (holds_report(open)) return;
    ++n_reports_;
    const std::string sign(list_.text(open.token));
    Diagnostic& diagnostic = diagnostics_.report(Kind::unclosed_bracket, list_.range(open.token),
                                                 "`" + sign + "` is never closed");
    diagnostic.mark("opened here");
    if (next) diagnostic.also(*next, std::string(next_is));
  }

  // Closes the last bracket: where it may have been meant to be closed, else before token i_.
  void close_unclosed(std::string_view next_is) {
    const Open open = stack_.back();
    stack_.pop_back();
    const uint32_t closer = closer_of(list_.type(open.token));
    if (open.candidate) {
      i_ = *open.candidate;
      kept_.resize(kept_index_[i_]);
      n_reported_.resize(kept_.size());
      next_is = "a new statement begins here";
    }
    const bool at_end = list_.type(i_) == end_of_text;
    report_unclosed(open, at_end ? std::nullopt : std::optional(list_.range(i_)), next_is);
    put_in(closer);
  }

  // `let a = f(x` newline `let b = 2`.
  bool statement_inside_bracket() {
    if (kept_index_.size() <= i_) kept_index_.resize(i_ + 1);
    kept_index_[i_] = kept_.size();
    if (stack_.empty() || stack_.back().role == Role::body) return false;
    if (begins_statement_anywhere(list_, i_)) {
      close_unclosed("a new statement begins here");
      return true;
    }
    Open& open = stack_.back();
    if (!open.candidate && i_ > open.token + 1 && list_.first_on_line(i_) && ends_value(list_.type(i_ - 1)) &&
        begins_statement(list_, i_)) {
      open.candidate = i_;
    }
    return false;
  }

  // `model A {` ... `model B {`: the first body has lost its end.
  bool next_item_inside_body() {
    if (stack_.empty() || !list_.first_on_line(i_) || !begins_top_item(list_, i_)) return false;
    if (list_.indent(i_) > 0 && list_.indent(i_) > stack_.front().indent) return false;
    report_unclosed_body("the next declaration begins here");
    return true;
  }

  void report_unclosed_body(std::string_view next_is) {
    Open open = stack_.front();
    const bool at_end = list_.type(i_) == end_of_text;
    if (!holds_report(open)) {
      ++n_reports_;
      const std::optional<std::pair<size_t, size_t>> suspect = open.suspect;
      const Range opener = list_.range(suspect ? suspect->first : open.token);
      Diagnostic& diagnostic = diagnostics_.report(Kind::unclosed_bracket, opener, "`{` is never closed");
      diagnostic.mark("opened here");
      if (suspect) {
        diagnostic.also(list_.range(suspect->second), "this `}` is indented like an earlier line");
      } else if (!at_end) {
        diagnostic.also(list_.range(i_), std::string(next_is));
      }
      diagnostic.fix("write `}` at the end of the body");
    }
    while (!stack_.empty()) {
      put_in(closer_of(list_.type(stack_.back().token)));
      stack_.pop_back();
    }
  }

  // False where token i_ is to be looked at again, or was left out.
  bool close() {
    const uint32_t type = list_.type(i_);
    const auto matches = [&](const Open& open) { return closer_of(list_.type(open.token)) == type; };
    if (!stack_.empty() && matches(stack_.back())) {
      note_suspect();
      stack_.pop_back();
      return true;
    }
    for (size_t below = stack_.size(); below-- > 0;) {
      if (matches(stack_[below])) {
        close_unclosed("its place ends here");
        return false;
      }
      if (stack_[below].role == Role::body) break;
    }
    if (!stack_.empty() && stack_.back().role == Role::value && type != T::CLOSE_BRACE) {
      wrong_closer();
      return false;
    }
    stray();
    return false;
  }

  void note_suspect() {
    if (stack_.size() < 2 || stack_.back().role != Role::body || !list_.first_on_line(i_)) return;
    if (list_.indent(i_) < stack_.back().indent) {
      stack_.front().suspect = std::pair(stack_.back().token, i_);
    }
  }

  void wrong_closer() {
    const Open open = stack_.back();
    stack_.pop_back();
    ++n_reports_;
    const uint32_t opener = list_.type(open.token);
    const std::string better = opener == T::OPEN_PAREN ? ")" : opener == T::OPEN_BRACKET ? "]" : "}";
    diagnostics_
        .report(Kind::unclosed_bracket, list_.range(i_),
                "`" + std::string(list_.text(open.token)) + "` is closed by `" + std::string(list_.text(i_)) +
                    "`")
        .mark("expected `" + better + "`")
        .also(list_.range(open.token), "opened here");
    Token mended = list_.tokens[i_++];
    mended.type = closer_of(list_.type(open.token));
    mended.reported = true;
    keep(mended);
  }

  void stray() {
    ++n_reports_;
    diagnostics_
        .report(Kind::stray_bracket, list_.range(i_), "`" + std::string(list_.text(i_)) + "` closes nothing")
        .mark("no bracket is open here");
    if (!kept_.empty()) kept_.back().reported = true;
    ++i_;
  }

  void unclosed_at_end() {
    if (stack_.back().role == Role::value) {
      close_unclosed("");
    } else {
      report_unclosed_body("");
    }
  }

  TokenList& list_;
  Diagnostics& diagnostics_;
  size_t i_ = 0;
  std::vector<Token> kept_;
  std::vector<size_t> n_reported_;  // of each kept token: how many up to it were reported
  std::vector<size_t> kept_index_;  // of each token read: how many were kept before it
  std::vector<Open> stack_;
  size_t n_reports_ = 0;
};

}  // namespace

// `model X() = {` and then statements: true where the `=` at i is to be left out.
static bool is_needless_equals(const TokenList& list, size_t i) {
  if (list.type(i) != T::ASSIGN || list.type(i + 1) != T::OPEN_BRACE ||
      !begins_statement_anywhere(list, i + 2))
    return false;
  size_t head = i;
  while (head > 0 && !list.first_on_line(head)) --head;
  return is_kind_word(list.type(head)) && is_name(list.type(head + 1));
}

void mend_bodies(TokenList& list, Diagnostics& diagnostics) {
  std::vector<Token> kept;
  size_t put_in_before = 0;  // where a brace is to be put in; 0 for none
  for (size_t i = 0; i < list.tokens.size(); ++i) {
    if (i != 0 && i == put_in_before) kept.push_back({T::OPEN_BRACE, kept.back().end, kept.back().end, true});
    if (const size_t after = end_of_bare_head(list, i); after != i) {
      diagnostics
          .report(Kind::missing_body, join(list.range(i), list.range(after - 1)),
                  "the body of this " + std::string(list.text(i)) + " has no `{`")
          .mark("`{` belongs behind this");
      put_in_before = after;
    }
    if (is_needless_equals(list, i)) {
      diagnostics.report(Kind::unexpected_text, list.range(i), "a body has no `=` in front")
          .mark("not before a body")
          .fix("leave it out", {{list.range(i), ""}});
      continue;
    }
    kept.push_back(list.tokens[i]);
  }
  list.tokens = std::move(kept);
}

bool mend_brackets(TokenList& list, Diagnostics& diagnostics) {
  return BracketMender(list, diagnostics).run();
}

}  // namespace stria::syntax
