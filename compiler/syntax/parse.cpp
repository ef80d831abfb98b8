#include "compiler/syntax/parse.h"

#include "compiler/syntax/adapter.h"
#include "compiler/syntax/reader.h"

namespace stria {

ast::Spec parse_spec(const SourceFile& file, Diagnostics& diagnostics) {
  ast::Spec empty;
  empty.file = &file;
  if (syntax::valid_utf8_prefix(file.text) != file.text.size()) return empty;
  const syntax::TokenList tokens = syntax::read_tokens(file);
  syntax::Reader reader(tokens, diagnostics);
  auto* const tree = reader.read_spec();
  return syntax::Adapter(tokens, reader.cut_after(), diagnostics).spec(tree);
}

std::optional<ast::Override> parse_override(const SourceFile& file, Diagnostics& diagnostics) {
  const syntax::TokenList tokens = syntax::read_tokens(file);
  syntax::Reader reader(tokens, diagnostics);
  auto* const tree = reader.read_override();
  return syntax::Adapter(tokens, reader.cut_after(), diagnostics).override_text(tree);
}

}  // namespace stria
