#include "tests/golden/golden_file.h"

#include <sstream>
#include <stdexcept>

namespace stria::golden {
namespace {

constexpr std::string_view run_line = "## run: ";
constexpr std::string_view case_line = "## case: ";
constexpr std::string_view gives_line = "## gives";

}  // namespace

File read(const std::string& text) {
  File file;
  std::istringstream lines(text);
  std::string line;
  if (!std::getline(lines, line) || !line.starts_with(run_line)) {
    throw std::runtime_error("the first line must be `## run: ...`");
  }
  file.run = line.substr(run_line.size());
  std::string* part = nullptr;
  while (std::getline(lines, line)) {
    if (line.starts_with(case_line)) {
      file.cases.push_back({line.substr(case_line.size()), "", ""});
      part = &file.cases.back().input;
    } else if (line == gives_line && !file.cases.empty()) {
      part = &file.cases.back().expected;
    } else if (part != nullptr) {
      *part += line + "\n";
    } else {
      throw std::runtime_error("text before the first `## case: ...`");
    }
  }
  return file;
}

std::string write(const File& file) {
  std::string out = std::string(run_line) + file.run + "\n";
  for (const Case& each : file.cases) {
    out += std::string(case_line) + each.name + "\n" + each.input;
    out += std::string(gives_line) + "\n" + each.expected;
  }
  return out;
}

}  // namespace stria::golden
