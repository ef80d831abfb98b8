#include "compiler/syntax/recovery.h"

#include "compiler/syntax/statements.h"

namespace stria::syntax {

using grammar::StriaParser;

namespace {

std::vector<uint32_t> bracket_depths(const TokenList& list) {
  std::vector<uint32_t> depths;
  uint32_t depth = 0;
  for (const Token& token : list.tokens) {
    const bool opens = token.type == StriaParser::OPEN_PAREN || token.type == StriaParser::OPEN_BRACKET ||
                       token.type == StriaParser::OPEN_BRACE;
    const bool closes = token.type == StriaParser::CLOSE_PAREN || token.type == StriaParser::CLOSE_BRACKET ||
                        token.type == StriaParser::CLOSE_BRACE;
    if (closes && depth > 0) --depth;
    depths.push_back(depth);
    if (opens) ++depth;
  }
  return depths;
}

}  // namespace

Recovery::Recovery(const TokenList& tokens, Diagnostics& diagnostics, std::set<size_t>& cut_after)
    : tokens_(tokens), diagnostics_(diagnostics), cut_after_(cut_after), depth_(bracket_depths(tokens)) {}

void Recovery::report(antlr4::Parser*, size_t offending) {
  const Token& token = tokens_.tokens[offending];
  diagnostics_.report(Kind::unexpected_text, tokens_.range(token), "this does not belong here");
}

void Recovery::reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) {
  if (unwinding_) return;
  unwinding_ = true;
  report(parser, error.getOffendingToken()->getTokenIndex());
}

void Recovery::recover(antlr4::Parser* parser, std::exception_ptr error) {
  const size_t rule = parser->getContext()->getRuleIndex();
  const bool is_statement = rule == StriaParser::RuleItem || rule == StriaParser::RuleTopItem;
  if (!is_statement && rule != StriaParser::RuleSpec && rule != StriaParser::RuleCliOverride) {
    std::rethrow_exception(error);
  }
  const size_t start = parser->getContext()->start->getTokenIndex();
  statement_depth_ = depth_[start];
  if (parser->getTokenStream()->index() == start && depth_[start] >= statement_depth_) parser->consume();
  skip_to_statement(parser);
  unwinding_ = false;
}

antlr4::Token* Recovery::recoverInline(antlr4::Parser* parser) {
  throw antlr4::InputMismatchException(parser);
}

void Recovery::sync(antlr4::Parser* parser) {
  const size_t rule = parser->getContext()->getRuleIndex();
  if (rule != StriaParser::RuleSpec && rule != StriaParser::RuleBody) return;
  antlr4::TokenStream* const stream = parser->getTokenStream();
  const size_t type = stream->LA(1);
  const bool in_body = rule == StriaParser::RuleBody;
  if (type == antlr4::Token::EOF || type == StriaParser::SEMICOLON) return;
  if (in_body && type == StriaParser::CLOSE_BRACE) return;
  const antlr4::misc::IntervalSet expected = parser->getExpectedTokens();
  if (expected.contains(type)) return;
  const size_t at = stream->index();
  report(parser, at);
  if (at > 0) cut_after_.insert(at - 1);
  statement_depth_ = depth_[at];
  parser->consume();
  skip_to_statement(parser);
}

void Recovery::skip_to_statement(antlr4::Parser* parser) {
  antlr4::TokenStream* const stream = parser->getTokenStream();
  while (stream->LA(1) != antlr4::Token::EOF) {
    const size_t at = stream->index();
    const uint32_t depth = depth_[at];
    if (depth < statement_depth_) return;
    if (depth == statement_depth_) {
      const size_t type = stream->LA(1);
      if (type == StriaParser::SEMICOLON || begins_statement(tokens_, at)) return;
    }
    parser->consume();
  }
}

}  // namespace stria::syntax
