// Characters that no word or sign holds, and texts in the wrong quotes or without their end.
#include <algorithm>
#include <array>
#include <map>

#include "StriaLexer.h"
#include "compiler/syntax/classes.h"
#include "compiler/syntax/mend.h"

namespace stria::syntax {
namespace {

using T = grammar::StriaLexer;

constexpr size_t max_reports = 20;  // different characters of one file

struct Replacement {
  std::string_view character;
  uint32_t type;             // of the token put in its place; 0: the character is left out
  std::string_view written;  // what to write instead
};
// What word processors, keyboards of other alphabets and other languages put in place of our signs.
constexpr std::array<Replacement, 42> replacements = {{
    {"−", T::MINUS, "-"},          {"–", T::MINUS, "-"},         {"—", T::MINUS, "-"},
    {"‐", T::MINUS, "-"},          {"×", T::TIMES, "*"},         {"·", T::TIMES, "*"},
    {"⋅", T::TIMES, "*"},          {"∗", T::TIMES, "*"},         {"÷", T::DIVIDE, "/"},
    {"∕", T::DIVIDE, "/"},         {"⁄", T::DIVIDE, "/"},        {"≤", T::LESS_EQUAL, "<="},
    {"≥", T::GREATER_EQUAL, ">="}, {"≠", T::NOT_EQUAL, "!="},    {"→", T::ARROW, "->"},
    {"⇒", T::MAPS_TO, "=>"},       {"…", T::RANGE, ".."},        {"∈", T::IN, "in"},
    {"∧", T::AND, "and"},          {"∨", T::OR, "or"},           {"¬", T::NOT, "not"},
    {"～", T::DRAWN, "~"},         {"＝", T::ASSIGN, "="},       {"（", T::OPEN_PAREN, "("},
    {"）", T::CLOSE_PAREN, ")"},   {"［", T::OPEN_BRACKET, "["}, {"］", T::CLOSE_BRACKET, "]"},
    {"｛", T::OPEN_BRACE, "{"},    {"｝", T::CLOSE_BRACE, "}"},  {"，", T::COMMA, ","},
    {"、", T::COMMA, ","},         {"：", T::COLON, ":"},        {"；", T::SEMICOLON, ";"},
    {"＋", T::PLUS, "+"},          {"－", T::MINUS, "-"},        {"＊", T::TIMES, "*"},
    {"／", T::DIVIDE, "/"},        {"！", T::NOT, "not"},        {"!", T::NOT, "not"},
    {"&", T::AND, "and"},          {"|", T::OR, "or"},           {"%", T::TIMES, ""},
}};
// Spaces that look like a space, or like nothing.
constexpr std::array<std::string_view, 14> spaces = {"\u00A0", "\u2002", "\u2003", "\u2009", "\u200A",
                                                     "\u200B", "\u200C", "\u200D", "\u2060", "\u202F",
                                                     "\u3000", "\u2007", "\u2008", "\u2028"};
struct Quotes {
  std::string_view open;
  std::array<std::string_view, 3> close;
};
constexpr std::array<Quotes, 9> quotes = {{{"“", {"”", "“", "\""}},
                                           {"”", {"”", "“", "\""}},
                                           {"„", {"“", "”", "\""}},
                                           {"«", {"»", "«", "\""}},
                                           {"‘", {"’", "‘", "'"}},
                                           {"’", {"’", "‘", "'"}},
                                           {"＂", {"＂", "\"", "＂"}},
                                           {"`", {"`", "'", "`"}},
                                           {"'", {"'", "'", "'"}}}};

std::string shown(std::string_view character) {
  const auto byte = static_cast<unsigned char>(character.front());
  if (byte >= 0x20 && byte != 0x7F) return "`" + std::string(character) + "`";
  static constexpr std::string_view hex = "0123456789ABCDEF";
  return std::string("the control character U+00") + hex[byte >> 4] + hex[byte & 15];
}

bool is_letter(std::string_view character) {
  // Letters of other alphabets; what stands in the tables above was taken out before.
  if (character.size() == 2) {
    const auto code = ((character[0] & 0x1F) << 6) | (character[1] & 0x3F);
    return (code >= 0xC0 && code != 0xD7 && code != 0xF7) || code == 0xAA || code == 0xB5 || code == 0xBA;
  }
  return character.size() == 3 && static_cast<unsigned char>(character[0]) >= 0xE3 &&
         static_cast<unsigned char>(character[0]) <= 0xED;
}

class CharacterMender {
 public:
  CharacterMender(TokenList& list, Diagnostics& diagnostics) : list_(list), diagnostics_(diagnostics) {}

