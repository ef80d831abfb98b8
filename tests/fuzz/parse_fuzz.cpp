// Any bytes: the parser, the messages and the formatter neither crash nor run without end, and what parses
// keeps its meaning when formatted.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/syntax/parse.h"

namespace {

[[noreturn]] void fail(const char* what, const std::string& text) {
  std::fprintf(stderr, "%s:\n%s\n", what, text.c_str());
  std::abort();
}

// Text that parsed without errors: its canonical form means the same and is its own canonical form.
void check_formatting(const stria::ast::Spec& spec) {
  stria::SourceFile formatted{.path = "formatted.stria", .module = {}, .text = stria::format(spec)};
  stria::Diagnostics diagnostics;
  const stria::ast::Spec again = stria::parse_spec(formatted, diagnostics);
  if (diagnostics.has_errors()) fail("the formatted text does not parse", formatted.text);
  if (stria::dump(again) != stria::dump(spec)) fail("formatting changed the meaning", formatted.text);
  if (stria::format(again) != formatted.text) fail("formatting twice differs from once", formatted.text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const stria::SourceFile file{.path = "input.stria", .module = {}, .text = {data, data + size}};
  stria::Diagnostics diagnostics;
  const stria::ast::Spec spec = stria::parse_spec(file, diagnostics);
  for (const auto format : {stria::Format::text, stria::Format::short_line, stria::Format::json}) {
    stria::render(diagnostics.sorted(), {.format = format, .colour = true});
  }
  if (!diagnostics.has_errors()) check_formatting(spec);
  return 0;
}
