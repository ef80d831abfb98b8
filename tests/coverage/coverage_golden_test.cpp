// What of the language runs: every alternative of the grammar and every built-in function stands in a spec of
// tests/golden/coverage, whose outcome is a golden text, and table.md is made of these.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "compiler/sema/elaborator.h"
#include "compiler/syntax/tokens.h"
#include "tests/coverage/coverage_run.h"
#include "tests/coverage/grammar_use.h"
#include "tests/golden/golden_file.h"

using namespace stria;
using namespace stria::testing;

namespace {

namespace fs = std::filesystem;

const fs::path coverage_dir = fs::path(STRIA_SOURCE_DIR) / "tests" / "golden" / "coverage";

bool rewriting() { return std::getenv("STRIA_REWRITE_GOLDEN") != nullptr; }

std::string text_of_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

struct Example {
  std::string name;     // "declarations.stria, imports"
  Outcome outcome;      // as it is now
  AlternativeSet uses;  // of the grammar
  std::set<std::string> calls;
};

// Names that a text calls: before a bracket, or after a pipe.
std::set<std::string> calls_in(const std::string& text) {
  const SourceFile file{.path = "text", .module = "", .text = text};
  const auto tokens = syntax::read_tokens(file);
  std::set<std::string> names;
  for (size_t i = 0; i + 1 < tokens.tokens.size(); ++i)
    if (tokens.text(i + 1) == "(" || (i > 0 && tokens.text(i - 1) == "|>")) names.emplace(tokens.text(i));
  return names;
}

Example run_case(const std::string& file, const golden::Case& each) {
  Example example{file + ", " + each.name, run_spec(each.input), {}, calls_in(each.input)};
  if (example.outcome.refused_by != Stage::parse) {
    const auto uses = used_alternatives(each.input, "spec");
    REQUIRE_MESSAGE(uses, example.name << " is parsed, and yet no sentence of the grammar");
    example.uses = *uses;
    for (const std::string& text : overrides_in(each.input))
      example.uses |= used_alternatives(text, "cliOverride").value_or(AlternativeSet{});
  }
  return example;
}

// Runs all cases and holds each against its golden outcome.
std::vector<Example> run_all_cases() {
  std::vector<Example> examples;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(coverage_dir))
    if (entry.path().extension() == ".golden") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& path : files) {
    golden::File file = golden::read(text_of_file(path));
    CHECK(file.run == "coverage");
    for (golden::Case& each : file.cases) {
      examples.push_back(run_case(path.filename().string(), each));
      const Outcome& outcome = examples.back().outcome;
      const std::string now = outcome.text() + "\n" + outcome.messages;
      if (!rewriting()) CHECK_MESSAGE(now == each.expected, path.string() << ", case " << each.name);
      each.expected = now;
    }
    if (rewriting()) std::ofstream(path, std::ios::binary) << golden::write(file);
  }
  return examples;
}

// The example that goes furthest, of those that have the row; null where there is none.
template <class HasRow>
const Example* best(const std::vector<Example>& examples, HasRow has_row) {
  const Example* best = nullptr;
  for (const Example& each : examples)
    if (has_row(each) && (!best || each.outcome.refused_by > best->outcome.refused_by)) best = &each;
  return best;
}

std::string cells(const Example* example) {
  if (!example) return "| | | | nothing |";
  std::string codes, row;
  for (const std::string& code : example->outcome.codes) codes += (codes.empty() ? "" : ", ") + code;
  for (const Stage stage : {Stage::parse, Stage::check, Stage::run}) {
    const Stage end = example->outcome.refused_by;
    row += stage < end ? "| yes " : stage == end ? "| " + codes + " " : "| ";
  }
  return row + "| " + example->name + " |";
}

std::string in_table(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return "`" + text + "`";
}

