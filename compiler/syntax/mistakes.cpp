#include "compiler/syntax/mistakes.h"

#include <algorithm>

#include "compiler/syntax/classes.h"

namespace stria::syntax {
namespace {

using P = grammar::StriaParser;

constexpr size_t longest_quote = 40;  // characters

// What would fit, in words; empty where that is more than a reader can use.
std::string wanted(const Mistake& mistake) {
  const auto fits = [&](size_t type) { return mistake.expected.contains(type); };
  std::vector<std::string> words;
  const bool value = fits(P::INT) && fits(P::IDENT);
  if (value) {
    words.push_back("a value");
  } else if (fits(P::IDENT)) {
    words.push_back("a name");
  } else if (fits(P::STRING)) {
    words.push_back("a text in quotes");
  }
  static const std::vector<std::pair<size_t, std::string>> signs = {
      {P::ASSIGN, "`=`"},      {P::DRAWN, "`~`"},         {P::COLON, "`:`"},       {P::COMMA, "`,`"},
      {P::CLOSE_PAREN, "`)`"}, {P::CLOSE_BRACKET, "`]`"}, {P::CLOSE_BRACE, "`}`"}, {P::MAPS_TO, "`=>`"},
      {P::THEN, "`then`"},     {P::ELSE, "`else`"}};
  for (const auto& [type, word] : signs) {
    if (fits(type)) words.push_back(word);
  }
  if (!value && fits(P::OPEN_BRACE)) words.push_back("`{`");
  if (words.empty() || words.size() > 4) return "";
  std::string out = words.front();
  for (size_t i = 1; i < words.size(); ++i) out += (i + 1 == words.size() ? " or " : ", ") + words[i];
  return out;
}

}  // namespace

bool Mistake::reads(size_t rule) const { return std::find(rules.begin(), rules.end(), rule) != rules.end(); }

bool Mistake::inside(size_t rule) const {
  for (const size_t each : rules) {
    if (each == rule) return true;
    const bool is_own_bracket = each >= P::RuleTrailer || each == P::RuleBody || each == P::RuleFormals;
    if (is_own_bracket && each != P::RulePath && each != P::RuleName && each != P::RuleLabel &&
        each != P::RuleBinding && each != P::RuleBinder && each != P::RuleComprehension) {
      return false;
    }
  }
  return false;
}

bool Mistake::begins_line_or_statement() const {
  return list.first_on_line(at) || before() == P::SEMICOLON || before() == P::OPEN_BRACE;
}

std::string Mistake::text(size_t first, size_t last) const {
  const std::string_view written = text_of(span(first, last));
  std::string out;
  for (const char c : written) {
    const bool is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!is_space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.size() <= longest_quote) return out;
  size_t cut = longest_quote;
  while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0) == 0x80) --cut;
  return out.substr(0, cut) + "...";
}

std::string Mistake::quote(size_t first, size_t last) const { return "`" + text(first, last) + "`"; }

size_t value_begin(const Mistake& mistake, size_t i) {
  const auto& partner = mistake.brackets.partner;
  while (true) {
    if (closes(mistake.list.type(i)) && partner[i] != Brackets::none) i = partner[i];
    if (i == 0) return i;
    const uint32_t type = mistake.list.type(i), before = mistake.list.type(i - 1);
    const bool is_trailer = (type == P::OPEN_PAREN || type == P::OPEN_BRACKET) && ends_value(before);
    if (is_trailer) {
      --i;
    } else if (before == P::DOT && i >= 2) {
      i -= 2;
    } else {
      return before == P::NEXT ? i - 1 : i;
    }
  }
}

size_t value_end(const Mistake& mistake, size_t i) {
  const TokenList& list = mistake.list;
  const auto& partner = mistake.brackets.partner;
  if (list.type(i) == P::NEXT) ++i;
  if (opens(list.type(i)) && partner[i] != Brackets::none) i = partner[i];
  while (true) {
    const uint32_t next = list.type(i + 1);
    if (next == P::DOT && is_name(list.type(i + 2))) {
      i += 2;
    } else if ((next == P::OPEN_PAREN || next == P::OPEN_BRACKET) && partner[i + 1] != Brackets::none) {
      i = partner[i + 1];
    } else {
      return std::min(i, list.tokens.size() - 1);
    }
  }
}

void explain(const Mistake& mistake) {
  static constexpr bool (*families[])(const Mistake&) = {
      explain_comment,         explain_derivative,   explain_comma,
      explain_equals,          explain_function,     explain_declaration,
      explain_statement_start, explain_side_by_side, explain_missing_value,
      explain_operator,        explain_word};
  for (const auto family : families) {
    if (family(mistake)) return;
  }
  const std::string fitting = wanted(mistake);
  if (mistake.type() == end_of_text) {
    const size_t last = mistake.at > 0 ? mistake.at - 1 : 0;
    mistake.report(Kind::unexpected_text, mistake.list.range(last), "the text ends too early")
        .mark(fitting.empty() ? "nothing follows this" : "expected " + fitting + " after this");
    return;
  }
  mistake
      .report(Kind::unexpected_text, mistake.list.range(mistake.at),
              mistake.quote(mistake.at) + " does not belong here")
      .mark(fitting.empty() ? "cannot be read here" : "expected " + fitting);
}

}  // namespace stria::syntax
