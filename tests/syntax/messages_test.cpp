#include <doctest/doctest.h>

#include <regex>
#include <set>

#include "tests/syntax/syntax_helpers.h"

using namespace stria;
using namespace stria::testing;

namespace {

using Codes = std::vector<std::string>;

// Names of the grammar's rules and tokens, read from the grammar itself.
std::set<std::string> grammar_names() {
  const std::string grammar = read_file(std::filesystem::path(STRIA_SOURCE_DIR) / "grammar" / "Stria.g4");
  std::set<std::string> names;
  const std::regex definition("(?:^|\n|;)\\s*(?:fragment\\s+)?([A-Za-z_]+)\\s*:(?!:)");
  for (std::sregex_iterator it(grammar.begin(), grammar.end(), definition), end; it != end; ++it) {
    names.insert((*it)[1]);
  }
  return names;
}

// Words of the messages themselves: all but what stands in backticks, which quotes the reader's own text.
std::string own_words(const std::string& message) {
  return std::regex_replace(message, std::regex("`[^`]*`"), "``");
}

void check_no_names(const std::string& text, const std::set<std::string>& forbidden) {
  const std::string words = own_words(text);
  const std::regex word("[A-Za-z_][A-Za-z_0-9]*");
  for (std::sregex_iterator it(words.begin(), words.end(), word), end; it != end; ++it) {
    CHECK_MESSAGE(!forbidden.contains(it->str()), it->str() << " in: " << text);
  }
  for (const char* foreign : {"viable", "mismatched", "extraneous", "antlr", "nullptr",
                              "std::", "stria::", "syntax::", "EOF", "token recognition"}) {
    CHECK_MESSAGE(words.find(foreign) == std::string::npos, foreign << " in: " << text);
  }
}

std::vector<std::string> inputs_of_golden_files() {
  std::vector<std::string> inputs;
  const auto folder = std::filesystem::path(STRIA_SOURCE_DIR) / "tests" / "golden" / "syntax";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::istringstream lines(read_file(entry.path()));
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("## case: ")) inputs.emplace_back();
      inside = line.starts_with("## case: ") || (inside && line != "## gives");
      if (inside && !line.starts_with("## case: ")) inputs.back() += line + "\n";
    }
  }
  return inputs;
}

}  // namespace

TEST_CASE("the wrong form of each kind gets this message alone, the right form none") {
  size_t n_tried = 0;
  for (const KindInfo& kind : all_kinds()) {
    if (!kind.code.starts_with("E01") || kind.wrong.empty() || kind.kind == Kind::misplaced_item) continue;
    CAPTURE(kind.code);
    CHECK(codes_of(std::string(kind.wrong)) == Codes{std::string(kind.code)});
    CHECK(codes_of(std::string(kind.right)).empty());
    ++n_tried;
  }
  CHECK(n_tried > 20);
}

TEST_CASE("no message holds a name of the grammar or of C++") {
  std::set<std::string> forbidden = grammar_names();
  REQUIRE(forbidden.contains("topItem"));
  REQUIRE(forbidden.contains("letDecl"));
  REQUIRE(forbidden.contains("QUANTITY"));
  // Rules that are named by a plain word of English.
  for (const char* plain :
       {"name",     "type",    "body",    "path",  "list",  "range",  "item",      "unit",    "label",
        "record",   "product", "power",   "shape", "block", "kind",   "field",     "binding", "literal",
        "argument", "spec",    "setting", "bound", "pipe",  "header", "comparison"}) {
    forbidden.erase(plain);
  }
  size_t n_messages = 0;
  for (const std::string& input : inputs_of_golden_files()) {
    const SourceFile file = spec_of(input);
    Diagnostics diagnostics;
    parse_spec(file, diagnostics);
    for (const Diagnostic& each : diagnostics.sorted()) {
      std::string all = each.message + "\n" + each.primary.text;
      for (const Label& label : each.secondary) all += "\n" + label.text;
      for (const std::string& note : each.notes) all += "\n" + note;
      for (const Fix& fix : each.fixes) all += "\n" + fix.text;
      check_no_names(all, forbidden);
      CHECK_MESSAGE(!each.primary.text.empty(), each.message);
      CHECK_MESSAGE(each.message.back() != '.', each.message);
      ++n_messages;
    }
  }
  CHECK(n_messages > 80);
}

TEST_CASE("certain fixes mend the text") {
  for (const char* wrong : {"let a = 5 ms\n",
                            "let a == 1\n",
                            "let a := 1\n",
                            "let a = 1.\n",
                            "let a = .5\n",
                            "let a = 2 ** 3\n",
                            "let a = 2 × 3\n",
                            "let a = “train”\n",
                            "lat a = 1\n",
                            "a = 1\n",
                            "let a = f(a: 1)\n",
                            "let a = f(b = 1 c = 2)\n",
                            "let f = fn x => x\n",
                            "fn f(x) -> real = 1\n",
                            "let a = 'x' ; let b = 'y'\n",
                            "cell A() { dv/dt = 3 }\n",
                            "cell A() { tau d/dt v = 3 }\n",
                            "experiment E { sweep seed = 0 .. 9 }\n",
                            "model X() = { input x: [F] }\n",
                            "let a = if x = 1 then 2 else 3\n"}) {
    CAPTURE(wrong);
    const SourceFile file = spec_of(wrong);
    Diagnostics diagnostics;
    parse_spec(file, diagnostics);
    const std::vector<Diagnostic> reported = diagnostics.sorted();
    REQUIRE_FALSE(reported.empty());
    std::vector<Edit> edits;
    for (const Diagnostic& each : reported) {
      REQUIRE(each.fixes.size() == 1);
      REQUIRE_FALSE(each.fixes[0].edits.empty());
      edits.insert(edits.end(), each.fixes[0].edits.begin(), each.fixes[0].edits.end());
    }
    std::sort(edits.begin(), edits.end(),
              [](const Edit& a, const Edit& b) { return a.range.begin > b.range.begin; });
    std::string mended = file.text;
    for (const Edit& edit : edits) {
      mended.replace(edit.range.begin, edit.range.end - edit.range.begin, edit.replacement);
    }
    CHECK_MESSAGE(codes_of(mended).empty(), mended << messages_of(mended));
  }
}

TEST_CASE("independent mistakes are each reported once") {
  CHECK(codes_of("let a = 5 ms\nlet b = f(1 2)\nlet c = 3 +\nlet d = 4\nlet for = 1\n") ==
        Codes{"E0114", "E0122", "E0112", "E0113"});
  CHECK(codes_of("cell A() {\n  input x\n  state v = 0\n  next v = 2 v\n  output (v\n}\nlet a = 1.\n") ==
        Codes{"E0117", "E0117", "E0102", "E0104", "E0115"});
}

TEST_CASE("a file full of mistakes gets a limited number of messages") {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "let a = 1 2\n";
  const size_t n = codes_of(text).size();
  CHECK(n >= 20);
  CHECK(n <= 100);
}
