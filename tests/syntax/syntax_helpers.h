// Shared by the tests of the syntax room.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "compiler/syntax/parse.h"

namespace stria::testing {

inline SourceFile spec_of(std::string text) {
  return {.path = "spec.stria", .module = "", .text = std::move(text)};
}

inline std::vector<std::string> codes_of(const std::string& text) {
  const SourceFile file = spec_of(text);
  Diagnostics diagnostics;
  parse_spec(file, diagnostics);
  std::vector<std::string> codes;
  for (const Diagnostic& each : diagnostics.sorted()) codes.emplace_back(info(each.kind).code);
  return codes;
}

inline std::string messages_of(const std::string& text) {
  const SourceFile file = spec_of(text);
  Diagnostics diagnostics;
  parse_spec(file, diagnostics);
  return render(diagnostics.sorted(), {});
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// All specs of the tree: examples, the standard library, the shipped specs.
inline std::vector<std::filesystem::path> all_specs() {
  std::vector<std::filesystem::path> paths;
  for (const char* folder : {"tests/golden/examples", "stdlib", "specs"}) {
    const std::filesystem::path root = std::filesystem::path(STRIA_SOURCE_DIR) / folder;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.path().extension() == ".stria") paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace stria::testing
