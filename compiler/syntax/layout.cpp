#include "compiler/syntax/layout.h"

#include <algorithm>

namespace stria::syntax {

namespace {

constexpr uint32_t deepest_hang = 50;  // columns

// Fills in width, lead and breakable out of the parts.
LayoutPtr finish(Layout layout) {
  layout.width = 0;
  layout.lead = 0;
  layout.breakable = layout.kind == Layout::Kind::line || layout.kind == Layout::Kind::assign ||
                     layout.kind == Layout::Kind::hang;
  const bool separated = layout.kind == Layout::Kind::fill;
  for (size_t i = 0; i < layout.parts.size(); ++i) {
    const Layout& part = *layout.parts[i];
    const uint32_t gap = separated && i > 0 ? 1 : 0;
    if (!layout.breakable) layout.lead += part.lead;
    if (part.breakable || (separated && i + 1 < layout.parts.size())) layout.breakable = true;
    layout.width =
        layout.width && part.width ? std::optional(*layout.width + *part.width + gap) : std::nullopt;
  }
  if (layout.kind == Layout::Kind::text) layout.lead = *(layout.width = count_characters(layout.text));
  if (layout.kind == Layout::Kind::line) layout.width = 1;
  if (layout.kind == Layout::Kind::assign && layout.width) *layout.width += 1;
  if (layout.kind == Layout::Kind::trailing_comment || layout.kind == Layout::Kind::own_comment) {
    layout.width = std::nullopt;
    layout.breakable = true;
  }
  return std::make_shared<const Layout>(std::move(layout));
}

LayoutPtr make(Layout::Kind kind, std::vector<LayoutPtr> parts) {
  Layout layout;
  layout.kind = kind;
  layout.parts = std::move(parts);
  return finish(std::move(layout));
}

class Writer {
 public:
  explicit Writer(uint32_t column) : column_(column) {}

