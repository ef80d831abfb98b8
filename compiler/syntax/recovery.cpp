#include "compiler/syntax/recovery.h"

#include <algorithm>

#include "compiler/syntax/classes.h"
#include "compiler/syntax/mistakes.h"
#include "compiler/syntax/statements.h"

namespace stria::syntax {

using grammar::StriaParser;

namespace {

constexpr size_t max_reports = 50;

std::vector<size_t> rules_being_read(antlr4::RuleContext* context) {
  std::vector<size_t> rules;
  for (; context != nullptr; context = dynamic_cast<antlr4::RuleContext*>(context->parent)) {
    rules.push_back(context->getRuleIndex());
    if (rules.back() == StriaParser::RuleItem || rules.back() == StriaParser::RuleTopItem) break;
  }
  return rules;
}

}  // namespace

Recovery::Recovery(const TokenList& tokens, Diagnostics& diagnostics, std::set<size_t>& cut_after)
    : tokens_(tokens), diagnostics_(diagnostics), cut_after_(cut_after), brackets_(tokens) {}

void Recovery::reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) {
  if (failure_) return;
  Failure failure{error.getOffendingToken()->getTokenIndex(), rules_being_read(parser->getContext()), {}};
  // What fits is known only where the parser stands, not where looking ahead led.
  if (failure.at == parser->getTokenStream()->index()) failure.expected = parser->getExpectedTokens();
  failure_ = std::move(failure);
}

void Recovery::report(size_t start, size_t end) {
  const Failure failure = *failure_;
  failure_.reset();
  const auto first = tokens_.tokens.begin() + static_cast<std::ptrdiff_t>(std::min(start, failure.at));
  const auto last = tokens_.tokens.begin() + static_cast<std::ptrdiff_t>(std::max(end, failure.at));
  const bool reported = std::any_of(first, last, [](const Token& token) { return token.reported; });
  if (reported || ++n_reports_ > max_reports) return;
  explain({tokens_, brackets_, diagnostics_, start, failure.at, failure.rules, failure.expected});
}

void Recovery::recover(antlr4::Parser* parser, std::exception_ptr error) {
  antlr4::ParserRuleContext* const context = parser->getContext();
  if (skip_to_partner(parser)) return;
  const size_t rule = context->getRuleIndex();
  const bool is_statement = rule == StriaParser::RuleItem || rule == StriaParser::RuleTopItem ||
                            rule == StriaParser::RuleSpec || rule == StriaParser::RuleCliOverride;
  if (!is_statement) std::rethrow_exception(error);
  const size_t start = context->start->getTokenIndex();
  antlr4::TokenStream* const stream = parser->getTokenStream();
  // The last statement ended too early: what follows it on its line was meant to belong to it.
  if (failure_ && failure_->at > start && rule == StriaParser::RuleItem && failure_->rules.front() == rule &&
      start > 0) {
    cut_after_.insert(start - 1);
  }
  if (stream->index() == start && stream->LA(1) != antlr4::Token::EOF) parser->consume();
  skip_to_statement(parser, brackets_.depth[start]);
  report(start, stream->index());
}

antlr4::Token* Recovery::recoverInline(antlr4::Parser* parser) {
  throw antlr4::InputMismatchException(parser);
}

// Between statements: what stands here begins none.
void Recovery::sync(antlr4::Parser* parser) {
  const size_t rule = parser->getContext()->getRuleIndex();
  if (rule != StriaParser::RuleSpec && rule != StriaParser::RuleBody) return;
  antlr4::TokenStream* const stream = parser->getTokenStream();
  const antlr4::misc::IntervalSet expected = parser->getExpectedTokens();
  while (stream->LA(1) != antlr4::Token::EOF && !expected.contains(stream->LA(1))) {
    const size_t at = stream->index();
    if (at > 0) cut_after_.insert(at - 1);
    failure_ = Failure{at, {rule}, {}};
    parser->consume();
    skip_to_statement(parser, brackets_.depth[at]);
    report(at, stream->index());
  }
}

// Out of a bracket that could not be read whole: its partner is known, so what follows is read as usual.
bool Recovery::skip_to_partner(antlr4::Parser* parser) {
  antlr4::ParserRuleContext* const context = parser->getContext();
  const size_t rule = context->getRuleIndex();
  const bool has_brackets = rule == StriaParser::RuleFormals || rule == StriaParser::RuleCallArgs ||
                            rule == StriaParser::RuleTrailer || rule == StriaParser::RulePrimary ||
                            rule == StriaParser::RuleList || rule == StriaParser::RuleRecord ||
                            rule == StriaParser::RuleShape;
  const size_t start = context->start->getTokenIndex();
  if (!has_brackets || !opens(tokens_.type(start)) || brackets_.partner[start] == Brackets::none)
    return false;
  const size_t partner = brackets_.partner[start];
  antlr4::TokenStream* const stream = parser->getTokenStream();
  if (stream->index() > partner) return false;
  while (stream->index() <= partner) parser->consume();
  report(start, partner + 1);
  return true;
}

void Recovery::skip_to_statement(antlr4::Parser* parser, uint32_t depth) {
  antlr4::TokenStream* const stream = parser->getTokenStream();
  for (; stream->LA(1) != antlr4::Token::EOF; parser->consume()) {
    const size_t at = stream->index();
    if (brackets_.depth[at] < depth) return;
    if (brackets_.depth[at] > depth) continue;
    if (tokens_.type(at) == StriaParser::SEMICOLON || begins_statement_anywhere(tokens_, at)) return;
    // Only at the start of a line is `name =` surely a statement, and so is any name after a value.
    if (!tokens_.first_on_line(at)) continue;
    if (tokens_.type(at) == StriaParser::FOR) return;
    if (begins_statement(tokens_, at) || (ends_value(tokens_.type(at - 1)) && begins_value(tokens_.type(at))))
      return;
  }
}

}  // namespace stria::syntax
