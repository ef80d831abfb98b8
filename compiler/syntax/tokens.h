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
  bool reported = false;  // a message speaks of it already: its statement gets no second one
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
  bool complete = true;  // false: there were more than `max_tokens`, and the rest was not read

  Range range(const Token& token) const { return {file, token.begin, token.end}; }
  std::string_view text(const Token& token) const { return text_of(range(token)); }
  // The type of token i; that of the last one, the end of the text, for an index outside.
  uint32_t type(size_t i) const { return i < tokens.size() ? tokens[i].type : tokens.back().type; }
  Range range(size_t i) const { return range(tokens[i]); }
  std::string_view text(size_t i) const { return text(tokens[i]); }
  bool first_on_line(size_t i) const;
  uint32_t indent(size_t i) const;  // of the line where token i stands, in bytes
  bool touches_next(size_t i) const { return i + 1 < tokens.size() && tokens[i].end == tokens[i + 1].begin; }
};

// The end of the text, as the parser's own number does not fit in 32 bits.
constexpr uint32_t end_of_text = UINT32_MAX;

constexpr size_t max_tokens = 500'000;

// Never fails: what is no token is one of the types BAD_CHAR and BAD_STRING. `file` holds valid UTF-8.
TokenList read_tokens(const SourceFile& file);

// Where a text stops being UTF-8; the text's size where it never does.
size_t valid_utf8_prefix(std::string_view text);

}  // namespace stria::syntax
