#include "compiler/syntax/reader.h"

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

void Reader::start(antlr4::atn::PredictionMode mode, std::shared_ptr<antlr4::ANTLRErrorStrategy> on_error) {
  parser_->reset();
  parser_->getTreeTracker().reset();
  parser_->getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(mode);
  parser_->setErrorHandler(std::move(on_error));
}

}  // namespace stria::syntax
