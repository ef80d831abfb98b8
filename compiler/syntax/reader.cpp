#include "compiler/syntax/reader.h"

#include "compiler/syntax/recovery.h"

namespace stria::syntax {

using grammar::StriaParser;

Reader::Reader(const TokenList& tokens, Diagnostics& diagnostics)
    : tokens_(tokens), diagnostics_(diagnostics) {
  std::vector<std::unique_ptr<antlr4::Token>> list;
  list.reserve(tokens.tokens.size());
  for (const Token& token : tokens.tokens) {
    const size_t type = token.type == end_of_text ? antlr4::Token::EOF : token.type;
    list.push_back(std::make_unique<antlr4::CommonToken>(type));
  }
  source_ = std::make_unique<antlr4::ListTokenSource>(std::move(list));
  stream_ = std::make_unique<antlr4::CommonTokenStream>(source_.get());
  parser_ = std::make_unique<StriaParser>(stream_.get());
  parser_->removeErrorListeners();
}

Reader::~Reader() = default;

// First the quick prediction, which stops at the first thing that it cannot place; then, only for a text that
// has an error or needs more context, the full one, which reports.
template <typename Rule>
auto Reader::read(Rule rule) {
  using antlr4::atn::PredictionMode;
  auto* const prediction = parser_->getInterpreter<antlr4::atn::ParserATNSimulator>();
  prediction->setPredictionMode(PredictionMode::SLL);
  parser_->setErrorHandler(std::make_shared<antlr4::BailErrorStrategy>());
  try {
    return (parser_.get()->*rule)();
  } catch (const antlr4::ParseCancellationException&) {
    parser_->reset();
    parser_->getTreeTracker().reset();
  }
  prediction->setPredictionMode(PredictionMode::LL);
  parser_->setErrorHandler(std::make_shared<Recovery>(tokens_, diagnostics_, cut_after_));
  return (parser_.get()->*rule)();
}

StriaParser::SpecContext* Reader::read_spec() { return read(&StriaParser::spec); }

StriaParser::CliOverrideContext* Reader::read_override() { return read(&StriaParser::cliOverride); }

}  // namespace stria::syntax
