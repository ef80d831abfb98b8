// The order of the rooms, read from the includes of all sources. The rooms and their order come from
// CMakeLists.txt.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Include {
  int line;
  bool quoted;  // "x" rather than <x>
  std::string path;
};

std::vector<Include> includes_of(const std::string& text) {
  std::vector<Include> found;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const size_t hash = line.find_first_not_of(" \t");
    if (hash == std::string::npos || line[hash] != '#') continue;
    const size_t word = line.find_first_not_of(" \t", hash + 1);
    if (word == std::string::npos || line.compare(word, 7, "include") != 0) continue;
    const size_t open = line.find_first_of("\"<", word);
    if (open == std::string::npos) continue;
    const bool quoted = line[open] == '"';
    const size_t close = line.find(quoted ? '"' : '>', open + 1);
    if (close == std::string::npos) continue;
    found.push_back({number, quoted, line.substr(open + 1, close - open - 1)});
  }
  return found;
}

std::vector<std::string> rooms() {
  std::vector<std::string> list;
  std::istringstream names(STRIA_ROOMS);
  for (std::string name; std::getline(names, name, ',');) list.push_back(name);
  return list;
}

constexpr int no_room = -1;

// Index of the room that holds `path`, or no_room.
int room_of(std::string_view path, const std::vector<std::string>& all) {
  for (size_t i = 0; i < all.size(); ++i) {
    if (path.starts_with(all[i] + "/")) return static_cast<int>(i);
  }
  return no_room;
}

bool is_libtorch(std::string_view path) {
  return path.starts_with("ATen/") || path.starts_with("torch/") || path.starts_with("c10/");
}

// Headers that pull in the whole of LibTorch: 7 to 19 s a file.
bool is_whole_libtorch(std::string_view path) {
  return path == "torch/torch.h" || path == "torch/all.h" || path == "torch/extension.h" ||
         path == "torch/script.h" || path == "ATen/ATen.h" || path == "ATen/Functions.h" ||
         path == "ATen/NativeFunctions.h";
}

bool is_antlr(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return path.find("antlr4") != std::string_view::npos || name == "StriaLexer.h" || name == "StriaParser.h" ||
         name == "StriaVisitor.h" || name == "StriaBaseVisitor.h";
}

// What is wrong with the includes of one source, one sentence each. `path` is relative to the root.
std::vector<std::string> violations(const std::string& path, const std::string& text,
                                    const std::vector<std::string>& all) {
  std::vector<std::string> wrong;
  const bool source = path.starts_with("compiler/") || path.starts_with("runtime/");
  const int own = room_of(path, all);
  if (source && own == no_room) wrong.push_back(path + ": its folder is no room of CMakeLists.txt");
  for (const Include& include : includes_of(text)) {
    const auto report = [&](const std::string& why) {
      wrong.push_back(path + ":" + std::to_string(include.line) + ": " + include.path + " " + why);
    };
    if (is_whole_libtorch(include.path)) report("is all of LibTorch; include single <ATen/ops/...> headers");
    if (is_libtorch(include.path) && path.starts_with("compiler/")) report("is LibTorch inside compiler/");
    if (source && is_antlr(include.path) && !path.starts_with("compiler/syntax/")) {
      report("is ANTLR outside compiler/syntax");
    }
    const int other = room_of(include.path, all);
    if (source && other > own) report("belongs to a later room");
    if (source && include.quoted && other == no_room && !is_antlr(include.path)) {
      report("is not written from the repository's root");
    }
  }
  return wrong;
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> sources_below(const fs::path& root) {
  std::vector<fs::path> found;
  for (const char* folder : {"compiler", "runtime", "tests"}) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension();
      if (extension == ".h" || extension == ".cpp" || extension == ".def") found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

TEST_CASE("architecture: each source includes only its own and earlier rooms") {
  const fs::path root = STRIA_SOURCE_DIR;
  const std::vector<fs::path> sources = sources_below(root);
  CHECK(sources.size() > rooms().size());
  for (const fs::path& file : sources) {
    for (const std::string& sentence : violations(file.lexically_relative(root), read(file), rooms())) {
      FAIL_CHECK(sentence);
    }
  }
}

TEST_CASE("architecture: headers are guarded by #pragma once and end in .h") {
  const fs::path root = STRIA_SOURCE_DIR;
  for (const fs::path& file : sources_below(root)) {
    if (file.extension() != ".h") continue;
    CAPTURE(file.string());
    CHECK(read(file).find("#pragma once") != std::string::npos);
  }
}

TEST_CASE("architecture: planted violations are found") {
  const std::vector<std::string> all = {"compiler/syntax", "compiler/ir", "runtime/exec", "runtime/cli"};
  const auto count = [&](const char* path, const char* text) { return violations(path, text, all).size(); };

  CHECK(count("compiler/ir/a.cpp", "#include \"compiler/ir/a.h\"\n#include \"compiler/syntax/b.h\"\n") == 0);
  CHECK(count("compiler/syntax/a.cpp", "#include \"compiler/ir/graph.h\"\n") == 1);
  CHECK(count("compiler/ir/a.cpp", "#include <ATen/core/Tensor.h>\n") == 1);
  CHECK(count("compiler/ir/a.cpp", "  #  include <c10/util/Half.h>\n") == 1);
  CHECK(count("runtime/exec/a.cpp", "#include <ATen/core/Tensor.h>\n#include <ATen/ops/sum.h>\n") == 0);
  CHECK(count("runtime/exec/a.cpp", "#include <torch/torch.h>\n") == 1);
  CHECK(count("tests/exec/a_test.cpp", "#include <ATen/ATen.h>\n") == 1);
  CHECK(count("compiler/syntax/a.cpp", "#include <antlr4-runtime.h>\n#include \"StriaParser.h\"\n") == 0);
  CHECK(count("compiler/ir/a.cpp", "#include <antlr4-runtime/antlr4-runtime.h>\n") == 1);
  CHECK(count("runtime/cli/a.cpp", "#include \"StriaParser.h\"\n") == 1);
  CHECK(count("runtime/exec/a.cpp", "#include \"a.h\"\n") == 1);
  CHECK(count("runtime/nowhere/a.cpp", "") == 1);
  CHECK(count("runtime/exec/a.cpp", "// #include <torch/torch.h>\n") == 0);
}

}  // namespace
