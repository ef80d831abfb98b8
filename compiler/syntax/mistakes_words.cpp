// Words that stand where they mean nothing, words of other languages, misspelt ones.
#include <algorithm>
#include <array>

#include "compiler/syntax/classes.h"
#include "compiler/syntax/mistakes.h"
#include "compiler/syntax/statements.h"

namespace stria::syntax {
namespace {

using P = grammar::StriaParser;

struct Foreign {
  std::string_view word, advice;
};
constexpr std::array<Foreign, 22> foreign_words = {{
    {"def", "a function is `fn f(x) = ...`"},
    {"function", "a function is `fn f(x) = ...`"},
    {"func", "a function is `fn f(x) = ...`"},
    {"lambda", "a function without a name is `fn(x) => ...`"},
    {"import", "another file is taken in with `use lab.cells (Slow)`"},
    {"from", "another file is taken in with `use lab.cells (Slow)`"},
    {"include", "another file is taken in with `use lab.cells (Slow)`"},
    {"var", "a value is named with `let`"},
    {"const", "a value is named with `let`"},
    {"val", "a value is named with `let`"},
    {"set", "a value is named with `let`"},
    {"def_param", "a learnt value is a `param`"},
    {"parameter", "a learnt value is a `param`"},
    {"parameters", "a learnt value is a `param`"},
    {"return", "what a body gives is its `output`"},
    {"class", "parts of models are a `layer` or a `cell`"},
    {"struct", "parts of models are a `layer` or a `cell`"},
    {"module", "parts of models are a `layer` or a `cell`"},
    {"while", "nothing is repeated by hand: `[... for i in 1 .. 3]`, `chain([...])`, `sweep`"},
    {"repeat", "nothing is repeated by hand: `[... for i in 1 .. 3]`, `chain([...])`, `sweep`"},
    {"assert", "a condition that must hold is a `check`"},
    {"train", "how a model is trained is said by a `protocol`"},
}};

const std::vector<std::string> top_words = {"use",      "dim",        "unit",    "type",  "let",
                                            "fn",       "layer",      "cell",    "model", "dataset",
                                            "protocol", "experiment", "analysis"};
const std::vector<std::string> body_words = {"let",   "fn",     "input", "output", "state",
                                             "param", "buffer", "check", "sweep",  "next"};

std::string home_of(uint32_t type) {
  switch (type) {
    case P::STATE:
    case P::NEXT:
    case P::DDT:
      return "a `cell`";
    case P::SWEEP:
      return "an `experiment`";
    case P::CHECK:
      return "a body";
    default:
      return "a `layer`, `cell` or `model`";
  }
}

bool foreign_start(const Mistake& m, size_t first) {
  const std::string_view word = m.list.text(first);
  for (const Foreign& each : foreign_words) {
    if (each.word != word) continue;
    m.report(Kind::no_statement, m.list.range(first), m.quote(first) + " is not a word of the language")
        .mark("no statement begins so")
        .fix(std::string(each.advice));
    return true;
  }
  return false;
}

// `lat a = 1`: the nearest word that may stand here.
bool misspelt_start(const Mistake& m, size_t first, bool in_body) {
  if (m.list.type(first) != P::IDENT ||
      !(is_name(m.list.type(first + 1)) || m.list.type(first + 1) == P::OPEN_PAREN))
    return false;
  const std::string word(m.list.text(first));
  const auto near = nearest(word, in_body ? body_words : top_words);
  if (!near) return false;
  m.report(Kind::no_statement, m.list.range(first), "`" + word + "` is not a word of the language")
      .mark("no statement begins so")
      .fix("did you mean `" + *near + "`?", {{m.list.range(first), *near}});
  return true;
}

bool misplaced_outside(const Mistake& m, size_t first) {
  const uint32_t type = m.list.type(first);
  const size_t after = after_path(m.list, first);
  const std::string word = m.quote(first);
  if (type == P::STRIA) {
    m.report(Kind::misplaced_statement, m.list.range(first),
             "the version of the language stands in the first line")
        .mark("not the first statement");
    return true;
  }
  if ((is_body_word(type) || type == P::DDT || type == P::CHECK || type == P::SWEEP) &&
      m.list.type(first + 1) != P::ASSIGN) {
    m.report(Kind::misplaced_statement, m.list.range(first), word + " stands outside of all bodies")
        .mark("belongs in the body of " + home_of(type));
    return true;
  }
  const bool is_update = m.list.type(after) == P::TIMES && m.list.type(after + 1) == P::DDT;
  if (is_update) {
    m.report(Kind::misplaced_statement, m.span(first, after + 1), "`d/dt` stands outside of all bodies")
        .mark("belongs in the body of a `cell`");
    return true;
  }
  if (after > first && (m.list.type(after) == P::ASSIGN || m.list.type(after) == P::COLON)) {
    Diagnostic& diagnostic = m.report(Kind::misplaced_statement, m.span(first, after - 1),
                                      "a setting stands outside of all bodies");
    diagnostic.mark("belongs in the body of a dataset, protocol, experiment or analysis");
    if (after == first + 1) {
      const uint32_t begin = m.list.tokens[first].begin;
      diagnostic.fix("to name a value for the whole file, write `let " + m.text(first, first) + " = ...`",
                     {{{m.list.file, begin, begin}, "let "}});
    }
    return true;
  }
  if (type == P::IDENT && (m.list.type(first + 1) == P::STRING || m.list.type(first + 1) == P::OPEN_BRACE)) {
    m.report(Kind::misplaced_statement, m.list.range(first), word + " stands outside of all bodies")
        .mark("belongs in the body of an `experiment` or `analysis`");
    return true;
  }
  return false;
}

bool misplaced_in_body(const Mistake& m, size_t first) {
  const uint32_t type = m.list.type(first);
  const bool top_only =
      type == P::USE || type == P::DIM || type == P::UNIT_WORD || type == P::TYPE || is_kind_word(type);
  if (!top_only || !is_name(m.list.type(first + 1))) return false;
  m.report(Kind::misplaced_statement, m.list.range(first), m.quote(first) + " stands inside a body")
      .mark("belongs outside of all bodies");
  return true;
}

// `dv/dt`, of which token `first` is the `dv`.
bool mistaken_quotient(const Mistake& m, size_t first) {
  const std::string_view word = m.list.text(first);
  const bool quotient = m.list.type(first) == P::IDENT && word.starts_with('d') && word.size() > 1 &&
                        m.list.type(first + 1) == P::DIVIDE && m.list.text(first + 2) == "dt";
  if (quotient) {
    const std::string better = "d/dt " + std::string(word.substr(1));
    const Range place = m.span(first, first + 2);
    m.report(Kind::no_statement, place, "a rate of change is written `d/dt` and the name")
        .mark("read as a division")
        .fix("write `" + better + "`", {{place, better}});
    return true;
  }
  return false;
}

// `dv/dt = ...`, `tau d/dt v = ...`
bool mistaken_derivative(const Mistake& m, size_t first) {
  if (mistaken_quotient(m, first)) return true;
  const size_t after = after_path(m.list, first);
  if (after > first && m.list.type(after) == P::DDT) {
    const uint32_t end = m.list.tokens[after - 1].end;
    m.report(Kind::missing_operator, m.span(first, after), "`*` is missing before `d/dt`")
        .mark("a time constant times a rate of change")
        .fix("write `" + m.text(first, after - 1) + " * d/dt`", {{{m.list.file, end, end}, " *"}});
    return true;
  }
  return false;
}

}  // namespace

bool explain_derivative(const Mistake& m) {
  const size_t after = after_path(m.list, m.start);
  return after > m.start && m.list.type(after) == P::TIMES && m.at > after && mistaken_quotient(m, after + 1);
}

bool explain_statement_start(const Mistake& m) {
  if (m.rules.empty()) return false;
  const size_t rule = m.rules.front();
  const bool at_top = rule == P::RuleSpec || rule == P::RuleTopItem || rule == P::RuleHeader;
  const bool in_body = rule == P::RuleBody || rule == P::RuleItem;
  if (!at_top && !in_body) return false;
  const size_t first = m.start;
  if (m.list.type(first) == end_of_text) return false;
  const bool opens_line = m.list.first_on_line(first) || first == 0 ||
                          m.list.type(first - 1) == P::SEMICOLON || m.list.type(first - 1) == P::OPEN_BRACE;
  if (mistaken_derivative(m, first)) return true;
  if (is_name(m.list.type(first)) && is_operator(m.list.type(first + 1)) &&
      m.list.type(first + 2) == P::ASSIGN && m.list.touches_next(first + 1)) {
    const std::string name(m.list.text(first)), sign(m.list.text(first + 1));
    m.report(Kind::no_statement, m.span(first, first + 2),
             "nothing is changed step by step: a body says what each thing is")
        .mark("not a statement")
        .fix("the new value of a state is `next " + name + " = " + name + " " + sign + " ...`");
    return true;
  }
  if (foreign_start(m, first)) return true;
  if (at_top && (opens_line || m.list.type(first - 1) == P::CLOSE_BRACE) && misplaced_outside(m, first))
    return true;
  if (in_body && misplaced_in_body(m, first)) return true;
  const bool two_words = is_name(m.list.type(first + 1)) && !m.list.first_on_line(first + 1);
  if ((opens_line || two_words) && misspelt_start(m, first, in_body)) return true;
  if (!opens_line) return false;
  if (m.at == first + 1 && (is_body_word(m.list.type(first)) || m.list.type(first) == P::LET)) return false;
  const size_t last =
      m.at > first && m.at <= first + 3 && m.type() != end_of_text && !m.list.first_on_line(m.at) ? m.at
                                                                                                  : first;
  Diagnostic& diagnostic = m.report(Kind::no_statement, m.span(first, last),
                                    "no statement can begin with " + m.quote(first, last));
  if (first > 0 && ends_value(m.list.type(first - 1)) && begins_value(m.list.type(first))) {
    diagnostic.mark("neither a statement nor a continuation of the line above")
        .fix("to continue the line above, begin with an operator; to name a value, write `let name = ...`");
  } else {
    diagnostic.mark("expected a statement")
        .fix(at_top ? "a file holds `use`, `let`, `fn`, `model`, `cell`, `layer`, `experiment`, ..."
                    : "a body holds `input`, `let`, `output`, `name = value`, ...");
  }
  return true;
}

bool explain_comment(const Mistake& m) {
  size_t first = m.at;
  while (first > 0 && !m.list.first_on_line(first)) --first;
  const uint32_t type = m.list.type(first);
  const bool is_star = type == P::DIVIDE && m.list.type(first + 1) == P::TIMES && m.list.touches_next(first);
  if (type != P::FLOOR_DIVIDE && !is_star) return false;
  m.report(Kind::unexpected_text, m.span(first, is_star ? first + 1 : first), "a comment begins with `#`")
      .mark("read as a division")
      .fix("write `#` at the start of each line of a comment");
  return true;
}

bool explain_function(const Mistake& m) {
  if (m.at == 0) return false;
  const bool named = m.reads(P::RuleFnDecl);
  const bool after_formals = m.before() == P::CLOSE_PAREN;
  if (named && m.expects(P::ASSIGN) && after_formals) {
    const uint32_t type = m.type();
    if (type == P::OPEN_BRACE) {
      m.report(Kind::unexpected_text, m.list.range(m.at),
               "a function is one expression and has no body in braces")
          .mark("expected `=`")
          .fix("write `fn f(x) = ...`; a `layer` or `cell` has a body");
      return true;
    }
    if (type == P::MAPS_TO || type == P::ARROW) {
      const std::string right = type == P::MAPS_TO ? "=" : ":";
      m.report(Kind::mixed_equals, m.list.range(m.at),
               type == P::MAPS_TO ? "a function with a name takes `=`" : "the type of a result follows `:`")
          .mark("write `" + right + "`")
          .fix("write `" + right + "`", {{m.list.range(m.at), right}});
      return true;
    }
  }
  if (m.before() == P::FN && is_name(m.type()) && m.list.type(m.at + 1) == P::MAPS_TO) {
    const std::string better = "(" + m.text(m.at, m.at) + ")";
    m.report(Kind::unexpected_text, m.list.range(m.at), "the arguments of `fn` stand in brackets")
        .mark("needs brackets")
        .fix("write `fn" + better + " => ...`", {{m.list.range(m.at), better}});
    return true;
  }
  if (m.expects(P::MAPS_TO) && after_formals) {
    m.report(Kind::unexpected_text, m.list.range(m.at), "`=>` is missing between arguments and value")
        .mark("expected `=>`");
    return true;
  }
  if (m.type() == P::MAPS_TO && ends_value(m.before())) {
    const size_t from = value_begin(m, m.at - 1);
    m.report(Kind::unexpected_text, m.list.range(m.at), "a function without a name begins with `fn`")
        .mark("no `fn` in front")
        .fix("write `fn(" + m.text(from, m.at - 1) + ") => ...`");
    return true;
  }
  if (m.list.type(m.start) == P::LET && m.type() == P::OPEN_PAREN && m.expects(P::ASSIGN)) {
    m.report(Kind::unexpected_text, m.list.range(m.start), "a function is declared with `fn`")
        .mark("`let` names a value")
        .fix("write `fn " + m.text(m.at - 1, m.at - 1) + "(...) = ...`", {{m.list.range(m.start), "fn"}});
    return true;
  }
  if (named && m.expects(P::OPEN_PAREN) && m.at == m.start + 2) {
    m.report(Kind::unexpected_text, m.list.range(m.at - 1), "a function has its arguments in brackets")
        .mark("`(...)` follows the name")
        .fix("write `fn " + m.text(m.at - 1, m.at - 1) + "(x) = ...`, or `let` for a value");
    return true;
  }
  return false;
}

bool explain_word(const Mistake& m) {
  const uint32_t type = m.type();
  const uint32_t opener = m.brackets.around[m.at];
  if (m.expects(P::THEN) || m.expects(P::ELSE)) {
    const bool then = m.expects(P::THEN);
    const bool is_if = then || m.inside(P::RuleExpr);
    if (is_if && m.at > 0) {
      m.report(Kind::incomplete_if, m.list.range(m.at - 1),
               std::string("this `if` has no `") + (then ? "then`" : "else`"))
          .mark(std::string("expected `") + (then ? "then" : "else") + "` after this")
          .fix("write `if condition then a else b`: both are needed, since the whole is a value");
      return true;
    }
  }
  if (m.reads(P::RuleCheckDecl) && m.before() == P::ELSE) {
    m.report(Kind::unexpected_text, m.list.range(m.at), "the message of a `check` is a text in quotes")
        .mark("expected a text")
        .fix("write `else \"what is wrong\"`");
    return true;
  }
  if (m.rules.front() == P::RuleRecord && m.at > 0 && opens(m.before())) {
    m.report(Kind::unexpected_text, m.list.range(m.at), "braces hold named fields")
        .mark("expected a name and `=`")
        .fix("write `{name = value}`; values without names stand in `[ ]`");
    return true;
  }
  if (type == P::FOR) {
    const bool bracketed = opener != Brackets::none && holds(m.list, m.brackets, opener) != Holds::body;
    Diagnostic& diagnostic =
        m.report(Kind::misplaced_for, m.list.range(m.at),
                 bracketed ? "`for` follows a single value" : "`for` stands only inside brackets");
    diagnostic.mark(bracketed ? "more than one value before it" : "there are no loops")
        .fix(bracketed ? "put the value that is repeated in brackets of its own: `sum([... for i in I])`"
                       : "a list is `[i * i for i in 1 .. 3]`, a sum `sum(x[i] for i in I)`; members of an "
                         "experiment are a `sweep`");
    return true;
  }
  struct Advice {
    uint32_t type;
    std::string_view text;
  };
  static constexpr Advice advice[] = {
      {P::STEP, "`step` follows a range: `10ms .. 400ms step 10ms`"},
      {P::THEN, "`then` follows `if condition`"},
      {P::ELSE, "`else` follows `if condition then a`; after a `check` stands a text in quotes"},
      {P::IN, "`in` gives the unit of a type, `state v: [H] in mV`, or asks whether a value is in a list"},
      {P::OF, "`of` gives the kind of a tensor's or list's entries: `list of path`"},
      {P::EVERY, "`every` gives the time step of a stream's type: `stream [F] every 5ms`"},
      {P::WITHIN, "`within` gives bounds to a `param` or an argument: `within 0 .. 1`"},
      {P::WITH, "`with` changes a value: `Standard() with {lr = 1e-3}`"},
      {P::LET, "`let` begins a statement"},
      {P::NEXT, "`next v` is the new value of a state"},
      {P::IF, "`if` begins a value: `if condition then a else b`"}};
  for (const Advice& each : advice) {
    if (each.type != type) continue;
    m.report(Kind::misplaced_keyword, m.list.range(m.at), m.quote(m.at) + " does not belong here")
        .mark("has no meaning here")
        .note(std::string(each.text));
    return true;
  }
  if (m.before() == P::WITH) {
    m.report(Kind::unexpected_text, m.list.range(m.at), "what `with` changes stands in braces")
        .mark("expected `{`")
        .fix("write `with {name = value}`");
    return true;
  }
  return false;
}

}  // namespace stria::syntax