// Functions declared `= native` in a text of the standard library.
std::set<std::string> natives_in(const std::string& text) {
  std::set<std::string> names;
  for (size_t at = text.find("\nfn "); at != std::string::npos; at = text.find("\nfn ", at + 1)) {
    const size_t name = at + 4, value = text.find(") =", at);
    if (value == std::string::npos) break;
    if (text.compare(text.find_first_not_of(" \n", value + 3), 6, "native") == 0)
      names.insert(text.substr(name, text.find('(', name) - name));
  }
  return names;
}

class Table {
 public:
  explicit Table(const std::vector<Example>& examples) : examples_(examples) {}

  void head(const std::string& title, const std::string& row) {
    text_ +=
        "\n## " + title + "\n\n| " + row + " | parsed | checked | runs | shown by |\n|---|---|---|---|---|\n";
  }
  template <class HasRow>
  void row(const std::string& name, HasRow has_row) {
    const Example* example = best(examples_, has_row);
    CHECK_MESSAGE(example, name << " is in no text of tests/golden/coverage");
    text_ += "| " + name + " " + cells(example) + "\n";
  }
  void functions(const std::string& title, const std::set<std::string>& names) {
    head(title, "function");
    for (const std::string& name : names)
      row("`" + name + "`", [&](const Example& each) { return each.calls.contains(name); });
  }
  const std::string& text() const { return text_; }

 private:
  const std::vector<Example>& examples_;
  std::string text_ =
      "# What of the language runs\n\nMade by the test `coverage/coverage_golden` out of the grammar, the "
      "built-in functions and "
      "the texts\nbeside this file; the target `rewrite_golden` writes it anew. *Runs*: an experiment with "
      "it was trained for an "
      "epoch\nand scored by the reference executor. A code stands where it is refused; `stria explain CODE` "
      "says more.\n";
};

std::string table_of(const std::vector<Example>& examples) {
  Table table(examples);
  table.head("Grammar", "rule: alternative");
  for (size_t i = 0; i < alternatives().size(); ++i) {
    const Alternative& each = alternatives()[i];
    table.row(in_table(each.rule + ": " + each.text),
              [&](const Example& example) { return example.uses[i]; });
  }
  std::set<std::string> built_in;
  for (const Primitive& primitive : primitives()) built_in.insert(primitive.name);
  table.functions("Built-in functions", built_in);
  for (const char* module : {"data", "fit", "scores"})
    table.functions(
        "Natives of `stria." + std::string(module) + "`",
        natives_in(text_of_file(fs::path(STRIA_STDLIB_DIR) / "stria" / (std::string(module) + ".stria"))));
  return table.text();
}

TEST_CASE("every alternative of the grammar and every function runs, or is refused by a message of its own") {
  const std::string table = table_of(run_all_cases());
  const fs::path path = coverage_dir / "table.md";
  if (rewriting()) std::ofstream(path, std::ios::binary) << table;
  CHECK_MESSAGE(table == text_of_file(path),
                "table.md is not what the texts give: run the target rewrite_golden");
}

TEST_CASE("a text uses the alternatives that its only reading goes through") {
  const auto used = [](const std::string& text) {
    std::set<std::string> rows;
    const auto uses = used_alternatives(text, "spec");
    REQUIRE(uses);
    for (size_t i = 0; i < alternatives().size(); ++i)
      if ((*uses)[i]) rows.insert(alternatives()[i].rule + ": " + alternatives()[i].text);
    return rows;
  };
  CHECK(used("let a = 1").contains("literal: INT"));
  CHECK(!used("let a = 1").contains("letDecl: (':' type)?"));
  CHECK(used("let a: int = 1").contains("letDecl: (':' type)?"));
  CHECK(used("let a = -x^2").contains("power: ('^' unary)?"));
  CHECK(!used_alternatives("let a = = 1", "spec"));
  CHECK(natives_in("stria 0.1\nfn a(b,\n   c) =\n  native\nfn d(e) = e\nfn f() = native\n") ==
        std::set<std::string>{"a", "f"});
}

}  // namespace
