// What happens where the text does not go on as it should: one report, then reading resumes at the next
// statement.
#pragma once

#include <set>

#include "StriaParser.h"
#include "compiler/syntax/tokens.h"

namespace stria::syntax {

class Recovery : public antlr4::DefaultErrorStrategy {
 public:
  Recovery(const TokenList& tokens, Diagnostics& diagnostics, std::set<size_t>& cut_after);

  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) override;
  void recover(antlr4::Parser* parser, std::exception_ptr error) override;
  antlr4::Token* recoverInline(antlr4::Parser* parser) override;
  void sync(antlr4::Parser* parser) override;

 private:
  void skip_to_statement(antlr4::Parser* parser);
  void report(antlr4::Parser* parser, size_t offending);

  const TokenList& tokens_;
  Diagnostics& diagnostics_;
  std::set<size_t>& cut_after_;
  std::vector<uint32_t> depth_;  // of each token: number of brackets open around it
  bool unwinding_ = false;       // an error was reported and has not yet reached its statement
  uint32_t statement_depth_ = 0;
};

}  // namespace stria::syntax
