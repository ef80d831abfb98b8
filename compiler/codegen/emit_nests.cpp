#include "compiler/codegen/emitter.h"
#include "compiler/plan/groups.h"
#include "compiler/plan/layout.h"
#include "compiler/plan/view.h"

namespace stria::codegen {

using plan::Axis;
using plan::Instruction;
using plan::Reduction;
using plan::View;

void Emitter::nest(const Instruction& i) {
  std::vector<int64_t> sizes = i.operands[0].sizes();
  sizes.resize(sizes.size() - static_cast<size_t>(i.summed_axes));
  nest(i, plan::whole(i.result, sizes));
}

// Loops over the destination's axes; vectors run along its last one where all operands lie dense or still
// there.
void Emitter::nest(const Instruction& i, const View& destination) {
  const size_t n_out = destination.axes.size();
  int64_t width = 1;
  if (lanes_ == 1 && n_out > 0 && destination.axes.back().stride == 1) {
    bool dense = true;
    for (const View& view : i.operands) {
      const Axis& axis = view.axes[n_out - 1];
      dense = dense && axis.bins == 0 && (axis.stride == 0 || axis.stride == 1) &&
              !flat_.values[static_cast<size_t>(view.value)].constant;
    }
    if (dense) width = plan::Cover(destination.axes.back().size, plan_.options.width).width;
  }
  const std::function<void(size_t, Values, V)> descend = [&](size_t axis, const Values& from, V to) {
    if (axis == n_out) {
      V start = real(plan::start_of(i.reduction), lanes_ > 1 ? lanes_ : width);
      store(reduce(i, from, n_out, i.summed_axes == 0 ? nullptr : start, width), to);
      return;
    }
    const Axis& out = destination.axes[axis];
    const auto step = [&](V index) {
      Values moved;
      for (size_t k = 0; k < from.size(); ++k) {
        const View& view = i.operands[k];
        moved.push_back(from[k] == nullptr ? nullptr
                                           : offset(from[k], scaled(index, distance(view, view.axes[axis]))));
      }
      descend(axis + 1, moved, offset(to, scaled(index, out.stride * lanes_of(destination.value))));
    };
    if (axis + 1 < n_out || width == 1) return count(out.size, step);
    const plan::Cover cover(out.size, width);
    count(out.size / width, [&](V vector) { step(scaled(vector, width)); });
    if (out.size % width != 0) step(number(cover.start(cover.vectors - 1)));
  };
  Values from;
  for (const View& view : i.operands) {
    from.push_back(flat_.values[static_cast<size_t>(view.value)].constant ? nullptr : base(view));
  }
  descend(0, from, base(destination));
}

// The product of the operands, joined over the summed axes from `axis` on.
Emitter::V Emitter::reduce(const Instruction& i, const Values& from, size_t axis, V accumulated,
                           int64_t width) {
  const size_t n_axes = i.operands[0].axes.size();
  const int64_t wide = lanes_ > 1 ? lanes_ : width;
  if (axis < n_axes) {
    const auto step = [&](V index, V so_far) {
      Values moved;
      for (size_t k = 0; k < from.size(); ++k) {
        const View& view = i.operands[k];
        moved.push_back(from[k] == nullptr ? nullptr
                                           : offset(from[k], scaled(index, distance(view, view.axes[axis]))));
      }
      return reduce(i, moved, axis + 1, so_far, width);
    };
    const int64_t size = i.operands[0].axes[axis].size;
    if (size == 1) return step(number(0), accumulated);
    return loop(
        number(0), number(size), 1, {accumulated},
        [&](V index, const Values& carried) { return Values{step(index, carried[0])}; }, true)[0];
  }
  Values factors;
  for (size_t k = 0; k < from.size(); ++k) {
    const View& view = i.operands[k];
    const auto& constant = flat_.values[static_cast<size_t>(view.value)].constant;
    if (constant) {
      factors.push_back(real(*constant, wide));
      continue;
    }
    const bool moves = width == 1 || view.axes[axis - static_cast<size_t>(i.summed_axes) - 1].stride == 1;
    factors.push_back(moves ? entry(view, from[k], width) : splat(load(from[k], 1), width));
  }
  if (accumulated == nullptr)
    return factors.size() == 1 ? factors[0] : builder_.CreateFMul(factors[0], factors[1]);
  if (factors.size() == 2) return math_.fma(factors[0], factors[1], accumulated);
  return joined(i.reduction, accumulated, factors[0]);
}

Emitter::V Emitter::joined(Reduction reduction, V a, V b) {
  switch (reduction) {
    case Reduction::sum:
      return builder_.CreateFAdd(a, b);
    case Reduction::product:
      return builder_.CreateFMul(a, b);
    case Reduction::greatest:
      return math_.max(a, b);
    case Reduction::least:
      return math_.min(a, b);
  }
  return a;
}

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
