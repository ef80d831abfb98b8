#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/golden/golden_file.h"

namespace {

namespace fs = std::filesystem;
using namespace stria;

const fs::path golden_dir = fs::path(STRIA_SOURCE_DIR) / "tests" / "golden";

std::string text_of_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// All golden files; those below examples/ are specs without an expected part.
std::vector<fs::path> golden_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(golden_dir)) {
    const bool is_example = entry.path().parent_path().filename() == "examples";
    if (entry.path().extension() == ".stria" && !is_example) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool rewriting() { return std::getenv("STRIA_REWRITE_GOLDEN") != nullptr; }

void run_file(const fs::path& path) {
  golden::File file = golden::read(text_of_file(path));
  const auto run = golden::runs().find(file.run);
  REQUIRE_MESSAGE(run != golden::runs().end(), path.string() << ": no run is called " << file.run);
  bool has_errors = false;
  for (golden::Case& each : file.cases) {
    const SourceFile input{.path = "spec.stria", .module = "", .text = each.input};
    const golden::Outcome outcome = run->second(input);
    has_errors = has_errors || outcome.has_errors;
    if (!rewriting()) CHECK_MESSAGE(outcome.text == each.expected, path.string() << ", case " << each.name);
    each.expected = outcome.text;
  }
  CHECK_MESSAGE(path.filename().string().starts_with("fail_") == has_errors,
                path.string() << ": the name begins with fail_ if and only if some input gets an error");
  if (rewriting()) std::ofstream(path, std::ios::binary) << golden::write(file);
}

TEST_CASE("golden files") {
  const std::vector<fs::path> files = golden_files();
  REQUIRE(files.size() > 5);
  for (const fs::path& path : files) {
    CAPTURE(path.string());
    run_file(path);
  }
}

TEST_CASE("every kind of message about the text stands in a golden file") {
  std::string all;
  for (const fs::path& path : golden_files()) all += text_of_file(path);
  for (const KindInfo& kind : all_kinds()) {
    // A file over 4 MB and broken UTF-8 have tests of their own, in tests/syntax; which item may stand in
    // which body is not told from the text alone.
    const bool elsewhere = kind.kind == Kind::too_large || kind.kind == Kind::broken_encoding ||
                           kind.kind == Kind::misplaced_item;
    if (!kind.code.starts_with("E01") || elsewhere) continue;
    CHECK_MESSAGE(all.find("[" + std::string(kind.code) + "]") != std::string::npos,
                  kind.code << " (" << kind.name << ") is in no golden file");
  }
}

}  // namespace
