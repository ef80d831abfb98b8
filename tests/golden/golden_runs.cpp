// What a golden file can ask for.
#include "compiler/syntax/parse.h"
#include "tests/golden/golden_file.h"

namespace stria::golden {
namespace {

Outcome messages(const SourceFile& input, Format format) {
  Diagnostics diagnostics;
  parse_spec(input, diagnostics);
  return {render(diagnostics.sorted(), {.format = format, .colour = false}), diagnostics.has_errors()};
}

// The tree, then what was reported.
Outcome tree(const SourceFile& input) {
  Diagnostics diagnostics;
  const ast::Spec spec = parse_spec(input, diagnostics);
  const std::string reports = render(diagnostics.sorted(), {.format = Format::short_line, .colour = false});
  return {dump(spec) + reports, diagnostics.has_errors()};
}

Outcome formatted(const SourceFile& input) {
  Diagnostics diagnostics;
  const ast::Spec spec = parse_spec(input, diagnostics);
  if (diagnostics.has_errors()) return messages(input, Format::text);
  return {format(spec), false};
}

}  // namespace

const std::map<std::string, Run>& runs() {
  static const std::map<std::string, Run> all = {
      {"dump", tree},
      {"fmt", formatted},
      {"messages", [](const SourceFile& input) { return messages(input, Format::text); }},
      {"short", [](const SourceFile& input) { return messages(input, Format::short_line); }},
      {"json", [](const SourceFile& input) { return messages(input, Format::json); }},
  };
  return all;
}

}  // namespace stria::golden
