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

// The tokens, mended where that is possible; nothing where it is not.
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
  mend_names(tokens, diagnostics);
  mend_bodies(tokens, diagnostics);
  if (!mend_brackets(tokens, diagnostics)) return std::nullopt;
  return tokens;
}

}  // namespace
}  // namespace syntax

ast::Spec parse_spec(const SourceFile& file, Diagnostics& diagnostics) {
  ast::Spec empty;
  empty.file = &file;
  const std::optional<syntax::TokenList> tokens = syntax::readable_tokens(file, diagnostics);
  if (!tokens) return empty;
  syntax::Reader reader(*tokens, diagnostics);
  auto* const tree = reader.read_spec();
  return syntax::Adapter(*tokens, reader.cut_after(), diagnostics).spec(tree);
}

std::optional<ast::Override> parse_override(const SourceFile& file, Diagnostics& diagnostics) {
  const size_t errors_before = diagnostics.n_errors();
  const std::optional<syntax::TokenList> tokens = syntax::readable_tokens(file, diagnostics);
  if (!tokens) return std::nullopt;
  syntax::Reader reader(*tokens, diagnostics);
  auto* const tree = reader.read_override();
  if (diagnostics.n_errors() > errors_before) return std::nullopt;
  return syntax::Adapter(*tokens, reader.cut_after(), diagnostics).override_text(tree);
}

}  // namespace stria
