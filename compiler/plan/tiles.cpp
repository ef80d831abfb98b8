#include "compiler/plan/tiles.h"

#include "compiler/plan/view.h"

namespace stria::plan {

DotTiles dot_tiles(const PlanOptions& options, int64_t rows, bool own_stage) {
  DotTiles result;
  int64_t n_units = rows, most = 0;
  const bool many = options.registers > 16;
  if (options.lanes == 1) {
    const Cover cover(rows, options.width);
    result.unit_width = cover.width;
    n_units = cover.vectors;
    most = own_stage ? 2 : 10;
  } else {
    most = many ? 24 : 12;
  }
  // Tiles of one size where that can be; a product over all bins has many tiles, and the last may be smaller.
  const int64_t tiles = (n_units + most - 1) / most;
  result.units = own_stage ? std::min(most, n_units) : (n_units + tiles - 1) / tiles;
  result.count = n_units / result.units;
  result.rest = n_units % result.units;
  return result;
}

}  // namespace stria::plan
