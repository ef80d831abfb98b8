// Values put together from others, and what all parts of a batch give together.
#include "compiler/codegen/emitter.h"
#include "compiler/plan/groups.h"
#include "compiler/plan/layout.h"

namespace stria::codegen {

using plan::Instruction;
using plan::View;

void Emitter::frame(const Instruction& i) {
  bin_ = i.bin >= 0 ? number(i.bin) : add(total_, i.bin);
  nest(i);
  bin_ = nullptr;
}

void Emitter::join(const Instruction& i) {
  const plan::Place& place = plan_.places[static_cast<size_t>(i.result)];
  if (i.zeros) clear(place, flat_.values[static_cast<size_t>(i.result)].entries, lanes_of(i.result) == 1);
  for (size_t k = 0; k < i.operands.size(); ++k) {
    const View& view = i.operands[k];
    const plan::Place& from = plan_.places[static_cast<size_t>(view.value)];
    const bool there = from.buffer == place.buffer && from.bins == place.bins &&
                       from.offset == place.offset + i.destinations[k].offset && plan::is_direct(flat_, view);
    if (there && flat_.values[static_cast<size_t>(view.value)].name.empty()) continue;
    Instruction copy = i;
    copy.operands = {view};
    copy.summed_axes = 0;
    nest(copy, i.destinations[k]);
  }
}

// Reduces over the parts, and over the clips of each.
void Emitter::combine(const Instruction& i) {
  const View& view = i.operands[0];
  const int64_t stride = plan::part_numbers(buffer_of(view.value), plan_lanes_, 0, real_bytes_);
  if (lanes_of(view.value) > 1) return combine_lanes(i, stride);
  const plan::Cover cover(view.entries(), plan_.options.width);
  V from = base(view), to = base(plan_.places[static_cast<size_t>(i.result)], nullptr, 0, 0);
  const auto one = [&](V start) {
    V sum = loop(
        number(0), piece_, 1, {real(plan::start_of(i.reduction), cover.width)},
        [&](V part, const Values& carried) {
          V address = offset(offset(from, start), scaled(part, stride));
          return Values{joined(i.reduction, carried[0], load(address, cover.width))};
        },
        true)[0];
    store(sum, offset(to, start));
  };
  count(view.entries() / cover.width, [&](V vector) { one(scaled(vector, cover.width)); });
  if (view.entries() % cover.width != 0) one(number(cover.start(cover.vectors - 1)));
}

void Emitter::combine_lanes(const Instruction& i, int64_t stride) {
  const View& view = i.operands[0];
  V from = base(view), to = base(plan_.places[static_cast<size_t>(i.result)], nullptr, 0, 0);
  count(view.entries(), [&](V entry) {
    V sum = loop(
        number(0), pieces_, 1, {real(plan::start_of(i.reduction), 1)},
        [&](V clip, const Values& carried) {
          V part = builder_.CreateUDiv(clip, number(plan_lanes_));
          V lane = builder_.CreateURem(clip, number(plan_lanes_));
          V address = offset(offset(offset(from, scaled(entry, plan_lanes_)), scaled(part, stride)), lane);
          return Values{joined(i.reduction, carried[0], load(address, 1))};
        },
        true)[0];
    store(sum, offset(to, entry));
  });
}

// Rows beyond the last, in the last vector of a tile, are rows that lie in two vectors.
void Emitter::pack(const Instruction& i) {
  const View& view = i.operands[0];
  std::vector<int64_t> sizes = view.sizes();
  const auto n_summed = static_cast<size_t>(i.summed_axes);
  int64_t rows = 1, k = 1;
  for (size_t a = 0; a < sizes.size(); ++a) (a < sizes.size() - n_summed ? rows : k) *= sizes[a];
  const bool own_stage = plan_.packed_for_stage.at(static_cast<size_t>(i.result));
  const plan::DotTiles tiles = plan::dot_tiles(plan_.options, rows, own_stage);
  const plan::Cover cover(rows, plan_lanes_ == 1 ? plan_.options.width : 1);
  const int64_t width = tiles.unit_width;
  V to = base(plan_.places[static_cast<size_t>(i.result)], nullptr, 0, 0), from = base(view);
  // Address of W[row, 0...].
  const auto row_address = [&](V row) {
    V address = from;
    int64_t below = rows;
    for (size_t a = 0; a < sizes.size() - n_summed; ++a) {
      below /= sizes[a];
      V index = builder_.CreateURem(builder_.CreateUDiv(row, number(below)), number(sizes[a]));
      address = offset(address, scaled(index, distance(view, view.axes[a])));
    }
    return address;
  };
  const auto walk = [&](const auto& self, size_t a, V address, V index,
                        const std::function<void(V, V)>& body) -> void {
    if (a == sizes.size()) return body(address, index);
    count(sizes[a], [&](V n) {
      self(self, a + 1, offset(address, scaled(n, distance(view, view.axes[a]))),
           builder_.CreateAdd(scaled(index, sizes[a]), n), body);
    });
  };
  // One row of one unit: unit number, and the row within it.
  const auto put = [&](V unit, V within, V row) {
    V tile = builder_.CreateUDiv(unit, number(tiles.units));
    V in_tile = builder_.CreateURem(unit, number(tiles.units));
    // Tiles before this one are full; this one has `units`, or `rest` units.
    V is_full = builder_.CreateICmpSLT(tile, number(tiles.count));
    V per_k = builder_.CreateSelect(is_full, number(tiles.units * width), number(tiles.rest * width));
    V start = builder_.CreateAdd(scaled(tile, tiles.units * width * k),
                                 builder_.CreateAdd(scaled(in_tile, width), within));
    walk(walk, sizes.size() - n_summed, row_address(row), number(0), [&](V address, V index) {
      store(load(address, 1), offset(to, builder_.CreateAdd(start, builder_.CreateMul(index, per_k))));
    });
  };
  count(cover.vectors - 1, [&](V unit) {
    count(width, [&](V within) { put(unit, within, builder_.CreateAdd(scaled(unit, width), within)); });
  });
  count(width, [&](V within) {
    put(number(cover.vectors - 1), within, add(within, cover.start(cover.vectors - 1)));
  });
}

}  // namespace stria::codegen
