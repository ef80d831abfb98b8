// Any text as a spec: the checker neither crashes nor runs without end, and its messages can be shown.
#include <cstdint>
#include <fstream>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/sema/compile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The compiler reads files; each fuzzer runs in a scratch folder of its own.
  const char* path = "input.stria";
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(data), static_cast<long>(size));
  stria::Diagnostics diagnostics;
  stria::Compiler compiler(path, {.search = {}, .standard_library = STRIA_STDLIB_DIR, .overrides = {}},
                           diagnostics);
  compiler.check();
  stria::render(diagnostics.sorted(), {.format = stria::Format::text, .colour = false});
  return 0;
}
