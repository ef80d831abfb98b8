#include <doctest/doctest.h>

#include "compiler/diagnostics/diagnostic.h"

using namespace stria;

namespace {

SourceFile named_source(std::string text) {
  return {.path = "a.stria", .module = "", .text = std::move(text)};
}

}  // namespace

TEST_CASE("position_of counts lines and characters from 1") {
  const SourceFile file = named_source("ab\nµΩc\n\nd");
  CHECK(position_of(file, 0).line == 1);
  CHECK(position_of(file, 0).column == 1);
  CHECK(position_of(file, 2).column == 3);  // the line end belongs to its line
  const Position c = position_of(file, 7);  // behind two characters of two bytes each
  CHECK(c.line == 2);
  CHECK(c.column == 3);
  CHECK(position_of(file, 9).line == 3);
  CHECK(position_of(file, 10).line == 4);
  CHECK(position_of(file, 1000).line == 4);  // an offset behind the end is the end
  CHECK(position_of(file, 1000).column == 2);
}

TEST_CASE("join and text_of") {
  const SourceFile file = named_source("let a = 1");
  const SourceFile other = named_source("other");
  const Range name{&file, 4, 5}, value{&file, 8, 9};
  CHECK(text_of(join(name, value)) == "a = 1");
  CHECK(join(value, name) == join(name, value));
  CHECK(join(name, Range{}) == name);
  CHECK(join(Range{}, name) == name);
  CHECK(join(name, Range{&other, 0, 5}) == name);
  CHECK(text_of(Range{}) == "");
  CHECK(text_of(Range{&file, 8, 900}) == "1");
  CHECK(text_of(Range{&file, 900, 901}) == "");
}
