#include <doctest/doctest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/sema/sema_helpers.h"

using namespace stria;
using stria::sema_testing::CheckedSpec;
using stria::sema_testing::codes_of;

namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// Names of the grammar's rules and tokens that are no words of English.
std::set<std::string> grammar_names() {
  const std::string grammar = read_file(fs::path(STRIA_SOURCE_DIR) / "grammar" / "Stria.g4");
  std::set<std::string> names;
  const std::regex definition("(?:^|\n|;)\\s*(?:fragment\\s+)?([A-Za-z_]+)\\s*:(?!:)");
  for (std::sregex_iterator it(grammar.begin(), grammar.end(), definition), end; it != end; ++it)
    names.insert((*it)[1]);
  const std::regex english("[a-z]+");
  std::erase_if(names, [&](const std::string& name) { return std::regex_match(name, english); });
  for (const char* rule : {"expr", "arg", "atype", "disj", "conj"}) names.insert(rule);
  return names;
}

// Ops of the graphs whose names are neither functions of the language nor words of English.
std::set<std::string> op_names() {
  std::set<std::string> names = {
#define STRIA_OP(name, ...) #name,
#include "compiler/ir/ops.def"
#undef STRIA_OP
  };
  for (const auto& primitive : primitives()) names.erase(primitive.name);
  for (const char* english : {"constant", "table", "random", "less", "equal", "add", "select", "slice",
                              "window", "pad", "flip", "scan", "contract", "index", "frame"})
    names.erase(english);
  return names;
}

// All but what stands in backticks, which quotes the reader's own text.
std::string own_words(const std::string& message) {
  return std::regex_replace(message, std::regex("`[^`]*`"), "``");
}

// Inputs of all golden files, and the wrong form of every kind.
std::vector<std::string> wrong_specs() {
  std::vector<std::string> specs;
  for (const KindInfo& kind : all_kinds())
    if (!kind.wrong.empty()) specs.emplace_back(kind.wrong);
  for (const char* folder : {"check", "syntax"})
    for (const auto& entry :
         fs::directory_iterator(fs::path(STRIA_SOURCE_DIR) / "tests" / "golden" / folder)) {
      std::istringstream lines(read_file(entry.path()));
      bool inside = false;
      for (std::string line; std::getline(lines, line);) {
        const bool begins = line.starts_with("## case: ");
        if (begins) specs.emplace_back();
        inside = begins || (inside && line != "## gives");
        if (inside && !begins) specs.back() += line + "\n";
      }
    }
  return specs;
}

std::string all_text(const Diagnostic& message) {
  std::string all = message.message + "\n" + message.primary.text;
  for (const Label& label : message.secondary) all += "\n" + label.text;
  for (const std::string& note : message.notes) all += "\n" + note;
  for (const Fix& fix : message.fixes) all += "\n" + fix.text;
  return all;
}

void check_words(const Diagnostic& message, const std::set<std::string>& forbidden) {
  const std::string all = all_text(message), words = own_words(all);
  const std::regex word("[A-Za-z_][A-Za-z_0-9]*");
  for (std::sregex_iterator it(words.begin(), words.end(), word), end; it != end; ++it) {
    CHECK_MESSAGE(!forbidden.contains(it->str()), it->str() << " in: " << all);
    CHECK_MESSAGE(!it->str().ends_with("_"), it->str() << " in: " << all);
  }
  for (const char* foreign : {"::", "std", ".cpp", "nullptr", "antlr", "viable", "mismatched", "extraneous"})
    CHECK_MESSAGE(words.find(foreign) == std::string::npos, foreign << " in: " << all);
  CHECK_MESSAGE(!message.primary.text.empty(), message.message);
  CHECK_MESSAGE(message.message.back() != '.', message.message);
}

}  // namespace

TEST_CASE("no message holds a name of the grammar, of the graphs or of C++") {
  std::set<std::string> forbidden = grammar_names();
  REQUIRE(forbidden.contains("topItem"));
  REQUIRE(forbidden.contains("QUANTITY"));
  const std::set<std::string> ops = op_names();
  REQUIRE(ops.contains("reduce_sum"));
  REQUIRE(ops.contains("mul"));
  forbidden.insert(ops.begin(), ops.end());
  size_t n_messages = 0;
  for (const std::string& text : wrong_specs()) {
    CheckedSpec spec(text);
    for (const Diagnostic& message : spec.diagnostics()) {
      check_words(message, forbidden);
      ++n_messages;
    }
  }
  CHECK(n_messages > 300);
}

TEST_CASE("what cannot be worked out ends, with one message") {
  std::string deep, doubled = "fn f0(x) = x + 1\n", lists = "let a0 = [1, 1]\n";
  for (int i = 0; i < 3000; ++i) deep += "let a" + std::to_string(i) + " = a" + std::to_string(i + 1) + "\n";
  for (int i = 0; i < 40; ++i) {
    const std::string one = std::to_string(i), next = std::to_string(i + 1);
    doubled += "fn f" + next + "(x) = f" + one + "(f" + one + "(x))\n";
    lists += "let a" + next + " = [a" + one + ", a" + one + "]\n";
  }
  CHECK(codes_of(deep + "let a3000 = 1\n") == sema_testing::Codes{"E0220"});
  CHECK(codes_of(doubled + "let a = f40(1)\n") == sema_testing::Codes{"E0220"});
  CHECK(codes_of(lists) == sema_testing::Codes{"E0220"});
  CHECK(codes_of("layer Wrap(inner: layer) {\n  input x: [I]\n  output x |> inner(inner)\n}\n"
                 "model M() {\n  input x: stream [F]\n  output x |> Wrap(Wrap)\n}\n") ==
        sema_testing::Codes{"E0220"});
}
