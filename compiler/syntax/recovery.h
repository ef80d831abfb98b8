// What happens where the text does not go on as it should: one report, then reading resumes behind the
// bracket that holds the mistake, or at the next statement.
#pragma once

#include <optional>
#include <set>

#include "StriaParser.h"
#include "compiler/syntax/brackets.h"
#include "compiler/syntax/tokens.h"

namespace stria::syntax {

class Recovery : public antlr4::DefaultErrorStrategy {
 public:
  // `cut_after` takes the tokens after which a statement went on with something that could not be read.
  Recovery(const TokenList& tokens, Diagnostics& diagnostics, std::set<size_t>& cut_after);

  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) override;
  void recover(antlr4::Parser* parser, std::exception_ptr error) override;
  antlr4::Token* recoverInline(antlr4::Parser* parser) override;
  void sync(antlr4::Parser* parser) override;

 private:
  // What does not fit, kept until it is known where reading resumes.
  struct Failure {
    size_t at;
    std::vector<size_t> rules;
    antlr4::misc::IntervalSet expected;
  };

  bool skip_to_partner(antlr4::Parser* parser);
  void skip_to_statement(antlr4::Parser* parser, uint32_t depth);
  void report(size_t start, size_t end);

  const TokenList& tokens_;
  Diagnostics& diagnostics_;
  std::set<size_t>& cut_after_;
  Brackets brackets_;
  std::optional<Failure> failure_;
  size_t n_reports_ = 0;
};

}  // namespace stria::syntax
