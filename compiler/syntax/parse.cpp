#include "compiler/syntax/parse.h"

#include "compiler/syntax/adapter.h"
#include "compiler/syntax/mend.h"
#include "compiler/syntax/reader.h"

namespace stria {
namespace syntax {
namespace {

constexpr size_t max_bytes = 4'000'000;

bool check_text(const SourceFile& file, Diagnostics& diagnostics) {
  if (file.text.size() > max_bytes) {
    diagnostics.report(Kind::too_large, {&file, 0, 0}, "this file has more than 4 MB")
        .mark(std::to_string(file.text.size()) + " bytes")
        .note("data belong in files of their own, which a `dataset` reads");
    return false;
  }
  const size_t valid = valid_utf8_prefix(file.text);
  if (valid == file.text.size()) return true;
  const auto at = static_cast<uint32_t>(valid);
  diagnostics.report(Kind::broken_encoding, {&file, at, at + 1}, "this file is not written in UTF-8")
      .mark("not a character in UTF-8")
      .fix("save it as UTF-8 in your editor");
  return false;
}

// The words and signs, with those put right that are wrong by themselves. Nothing where the text cannot be
// read.
std::optional<TokenList> readable_tokens(const SourceFile& file, Diagnostics& diagnostics) {
  if (!check_text(file, diagnostics)) return std::nullopt;
  TokenList tokens = read_tokens(file);
  if (!tokens.complete) {
    diagnostics.report(Kind::too_large, {&file, 0, 0}, "this file has too many words and signs to be a spec")
        .mark("more than " + std::to_string(max_tokens))
        .note("data belong in files of their own, which a `dataset` reads");
    return std::nullopt;
  }
  mend_characters(tokens, diagnostics);
  mend_numbers(tokens, diagnostics);
  if (!check_nesting(tokens, diagnostics)) return std::nullopt;
  return tokens;
}

// Reads with `rule` and gives the tree to `adapt`. A text without mistakes is read as it stands; only for
// another one is it guessed, from words and brackets, what was meant.
template <typename Tree, typename Adapt>
void read(const SourceFile& file, Diagnostics& diagnostics, Tree* (grammar::StriaParser::*rule)(),
          const Adapt& adapt) {
  const size_t errors_before = diagnostics.n_errors();
  std::optional<TokenList> tokens = readable_tokens(file, diagnostics);
  if (!tokens) return;
  if (diagnostics.n_errors() == errors_before) {
    Reader reader(*tokens, diagnostics);
    if (Tree* const tree = reader.read_right(rule)) {
      return adapt(Adapter(*tokens, reader.cut_after(), diagnostics), tree);
    }
  }
  mend_names(*tokens, diagnostics);
  mend_blocks(*tokens, diagnostics);
  mend_bodies(*tokens, diagnostics);
  if (!mend_brackets(*tokens, diagnostics)) return;
  Reader reader(*tokens, diagnostics);
  Tree* const tree = reader.read_any(rule);
  adapt(Adapter(*tokens, reader.cut_after(), diagnostics), tree);
}

}  // namespace
}  // namespace syntax

ast::Spec parse_spec(const SourceFile& file, Diagnostics& diagnostics) {
  ast::Spec spec;
  spec.file = &file;
  syntax::read(file, diagnostics, &grammar::StriaParser::spec,
               [&](syntax::Adapter adapter, auto* tree) { spec = adapter.spec(tree); });
  return spec;
}

std::optional<ast::Override> parse_override(const SourceFile& file, Diagnostics& diagnostics) {
  const size_t errors_before = diagnostics.n_errors();
  std::optional<ast::Override> result;
  syntax::read(file, diagnostics, &grammar::StriaParser::cliOverride,
               [&](syntax::Adapter adapter, auto* tree) { result = adapter.override_text(tree); });
  if (diagnostics.n_errors() > errors_before) return std::nullopt;
  return result;
}

}  // namespace stria
