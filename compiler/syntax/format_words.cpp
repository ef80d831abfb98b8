// Words, signs and the comments between them.
#include "compiler/syntax/format.h"

namespace stria::syntax {
namespace {

std::string comment_text(const TokenList& source, const Comment& comment) {
  std::string text = source.file->text.substr(comment.begin, comment.end - comment.begin);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.pop_back();
  return text;
}

}  // namespace

const Comment* Formatter::next_comment(uint32_t place) {
  if (source_ == nullptr || next_comment_ >= source_->comments.size()) return nullptr;
  const Comment& comment = source_->comments[next_comment_];
  if (comment.begin >= place) return nullptr;
  ++next_comment_;
  return &comment;
}

const Token* Formatter::skip_to(std::string_view text) {
  if (source_ == nullptr) return nullptr;
  for (size_t i = next_token_; i < source_->tokens.size(); ++i) {
    if (source_->text(i) != text) continue;
    next_token_ = i + 1;
    return &source_->tokens[i];
  }
  return nullptr;
}

void Formatter::add_comments_before(uint32_t place, std::vector<LayoutPtr>& parts) {
  while (const Comment* const found = next_comment(place)) {
    parts.push_back(comment(comment_text(*source_, *found), false));
  }
}

// The word, the comments that stand before it, and the one behind it on its line if the statement goes on
// below.
LayoutPtr Formatter::with_comments(size_t token, LayoutPtr written) {
  const TokenList& source = *source_;
  std::vector<LayoutPtr> parts;
  add_comments_before(source.tokens[token].begin, parts);
  parts.push_back(std::move(written));
  next_token_ = token + 1;
  const uint32_t end = source.tokens[token].end;
  if (token + 1 < source.tokens.size() && next_comment_ < source.comments.size()) {
    const Comment& behind = source.comments[next_comment_];
    const bool is_next = behind.begin < source.tokens[token + 1].begin && behind.begin < statement_end_;
    if (is_next && source.file->text.find('\n', end) > behind.begin) {
      ++next_comment_;
      parts.push_back(comment(comment_text(source, behind), true));
    }
  }
  return parts.size() == 1 ? parts.front() : sequence(std::move(parts));
}

// The last word that is written need not be the last of the text: brackets around a whole value are left out.
void Formatter::begin_statement(const ast::Item& item) {
  if (source_ == nullptr) return;
  Formatter probe = *this;
  probe.statement_end_ = item.range.end;
  probe.declaration(item);
  statement_end_ = probe.next_token_ > 0 ? source_->tokens[probe.next_token_ - 1].end : 0;
}

LayoutPtr Formatter::word(std::string_view written) {
  if (skip_to(written) == nullptr) return text(std::string(written));
  return with_comments(next_token_ - 1, text(std::string(written)));
}

LayoutPtr Formatter::leaf(const Range& range, std::string written) {
  if (source_ == nullptr || range.file != source_->file) return text(std::move(written));
  while (next_token_ + 1 < source_->tokens.size() && source_->tokens[next_token_].begin < range.begin)
    ++next_token_;
  if (source_->tokens[next_token_].begin != range.begin) return text(std::move(written));
  return with_comments(next_token_, text(std::move(written)));
}

LayoutPtr Formatter::literal(const Range& range, std::string canonical) {
  if (source_ == nullptr || range.file != source_->file) return text(std::move(canonical));
  const auto& tokens = source_->tokens;
  while (next_token_ + 1 < tokens.size() && tokens[next_token_].begin < range.begin) ++next_token_;
  while (next_token_ + 1 < tokens.size() && source_->text(next_token_) == "(") ++next_token_;
  return with_comments(next_token_, text(std::string(source_->text(next_token_))));
}

LayoutPtr Formatter::space_word(std::string_view written) {
  return sequence({text(" "), word(written), text(" ")});
}

}  // namespace stria::syntax