  void run() {
    for (i_ = 0; i_ < list_.tokens.size(); ++i_) {
      const Token& token = list_.tokens[i_];
      if (token.begin < covered_ && token.type != end_of_text) continue;
      if (token.type == T::BAD_STRING) {
        unclosed_text(token);
      } else if (token.type == T::STRING) {
        check_escapes(token);
      } else if (token.type == T::BAD_CHAR) {
        bad_character(token);
      } else {
        keep(token);
      }
    }
    list_.tokens = std::move(kept_);
    std::erase_if(list_.comments, [&](const Comment& comment) { return is_inside_text(comment.begin); });
    for (auto& [key, found] : found_) report(found);
  }

 private:
  // All places of one wrong character: one message.
  struct Found {
    std::string message, label, fix;
    std::vector<Edit> edits;
    std::vector<Range> places;
  };

  void keep(Token token) {
    // `fr` `é` `quence`: the pieces of one word that holds a foreign letter.
    if (joins_next_ && !kept_.empty() && kept_.back().end == token.begin && is_name(token.type)) {
      kept_.back().end = token.end;
    } else {
      kept_.push_back(token);
    }
    joins_next_ = false;
  }

  void keep_text(uint32_t begin, uint32_t end) {
    kept_.push_back({T::STRING, begin, end, true});
    covered_ = end;
    texts_.push_back({begin, end});
    joins_next_ = false;
  }

  bool is_inside_text(uint32_t place) const {
    const auto after = std::upper_bound(texts_.begin(), texts_.end(), std::pair(place, UINT32_MAX));
    return after != texts_.begin() && place < std::prev(after)->second;
  }

  void unclosed_text(const Token& token) {
    const Range place = list_.range(token);
    diagnostics_.report(Kind::unclosed_text, place, "a text is not closed")
        .mark("no `\"` before the end of the line")
        .fix("close it with `\"`; a long text can be joined from parts with `+`");
    keep_text(token.begin, token.end);
  }

  void check_escapes(Token token) {
    const std::string_view text = list_.text(token);
    for (size_t at = 1; at + 1 < text.size(); ++at) {
      if (text[at] != '\\') continue;
      const char next = text[at + 1];
      if (next != '\\' && next != '"' && next != 'n' && next != 't') {
        const auto begin = token.begin + static_cast<uint32_t>(at);
        diagnostics_
            .report(Kind::unknown_escape, {list_.file, begin, begin + 2},
                    "a backslash has a meaning of its own in a text")
            .mark("unknown after a backslash")
            .fix("paths are written with `/` on every system; for a backslash itself write `\\\\`");
        token.reported = true;
        break;
      }
      ++at;
    }
    keep(token);
  }

  void bad_character(const Token& token) {
    const std::string_view character = list_.text(token);
    const Range place = list_.range(token);
    if (quoted_text(token)) return;
    for (const Replacement& each : replacements) {
      if (each.character == character) return replaced(token, each);
    }
    if (std::find(spaces.begin(), spaces.end(), character) != spaces.end()) {
      note(character, place, " ",
           {"a special space, which looks like a plain one",
            "not a plain space",
            "write a plain space",
            {},
            {}});
      leave_out();
      return;
    }
    if (is_letter(character)) return foreign_letter(token);
    const std::string fix = character == "?" ? "a choice is `if condition then a else b`" : "";
    note(character, place, "", {"unknown character " + shown(character), "has no meaning here", fix, {}, {}});
    leave_out();
  }

  // `×` for `*`, `&&` for `and`.
  void replaced(const Token& token, const Replacement& replacement) {
    Token mended{replacement.type, token.begin, token.end, true};
    const std::string_view character = replacement.character;
    if ((character == "&" || character == "|") && list_.touches_next(i_) && list_.text(i_ + 1) == character) {
      mended.end = list_.tokens[++i_].end;
    }
    const std::string written(list_.text(mended));
    if (replacement.written.empty()) {
      note(character, list_.range(mended), "",
           {"`" + written + "` is not an operator",
            "not an operator",
            "`a // b` divides and rounds down; the rest is `a - a // b * b`",
            {},
            {}});
    } else {
      const std::string better(replacement.written);
      note(character, list_.range(mended), better,
           {"unknown character `" + written + "`",
            "not an operator of the language",
            "write `" + better + "`",
            {},
            {}});
    }
    kept_.push_back(mended);
    joins_next_ = false;
  }

