// Pieces of text that can be written on one line or broken over several, and the choice between the two.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace stria::syntax {

struct Layout;
using LayoutPtr = std::shared_ptr<const Layout>;

struct Layout {
  enum class Kind {
    text,
    line,              // a space; a new line where its group is broken
    trailing_comment,  // behind what was written; a new line follows
    own_comment,       // on a line of its own
    sequence,
    group,    // on one line if it fits there, else broken at its own lines
    nest,     // new lines in it are indented by two more
    hang,     // new lines in it begin where it begins, or, far to the right, on the next line with four more
    fill,     // as many parts on each line as fit
    columns,  // pairs of a head and a tail: on one line, or one pair a line with the tails aligned
    assign,   // a value behind `=`: on the same line, else on the next, else broken
  } kind = Kind::text;
  std::string text;
  std::vector<LayoutPtr> parts;
  bool hugs = false;              // assign: a broken value stays on the line of its `=`
  std::optional<uint32_t> width;  // characters on one line; empty where it holds a comment
  uint32_t lead = 0;              // characters up to the first place where it may break
  bool breakable = false;
};

LayoutPtr text(std::string text);
LayoutPtr line();
LayoutPtr comment(std::string text, bool trailing);
LayoutPtr sequence(std::vector<LayoutPtr> parts);
LayoutPtr group(LayoutPtr inside);
LayoutPtr nest(LayoutPtr inside);
LayoutPtr hang(LayoutPtr inside);
LayoutPtr fill(std::vector<LayoutPtr> parts);
LayoutPtr columns(std::vector<LayoutPtr> heads_and_tails);
LayoutPtr assign(LayoutPtr value, bool hugs);

constexpr uint32_t line_width = 110;

// Writes a layout that begins at `column`, on a line indented by `indent`; no line end behind the last line.
std::string write(const LayoutPtr& layout, uint32_t column, uint32_t indent);

uint32_t count_characters(std::string_view text);

}  // namespace stria::syntax
