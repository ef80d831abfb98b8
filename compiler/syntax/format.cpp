// A whole spec: which statements share a line, what is aligned, where comments and empty lines stand.
#include <algorithm>

#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

namespace stria {
namespace syntax {
namespace {

using namespace ast;

const std::vector<ItemPtr>* body_of(const Item& item) {
  if (const auto* const entity = std::get_if<Entity>(&item.node))
    return entity->value ? nullptr : &entity->items;
  if (const auto* const block = std::get_if<Block>(&item.node)) return &block->items;
  return nullptr;
}

constexpr uint32_t widest_gap = 16;  // spaces that alignment may put behind a name

struct Row;

// One statement, laid out; with its rows if it has a body that is written over several lines.
struct Statement {
  LayoutPtr head;
  LayoutPtr tail;  // aligned with that of neighbours
  std::string aligns_with;
  bool has_body = false;
  std::string header_comment;  // behind the opening brace
  std::vector<Row> rows;       // of the body
  bool expanded = false;       // the body stands on lines of its own
};

// What stands on one line: statements, or a comment, or nothing.
struct Row {
  std::vector<Statement> statements;
  std::string comment;  // behind the statements, or alone
  bool is_blank = false;
};

// Empty where it does not fit on a line, whatever the width.
std::optional<uint32_t> flat_width(const Statement& statement) {
  if (!statement.head->width || (statement.tail && !statement.tail->width)) return std::nullopt;
  uint32_t width = *statement.head->width + (statement.tail ? 1 + *statement.tail->width : 0);
  if (!statement.has_body) return width;
  if (statement.expanded) return std::nullopt;
  width += 4;  // ` { ` and ` }`, less one where there is nothing in between
  for (size_t i = 0; i < statement.rows.size(); ++i) {
    for (size_t k = 0; k < statement.rows[i].statements.size(); ++k) {
      const std::optional<uint32_t> inside = flat_width(statement.rows[i].statements[k]);
      if (!inside) return std::nullopt;
      width += *inside + (i + k > 0 ? 3 : 0);
    }
  }
  return width;
}

class SpecFormatter {
 public:
  SpecFormatter(const TokenList& source, const Spec& spec)
      : source_(source), formatter_(source), spec_(spec) {}

  std::string run() {
    std::vector<Row> rows;
    uint32_t from = 0;
    if (spec_.version) {
      add_comments(rows, first_place(), 0, true);
      Row header;
      formatter_.skip_to("stria");
      const Token* const version = formatter_.skip_to(*spec_.version);
      header.statements.push_back({text("stria " + *spec_.version), nullptr, "", false, "", {}, false});
      rows.push_back(std::move(header));
      from = version != nullptr ? version->end : 0;
    }
    collect(spec_.items, from, static_cast<uint32_t>(source_.file->text.size()), spec_.version.has_value(),
            rows);
    write_rows(rows, 0);
    return std::move(out_);
  }

 private:
  uint32_t first_place() const { return source_.tokens.front().begin; }

  size_t lines_between(uint32_t from, uint32_t to) const {
    const std::string& text = source_.file->text;
    return static_cast<size_t>(std::count(text.begin() + from, text.begin() + std::max(from, to), '\n'));
  }

  // The comments before `to`, each as a row; one behind the statement that ended at `from` joins its row.
  // Returns where the last of them ends.
  uint32_t add_comments(std::vector<Row>& rows, uint32_t to, uint32_t from, bool at_start) {
    while (const Comment* const comment = formatter_.next_comment(to)) {
      std::string written = source_.file->text.substr(comment->begin, comment->end - comment->begin);
      while (written.back() == ' ' || written.back() == '\t') written.pop_back();
      const size_t lines = lines_between(from, comment->begin);
      const bool joins = !at_start && lines == 0 && !rows.empty() && rows.back().comment.empty();
      if (joins) {
        rows.back().comment = std::move(written);
      } else {
        if (lines > 1 && !rows.empty()) rows.push_back(blank());
        Row row;
        row.comment = std::move(written);
        rows.push_back(std::move(row));
      }
      from = comment->end;
      at_start = false;
    }
    return from;
  }

  static Row blank() {
    Row row;
    row.is_blank = true;
    return row;
  }

