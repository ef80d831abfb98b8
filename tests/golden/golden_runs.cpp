// What a golden file can ask for.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

#include "compiler/sema/compile.h"
#include "compiler/syntax/parse.h"
#include "tests/golden/golden_file.h"

namespace stria::golden {
namespace {

Outcome messages(const SourceFile& input, Format format) {
  Diagnostics diagnostics;
  parse_spec(input, diagnostics);
  return {render(diagnostics.sorted(), {.format = format, .colour = false}), diagnostics.has_errors()};
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// Excerpts of the standard library lose their line numbers, which change with every edit above them.
std::string without_library_lines(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  bool library = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("stdlib/stria/") != std::string::npos && line.starts_with("     in ")) {
      library = true;
      line = line.substr(0, line.rfind(':'));
    } else if (!line.starts_with(" ") || line.starts_with("     =") || line.starts_with("     in ")) {
      library = false;
    } else if (library && line.size() > 5 && line[5] == '|') {
      line.replace(0, 4, "    ");
    }
    if (library) line = std::regex_replace(line, std::regex("\\(to line [0-9]+\\)"), "(several lines)");
    out += line + "\n";
  }
  return out;
}

// What the checker says of a spec file of this text.
Outcome checked(const SourceFile& input) {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("stria_golden_" + std::to_string(std::hash<std::string>{}(input.text)));
  std::filesystem::create_directories(folder);
  const std::string path = (folder / input.path).string();
  std::ofstream(path, std::ios::binary) << input.text;
  Diagnostics diagnostics;
  Outcome outcome;
  {
    Compiler compiler(path, {}, diagnostics);
    compiler.check();
    outcome = {render(diagnostics.sorted(), {.format = Format::text, .colour = false}),
               diagnostics.has_errors()};
  }
  std::filesystem::remove_all(folder);
  replace_all(outcome.text, folder.string() + "/", "");
  const std::string library = default_standard_library("");
  replace_all(outcome.text, library + "/", "stdlib/");
  outcome.text = without_library_lines(outcome.text);
  return outcome;
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
      {"check", checked},
      {"dump", tree},
      {"fmt", formatted},
      {"messages", [](const SourceFile& input) { return messages(input, Format::text); }},
      {"short", [](const SourceFile& input) { return messages(input, Format::short_line); }},
      {"json", [](const SourceFile& input) { return messages(input, Format::json); }},
  };
  return all;
}

}  // namespace stria::golden
