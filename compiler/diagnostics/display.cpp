#include "compiler/diagnostics/display.h"

#include <algorithm>
#include <array>
#include <optional>

namespace stria {
namespace {

constexpr uint32_t tab_width = 4;
constexpr std::string_view replacement = "\xEF\xBF\xBD";

struct Character {
  std::optional<char32_t> code;  // empty for broken UTF-8
  size_t length = 1;
};

// The character at `at`. Broken sequences count as one character a byte.
Character decode(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  if (length == 1 || lead > 0xF4 || at + length > text.size()) return {};
  char32_t code = lead & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if ((byte & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte & 0x3F);
  }
  return {code, length};
}

struct Interval {
  char32_t first, last;
};
template <size_t n>
bool within(const std::array<Interval, n>& table, char32_t code) {
  return std::any_of(table.begin(), table.end(),
                     [&](const Interval& each) { return each.first <= code && code <= each.last; });
}

// Unicode 15: marks that sit on the character before them, and joiners.
constexpr std::array<Interval, 10> zero_width = {{{0x0300, 0x036F},
                                                  {0x0483, 0x0489},
                                                  {0x0591, 0x05BD},
                                                  {0x064B, 0x065F},
                                                  {0x0E34, 0x0E3A},
                                                  {0x1AB0, 0x1AFF},
                                                  {0x1DC0, 0x1DFF},
                                                  {0x200B, 0x200D},
                                                  {0x20D0, 0x20FF},
                                                  {0xFE00, 0xFE0F}}};
// East Asian wide and full-width characters, emoji.
constexpr std::array<Interval, 10> double_width = {{{0x1100, 0x115F},
                                                    {0x2E80, 0x303E},
                                                    {0x3041, 0xA4CF},
                                                    {0xA960, 0xA97F},
                                                    {0xAC00, 0xD7A3},
                                                    {0xF900, 0xFAFF},
                                                    {0xFE30, 0xFE6F},
                                                    {0xFF00, 0xFF60},
                                                    {0x1F300, 0x1FAFF},
                                                    {0x20000, 0x3FFFD}}};
// Controls, and the marks that turn the direction of writing, which could show a text other than it is.
constexpr std::array<Interval, 6> hidden = {
    {{0x00, 0x1F}, {0x7F, 0x9F}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}}};

uint32_t width_of(char32_t code) {
  if (within(zero_width, code)) return 0;
  return within(double_width, code) ? 2 : 1;
}

}  // namespace

DisplayLine::DisplayLine(std::string_view line) {
  uint32_t column = 0;
  for (size_t at = 0; at < line.size();) {
    const Character character = decode(line, at);
    Cell cell{std::string(line.substr(at, character.length)), static_cast<uint32_t>(at), 1};
    if (character.code == U'\t') {
      cell.width = tab_width - column % tab_width;
      cell.text = std::string(cell.width, ' ');
    } else if (!character.code || within(hidden, *character.code)) {
      cell.text = replacement;
    } else {
      cell.width = width_of(*character.code);
    }
    column += cell.width;
    at += character.length;
    cells.push_back(std::move(cell));
  }
}

uint32_t DisplayLine::column(uint32_t offset) const {
  uint32_t column = 0;
  for (const Cell& cell : cells) {
    if (cell.offset >= offset) break;
    column += cell.width;
  }
  return column;
}

uint32_t DisplayLine::width() const {
  uint32_t total = 0;
  for (const Cell& cell : cells) total += cell.width;
  return total;
}

std::string DisplayLine::cut(uint32_t begin, uint32_t end) const {
  std::string out;
  uint32_t column = 0;
  for (const Cell& cell : cells) {
    if (column >= begin && column + cell.width <= end) out += cell.text;
    column += cell.width;
  }
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  for (const DisplayLine::Cell& cell : DisplayLine(text).cells) {
    const char first = text[cell.offset];
    out += first == '\n' || first == '\t' || first == '\r' ? " " : cell.text;
  }
  return out;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + '"';
}

}  // namespace stria
