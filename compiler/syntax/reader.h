// Drives the generated parser and keeps what it found.
#pragma once

#include <memory>
#include <set>

#include "StriaParser.h"
#include "compiler/syntax/tokens.h"

namespace stria::syntax {

// Owns the generated parser with its tokens and its parse tree, which live as long as this does.
class Reader {
 public:
  Reader(const TokenList& tokens, Diagnostics& diagnostics);
  ~Reader();

  grammar::StriaParser::SpecContext* read_spec();
  grammar::StriaParser::CliOverrideContext* read_override();

  // Tokens (by index) after which text followed that belongs to the same statement but could not be read.
  const std::set<size_t>& cut_after() const { return cut_after_; }

 private:
  template <typename Rule>
  auto read(Rule rule);

  const TokenList& tokens_;
  Diagnostics& diagnostics_;
  std::set<size_t> cut_after_;
  std::unique_ptr<antlr4::ListTokenSource> source_;
  std::unique_ptr<antlr4::CommonTokenStream> stream_;
  std::unique_ptr<grammar::StriaParser> parser_;
};

}  // namespace stria::syntax
