// The pieces that all rules share: places, names, paths, texts.
#include "compiler/syntax/adapter.h"

#include <algorithm>

namespace stria::syntax {

Range Adapter::range(const antlr4::ParserRuleContext* context) const {
  if (context == nullptr || context->start == nullptr) return {};
  const Token& first = tokens_.tokens[context->start->getTokenIndex()];
  size_t last = context->start->getTokenIndex();
  if (context->stop != nullptr) last = std::max(last, context->stop->getTokenIndex());
  return {tokens_.file, first.begin, std::max(first.end, tokens_.tokens[last].end)};
}

Range Adapter::range(antlr4::tree::TerminalNode* node) const {
  return tokens_.range(tokens_.tokens[node->getSymbol()->getTokenIndex()]);
}

std::string Adapter::text(const antlr4::ParserRuleContext* context) const {
  return std::string(text_of(range(context)));
}

ast::Name Adapter::name(const antlr4::ParserRuleContext* context) const {
  if (is_broken(context)) return {};
  return {text(context), range(context)};
}

std::vector<ast::Name> Adapter::path(P::PathContext* context) const {
  std::vector<ast::Name> names;
  if (is_broken(context)) return names;
  names.push_back(name(context->name()));
  for (P::LabelContext* label : context->label()) names.push_back(name(label));
  return names;
}

ast::Binding Adapter::binding(P::BindingContext* context) const {
  ast::Binding result;
  if (is_broken(context)) return result;
  for (P::NameContext* each : context->name()) result.names.push_back(name(each));
  result.is_tuple = context->OPEN_PAREN() != nullptr;
  result.range = range(context);
  return result;
}

// Escapes have been checked before the parser ran.
std::string Adapter::string_value(antlr4::tree::TerminalNode* node) const {
  std::string_view written = text_of(range(node));
  if (written.starts_with('"')) written.remove_prefix(1);
  if (written.ends_with('"')) written.remove_suffix(1);
  std::string value;
  for (size_t i = 0; i < written.size(); ++i) {
    if (written[i] != '\\' || i + 1 == written.size()) {
      value += written[i];
      continue;
    }
    const char escaped = written[++i];
    value += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
  }
  return value;
}

bool Adapter::is_broken(const antlr4::ParserRuleContext* context) const {
  if (context == nullptr) return true;
  const bool broken = context->exception != nullptr || context->start == nullptr;
  if (broken) ++n_unread_;
  return broken;
}

ast::ExprPtr Adapter::unread(const antlr4::ParserRuleContext* context) const {
  ++n_unread_;
  return make(range(context), ast::ErrorExpr{});
}

// The run of `##` lines that ends on the line above `begin`.
std::string Adapter::doc_above(uint32_t begin) const {
  const std::string& text = tokens_.file->text;
  const auto& comments = tokens_.comments;
  auto after = std::lower_bound(comments.begin(), comments.end(), begin,
                                [](const Comment& comment, uint32_t place) { return comment.begin < place; });
  std::vector<std::string_view> lines;
  uint32_t below = begin;
  while (after != comments.begin()) {
    const Comment& comment = *--after;
    if (!comment.is_doc) break;
    const std::string_view between = std::string_view(text).substr(comment.end, below - comment.end);
    if (between.find_first_not_of(" \t\r\n") != std::string_view::npos) break;
    if (std::count(between.begin(), between.end(), '\n') != 1) break;
    // A comment behind a statement speaks of that one.
    const size_t line_start = comment.begin == 0 ? 0 : text.rfind('\n', comment.begin - 1) + 1;
    if (text.find_first_not_of(" \t\xEF\xBB\xBF", line_start) < comment.begin) break;
    std::string_view line = std::string_view(text).substr(comment.begin + 2, comment.end - comment.begin - 2);
    if (line.starts_with(' ')) line.remove_prefix(1);
    lines.push_back(line);
    below = comment.begin;
  }
  std::string doc;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (!doc.empty()) doc += '\n';
    doc += *line;
  }
  return doc;
}

}  // namespace stria::syntax
