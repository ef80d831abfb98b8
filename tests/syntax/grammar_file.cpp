#include "tests/syntax/grammar_file.h"

#include <cctype>
#include <stdexcept>

#include "tests/syntax/syntax_helpers.h"

namespace stria::testing {
namespace {

// Reads the rules whose names begin with a small letter.
class GrammarReader {
 public:
  explicit GrammarReader(const std::string& text) {
    for (size_t i = 0; i < text.size(); ++i) {  // comments out
      if (text.compare(i, 2, "//") == 0) {
        const bool quoted = i > 0 && text[i - 1] == '\'';
        if (!quoted) i = std::min(text.find('\n', i), text.size() - 1);
      }
      text_ += text[i];
    }
  }

  std::map<std::string, Choices> rules() {
    std::map<std::string, Choices> rules;
    while (true) {
      skip_space();
      if (at_ >= text_.size()) return rules;
      const std::string name = word();
      skip_space();
      if (name == "grammar" || name == "fragment" || std::isupper(static_cast<unsigned char>(name[0]))) {
        if (name != "fragment") return_at_end_of_rule();
        continue;
      }
      expect(':');
      rules[name] = choices(';');
    }
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  std::string word() {
    std::string out;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) {
      out += text_[at_++];
    }
    if (out.empty()) throw std::runtime_error("unexpected text in the grammar: " + text_.substr(at_, 20));
    return out;
  }
  void expect(char c) {
    skip_space();
    if (text_.at(at_) != c)
      throw std::runtime_error("unexpected text in the grammar: " + text_.substr(at_, 20));
    ++at_;
  }
  void return_at_end_of_rule() {
    for (; text_.at(at_) != ';'; ++at_) {
      if (text_[at_] == '\'') at_ = text_.find('\'', at_ + (text_[at_ + 1] == '\\' ? 3 : 1));
      if (text_[at_] == '[') at_ = text_.find(']', at_);
    }
    ++at_;
  }
  Choices choices(char close) {
    Choices result(1);
    while (true) {
      skip_space();
      const char c = text_.at(at_);
      if (c == close) {
        ++at_;
        return result;
      }
      if (c == '|') {
        ++at_;
        result.emplace_back();
        continue;
      }
      Piece piece;
      if (c == '(') {
        ++at_;
        piece.choices = choices(')');
      } else if (c == '\'') {
        const size_t end = text_.find('\'', at_ + 1);
        piece.word = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
      } else {
        piece.name = word();
      }
      if (at_ < text_.size() && (text_[at_] == '?' || text_[at_] == '*' || text_[at_] == '+'))
        piece.repeat = text_[at_++];
      result.back().push_back(std::move(piece));
    }
  }

  std::string text_;
  size_t at_ = 0;
};

}  // namespace

const std::map<std::string, Choices>& grammar_rules() {
  static const std::map<std::string, Choices> rules =
      GrammarReader(read_file(std::filesystem::path(STRIA_SOURCE_DIR) / "grammar" / "Stria.g4")).rules();
  return rules;
}

std::string text_of(const Piece& piece) {
  std::string text = piece.word.empty() ? piece.name : "'" + piece.word + "'";
  if (!piece.choices.empty()) {
    for (const Sequence& sequence : piece.choices) text += (text.empty() ? "(" : " | ") + text_of(sequence);
    text += ")";
  }
  return piece.repeat == ' ' ? text : text + piece.repeat;
}

std::string text_of(const Sequence& sequence) {
  std::string text;
  for (const Piece& piece : sequence) text += (text.empty() ? "" : " ") + text_of(piece);
  return text;
}

}  // namespace stria::testing
