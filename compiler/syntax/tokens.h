// The words and signs of a text, before they are read as statements.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"

namespace stria::syntax {

// A word or sign. `type` is one of the generated lexer's numbers (StriaLexer::LET).
struct Token {
  uint32_t type = 0;
  uint32_t begin = 0;  // bytes of the file
  uint32_t end = 0;
  bool put_in = false;  // not in the text: set there after a report, so that reading can go on
};

struct Comment {
  uint32_t begin = 0;
  uint32_t end = 0;
  bool is_doc = false;  // `##`
};

struct TokenList {
  const SourceFile* file = nullptr;
  std::vector<Token> tokens;  // the last one is the end of the text
  std::vector<Comment> comments;

  Range range(const Token& token) const { return {file, token.begin, token.end}; }
  std::string_view text(const Token& token) const { return text_of(range(token)); }
};

// Never fails: what is no token is one of the types BAD_CHAR and BAD_STRING. `file` holds valid UTF-8.
TokenList read_tokens(const SourceFile& file);

// Where a text stops being UTF-8; the text's size where it never does.
size_t valid_utf8_prefix(std::string_view text);

}  // namespace stria::syntax
