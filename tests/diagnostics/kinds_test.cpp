#include <doctest/doctest.h>

#include <set>

#include "compiler/diagnostics/diagnostic.h"

using namespace stria;

TEST_CASE("every kind has a code of its own, in the right form") {
  std::set<std::string_view> codes;
  for (const KindInfo& kind : all_kinds()) {
    CAPTURE(kind.code);
    CHECK(codes.insert(kind.code).second);
    REQUIRE(kind.code.size() == 5);
    CHECK((kind.code[0] == 'E' || kind.code[0] == 'W'));
    CHECK(kind.code.find_first_not_of("0123456789", 1) == std::string_view::npos);
    CHECK(kind.title.size() > 5);
    CHECK(kind.title.back() != '.');
    CHECK(kind.wrong.empty() == kind.right.empty());
    CHECK(&info(kind.kind) == &kind);
    CHECK(find_kind(kind.code) == &kind);
  }
  CHECK(find_kind("E9999") == nullptr);
  CHECK(find_kind("") == nullptr);
}

TEST_CASE("the same kind at the same place is kept once") {
  const SourceFile file{.path = "a.stria", .module = "", .text = "let a = 1\n"};
  Diagnostics diagnostics;
  diagnostics.report(Kind::missing_value, {&file, 0, 3}, "first").mark("kept");
  diagnostics.report(Kind::missing_value, {&file, 0, 3}, "again").mark("dropped");
  diagnostics.report(Kind::missing_name, {&file, 0, 3}, "another kind");
  diagnostics.report(Kind::missing_value, {&file, 0, 4}, "another place");
  CHECK(diagnostics.n_errors() == 3);
  REQUIRE(diagnostics.sorted().size() == 3);
  CHECK(diagnostics.sorted()[0].message == "first");
  CHECK(diagnostics.sorted()[0].primary.text == "kept");
}

TEST_CASE("messages without a place are all kept") {
  Diagnostics diagnostics;
  diagnostics.report(Kind::missing_value, {}, "one");
  diagnostics.report(Kind::missing_value, {}, "two");
  CHECK(diagnostics.sorted().size() == 2);
}

TEST_CASE("a report can be built on after later ones") {
  const SourceFile file{.path = "a.stria", .module = "", .text = "let a = 1\n"};
  Diagnostics diagnostics;
  Diagnostic& first = diagnostics.report(Kind::missing_value, {&file, 0, 1}, "first");
  for (uint32_t i = 1; i < 9; ++i) diagnostics.report(Kind::missing_value, {&file, i, i + 1}, "more");
  first.note("late");
  CHECK(diagnostics.sorted()[0].notes.size() == 1);
}

TEST_CASE("sorted: files in the order of their first mention, then by place") {
  const SourceFile spec{.path = "spec.stria", .module = "", .text = "0123456789"};
  const SourceFile used{.path = "used.stria", .module = "used", .text = "0123456789"};
  Diagnostics diagnostics;
  diagnostics.report(Kind::missing_value, {&spec, 5, 6}, "c");
  diagnostics.report(Kind::missing_value, {&used, 1, 2}, "d");
  diagnostics.report(Kind::missing_value, {&spec, 2, 3}, "b");
  diagnostics.report(Kind::missing_name, {&spec, 0, 3}, "a");
  std::string order;
  for (const Diagnostic& each : diagnostics.sorted()) order += each.message;
  CHECK(order == "abcd");
}