  // The rows of a body between the places `from` and `to`; `follows`: a statement ended at `from`.
  void collect(const std::vector<ItemPtr>& items, uint32_t from, uint32_t to, bool follows,
               std::vector<Row>& rows) {
    bool first = true;
    for (const ItemPtr& item : items) {
      const uint32_t after_comments = add_comments(rows, item->range.begin, from, !follows);
      const size_t lines = lines_between(after_comments, item->range.begin);
      // A `##` that does not document the statement must not come to stand right above it.
      const bool foreign_doc = after_comments != from && item->doc.empty() && !rows.empty() &&
                               rows.back().statements.empty() && rows.back().comment.starts_with("##");
      if ((lines > 1 || foreign_doc) && !rows.empty()) rows.push_back(blank());
      const bool joins = !first && lines == 0 && after_comments == from && rows.back().comment.empty();
      if (!joins) rows.emplace_back();
      rows.back().statements.push_back(statement(*item));
      from = item->range.end;
      follows = true;
      first = false;
    }
    add_comments(rows, to, from, !follows);
  }

  Statement statement(const Item& item) {
    const std::vector<ItemPtr>* const body = body_of(item);
    formatter_.begin_statement(item);
    Formatter::Declaration declaration = formatter_.declaration(item);
    Statement result{
        declaration.head, declaration.tail, declaration.aligns_with, body != nullptr, "", {}, false};
    if (body == nullptr) return result;
    const Token* const open = formatter_.skip_to("{");
    const uint32_t from = open->end, to = item.range.end - 1;
    std::vector<Row> inside;
    collect(*body, from, to, false, inside);
    formatter_.skip_to("}");
    result.expanded = lines_between(from, to) > 0 && !(body->empty() && inside.empty());
    if (!inside.empty() && inside.front().statements.empty() && !inside.front().is_blank &&
        starts_behind_brace(from, inside.front().comment)) {
      result.header_comment = inside.front().comment;
      inside.erase(inside.begin());
      if (!inside.empty() && inside.front().is_blank) inside.erase(inside.begin());
      result.expanded = true;
    }
    result.rows = std::move(inside);
    for (const Row& row : result.rows) result.expanded = result.expanded || !row.comment.empty();
    return result;
  }

  bool starts_behind_brace(uint32_t from, const std::string& comment) const {
    const std::string_view text = source_.file->text;
    const size_t at = text.find_first_not_of(" \t", from);
    return at != std::string_view::npos && text.substr(at).starts_with(comment);
  }

  // ---------------------------------------------------------------- writing
  void write_rows(std::vector<Row>& rows, uint32_t indent) {
    split_long(rows, indent);
    const std::vector<uint32_t> padding = paddings(rows, indent);
    std::vector<std::string> lines;
    for (size_t i = 0; i < rows.size(); ++i) lines.push_back(row_text(rows[i], indent, padding[i]));
    add_trailing_comments(rows, lines, indent);
    for (const std::string& line : lines) out_ += line + "\n";
  }

  // Statements that share a line but do not fit on it get a line each.
  static void split_long(std::vector<Row>& rows, uint32_t indent) {
    std::vector<Row> result;
    for (Row& row : rows) {
      uint32_t width = indent;
      bool fits = true;
      for (const Statement& each : row.statements) {
        const std::optional<uint32_t> own = flat_width(each);
        fits = fits && own;
        width += own.value_or(0) + 3;
      }
      if (row.statements.size() < 2 || (fits && width - 3 <= line_width)) {
        result.push_back(std::move(row));
        continue;
      }
      for (Statement& each : row.statements) {
        result.emplace_back();
        result.back().statements.push_back(std::move(each));
      }
      result.back().comment = std::move(row.comment);
    }
    rows = std::move(result);
  }

  static std::optional<uint32_t> row_width(const Row& row) {
    uint32_t width = 0;
    for (const Statement& each : row.statements) {
      const std::optional<uint32_t> own = flat_width(each);
      if (!own) return std::nullopt;
      width += *own + (width > 0 ? 3 : 0);
    }
    return width;
  }

