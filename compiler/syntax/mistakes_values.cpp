// Mistakes among values: operators, commas, units.
#include <algorithm>
#include <array>

#include "compiler/syntax/classes.h"
#include "compiler/syntax/mistakes.h"
#include "compiler/syntax/statements.h"

namespace stria::syntax {
namespace {

using P = grammar::StriaParser;

// Words that are nearly always meant as a unit when they follow a number. Which units there are is said by
// the standard library; this list only picks the better of two messages.
constexpr std::array<std::string_view, 40> common_units = {
    "s",  "ms", "us", "ns", "min", "h",    "Hz", "kHz", "MHz", "V",      "mV",    "uV", "nV", "A",
    "mA", "uA", "nA", "pA", "S",   "mS",   "uS", "nS",  "pS",  "F",      "pF",    "nF", "uF", "dB",
    "m",  "cm", "mm", "um", "K",   "degC", "g",  "kg",  "bin", "spikes", "spike", "Ohm"};

// Whether the file names a value so: `let s = `, `(s: `, `for s in`.
bool is_declared(const TokenList& list, std::string_view name) {
  for (size_t i = 1; i + 1 < list.tokens.size(); ++i) {
    if (!is_name(list.type(i)) || list.text(i) != name) continue;
    const uint32_t before = list.type(i - 1), after = list.type(i + 1);
    const bool introduced = before == P::LET || before == P::FOR || is_body_word(before) ||
                            before == P::COMMA || before == P::OPEN_PAREN;
    const bool described = after == P::COLON || after == P::ASSIGN || after == P::IN || after == P::DRAWN;
    if (introduced && described) return true;
  }
  return false;
}

bool loose_unit(const Mistake& m, size_t at) {
  const uint32_t number = m.list.type(at - 1);
  if ((number != P::INT && number != P::FLOAT) || m.list.type(at) != P::IDENT || m.list.first_on_line(at))
    return false;
  const std::string unit(m.list.text(at));
  if (std::find(common_units.begin(), common_units.end(), unit) == common_units.end()) return false;
  const uint32_t after = m.list.type(at + 1);
  const bool is_more = after == P::DOT || after == P::OPEN_PAREN || after == P::OPEN_BRACKET;
  if (is_more || is_declared(m.list, unit)) return false;
  const Range place = m.span(at - 1, at);
  const std::string better = std::string(m.list.text(at - 1)) + unit;
  m.report(Kind::loose_unit, place, "a unit stands right behind its number, without a space")
      .mark("read as a number and a name")
      .fix("write `" + better + "`", {{place, better}});
  return true;
}

// How a statement's first words are quoted: `v +`.
std::string opening(const Mistake& m, size_t at) {
  const size_t last = std::max(at, m.at);
  return last > at && last <= at + 2 && m.list.type(last) != end_of_text && !m.list.first_on_line(last)
             ? m.quote(at, last)
             : m.quote(at);
}

bool missing_comma(const Mistake& m, size_t at, Holds bracket) {
  const bool labelled =
      (bracket == Holds::arguments || bracket == Holds::record || bracket == Holds::index) &&
      m.list.type(at + 1) == P::ASSIGN;
  const bool is_entry = bracket == Holds::formals || bracket == Holds::names;
  static constexpr std::array<std::string_view, 9> entries = {
      "values", "arguments", "arguments", "entries", "indices", "dims", "fields", "statements", "names"};
  const size_t left = value_begin(m, at - 1), right = value_end(m, at);
  const uint32_t after_left = m.list.tokens[at - 1].end;
  Diagnostic& diagnostic =
      m.report(Kind::missing_comma, m.list.range(at),
               "a comma is missing between two " + std::string(entries[static_cast<size_t>(bracket)]));
  diagnostic.mark("follows " + m.quote(left, at - 1) + " without a comma");
  std::vector<Edit> edits;
  if (labelled || is_entry) edits.push_back({{m.list.file, after_left, after_left}, ","});
  diagnostic.fix("write `" + m.text(left, at - 1) + ", " + m.text(at, right) + "`" +
                     (labelled || is_entry ? "" : "; or put an operator between them"),
                 std::move(edits));
  return true;
}

// `if x > 1 2 else 3` misses its `then`; `if a b then c` an operator.
bool then_follows(const Mistake& m, size_t at) {
  for (size_t i = at; i < m.list.tokens.size() && m.brackets.depth[i] >= m.brackets.depth[at]; ++i) {
    if (m.brackets.depth[i] > m.brackets.depth[at]) continue;
    if (m.list.type(i) == P::THEN) return true;
    if (m.list.type(i) == P::ELSE || m.list.type(i) == P::COMMA || m.list.type(i) == P::ASSIGN) return false;
  }
  return false;
}

// `stream F`, `list real`.
bool mistaken_type(const Mistake& m, size_t at) {
  const std::string word(m.list.text(at - 1)), inside = m.text(at, value_end(m, at));
  if (m.list.first_on_line(at)) return false;
  if (m.list.type(at - 1) == P::STREAM) {
    m.report(Kind::unexpected_text, m.list.range(at), "the dims of a stream stand in brackets")
        .mark("needs brackets")
        .fix("write `stream [" + inside + "]`");
  } else {
    m.report(Kind::unexpected_text, m.list.range(at), "the entries of a list follow `of`")
        .mark("expected `of`")
        .fix("write `list of " + inside + "`");
  }
  return true;
}

}  // namespace

bool explain_side_by_side(const Mistake& m) {
  // A value that could not open a statement either: the gap is in front of it.
  const bool failed_start =
      m.at > m.start && m.start > 0 && !m.rules.empty() && m.rules.front() == P::RuleItem;
  const size_t at = failed_start ? m.start : m.at;
  if (at == 0 || !ends_value(m.list.type(at - 1)) || !begins_value(m.list.type(at))) return false;
  if (loose_unit(m, at)) return true;
  if (m.list.type(at - 1) == P::STREAM || m.list.type(at - 1) == P::LIST) return mistaken_type(m, at);
  if (m.expects(P::THEN) && !then_follows(m, at)) return false;
  if (m.list.text(at - 1) == "lambda" && m.list.type(at) == P::IDENT) {
    m.report(Kind::unexpected_text, m.span(at - 1, at), "a function without a name begins with `fn`")
        .mark("not a word of the language")
        .fix("write `fn(" + m.text(at, at) + ") => ...`");
    return true;
  }
  const uint32_t opener = m.brackets.around[at];
  const Holds bracket = opener == Brackets::none ? Holds::body : holds(m.list, m.brackets, opener);
  if (bracket != Holds::body && bracket != Holds::group) return missing_comma(m, at, bracket);
  if (m.list.first_on_line(at) && bracket == Holds::body) return false;
  const size_t left = value_begin(m, at - 1), right = value_end(m, at);
  Diagnostic& diagnostic =
      m.report(Kind::missing_operator,
               m.span(at, std::max(at, failed_start && !m.list.first_on_line(m.at) ? m.at : at)),
               "an operator is missing between two values");
  diagnostic.mark(bracket == Holds::group ? "follows " + m.quote(left, at - 1) + " directly"
                                          : "a statement cannot begin with " + opening(m, at));
  const uint32_t number = m.list.type(at - 1);
  std::string fix = "write `" + m.text(left, at - 1) + " * " + m.text(at, right) + "`";
  if ((number == P::INT || number == P::FLOAT) && m.list.type(at) == P::IDENT && right == at) {
    fix += ", or `" + m.text(at - 1, at - 1) + m.text(at, at) + "` if " + m.quote(at) + " is a unit";
  }
  diagnostic.fix(std::move(fix));
  return true;
}

bool explain_missing_value(const Mistake& m) {
  if (m.at == 0 || m.rules.empty()) return false;
  const uint32_t before = m.before(), type = m.type();
  const bool waits = is_operator(before) || before == P::ASSIGN || before == P::DRAWN || before == P::COMMA ||
                     before == P::NOT || before == P::IF || before == P::THEN || before == P::ELSE ||
                     before == P::MAPS_TO || before == P::STEP || before == P::EVERY || before == P::DOT ||
                     before == P::WITHIN || opens(before) || before == P::OUTPUT || before == P::CHECK;
  if (!waits || type == P::FOR) return false;
  if (before == P::DOT && is_number(type)) {
    m.report(Kind::unexpected_text, m.span(m.at - 1, m.at), "after a dot stands a name")
        .mark("not a name")
        .fix("the entry at position " + m.text(m.at, m.at) + " is `" +
             m.text(value_begin(m, m.at - 2), m.at - 2) + "[" + m.text(m.at, m.at) + "]`");
    return true;
  }
  if (begins_value(type)) return false;
  if (before == P::TIMES && type == P::TIMES && m.list.touches_next(m.at - 1)) {
    m.report(Kind::missing_value, m.span(m.at - 1, m.at), "`**` is not an operator")
        .mark("a power is written `^`")
        .fix("write `^`", {{m.span(m.at - 1, m.at), "^"}});
    return true;
  }
  if (type == P::IF || type == P::FN || type == P::NOT) {
    m.report(Kind::unexpected_text, m.list.range(m.at),
             m.quote(m.at) + " inside a larger expression needs brackets")
        .mark("brackets around all that belongs to it")
        .fix("write `(" + std::string(m.list.text(m.at)) + " ...)`");
    return true;
  }
  const bool is_sign = is_operator(type) || type == P::COMMA || type == P::SEMICOLON || closes(type) ||
                       type == P::ASSIGN || type == P::COLON || type == P::DRAWN || type == P::MAPS_TO ||
                       type == P::ARROW;
  const std::string what = before == P::DOT ? "a name" : "a value";
  const std::string where = " is missing after " + m.quote(m.at - 1);
  const bool same_line = !m.list.first_on_line(m.at);
  if (opens(before)) {
    if (closes(type)) {
      m.report(Kind::missing_value, m.span(m.at - 1, m.at), "a value is missing between the brackets")
          .mark("nothing in here");
    } else {
      m.report(Kind::missing_value, m.list.range(m.at), "a value is missing before " + m.quote(m.at))
          .mark("expected a value");
    }
    return true;
  }
  m.report(Kind::missing_value, is_sign && same_line ? m.span(m.at - 1, m.at) : m.list.range(m.at - 1),
           what + where)
      .mark(type == end_of_text    ? "the text ends here"
            : is_sign && same_line ? "nothing between " + m.quote(m.at - 1) + " and " + m.quote(m.at)
                                   : m.quote(m.at) + " follows, which is not " + what);
  return true;
}

bool explain_comma(const Mistake& m) {
  if (m.type() != P::COMMA || m.at == 0) return false;
  const uint32_t opener = m.brackets.around[m.at];
  if (opener != Brackets::none && holds(m.list, m.brackets, opener) != Holds::body) return false;
  if (m.before() == P::INT && is_number(m.list.type(m.at + 1)) && m.list.touches_next(m.at - 1) &&
      m.list.touches_next(m.at)) {
    const Range place = m.span(m.at - 1, m.at + 1);
    const std::string better = m.text(m.at - 1, m.at - 1) + "." + m.text(m.at + 1, m.at + 1);
    m.report(Kind::malformed_number, place, "a number is written with a point, not with a comma")
        .mark("read as two numbers")
        .fix("write `" + better + "`", {{place, better}});
    return true;
  }
  size_t from = m.at, sweep = m.at;  // the sweep was read to its first value, so `start` stands behind it
  while (from > 0 && m.list.type(from - 1) != P::IN && !m.list.first_on_line(from)) --from;
  while (sweep > 0 && m.list.type(sweep) != P::SWEEP && !m.list.first_on_line(sweep)) --sweep;
  if (m.list.type(sweep) != P::SWEEP || from <= sweep) return false;
  m.report(Kind::unexpected_text, m.list.range(m.at), "the values of a sweep stand in brackets")
      .mark("a second value")
      .fix("write `in [" + m.text(from, m.at) + " ...]`");
  return true;
}

bool explain_operator(const Mistake& m) {
  if (!is_operator(m.type()) || m.at == 0 || !ends_value(m.before())) return false;
  const uint32_t depth = m.brackets.depth[m.at];
  for (size_t i = m.at; i-- > 0;) {
    const uint32_t type = m.list.type(i);
    if (m.brackets.depth[i] < depth) break;
    if (m.brackets.depth[i] > depth) continue;
    if (type == P::COMMA || type == P::ASSIGN || type == P::SEMICOLON || type == P::LET) break;
    if (type == P::PIPE) {
      const size_t from = value_begin(m, i - 1);
      m.report(Kind::operator_after_pipe, m.list.range(m.at), m.quote(m.at) + " cannot follow a pipe")
          .mark("the pipe binds loosest, so this has no left side")
          .also(m.list.range(i), "the pipe")
          .fix("write `(" + m.text(from, m.at - 1) + ") " + m.text(m.at, value_end(m, m.at + 1)) + "`");
      return true;
    }
    if (type == P::RANGE && m.type() == P::RANGE) {
      m.report(Kind::unexpected_text, m.list.range(m.at), "a range has two ends")
          .mark("a third end")
          .also(m.list.range(i), "the range")
          .fix("with steps: `10ms .. 400ms step 10ms`");
      return true;
    }
  }
  return false;
}

}  // namespace stria::syntax
