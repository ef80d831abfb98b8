// Mistakes in the frame of a declaration: its name, type, `=`, body.
#include <algorithm>

#include "compiler/syntax/classes.h"
#include "compiler/syntax/mistakes.h"
#include "compiler/syntax/statements.h"

namespace stria::syntax {
namespace {

using P = grammar::StriaParser;

bool is_mixed(const Mistake& m, const Range& place, const std::string& message, const std::string& right) {
  m.report(Kind::mixed_equals, place, message)
      .mark("write `" + right + "`")
      .fix("write `" + right + "`", {{place, right}});
  return true;
}

// A condition, in which `=` can only be meant as `==`.
bool in_condition(const Mistake& m) {
  if (m.inside(P::RuleCheckDecl)) return true;
  const uint32_t depth = m.brackets.depth[m.at];
  for (size_t i = m.at; i-- > 0;) {
    if (m.list.type(i) == P::SEMICOLON) return false;
    if (m.brackets.depth[i] < depth)
      return m.list.type(i) == P::OPEN_PAREN && holds(m.list, m.brackets, i) == Holds::group;
    if (m.brackets.depth[i] > depth) continue;
    const uint32_t type = m.list.type(i);
    if (type == P::IF || type == P::AND || type == P::OR || type == P::NOT || type == P::CHECK) return true;
    if (type == P::COMMA || type == P::THEN || type == P::ELSE || type == P::ASSIGN) return false;
  }
  return false;
}

// `let c = b : int`: the type is late.
bool type_after_value(const Mistake& m) {
  if (!ends_value(m.before())) return false;
  size_t i = m.at;
  while (i > 0 && m.list.type(i - 1) != P::ASSIGN) {
    --i;
    if (m.brackets.depth[i] < m.brackets.depth[m.at] || m.list.type(i) == P::COMMA ||
        m.list.type(i) == P::SEMICOLON)
      return false;
  }
  if (i < 2 || m.brackets.depth[i - 1] != m.brackets.depth[m.at] || !is_name(m.list.type(i - 2)))
    return false;
  m.report(Kind::unexpected_text, m.list.range(m.at), "a type stands before the value")
      .mark("too late for a type")
      .fix("write `" + m.text(i - 2, i - 2) + ": " + m.text(m.at + 1, value_end(m, m.at + 1)) + " = ...`");
  return true;
}

struct Frame {
  size_t rule;
  std::string_view example;
};
// Declarations whose name is followed by a type.
constexpr Frame typed[] = {{P::RuleInputDecl, "input x: stream [F]"},
                           {P::RuleStateDecl, "state v: [H] = 0"},
                           {P::RuleParamDecl, "param w: [H] ~ normal(0, 1)"},
                           {P::RuleBufferDecl, "buffer m: [H] = 0"}};

bool missing_type(const Mistake& m) {
  const bool after_colon = m.before() == P::COLON && !m.rules.empty() &&
                           (m.rules.front() == P::RuleType || m.rules.front() == P::RuleAtype ||
                            m.rules.front() == P::RuleUnitExpr || m.rules.front() == P::RuleUnitTerm);
  const bool unit_wanted = (m.before() == P::IN || m.before() == P::OF) && m.inside(P::RuleAtype);
  if (after_colon || unit_wanted) {
    const std::string what = unit_wanted && m.before() == P::IN ? "a unit" : "a type";
    const bool is_value = ends_value(m.type()) && !closes(m.type()) && !m.list.first_on_line(m.at);
    if (is_value) {
      m.report(Kind::missing_type, m.list.range(m.at), m.quote(m.at) + " is a value and not " + what)
          .mark("expected " + what)
          .fix(what == "a unit" ? "a unit stands alone: `in ms`, `in mV/ms`"
                                : "types are `ms`, `real`, `int`, `text`, `[H, I]`, `stream [F]`, ...");
    } else {
      m.report(Kind::missing_type, m.list.range(m.at - 1), what + " is missing after " + m.quote(m.at - 1))
          .mark(what + " follows this")
          .fix(what == "a unit" ? "`in ms`, `in mV/ms`" : "`[H, I]`, `stream [F]`, `ms`, `real`, `int`, ...");
    }
    return true;
  }
  for (const Frame& frame : typed) {
    if (!m.inside(frame.rule) || !m.expects(P::COLON) || !is_name(m.before())) continue;
    const std::string word(m.list.text(m.start));
    m.report(Kind::missing_type, m.list.range(m.at - 1), "this " + word + " has no type")
        .mark("`:` and a type follow the name")
        .fix("for instance `" + std::string(frame.example) + "`");
    return true;
  }
  return false;
}

// What the first word of a declaration asks for.
std::string needs_value(const Mistake& m) {
  switch (m.list.type(m.start)) {
    case P::STATE:
      return "the value that it starts from: `= 0`";
    case P::PARAM:
      return "where it starts: `= 0`, or `~ normal(0, 1)` for a random start";
    case P::BUFFER:
      return "the value that it starts from: `= 0`";
    case P::NEXT:
      return "its new value: `next v = ...`";
    case P::TYPE:
      return "the type that it stands for: `type Sound = stream [F]`";
    case P::UNIT_WORD:
      return "what it is made of: `unit kHz = 1000 * Hz`";
    default:
      return "`=` and a value";
  }
}

bool missing_equals(const Mistake& m) {
  static constexpr size_t frames[] = {P::RuleLetDecl,    P::RuleStateDecl,  P::RuleParamDecl,
                                      P::RuleBufferDecl, P::RuleUpdateDecl, P::RuleTypeDecl,
                                      P::RuleUnitDecl,   P::RuleFnDecl,     P::RuleSetting};
  const bool framed =
      std::any_of(std::begin(frames), std::end(frames), [&](size_t rule) { return m.inside(rule); });
  if (!framed || !m.expects(P::ASSIGN) || m.at == m.start) return false;
  const size_t last = m.at - 1;
  if (m.type() == P::MINUS && m.list.touches_next(last) && m.list.touches_next(m.at) &&
      (is_name(m.list.type(m.at + 1)) || is_reserved_word(m.list.type(m.at + 1)))) {
    const std::string better = std::string(m.list.text(last)) + "_" + std::string(m.list.text(m.at + 1));
    m.report(Kind::unexpected_text, m.span(last, m.at + 1), "a name holds no `-`")
        .mark("read as a subtraction")
        .fix("write `" + better + "`");
    return true;
  }
  if (m.list.type(m.start) == P::LET && m.type() == P::DOT) {
    m.report(Kind::unexpected_text, m.list.range(m.at), "`let` takes a plain name")
        .mark("a name without dots belongs here");
    return true;
  }
  if (is_operator(m.type()) && m.list.type(m.start) != P::NEXT) {
    m.report(Kind::unexpected_text, m.list.range(m.at), m.quote(m.at) + " does not belong in a type or name")
        .mark("expected `=`")
        .fix("a size or time step that is computed stands in brackets: `every (2 * dt)`");
    return true;
  }
  const bool value_follows = begins_value(m.type()) && !m.list.first_on_line(m.at);
  const size_t first = std::min(m.start, last);
  Diagnostic& diagnostic =
      m.report(Kind::missing_equals, value_follows ? m.list.range(m.at) : m.span(first, last),
               value_follows ? "`=` is missing before this value" : m.quote(first, last) + " has no value");
  diagnostic.mark(value_follows ? "expected `=`" : "needs " + needs_value(m));
  if (value_follows && !opens(m.type()))
    diagnostic.fix("write `" + m.text(first, last) + " = " + m.text(m.at, m.at) + "`");
  return true;
}

bool missing_name(const Mistake& m) {
  static constexpr size_t places[] = {P::RuleName,      P::RuleBinding,   P::RulePath,       P::RuleInputDecl,
                                      P::RuleStateDecl, P::RuleParamDecl, P::RuleBufferDecl, P::RuleSweepDecl,
                                      P::RuleEntity,    P::RuleFnDecl,    P::RuleDimDecl,    P::RuleUnitDecl,
                                      P::RuleTypeDecl,  P::RuleUseDecl,   P::RuleLetDecl};
  if (m.rules.empty() || std::find(std::begin(places), std::end(places), m.rules.front()) == std::end(places))
    return false;
  if (m.at == 0 || !m.expects(P::IDENT)) return false;
  const uint32_t before = m.before();
  const bool after_word = before == P::LET || before == P::FN || before == P::NEXT || before == P::DDT ||
                          before == P::FOR || before == P::AS || (is_name(before) && before != P::IDENT) ||
                          before == P::COMMA;
  if (!after_word) return false;
  if (is_number(m.type())) {
    m.report(Kind::missing_name, m.list.range(m.at), "a name begins with a letter")
        .mark("begins with a digit");
    return true;
  }
  if (is_reserved_word(m.type())) {
    m.report(Kind::reserved_name, m.list.range(m.at),
             m.quote(m.at) + " is a word of the language and cannot be a name")
        .mark("not free as a name");
    return true;
  }
  if (m.type() == P::STRING) {
    const std::string name(m.list.text(m.at));
    m.report(Kind::missing_name, m.list.range(m.at), "a name stands without quotes").mark("expected a name");
    return true;
  }
  if (before == P::NEXT && m.type() == P::OPEN_PAREN && m.list.type(m.at + 1) == P::IDENT &&
      m.list.type(m.at + 2) == P::CLOSE_PAREN) {
    const Range place = m.span(m.at - 1, m.at + 2);
    const std::string better = "next " + std::string(m.list.text(m.at + 1));
    m.report(Kind::missing_name, place, "`next` is a word in front of a state, and takes no brackets")
        .mark("read as a call")
        .fix("write `" + better + "`", {{place, better}});
    return true;
  }
  m.report(Kind::missing_name, m.list.range(m.at - 1), "a name is missing after " + m.quote(m.at - 1))
      .mark(m.type() == end_of_text ? "nothing follows" : m.quote(m.at) + " follows");
  return true;
}

bool missing_body(const Mistake& m) {
  if (!m.inside(P::RuleEntity) || !m.expects(P::OPEN_BRACE) || m.at == 0) return false;
  const std::string kind(m.list.text(m.start));
  if (m.type() == P::COLON) {
    m.report(Kind::missing_body, m.list.range(m.at), "a body stands in braces")
        .mark("write `{` here, and `}` at the end");
    return true;
  }
  if (m.type() == P::MINUS && m.list.touches_next(m.at - 1) && is_name(m.list.type(m.at + 1))) {
    const Range place = m.span(m.at - 1, m.at + 1);
    const std::string better = m.text(m.at - 1, m.at - 1) + "_" + m.text(m.at + 1, m.at + 1);
    m.report(Kind::unexpected_text, place, "a name holds no `-`")
        .mark("read as a subtraction")
        .fix("write `" + better + "`");
    return true;
  }
  if (m.type() == P::IDENT && is_name(m.list.type(m.at + 1)) && !m.list.first_on_line(m.at)) {
    m.report(Kind::missing_body, m.span(m.start, m.at - 1), "this " + kind + " has no body")
        .mark("`{ ... }` or `= ...` follows")
        .fix("one made of another is `" + kind + " " + m.text(m.at - 1, m.at - 1) + " = " +
             m.text(m.at + 1, m.at + 1) +
             "(...)`, with other arguments, or `= " + m.text(m.at + 1, m.at + 1) + " with {...}`");
    return true;
  }
  m.report(Kind::missing_body, m.span(m.start, m.at - 1), "this " + kind + " has no body")
      .mark("`{ ... }` or `= ...` follows");
  return true;
}

bool mistaken_use(const Mistake& m) {
  size_t i = m.at;  // back over `lab.cells` in `use lab/cells`
  while (i > 0 && (is_name(m.list.type(i - 1)) || m.list.type(i - 1) == P::DOT) &&
         m.list.type(i - 1) != P::USE)
    --i;
  if (i == 0 || m.list.type(i - 1) != P::USE) return false;
  const bool is_file = m.type() == P::STRING || m.type() == P::DIVIDE || m.type() == P::TIMES;
  if (!is_file) return false;
  m.report(Kind::unexpected_text, m.list.range(m.at), "`use` takes names of modules, not files")
      .mark("not a name")
      .fix("`use lab.cells (Slow)` takes `Slow` from the file lab/cells.stria");
  return true;
}

bool mistaken_sweep(const Mistake& m) {
  const bool wants_in =
      m.expects(P::IN) && (m.inside(P::RuleSweepDecl) || m.inside(P::RuleBinder)) && ends_value(m.before());
  if (!wants_in || m.before() == P::CLOSE_BRACE) return false;
  const bool is_for = m.inside(P::RuleBinder) && !m.inside(P::RuleSweepDecl);
  const bool is_sign = m.type() == P::ASSIGN || m.type() == P::COLON || m.type() == P::DRAWN;
  if (is_for && !is_sign) return false;
  Diagnostic& diagnostic =
      m.report(Kind::unexpected_text, is_sign ? m.list.range(m.at) : m.list.range(m.at - 1),
               is_for ? "a `for` takes its values with `in`" : "a sweep takes its values with `in`");
  diagnostic.mark(is_sign ? "write `in`" : "`in` and values follow");
  diagnostic.fix(is_for ? "`for i in 1 .. 3`" : "`sweep seed in 0 .. 9`");
  if (is_sign) diagnostic.fixes.back().edits.push_back({m.list.range(m.at), "in"});
  return true;
}

}  // namespace

bool explain_equals(const Mistake& m) {
  const uint32_t type = m.type();
  if (m.at == 0) return false;
  if (type == P::ASSIGN && m.before() == P::COLON && m.list.touches_next(m.at - 1)) {
    return is_mixed(m, m.span(m.at - 1, m.at), "a name gets its value with `=`", "=");
  }
  const bool touching = m.list.touches_next(m.at - 1);
  if (m.before() == P::LESS && type == P::GREATER && touching) {
    return is_mixed(m, m.span(m.at - 1, m.at), "`<>` does not compare", "!=");
  }
  if (type == P::ASSIGN && (m.list.type(m.at + 1) == P::LESS) && m.list.touches_next(m.at)) {
    return is_mixed(m, m.span(m.at, m.at + 1), "`=<` does not compare", "<=");
  }
  if (type == P::EQUAL) {
    const bool at_start = m.at == after_path(m.list, m.start) && m.at > m.start;
    if (m.expects(P::ASSIGN) || at_start)
      return is_mixed(m, m.list.range(m.at), "a name gets its value with `=`", "=");
  }
  if (type == P::ASSIGN && in_condition(m))
    return is_mixed(m, m.list.range(m.at), "values are compared with `==`", "==");
  if (type == P::COLON && type_after_value(m)) return true;
  if (type == P::COLON && ends_value(m.before()) && m.brackets.around[m.at] != Brackets::none) {
    const Holds bracket = holds(m.list, m.brackets, m.brackets.around[m.at]);
    if (bracket == Holds::arguments || bracket == Holds::record) {
      const Range place = m.list.range(m.at);
      m.report(Kind::mixed_equals, place,
               bracket == Holds::record ? "a field gets its value with `=`"
                                        : "an argument gets its value with `=`")
          .mark("write `=`")
          .fix("write `" + m.text(m.at - 1, m.at - 1) + " = ...`", {{place, " ="}});
      return true;
    }
    if (bracket == Holds::index) {
      m.report(Kind::unexpected_text, m.list.range(m.at), "an index has no `:`")
          .mark("cannot be read here")
          .fix("a part of a dim is cut out with `slice`");
      return true;
    }
  }
  return false;
}

bool explain_declaration(const Mistake& m) {
  return missing_type(m) || mistaken_use(m) || mistaken_sweep(m) || missing_name(m) || missing_equals(m) ||
         missing_body(m);
}

}  // namespace stria::syntax
