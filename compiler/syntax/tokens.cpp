#include "compiler/syntax/tokens.h"

#include <algorithm>
#include <cctype>

#include "StriaLexer.h"

namespace stria::syntax {
namespace {

using Lexer = grammar::StriaLexer;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// Number of bytes of the character that `lead` begins; 0 where no character begins so.
size_t character_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

// The generated lexer counts characters; everything else counts bytes.
class ByteOffsets {
 public:
  explicit ByteOffsets(std::string_view text) {
    size_t at = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;  // which the lexer never sees
    while (at < text.size()) {
      offsets_.push_back(static_cast<uint32_t>(at));
      at += character_length(static_cast<unsigned char>(text[at]));
    }
    offsets_.push_back(static_cast<uint32_t>(text.size()));
  }
  uint32_t operator[](size_t character) const { return offsets_[std::min(character, offsets_.size() - 1)]; }

 private:
  std::vector<uint32_t> offsets_;
};

bool continues_word(char c) { return isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// `d/dt` is a word of the language, `d/dtau` divides d by dtau.
void add_derivative(TokenList& list, Token token) {
  const std::string& text = list.file->text;
  uint32_t end = token.end;
  while (end < text.size() && continues_word(text[end])) ++end;
  if (end == token.end) {
    list.tokens.push_back(token);
    return;
  }
  list.tokens.push_back({Lexer::IDENT, token.begin, token.begin + 1});
  list.tokens.push_back({Lexer::DIVIDE, token.begin + 1, token.begin + 2});
  list.tokens.push_back({Lexer::IDENT, token.begin + 2, end});
}

}  // namespace

bool TokenList::first_on_line(size_t i) const {
  if (i == 0) return true;
  const std::string_view between =
      std::string_view(file->text).substr(tokens[i - 1].end, tokens[i].begin - tokens[i - 1].end);
  return between.find('\n') != std::string_view::npos;
}

uint32_t TokenList::indent(size_t i) const {
  const std::string_view text = file->text;
  const uint32_t begin = tokens[i].begin;
  const size_t newline = begin == 0 ? std::string_view::npos : text.rfind('\n', begin - 1);
  const size_t line = newline == std::string_view::npos ? 0 : newline + 1;
  return static_cast<uint32_t>(std::min(text.find_first_not_of(" \t", line), text.size()) - line);
}

size_t valid_utf8_prefix(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const size_t length = character_length(byte(0));
    if (length == 0 || at + length > text.size()) return at;
    for (size_t i = 1; i < length; ++i) {
      if ((byte(i) & 0xC0) != 0x80) return at;
    }
    // Too long a form, half of a surrogate pair, above the last character.
    if (byte(0) == 0xE0 && byte(1) < 0xA0) return at;
    if (byte(0) == 0xED && byte(1) >= 0xA0) return at;
    if (byte(0) == 0xF0 && byte(1) < 0x90) return at;
    if (byte(0) == 0xF4 && byte(1) >= 0x90) return at;
    at += length;
  }
  return at;
}

TokenList read_tokens(const SourceFile& file) {
  TokenList list;
  list.file = &file;
  const ByteOffsets offsets(file.text);
  antlr4::ANTLRInputStream characters(file.text);
  Lexer lexer(&characters);
  lexer.removeErrorListeners();
  uint32_t covered = 0;  // bytes that became tokens: the rest of a split `d/dtau` is not read again
  while (true) {
    const std::unique_ptr<antlr4::Token> found = lexer.nextToken();
    const size_t type = found->getType();
    if (type == antlr4::Token::EOF) break;
    list.complete = list.tokens.size() < max_tokens;
    if (!list.complete) break;
    const Token token{static_cast<uint32_t>(type), offsets[found->getStartIndex()],
                      offsets[found->getStopIndex() + 1]};
    if (token.begin < covered) continue;
    if (type == Lexer::DOC || type == Lexer::COMMENT) {
      list.comments.push_back({token.begin, token.end, type == Lexer::DOC});
    } else if (type == Lexer::DDT) {
      add_derivative(list, token);
    } else {
      list.tokens.push_back(token);
    }
    if (!list.tokens.empty()) covered = std::max(covered, list.tokens.back().end);
  }
  const auto size = static_cast<uint32_t>(file.text.size());
  list.tokens.push_back({end_of_text, size, size});
  return list;
}

}  // namespace stria::syntax
