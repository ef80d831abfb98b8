// Entries in vectors, rows of products in tiles.
#include "compiler/plan/tiles.h"

#include <doctest/doctest.h>

using namespace stria::plan;

TEST_CASE("each entry lies in a vector, and no vector reaches beyond the last") {
  for (const int64_t widest : {1, 2, 4, 8, 16}) {
    for (int64_t n = 1; n <= 100; ++n) {
      CAPTURE(widest);
      CAPTURE(n);
      const Cover cover(n, widest);
      CHECK(cover.width <= widest);
      std::vector<int> times(static_cast<size_t>(n), 0);
      for (int64_t vector = 0; vector < cover.vectors; ++vector) {
        const int64_t start = cover.start(vector);
        REQUIRE(start >= 0);
        REQUIRE(start + cover.width <= n);
        for (int64_t i = start; i < start + cover.width; ++i) {
          const bool is_repeated = i - start < cover.repeated(vector);
          CHECK((times[static_cast<size_t>(i)]++ > 0) == is_repeated);
        }
      }
      CHECK(std::count(times.begin(), times.end(), 0) == 0);
    }
  }
  CHECK(Cover(70, 8).start(8) == 62);
}

TEST_CASE("tiles hold each row once, and fit into the registers") {
  for (const int64_t lanes : {1, 8}) {
    for (const int64_t registers : {16, 32}) {
      for (const bool own_stage : {false, true}) {
        for (int64_t rows = 1; rows <= 300; ++rows) {
          CAPTURE(lanes);
          CAPTURE(registers);
          CAPTURE(own_stage);
          CAPTURE(rows);
          const DotTiles tiles = dot_tiles({lanes, 8, registers}, rows, own_stage);
          const Cover cover(rows, 8);
          CHECK(tiles.unit_width == (lanes == 1 ? cover.width : 1));
          CHECK(tiles.n_units() == (lanes == 1 ? cover.vectors : rows));
          CHECK(tiles.units >= 1);
          CHECK(tiles.units < registers);
          CHECK(tiles.rest < tiles.units);
        }
      }
    }
  }
}
