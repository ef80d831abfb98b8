// Places in a text: lines, columns, slices.
#include <algorithm>

#include "compiler/diagnostics/diagnostic.h"

namespace stria {

Position position_of(const SourceFile& file, uint32_t offset) {
  const std::string& text = file.text;
  const size_t end = std::min<size_t>(offset, text.size());
  Position position;
  size_t line_start = 0;
  for (size_t i = 0; i < end; ++i) {
    if (text[i] == '\n') {
      ++position.line;
      line_start = i + 1;
    }
  }
  for (size_t i = line_start; i < end; ++i) {
    // Bytes 10xxxxxx continue a character.
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) ++position.column;
  }
  return position;
}

Range join(const Range& a, const Range& b) {
  if (!a.known()) return b;
  if (!b.known() || a.file != b.file) return a;
  return {a.file, std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

std::string_view text_of(const Range& range) {
  if (!range.known()) return {};
  const std::string_view text = range.file->text;
  const size_t begin = std::min<size_t>(range.begin, text.size());
  const size_t end = std::clamp<size_t>(range.end, begin, text.size());
  return text.substr(begin, end - begin);
}

}  // namespace stria
