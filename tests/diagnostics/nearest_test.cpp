#include <doctest/doctest.h>

#include "compiler/diagnostics/diagnostic.h"

using namespace stria;

TEST_CASE("nearest finds the word with the fewest edits") {
  const std::vector<std::string> layers = {"Linear", "LayerNorm", "BatchNorm", "Conv"};
  CHECK(nearest("LayerNrom", layers) == "LayerNorm");
  CHECK(nearest("linear", layers) == "Linear");
  CHECK(nearest("layer_norm", layers) == "LayerNorm");
  CHECK(nearest("Con", layers) == "Conv");
}

TEST_CASE("nearest: at most half the word and five letters") {
  CHECK_FALSE(nearest("x", {"y"}));
  CHECK_FALSE(nearest("ab", {"xy"}));
  CHECK(nearest("ab", {"ac"}) == "ac");
  CHECK_FALSE(nearest("abcd", {"wxyz"}));
  CHECK(nearest("abcdefghijklmnop", {"abcdefghijk"}) == "abcdefghijk");
  CHECK_FALSE(nearest("abcdefghijklmnop", {"abcdefghij"}));
  CHECK_FALSE(nearest("anything", {}));
}

TEST_CASE("nearest: the first of equals, never the word itself") {
  CHECK(nearest("cat", {"bat", "hat"}) == "bat");
  CHECK(nearest("cat", {"cat", "hat"}) == "hat");
}
