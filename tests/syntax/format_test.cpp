#include <doctest/doctest.h>

#include "tests/syntax/random_spec.h"
#include "tests/syntax/syntax_helpers.h"

using namespace stria;
using namespace stria::testing;

namespace {

std::vector<std::string> comments_of(const std::string& text) {
  std::vector<std::string> found;
  bool in_text = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && in_text) {
      ++i;
    } else if (text[i] == '"') {
      in_text = !in_text;
    } else if (text[i] == '#' && !in_text) {
      const size_t end = std::min(text.find('\n', i), text.size());
      std::string comment = text.substr(i, end - i);
      while (comment.back() == ' ' || comment.back() == '\r') comment.pop_back();
      found.push_back(comment);
      i = end;
    }
  }
  return found;
}

void check_formatting(const std::string& text) {
  const SourceFile file = spec_of(text);
  Diagnostics diagnostics;
  const ast::Spec spec = parse_spec(file, diagnostics);
  REQUIRE_MESSAGE(!diagnostics.has_errors(), text << render(diagnostics.sorted(), {}));
  const SourceFile once = spec_of(format(spec));
  Diagnostics again;
  const ast::Spec formatted = parse_spec(once, again);
  REQUIRE_MESSAGE(!again.has_errors(), text << "\nbecame\n" << once.text << render(again.sorted(), {}));
  CHECK_MESSAGE(dump(formatted) == dump(spec), text << "\nbecame\n" << once.text);
  CHECK_MESSAGE(format(formatted) == once.text, text << "\nbecame\n" << once.text);
  CHECK_MESSAGE(comments_of(once.text) == comments_of(text), text << "\nbecame\n" << once.text);
}

}  // namespace

TEST_CASE("formatting keeps meaning and comments, and twice is once: all specs of the tree") {
  for (const auto& path : all_specs()) {
    CAPTURE(path.string());
    check_formatting(read_file(path));
  }
}

TEST_CASE("formatting: random sentences of the grammar, with comments between their words") {
  constexpr uint32_t n_sentences = STRIA_SANITIZED ? 300 : 1500;  // ten times slower under sanitizers
  size_t n_checked = 0;
  for (uint32_t seed = 0; seed < n_sentences; ++seed) {
    CAPTURE(seed);
    const std::string text = random_spec(seed, seed % 3 == 0 ? 0.05 : 0.0);
    const std::vector<std::string> codes = codes_of(text);
    // What the rules allow and the parser refuses: too deep, `f(a = x for x in X)`.
    const bool refused =
        !codes.empty() && std::all_of(codes.begin(), codes.end(), [](const std::string& code) {
          return code == "E0120" || code == "E0124";
        });
    if (refused) continue;
    check_formatting(text);
    ++n_checked;
  }
  CHECK(n_checked > n_sentences * 2 / 3);
}

TEST_CASE("no line is longer than 110 columns where it can be broken") {
  for (const auto& path : all_specs()) {
    const SourceFile file = spec_of(read_file(path));
    Diagnostics diagnostics;
    std::istringstream lines(format(parse_spec(file, diagnostics)));
    for (std::string line; std::getline(lines, line);) {
      const bool has_comment = line.find('#') != std::string::npos;
      CHECK_MESSAGE((line.size() <= 110 || has_comment), path.string() << ": " << line);
    }
  }
}

TEST_CASE("one expression: on one line, with the brackets that it needs and no others") {
  const auto canonical = [](const std::string& text) {
    const SourceFile file = spec_of("let a = " + text + "\n");
    Diagnostics diagnostics;
    const ast::Spec spec = parse_spec(file, diagnostics);
    REQUIRE_MESSAGE(!diagnostics.has_errors(), text);
    return format(*std::get<ast::LetDecl>(spec.items.at(0)->node).value);
  };
  CHECK(canonical("((1+2))*(3)") == "(1 + 2) * 3");
  CHECK(canonical("(a*b)+c") == "a * b + c");
  CHECK(canonical("a-(b-c)") == "a - (b - c)");
  CHECK(canonical("(a-b)-c") == "a - b - c");
  CHECK(canonical("-(x^2)") == "-x^2");
  CHECK(canonical("(-x)^2") == "(-x)^2");
  CHECK(canonical("2^(-x)") == "2^-x");
  CHECK(canonical("(2^x)^y") == "(2^x)^y");
  CHECK(canonical("5ms ^ 2") == "(5ms)^2");
  CHECK(canonical("5ms^2") == "5ms^2");
  CHECK(canonical("not(a and b)or c") == "not (a and b) or c");
  CHECK(canonical("(a<b)==c") == "(a < b) == c");
  CHECK(canonical("(x|>f)+y") == "(x |> f) + y");
  CHECK(canonical("(a+b)|>f") == "a + b |> f");
  CHECK(canonical("x|>(f|>g)") == "x |> (f |> g)");
  CHECK(canonical("(fn(x)=>x)(1)") == "(fn(x) => x)(1)");
  CHECK(canonical("[ 1_000,\"a\\tb\" , {a=1 , b.c=2}]") == "[1000, \"a\\tb\", {a = 1, b.c = 2}]");
  CHECK(canonical("GRU( 70 )") == "GRU(70)");
  CHECK(canonical("1..9 step 2") == "1 .. 9 step 2");
  CHECK(canonical("E with{a=1,}") == "E with {a = 1}");
  CHECK(canonical("sum( x[i] for i in I if i>0 )") == "sum(x[i] for i in I if i > 0)");
  CHECK(canonical("if a then b else c") == "if a then b else c");
  CHECK(canonical("if " + std::string(200, 'a') + " then 1 else 2").find('\n') == std::string::npos);
}
