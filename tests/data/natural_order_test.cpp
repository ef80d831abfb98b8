#include "runtime/data/natural_order.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using stria::data::matches;
using stria::data::natural_less;

TEST_CASE("natural order: numbers by value, anything else by letters") {
  std::vector<std::string> names = {"stim10", "stim2",  "stim1",      "stim",     "stim02",
                                    "a",      "stim2b", "stim10.wav", "stim9.wav"};
  std::sort(names.begin(), names.end(), natural_less);
  CHECK(names == std::vector<std::string>{"a", "stim", "stim1", "stim02", "stim2", "stim2b", "stim9.wav",
                                          "stim10", "stim10.wav"});
}

TEST_CASE("natural order: numbers longer than any integer") {
  CHECK(natural_less("s99999999999999999999", "s100000000000000000000"));
  CHECK_FALSE(natural_less("s100000000000000000000", "s99999999999999999999"));
}

TEST_CASE("natural order: strict, so equal names are not less") {
  CHECK_FALSE(natural_less("stim1", "stim1"));
  CHECK(natural_less("stim01", "stim1") != natural_less("stim1", "stim01"));
}

TEST_CASE("patterns: * and ?") {
  CHECK(matches("stim12.wav", "stim*.wav"));
  CHECK(matches("stim.wav", "stim*.wav"));
  CHECK_FALSE(matches("stim12.wave", "stim*.wav"));
  CHECK(matches("a1", "a?"));
  CHECK_FALSE(matches("a", "a?"));
  CHECK(matches("aXbXc", "a*b*c"));
  CHECK_FALSE(matches("aXbX", "a*b*c"));
  CHECK(matches("", "*"));
  CHECK_FALSE(matches("x.wav", ""));
}