  // `after`: characters that follow on the same line and cannot be broken off.
  void write(const Layout& layout, uint32_t indent, bool flat, uint32_t after) {
    switch (layout.kind) {
      case Layout::Kind::text:
        return put(layout.text, indent);
      case Layout::Kind::line:
        return flat && !pending_ ? put(" ", indent) : new_line(indent);
      case Layout::Kind::trailing_comment:
        out_ += "  " + layout.text;
        pending_ = true;
        return;
      case Layout::Kind::own_comment:
        if (!at_line_start_) new_line(indent);
        out_ += layout.text;
        pending_ = true;
        at_line_start_ = false;
        return;
      case Layout::Kind::sequence:
        return write_parts(layout, indent, flat, after);
      case Layout::Kind::group:
        return write(*layout.parts[0], indent, flat || fits(layout, after), after);
      case Layout::Kind::nest:
        return write(*layout.parts[0], indent + 2, flat, after);
      case Layout::Kind::hang:
        return write_hang(layout, indent, flat, after);
      case Layout::Kind::fill:
        return write_fill(layout, indent, flat, after);
      case Layout::Kind::columns:
        return write_columns(layout, indent, flat, after);
      case Layout::Kind::assign:
        return write_assign(layout, indent, flat, after);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  bool fits(const Layout& layout, uint32_t after) const {
    return layout.width && !pending_ && column_ + *layout.width + after <= line_width;
  }

  void put(const std::string& text, uint32_t indent) {
    if (text.empty()) return;
    if (pending_) {
      if (text == " ") return;  // the new line stands for it
      new_line(indent);
    }
    out_ += text;
    column_ += count_characters(text);
    at_line_start_ = false;
  }

  void new_line(uint32_t indent) {
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
    out_ += "\n" + std::string(indent, ' ');
    column_ = indent;
    pending_ = false;
    at_line_start_ = true;
  }

  void write_parts(const Layout& layout, uint32_t indent, bool flat, uint32_t after) {
    for (size_t i = 0; i < layout.parts.size(); ++i) {
      uint32_t behind = 0;
      size_t next = i + 1;
      for (; next < layout.parts.size(); ++next) {
        behind += layout.parts[next]->lead;
        if (layout.parts[next]->breakable) break;
      }
      if (next == layout.parts.size()) behind += after;
      write(*layout.parts[i], indent, flat, behind);
    }
  }

  void write_hang(const Layout& layout, uint32_t indent, bool flat, uint32_t after) {
    const Layout& inside = *layout.parts[0];
    if (flat) return write(inside, indent, true, after);
    if (column_ <= deepest_hang || column_ <= indent + 4) return write(inside, column_, false, after);
    new_line(indent + 4);
    write(inside, indent + 4, fits(inside, after), after);
  }

  void write_fill(const Layout& layout, uint32_t indent, bool flat, uint32_t after) {
    for (size_t i = 0; i < layout.parts.size(); ++i) {
      const Layout& part = *layout.parts[i];
      const uint32_t behind = i + 1 == layout.parts.size() ? after : 0;
      if (i > 0) {
        const bool stays =
            flat || (!pending_ && part.width && column_ + 1 + *part.width + behind <= line_width);
        if (stays) {
          put(" ", indent);
        } else {
          new_line(indent);
        }
      }
      write(part, indent, flat || fits(part, behind), behind);
    }
  }

  void write_columns(const Layout& layout, uint32_t indent, bool flat, uint32_t after) {
    uint32_t widest = 0;
    for (size_t i = 0; i < layout.parts.size(); i += 2)
      widest = std::max(widest, layout.parts[i]->width.value_or(0));
    for (size_t i = 0; i < layout.parts.size(); i += 2) {
      const Layout& head = *layout.parts[i];
      if (i > 0 && flat) put(" ", indent);
      if (i > 0 && !flat) new_line(indent);
      write(head, indent, flat, 0);
      if (!flat && !pending_ && head.width) put(std::string(widest - *head.width, ' '), indent);
      const uint32_t behind = i + 2 == layout.parts.size() ? after : 0;
      const Layout& tail = *layout.parts[i + 1];
      write(tail, indent, flat || fits(tail, behind), behind);
    }
  }

  void write_assign(const Layout& layout, uint32_t indent, bool flat, uint32_t after) {
    const Layout& value = *layout.parts[0];
    if (flat || fits(layout, after)) {
      put(" ", indent);
      return write(value, indent, true, after);
    }
    const uint32_t below = indent + 2;
    const bool fits_below = value.width && below + *value.width + after <= line_width;
    if (layout.hugs && !fits_below) {
      put(" ", indent);
      return write(value, indent, false, after);
    }
    new_line(below);
    write(value, below, fits_below, after);
  }

  std::string out_;
  uint32_t column_;
  bool pending_ = false;        // a comment was written, so that nothing more goes on this line
  bool at_line_start_ = false;  // nothing but the indentation stands on this line
};

}  // namespace

uint32_t count_characters(std::string_view text) {
  return static_cast<uint32_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

LayoutPtr text(std::string text) {
  Layout layout;
  layout.text = std::move(text);
  return finish(std::move(layout));
}

LayoutPtr line() { return make(Layout::Kind::line, {}); }

LayoutPtr comment(std::string text, bool trailing) {
  Layout layout;
  layout.kind = trailing ? Layout::Kind::trailing_comment : Layout::Kind::own_comment;
  layout.text = std::move(text);
  return finish(std::move(layout));
}

LayoutPtr sequence(std::vector<LayoutPtr> parts) { return make(Layout::Kind::sequence, std::move(parts)); }
LayoutPtr group(LayoutPtr inside) { return make(Layout::Kind::group, {std::move(inside)}); }
LayoutPtr nest(LayoutPtr inside) { return make(Layout::Kind::nest, {std::move(inside)}); }
LayoutPtr hang(LayoutPtr inside) { return make(Layout::Kind::hang, {std::move(inside)}); }
LayoutPtr fill(std::vector<LayoutPtr> parts) { return make(Layout::Kind::fill, std::move(parts)); }

LayoutPtr columns(std::vector<LayoutPtr> heads_and_tails) {
  Layout layout;
  layout.kind = Layout::Kind::columns;
  layout.parts = std::move(heads_and_tails);
  const size_t n_pairs = layout.parts.size() / 2;
  auto made = std::make_shared<Layout>(*finish(std::move(layout)));
  if (made->width && n_pairs > 1) *made->width += static_cast<uint32_t>(n_pairs - 1);
  made->breakable = true;
  return made;
}

LayoutPtr assign(LayoutPtr value, bool hugs) {
  Layout layout;
  layout.kind = Layout::Kind::assign;
  layout.parts = {std::move(value)};
  layout.hugs = hugs;
  return finish(std::move(layout));
}

std::string write(const LayoutPtr& layout, uint32_t column, uint32_t indent) {
  Writer writer(column);
  writer.write(*layout, indent, layout->width && column + *layout->width <= line_width, 0);
  return writer.take();
}

}  // namespace stria::syntax