  void foreign_letter(const Token& token) {
    note("letter", list_.range(token), "",
         {"names are made of Latin and Greek letters, digits and `_`",
          "not such a letter",
          "write the name without it",
          {},
          {}});
    if (!kept_.empty() && kept_.back().end == token.begin && is_name(kept_.back().type)) {
      kept_.back() = {T::IDENT, kept_.back().begin, token.end, true};
    } else {
      kept_.push_back({T::IDENT, token.begin, token.end, true});
    }
    joins_next_ = true;
  }

  // Text in other quotes than `"`, up to the closing one on the same line.
  bool quoted_text(const Token& token) {
    const std::string_view opening = list_.text(token);
    const auto found =
        std::find_if(quotes.begin(), quotes.end(), [&](const Quotes& each) { return each.open == opening; });
    if (found == quotes.end()) return false;
    const std::string_view text = list_.file->text;
    const size_t line_end = std::min(text.find('\n', token.end), text.size());
    size_t close = std::string_view::npos, length = 0;
    for (const std::string_view candidate : found->close) {
      const size_t at = text.find(candidate, token.end);
      if (at < line_end && at < close) {
        close = at;
        length = candidate.size();
      }
    }
    const bool is_prime = opening == "'" || opening == "’";
    const bool after_name = !kept_.empty() && kept_.back().end == token.begin && is_name(kept_.back().type);
    if (is_prime && after_name) {
      note("prime", list_.range(token), "",
           {"a name holds no `" + std::string(opening) + "`",
            "has no meaning here",
            "the next value of a state `h` is `next h`, its rate of change `d/dt h`",
            {},
            {}});
      leave_out();
      return true;
    }
    if (close == std::string_view::npos) {
      if (opening == "`") return false;
      diagnostics_
          .report(Kind::unclosed_text, {list_.file, token.begin, static_cast<uint32_t>(line_end)},
                  "a text is not closed")
          .mark("no closing quote before the end of the line")
          .fix("texts stand between two `\"`");
      keep_text(token.begin, static_cast<uint32_t>(line_end));
      return true;
    }
    const auto end = static_cast<uint32_t>(close + length);
    Found entry{"texts stand in straight double quotes", "other quotes", "", {}, {}};
    Found& kept = note(opening, {list_.file, token.begin, end}, "", std::move(entry));
    kept.edits.push_back({{list_.file, token.begin, token.end}, "\""});
    kept.edits.push_back({{list_.file, static_cast<uint32_t>(close), end}, "\""});
    if (kept.fix.empty())
      kept.fix = "write `\"" + std::string(text.substr(token.end, close - token.end)) + "\"`";
    keep_text(token.begin, end);
    return true;
  }

  // The character says nothing that could be mended: what stands around it is left as it is.
  void leave_out() {
    if (!kept_.empty()) kept_.back().reported = true;
    if (i_ + 1 < list_.tokens.size()) list_.tokens[i_ + 1].reported = true;
    joins_next_ = false;
  }

  Found& note(std::string_view key, const Range& place, const std::string& written, Found found) {
    Found& entry = found_[std::string(key)];
    if (entry.places.empty()) entry = std::move(found);
    entry.places.push_back(place);
    if (!written.empty()) entry.edits.push_back({place, written});
    return entry;
  }

  void report(Found& found) {
    if (++n_reports_ > max_reports) return;
    Diagnostic& diagnostic =
        diagnostics_.report(Kind::unknown_character, found.places.front(), found.message);
    diagnostic.mark(found.label);
    if (found.places.size() > 1) {
      diagnostic.note("it stands in " + std::to_string(found.places.size()) + " places, the last on line " +
                      std::to_string(position_of(*list_.file, found.places.back().begin).line));
    }
    if (!found.fix.empty()) diagnostic.fix(found.fix, std::move(found.edits));
  }

  TokenList& list_;
  Diagnostics& diagnostics_;
  size_t i_ = 0;
  std::vector<Token> kept_;
  std::vector<std::pair<uint32_t, uint32_t>> texts_;  // bytes that became a text here
  uint32_t covered_ = 0;                              // the end of the last of them
  bool joins_next_ = false;
  std::map<std::string, Found> found_;
  size_t n_reports_ = 0;
};

}  // namespace

void mend_characters(TokenList& list, Diagnostics& diagnostics) { CharacterMender(list, diagnostics).run(); }

}  // namespace stria::syntax
