#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "compiler/diagnostics/diagnostic.h"

using namespace stria;

namespace {

SourceFile file_of(std::string text, std::string path = "a.stria") {
  return {.path = std::move(path), .module = "", .text = std::move(text)};
}

Range find(const SourceFile& file, std::string_view text) {
  const auto at = static_cast<uint32_t>(file.text.find(text));
  return {&file, at, at + static_cast<uint32_t>(text.size())};
}

std::string shown(const Diagnostics& diagnostics, Format format = Format::text, bool colour = false) {
  return render(diagnostics.sorted(), {.format = format, .colour = colour});
}

}  // namespace

TEST_CASE("text: source line, marks, notes, fixes") {
  const SourceFile file = file_of("input x: [I]\nlet drive = Wr @ x + b\n");
  Diagnostics diagnostics;
  diagnostics.report(Kind::missing_operator, find(file, "Wr"), "`@` cannot sum over H")
      .mark("[H, H]")
      .also({&file, 30, 31}, "[I]")
      .note("a note")
      .fix("`Wr @ v`");
  CHECK(shown(diagnostics) ==
        "error[E0102]: `@` cannot sum over H   (a.stria:2)\n"
        "   2 | let drive = Wr @ x + b\n"
        "     |             ^^ [H, H]\n"
        "     |                  - [I]\n"
        "     = note: a note\n"
        "     = fix: `Wr @ v`\n");
}

TEST_CASE("text: marks on several lines and in several files") {
  const SourceFile file = file_of("one\ntwo\nthree\nfour\n");
  const SourceFile other = file_of("elsewhere\n", "b.stria");
  Diagnostics diagnostics;
  diagnostics.report(Kind::missing_operator, find(file, "three"), "m")
      .mark("here")
      .also(find(file, "one"), "first")
      .also(find(file, "four"), "")
      .also(find(other, "where"), "there");
  CHECK(shown(diagnostics) ==
        "error[E0102]: m   (a.stria:3)\n"
        "   1 | one\n"
        "     | --- first\n"
        "    ...\n"
        "   3 | three\n"
        "     | ^^^^^ here\n"
        "   4 | four\n"
        "     | ----\n"
        "     in b.stria:1\n"
        "   1 | elsewhere\n"
        "     |     ----- there\n");
}

TEST_CASE("text: a range over several lines is marked on its first") {
  const SourceFile file = file_of("let a = f(\n  x,\n  y)\n");
  Diagnostics diagnostics;
  diagnostics.report(Kind::missing_operator, {&file, 8, 20}, "m").mark("this call");
  CHECK(shown(diagnostics) ==
        "error[E0102]: m   (a.stria:1)\n"
        "   1 | let a = f(\n"
        "     |         ^^ this call (to line 3)\n");
}

TEST_CASE("text: wide characters, combining marks and tabs keep marks in their column") {
  const SourceFile file = file_of("\tµ 漢字 e\u0301 x\r\n");
  Diagnostics diagnostics;
  diagnostics.report(Kind::missing_operator, find(file, "x"), "m");
  diagnostics.report(Kind::missing_name, find(file, "漢字"), "m");
  CHECK(shown(diagnostics) ==
        "error[E0116]: m   (a.stria:1)\n"
        "   1 |     µ 漢字 e\u0301 x\n"
        "     |       ^^^^\n"
        "error[E0102]: m   (a.stria:1)\n"
        "   1 |     µ 漢字 e\u0301 x\n"
        "     |              ^\n");
}

TEST_CASE("text: control characters, turned directions and broken UTF-8 never reach the terminal") {
  const SourceFile file = file_of(std::string("a \x1b[31m \xff \u202E b\0c", 17) + "\n");
  Diagnostics diagnostics;
  diagnostics.report(Kind::missing_operator, {&file, 0, 1}, "message with \x1b[0m and \xfe").mark("\x07");
  const std::string text = shown(diagnostics);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
  CHECK(text.find('\xff') == std::string::npos);
  CHECK(text.find('\xfe') == std::string::npos);
  CHECK(text.find("\u202E") == std::string::npos);
  CHECK(text.find("\uFFFD") != std::string::npos);
}

TEST_CASE("text: a long line is cut around its marks") {
  const SourceFile file = file_of(std::string(500, 'a') + " MARK " + std::string(500, 'b') + " ALSO\n");
  Diagnostics diagnostics;
  diagnostics.report(Kind::missing_operator, find(file, "MARK"), "m")
      .mark("here")
      .also(find(file, "ALSO"), "too");
  const std::string text = shown(diagnostics);
  size_t begin = 0;
  size_t mark_line = 0, mark_column = 0;
  for (size_t number = 0; begin < text.size(); ++number) {
    const size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    CHECK(line.size() < 140);
    if (line.find(" MARK ") != std::string::npos) {
      mark_line = number;
      mark_column = line.find("MARK");
    }
    if (mark_line != 0 && number == mark_line + 1) CHECK(line.find("^^^^ here") == mark_column);
    begin = end + 1;
  }
  CHECK(mark_line != 0);
  CHECK(text.find("---- too") != std::string::npos);
}

