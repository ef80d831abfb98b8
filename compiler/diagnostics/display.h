// How source text looks on a terminal: widths of characters, tabs, signs that must not reach a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stria {

// One line of a text made printable: tabs become spaces, control characters and broken UTF-8 become U+FFFD.
struct DisplayLine {
  struct Cell {
    std::string text;  // one character, or the spaces of a tab
    uint32_t offset;   // of its first byte in the line
    uint32_t width;    // terminal columns: 0 for combining marks, 2 for wide characters
  };
  std::vector<Cell> cells;

  explicit DisplayLine(std::string_view line);
  // Terminal columns before the byte at `offset` of the line.
  uint32_t column(uint32_t offset) const;
  uint32_t width() const;
  // The part between two columns.
  std::string cut(uint32_t begin, uint32_t end) const;
};

// A message or label on one line: the same characters replaced, line ends become spaces.
std::string printable(std::string_view text);
// A text as a spec spells it: within quotes, with escapes.
std::string in_quotes(std::string_view text);

}  // namespace stria
