#include "tests/coverage/grammar_use.h"

#include <cctype>
#include <map>
#include <set>
#include <stdexcept>

#include "compiler/syntax/tokens.h"
#include "tests/syntax/grammar_file.h"

namespace stria::testing {
namespace {

struct Rows {
  std::vector<Alternative> list;
  std::map<const void*, size_t> index;  // of a Sequence, or of a Piece that may be left out
  std::set<std::string> words;          // quoted in the grammar
};

void add_row(Rows& rows, const void* point, const std::string& rule, const std::string& text) {
  if (rows.list.size() == max_alternatives) throw std::logic_error("more alternatives than max_alternatives");
  rows.index[point] = rows.list.size();
  rows.list.push_back({rule, text});
}

void add_choices(Rows& rows, const std::string& rule, const Choices& choices, bool whole_rule) {
  for (const Sequence& sequence : choices) {
    if (choices.size() > 1 || whole_rule) add_row(rows, &sequence, rule, text_of(sequence));
    for (const Piece& piece : sequence) {
      if (piece.repeat == '?' || piece.repeat == '*') add_row(rows, &piece, rule, text_of(piece));
      if (!piece.word.empty()) rows.words.insert(piece.word);
      add_choices(rows, rule, piece.choices, false);
    }
  }
}

const Rows& rows() {
  static const Rows all = [] {
    Rows result;
    for (const auto& [rule, choices] : grammar_rules()) add_choices(result, rule, choices, true);
    return result;
  }();
  return all;
}

// The name of a token that is not written as a word of the grammar.
std::string token_name(std::string_view text) {
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  if (text == "d/dt") return "DDT";
  if (text.front() == '"') return "STRING";
  if (!is_digit(text.front()) || text.front() == '_') return "IDENT";
  size_t at = 0;
  while (at < text.size() && (is_digit(text[at]) || text[at] == '.')) ++at;
  if (at == text.size()) return text.find('.') == std::string_view::npos ? "INT" : "FLOAT";
  const size_t sign = text.find_first_of("+-", at) == at + 1 ? 1 : 0;
  const bool is_exponent =
      (text[at] == 'e' || text[at] == 'E') && at + 1 + sign < text.size() && is_digit(text[at + 1 + sign]);
  return is_exponent ? "FLOAT" : "QUANTITY";
}

// Reads all ways at once: where each piece can end, and what was used on the way there.
class Recogniser {
 public:
  explicit Recogniser(const std::string& text) {
    const SourceFile file{.path = "text", .module = "", .text = text};
    const auto tokens = syntax::read_tokens(file);
    for (size_t i = 0; i + 1 < tokens.tokens.size(); ++i) words_.emplace_back(tokens.text(i));
  }

  std::optional<AlternativeSet> read(const std::string& rule) {
    const Ends& ends = of_choices(grammar_rules().at(rule), 0);
    const auto whole = ends.find(words_.size());
    if (whole == ends.end()) return std::nullopt;
    return whole->second;
  }

 private:
  using Ends = std::map<size_t, AlternativeSet>;  // by the token after the piece

  const Ends& of_choices(const Choices& choices, size_t begin) {
    const auto key = std::pair{&choices, begin};
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    Ends all;
    for (const Sequence& sequence : choices)
      for (auto& [end, used] : of_sequence(sequence, begin)) {
        if (const auto row = rows().index.find(&sequence); row != rows().index.end()) used.set(row->second);
        all.emplace(end, used);
      }
    return known_[key] = std::move(all);
  }

  Ends of_sequence(const Sequence& sequence, size_t begin) {
    Ends reached{{begin, {}}};
    for (const Piece& piece : sequence) {
      Ends next;
      for (const auto& [at, used] : reached)
        for (const auto& [end, more] : of_piece(piece, at)) next.emplace(end, used | more);
      reached = std::move(next);
    }
    return reached;
  }

  Ends of_piece(const Piece& piece, size_t begin) {
    if (piece.repeat == ' ') return once(piece, begin);
    Ends reached, frontier{{begin, {}}};
    if (piece.repeat != '+') reached = frontier;
    while (!frontier.empty()) {
      Ends next;
      for (const auto& [at, used] : frontier)
        for (auto& [end, more] : once(piece, at)) {
          if (const auto row = rows().index.find(&piece); row != rows().index.end()) more.set(row->second);
          if (end > at && reached.emplace(end, used | more).second) next.emplace(end, used | more);
        }
      if (piece.repeat == '?') break;
      frontier = std::move(next);
    }
    return reached;
  }

  Ends once(const Piece& piece, size_t at) {
    if (!piece.choices.empty()) return of_choices(piece.choices, at);
    if (grammar_rules().contains(piece.name)) return of_choices(grammar_rules().at(piece.name), at);
    if (piece.name == "EOF") return at == words_.size() ? Ends{{at, {}}} : Ends{};
    if (at == words_.size()) return {};
    const std::string& word = words_[at];
    const bool fits = piece.word.empty() ? !rows().words.contains(word) && token_name(word) == piece.name
                                         : word == piece.word;
    return fits ? Ends{{at + 1, {}}} : Ends{};
  }

  std::vector<std::string> words_;
  std::map<std::pair<const Choices*, size_t>, Ends> known_;
};

}  // namespace

const std::vector<Alternative>& alternatives() { return rows().list; }

std::optional<AlternativeSet> used_alternatives(const std::string& text, const std::string& rule) {
  return Recogniser(text).read(rule);
}

}  // namespace stria::testing
