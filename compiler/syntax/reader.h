// Drives the generated parser and keeps what it found.
#pragma once

#include <memory>
#include <set>

#include "StriaParser.h"
#include "compiler/syntax/recovery.h"
#include "compiler/syntax/tokens.h"

namespace stria::syntax {

// Owns the generated parser with its tokens and its parse tree, which live as long as this does.
class Reader {
 public:
  Reader(const TokenList& tokens, Diagnostics& diagnostics);
  ~Reader();

  // The tree of a text without mistakes; null, and nothing reported, where there is one.
  template <typename Tree>
  Tree* read_right(Tree* (grammar::StriaParser::*rule)());
  // The tree of any text; what could not be read is reported.
  template <typename Tree>
  Tree* read_any(Tree* (grammar::StriaParser::*rule)());

  // Tokens (by index) after which text followed that belongs to the same statement but could not be read.
  const std::set<size_t>& cut_after() const { return cut_after_; }

 private:
  void start(antlr4::atn::PredictionMode mode, std::shared_ptr<antlr4::ANTLRErrorStrategy> on_error);

  const TokenList& tokens_;
  Diagnostics& diagnostics_;
  std::set<size_t> cut_after_;
  std::unique_ptr<antlr4::ListTokenSource> source_;
  std::unique_ptr<antlr4::CommonTokenStream> stream_;
  std::unique_ptr<grammar::StriaParser> parser_;
};

template <typename Tree>
Tree* Reader::read_right(Tree* (grammar::StriaParser::*rule)()) {
  // First the quick prediction; the full one only where that one gives up.
  for (const auto mode : {antlr4::atn::PredictionMode::SLL, antlr4::atn::PredictionMode::LL}) {
    try {
      start(mode, std::make_shared<antlr4::BailErrorStrategy>());
      return (parser_.get()->*rule)();
    } catch (const antlr4::ParseCancellationException&) {
    }
  }
  return nullptr;
}

template <typename Tree>
Tree* Reader::read_any(Tree* (grammar::StriaParser::*rule)()) {
  start(antlr4::atn::PredictionMode::LL, std::make_shared<Recovery>(tokens_, diagnostics_, cut_after_));
  return (parser_.get()->*rule)();
}

}  // namespace stria::syntax
