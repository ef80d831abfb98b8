// The form with source lines:
//   error[E0301]: `@` cannot sum over H: the right side has no H   (mine.stria:8)
//      8 |   let drive = Wr @ x + b
//        |               ^^ [H, H], summed over its last dim
//        |                    - [I], I = 70, from `input x` on line 3
//        = fix: ...
#include <algorithm>
#include <tuple>

#include "compiler/diagnostics/display.h"
#include "compiler/diagnostics/render.h"

namespace stria {
namespace {

constexpr uint32_t longest_line = 120;  // terminal columns of source text shown
constexpr uint32_t before_mark = 40;    // of a line that is cut
constexpr size_t gutter_digits = 4;
constexpr std::string_view cut_sign = "...";

struct Palette {
  std::string_view primary, secondary, strong, off;
};
constexpr Palette plain{"", "", "", ""};
constexpr Palette red{"\x1b[1;31m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"};
constexpr Palette yellow{"\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"};

std::string paint(std::string_view colour, std::string_view text, const Palette& palette) {
  return std::string(colour) + std::string(text) + std::string(palette.off);
}

// A mark on one line, in bytes of that line.
struct Mark {
  const SourceFile* file;
  uint32_t line;        // number, from 1
  uint32_t line_begin;  // bytes of the file
  uint32_t line_end;
  uint32_t begin;  // bytes of the line
  uint32_t end;
  bool is_primary;
  std::string text;
};

Mark mark_of(const Label& label, bool is_primary) {
  const std::string& text = label.range.file->text;
  const auto size = static_cast<uint32_t>(text.size());
  const uint32_t begin = std::min(label.range.begin, size);
  const size_t newline_before = begin == 0 ? std::string::npos : text.rfind('\n', begin - 1);
  const auto line_begin = static_cast<uint32_t>(newline_before == std::string::npos ? 0 : newline_before + 1);
  auto line_end = static_cast<uint32_t>(std::min(text.find('\n', begin), text.size()));
  const uint32_t full_end = line_end;
  if (line_end > line_begin && text[line_end - 1] == '\r') --line_end;
  Mark mark{label.range.file,   position_of(*label.range.file, begin).line,
            line_begin,         line_end,
            begin - line_begin, std::min(label.range.end, line_end) - std::min(line_begin, line_end),
            is_primary,         printable(label.text)};
  mark.begin = std::min(mark.begin, line_end - line_begin);
  mark.end = std::max(mark.end, mark.begin);
  if (label.range.end > full_end + 1) {
    const uint32_t last = position_of(*label.range.file, label.range.end - 1).line;
    mark.text += (mark.text.empty() ? "" : " ") + ("(to line " + std::to_string(last) + ")");
  }
  return mark;
}

class Excerpt {
 public:
  Excerpt(std::vector<Mark> marks, const Palette& palette) : marks_(std::move(marks)), palette_(palette) {
    std::stable_sort(marks_.begin(), marks_.end(),
                     [](const Mark& a, const Mark& b) { return a.line < b.line; });
  }

  std::string text() {
    std::string out;
    uint32_t last_line = 0;
    for (size_t i = 0; i < marks_.size();) {
      size_t next = i;
      while (next < marks_.size() && marks_[next].line == marks_[i].line) ++next;
      if (last_line != 0 && marks_[i].line > last_line + 1) out += std::string(gutter_digits, ' ') + "...\n";
      out += line(i, next);
      last_line = marks_[i].line;
      i = next;
    }
    return out;
  }