TEST_CASE("text: the end of a file and an empty file") {
  const SourceFile file = file_of("let a =");
  const SourceFile empty = file_of("", "empty.stria");
  Diagnostics diagnostics;
  diagnostics.report(Kind::missing_value, {&file, 7, 7}, "m").mark("here");
  diagnostics.report(Kind::missing_value, {&empty, 0, 0}, "m");
  CHECK(shown(diagnostics) ==
        "error[E0112]: m   (a.stria:1)\n"
        "   1 | let a =\n"
        "     |        ^ here\n"
        "error[E0112]: m   (empty.stria:1)\n"
        "   1 | \n"
        "     | ^\n");
}

TEST_CASE("text: no place, notes of several lines") {
  Diagnostics diagnostics;
  diagnostics.report(Kind::missing_value, {}, "m").note("one\ntwo");
  CHECK(shown(diagnostics) == "error[E0112]: m\n     = note: one\n             two\n");
}

TEST_CASE("colour adds nothing that the plain form lacks") {
  const SourceFile file = file_of("let a = 1\n");
  Diagnostics diagnostics;
  diagnostics.report(Kind::missing_value, {&file, 4, 5}, "m")
      .mark("a")
      .also({&file, 8, 9}, "b")
      .note("n")
      .fix("f");
  std::string coloured = shown(diagnostics, Format::text, true);
  CHECK(coloured.find('\x1b') != std::string::npos);
  std::string plain;
  for (size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b') {
      i = coloured.find('m', i);
    } else {
      plain += coloured[i];
    }
  }
  CHECK(plain == shown(diagnostics));
}

TEST_CASE("at most so many messages are shown, the rest is counted; JSON holds all") {
  const SourceFile file{.path = "a.stria", .module = "", .text = std::string(100, 'x')};
  Diagnostics diagnostics;
  for (uint32_t i = 0; i < 60; ++i) diagnostics.report(Kind::unknown_name, {&file, i, i + 1}, "unknown");
  const auto count = [](const std::string& text, const std::string& word) {
    size_t n = 0;
    for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
    return n;
  };
  for (const Format format : {Format::text, Format::short_line}) {
    const std::string shown = render(diagnostics.sorted(), {.format = format, .at_most = 20});
    CHECK(count(shown, "E0201") == 20);
    CHECK(shown.ends_with("and 40 more\n"));
    CHECK(count(render(diagnostics.sorted(), {.format = format, .at_most = 60}), "more") == 0);
  }
  CHECK(count(render(diagnostics.sorted(), {.format = Format::json, .at_most = 20}), "E0201") == 60);
}

TEST_CASE("short form: file:line:column") {
  const SourceFile file = file_of("\nlet µ = 1\n");
  Diagnostics diagnostics;
  diagnostics.report(Kind::missing_value, {&file, 8, 9}, "m").mark("x").note("n");
  diagnostics.report(Kind::missing_value, {}, "without a place");
  CHECK(shown(diagnostics, Format::short_line) ==
        "a.stria:2:7: error[E0112]: m\nerror[E0112]: without a place\n");
}

TEST_CASE("json: all parts, with places as lines, columns and offsets") {
  const SourceFile file = file_of("let a = 5 ms\n");
  Diagnostics diagnostics;
  diagnostics.report(Kind::loose_unit, {&file, 8, 12}, "m")
      .mark("label")
      .also({&file, 4, 5}, "other")
      .note("n")
      .fix("write `5ms`", {{{&file, 8, 12}, "5ms"}});
  diagnostics.report(Kind::missing_value, {}, "nowhere \xff");
  const auto json = nlohmann::json::parse(shown(diagnostics, Format::json));
  REQUIRE(json.size() == 2);
  CHECK(json[0]["code"] == "E0114");
  CHECK(json[0]["severity"] == "error");
  CHECK(json[0]["message"] == "m");
  CHECK(json[0]["file"] == "a.stria");
  CHECK(json[0]["range"]["begin"]["line"] == 1);
  CHECK(json[0]["range"]["begin"]["column"] == 9);
  CHECK(json[0]["range"]["end"]["column"] == 13);
  CHECK(json[0]["range"]["end"]["offset"] == 12);
  CHECK(json[0]["label"] == "label");
  CHECK(json[0]["secondary"][0]["label"] == "other");
  CHECK(json[0]["notes"][0] == "n");
  CHECK(json[0]["fixes"][0]["edits"][0]["replacement"] == "5ms");
  CHECK(json[1]["file"].is_null());
  CHECK(json[1]["range"].is_null());
  CHECK(nlohmann::json::parse(shown(Diagnostics{}, Format::json)).empty());
}
