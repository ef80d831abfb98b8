// Texts that are no specs at all: each gets a message, in little time and without deep recursion.
#include <doctest/doctest.h>

#include <chrono>
#include <random>

#include "tests/syntax/syntax_helpers.h"

using namespace stria;
using namespace stria::testing;

namespace {

using Codes = std::vector<std::string>;

std::string repeated(std::string_view part, size_t n) {
  std::string out;
  out.reserve(part.size() * n);
  for (size_t i = 0; i < n; ++i) out += part;
  return out;
}

}  // namespace

TEST_CASE("nesting deeper than 500 is refused, whatever makes it") {
  const size_t n = 10'000;
  for (const std::string& text : {"let a = " + repeated("(", n) + repeated(")", n),
                                  "let a = " + repeated("(", n),
                                  "let a = " + repeated("f([", n) + repeated("])", n),
                                  "let a = " + repeated("- ", n) + "1",
                                  "let a = " + repeated("not ", n) + "b",
                                  "let a = " + repeated("a^", n) + "b",
                                  "let a = " + repeated("a^-", n) + "b",
                                  "let a = " + repeated("if a then b else ", n) + "c",
                                  "let a = " + repeated("if ", n) + "c",
                                  "let a = " + repeated("fn(x) => ", n) + "c",
                                  "let a = b" + repeated(" + b", n),
                                  "let a = b" + repeated(".b", n),
                                  "let a = b" + repeated("()", n),
                                  "let a = b" + repeated(" |> b", n),
                                  "let a = b" + repeated(" < b", n),
                                  "let a = b" + repeated(" with {}", n),
                                  "let a: " + repeated("list of ", n) + "b = 1",
                                  "let a: " + repeated("(", n) + "b" + repeated(")", n) + " = 1",
                                  "let a = " + repeated("{a = ", n) + "1" + repeated("}", n),
                                  repeated("a {", n) + repeated("}", n)}) {
    CAPTURE(text.substr(0, 40));
    CHECK(codes_of(text) == Codes{"E0120"});
  }
}

TEST_CASE("nesting up to 500 is read") {
  for (const std::string& text :
       {"let a = " + repeated("(", 490) + "1" + repeated(")", 490),
        "let a = " + repeated("[", 490) + "1" + repeated("]", 490), "let a = " + repeated("- ", 490) + "1",
        "let a = " + repeated("if a then b else ", 490) + "c", "let a = b" + repeated(" + b", 490),
        "let a = " + repeated("fn(x) => ", 240) + "c"}) {
    CAPTURE(text.substr(0, 40));
    const SourceFile file = spec_of(text + "\n");
    Diagnostics diagnostics;
    const ast::Spec spec = parse_spec(file, diagnostics);
    CHECK(render(diagnostics.sorted(), {}) == "");
    const SourceFile formatted = spec_of(format(spec));
    Diagnostics again;
    CHECK(dump(parse_spec(formatted, again)) == dump(spec));
  }
}

TEST_CASE("many statements side by side do not nest") {
  CHECK(codes_of("cell A() {\n" + repeated("  check a + b < c\n  output not x\n", 2000) + "}\n").empty());
  CHECK(codes_of("let a = [" + repeated("b + c * d^e, ", 5000) + "f]\n").empty());
}

TEST_CASE("sizes: over 4 MB, or too many words") {
  CHECK(codes_of(repeated("let a = 1\n", 1'000'000)) == Codes{"E0121"});
  CHECK(codes_of(repeated("a ", 1'000'000)) == Codes{"E0121"});
  CHECK(codes_of("# " + repeated("x", 3'999'990) + "\n").empty());
}

TEST_CASE("broken UTF-8 is reported with its place") {
  for (const std::string_view broken :
       {"\xff", "\xc3", "\xe2\x82", "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    const SourceFile file = spec_of("let a = 1\nlet b = " + std::string(broken));
    Diagnostics diagnostics;
    CHECK(parse_spec(file, diagnostics).items.empty());
    REQUIRE(diagnostics.n_errors() == 1);
    CHECK(info(diagnostics.sorted()[0].kind).code == "E0108");
    CHECK(diagnostics.sorted()[0].primary.range.begin == 18);
  }
}

TEST_CASE("a NUL byte is an unknown character") {
  CHECK(codes_of(std::string("let a = \0 1\n", 12)) == Codes{"E0107"});
}

TEST_CASE("empty texts") {
  for (const char* text : {"", "\n\n", "# a comment", "## doc", "\xEF\xBB\xBF", "stria 0.1", ";"}) {
    CAPTURE(text);
    CHECK(codes_of(text).size() <= 1);
  }
}

TEST_CASE("random bytes and random words end in messages, soon") {
  std::mt19937 random(20240607);
  const std::vector<std::string> words = {"let",    "fn",    "next",     "if",
                                          "then",   "else",  "for",      "in",
                                          "of",     "every", "within",   "step",
                                          "with",   "and",   "or",       "not",
                                          "true",   "model", "cell",     "input",
                                          "output", "state", "param",    "(",
                                          ")",      "[",     "]",        "{",
                                          "}",      "=",     "==",       ",",
                                          ":",      ";",     "+",        "-",
                                          "*",      "/",     "//",       "@",
                                          "^",      "|>",    "..",       ".",
                                          "...",    "->",    "=>",       "a",
                                          "b",      "1",     "2.0",      "5ms",
                                          "\"x\"",  "\"",    "#",        "~",
                                          "d/dt",   "\n",    "use",      "sweep",
                                          "1.",     "×",     "é",        "“",
                                          "'",      "use a", "let a = ", "cell A() {\n",
                                          "\\"};
  const auto start = std::chrono::steady_clock::now();
  for (int round = 0; round < 400; ++round) {
    std::string bytes, text;
    for (int i = 0; i < 200; ++i) {
      bytes += static_cast<char>(random() % 256);
      text += words[random() % words.size()] + (random() % 4 != 0 ? " " : "");
    }
    for (const std::string& each : {bytes, text}) {
      const SourceFile file = spec_of(each);
      Diagnostics diagnostics;
      const ast::Spec spec = parse_spec(file, diagnostics);
      render(diagnostics.sorted(), {});
      dump(spec);
      if (!diagnostics.has_errors()) format(spec);
    }
  }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::minutes(2));
}

TEST_CASE("large texts with mistakes everywhere end soon") {
  const auto start = std::chrono::steady_clock::now();
  for (const std::string& text :
       {repeated("let a = f(\n", 20'000), repeated("let a = f)\n", 20'000), repeated("model A {\n", 20'000),
        repeated("model A()\n", 20'000), repeated("let a = \"\n", 20'000), repeated("let a = “b”\n", 20'000),
        repeated("$", 200'000), repeated("use a (b\n", 20'000), repeated("cell A(x\n", 20'000),
        repeated("let a = f(1 2)\n", 20'000)}) {
    CHECK_FALSE(codes_of(text).empty());
  }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::minutes(2));
}