  // Spaces behind the head of each row's first statement, so that those of neighbours of one kind line up.
  static std::vector<uint32_t> paddings(const std::vector<Row>& rows, uint32_t indent) {
    std::vector<uint32_t> result(rows.size(), 0);
    const auto aligned = [&](size_t i) {
      if (rows[i].is_blank || rows[i].statements.empty() || rows[i].statements[0].aligns_with.empty())
        return false;
      const std::optional<uint32_t> width = row_width(rows[i]);
      return width && indent + *width <= line_width;
    };
    for (size_t i = 0; i < rows.size();) {
      size_t end = i;
      uint32_t widest = 0;
      while (end < rows.size() && aligned(end) &&
             rows[end].statements[0].aligns_with == rows[i].statements[0].aligns_with) {
        widest = std::max(widest, *rows[end].statements[0].head->width);
        ++end;
      }
      bool fits = true;
      uint32_t most_padding = 0;
      for (size_t k = i; k < end; ++k) {
        most_padding = std::max(most_padding, widest - *rows[k].statements[0].head->width);
        result[k] = widest - *rows[k].statements[0].head->width;
        fits = fits && indent + *row_width(rows[k]) + result[k] <= line_width;
      }
      if (!fits || most_padding > widest_gap) std::fill(result.begin() + i, result.begin() + end, 0);
      i = std::max(end, i + 1);
    }
    return result;
  }

  std::string row_text(Row& row, uint32_t indent, uint32_t padding) {
    const std::string margin(indent, ' ');
    if (row.is_blank) return "";
    if (row.statements.empty()) return margin + row.comment;
    std::string out = margin;
    for (size_t i = 0; i < row.statements.size(); ++i) {
      if (i > 0) out += " ; ";
      out += statement_text(row.statements[i], indent, static_cast<uint32_t>(count_characters(out)),
                            i == 0 ? padding : 0);
    }
    return out;
  }

  std::string statement_text(Statement& statement, uint32_t indent, uint32_t column, uint32_t padding) {
    const std::string gap(padding + 1, ' ');
    if (!statement.has_body) {
      if (statement.tail == nullptr) return write(statement.head, column, indent);
      return write(sequence({statement.head, text(gap), statement.tail}), column, indent);
    }
    const std::optional<uint32_t> width = flat_width(statement);
    if (width && column + *width + padding <= line_width) {
      return write(statement.head, column, indent) + gap + one_line_body(statement);
    }
    std::string out = write(sequence({statement.head, text(" {")}), column, indent);
    if (!statement.header_comment.empty()) out += "  " + statement.header_comment;
    SpecFormatter inside(source_, spec_);
    inside.write_rows(statement.rows, indent + 2);
    return out + "\n" + inside.out_ + std::string(indent, ' ') + "}";
  }

  std::string one_line_body(Statement& statement) {
    std::string out;
    for (Row& row : statement.rows) {
      for (Statement& each : row.statements)
        out += (out.empty() ? " " : " ; ") + statement_text(each, 0, 0, 0);
    }
    return "{" + out + (out.empty() ? "}" : " }");
  }

  // Comments behind statements, those of neighbouring lines in one column.
  static void add_trailing_comments(const std::vector<Row>& rows, std::vector<std::string>& lines, uint32_t) {
    const auto has = [&](size_t i) { return !rows[i].statements.empty() && !rows[i].comment.empty(); };
    const auto is_single = [&](size_t i) { return lines[i].find('\n') == std::string::npos; };
    for (size_t i = 0; i < rows.size();) {
      if (!has(i)) {
        ++i;
        continue;
      }
      size_t end = i + 1;
      uint32_t column = count_characters(lines[i]);
      if (is_single(i)) {
        for (; end < rows.size() && has(end) && is_single(end); ++end) {
          column = std::max(column, count_characters(lines[end]));
        }
      }
      const bool fits = std::all_of(rows.begin() + i, rows.begin() + end, [&](const Row& row) {
        return column + 2 + count_characters(row.comment) <= line_width;
      });
      for (size_t k = i; k < end; ++k) {
        const uint32_t own = count_characters(lines[k]);
        lines[k] += std::string(is_single(k) && fits ? column - own + 2 : 2, ' ') + rows[k].comment;
      }
      i = end;
    }
  }

  const TokenList& source_;
  Formatter formatter_;
  const Spec& spec_;
  std::string out_;
};

}  // namespace
}  // namespace syntax

std::string format(const ast::Spec& spec) {
  const syntax::TokenList source = syntax::read_tokens(*spec.file);
  return syntax::SpecFormatter(source, spec).run();
}

}  // namespace stria