 private:
  // The source line of marks [first, last) and one row for each of them.
  std::string line(size_t first, size_t last) {
    std::sort(marks_.begin() + first, marks_.begin() + last, [](const Mark& a, const Mark& b) {
      return std::tuple(!a.is_primary, a.begin) < std::tuple(!b.is_primary, b.begin);
    });
    const Mark& any = marks_[first];
    const DisplayLine source(
        std::string_view(any.file->text).substr(any.line_begin, any.line_end - any.line_begin));
    std::string out;
    std::vector<Mark> rest(marks_.begin() + first, marks_.begin() + last);
    while (!rest.empty()) {
      uint32_t from = 0;
      const uint32_t width = source.width();
      uint32_t to = width;
      if (width > longest_line) {
        const uint32_t column = source.column(rest.front().begin);
        from = column > longest_line - before_mark ? column - before_mark : 0;
        to = std::min(width, from + longest_line);
      }
      out += gutter(any.line) + (from > 0 ? std::string(cut_sign) : "") + source.cut(from, to) +
             (to < width ? std::string(cut_sign) : "") + "\n";
      std::vector<Mark> outside;
      for (const Mark& mark : rest) {
        const uint32_t column = source.column(mark.begin);
        const bool seen = column >= from && (column < to || to == width);
        if (!seen) {
          outside.push_back(mark);
          continue;
        }
        out += row(mark, column - from + (from > 0 ? cut_sign.size() : 0),
                   std::min(source.column(mark.end), to) - std::min(column, to));
      }
      rest = std::move(outside);
    }
    return out;
  }

  std::string row(const Mark& mark, size_t indent, uint32_t width) const {
    const std::string signs(std::max<uint32_t>(width, 1), mark.is_primary ? '^' : '-');
    const std::string shown = signs + (mark.text.empty() ? "" : " " + mark.text);
    const std::string_view colour = mark.is_primary ? palette_.primary : palette_.secondary;
    return gutter(0) + std::string(indent, ' ') + paint(colour, shown, palette_) + "\n";
  }

  std::string gutter(uint32_t line) const {
    std::string number = line == 0 ? "" : std::to_string(line);
    if (number.size() < gutter_digits) number.insert(0, gutter_digits - number.size(), ' ');
    return paint(palette_.secondary, number + " |", palette_) + " ";
  }

  std::vector<Mark> marks_;
  const Palette& palette_;
};

std::string place(const Range& range) {
  return printable(range.file->path) + ":" + std::to_string(position_of(*range.file, range.begin).line);
}

// The primary's file first, then each other file under its name.
std::string excerpts(const Diagnostic& diagnostic, const Palette& palette) {
  std::vector<std::pair<const SourceFile*, std::vector<Mark>>> files;
  const auto add = [&](const Label& label, bool is_primary) {
    if (!label.range.known()) return;
    const auto same = [&](const auto& each) { return each.first == label.range.file; };
    auto found = std::find_if(files.begin(), files.end(), same);
    if (found == files.end()) found = files.insert(files.end(), {label.range.file, {}});
    found->second.push_back(mark_of(label, is_primary));
  };
  add(diagnostic.primary, true);
  for (const Label& label : diagnostic.secondary) add(label, false);
  std::string out;
  for (auto& [file, marks] : files) {
    if (file != diagnostic.primary.range.file) {
      out += std::string(gutter_digits, ' ') + " in " + printable(file->path) + ":" +
             std::to_string(marks.front().line) + "\n";
    }
    out += Excerpt(std::move(marks), palette).text();
  }
  return out;
}

// `= note: ` with the further lines of a text below its first.
std::string remark(std::string_view word, const std::string& text, const Palette& palette) {
  const std::string head = std::string(gutter_digits + 1, ' ') + "= " + std::string(word) + ": ";
  std::string out;
  size_t begin = 0;
  while (begin <= text.size()) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = printable(std::string_view(text).substr(begin, end - begin));
    out += begin == 0 ? paint(palette.secondary, head, palette) : std::string(head.size(), ' ');
    out += line + "\n";
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::string render_text(const Diagnostic& diagnostic, bool colour) {
  const bool is_error = diagnostic.severity() == Severity::error;
  const Palette& palette = !colour ? plain : is_error ? red : yellow;
  const std::string head =
      std::string(word(diagnostic.severity())) + "[" + std::string(info(diagnostic.kind).code) + "]";
  std::string out = paint(palette.primary, head, palette) +
                    paint(palette.strong, ": " + printable(diagnostic.message), palette);
  if (diagnostic.primary.range.known()) out += "   (" + place(diagnostic.primary.range) + ")";
  out += "\n" + excerpts(diagnostic, palette);
  for (const std::string& note : diagnostic.notes) out += remark("note", note, palette);
  for (const Fix& fix : diagnostic.fixes) out += remark("fix", fix.text, palette);
  return out;
}

}  // namespace stria
