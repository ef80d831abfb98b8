#include "compiler/codegen/emitter.h"
#include "compiler/plan/view.h"

namespace stria::codegen {

using plan::Axis;
using plan::Instruction;
using plan::View;

namespace {
// Bins that a product over all bins takes at once, so that each weight read serves them all.
constexpr int64_t bins_at_once = 6;
// Weights of more bytes than this do not stay in the first cache from bin to bin; blocks in which they are
// read.
constexpr int64_t first_cache = 24 << 10, block_bytes = 14 << 10;
}  // namespace

// Axes that follow each other without a gap are one.
std::vector<Emitter::Stretch> Emitter::stretches(const View& view) const {
  std::vector<Stretch> result;
  for (const Axis& axis : view.axes) {
    if (axis.size == 1) continue;
    const Stretch next{axis.size, distance(view, axis)};
    if (!result.empty() && result.back().distance == next.size * next.distance) {
      result.back() = {result.back().size * next.size, next.distance};
    } else {
      result.push_back(next);
    }
  }
  return result;
}

// sum_k W[unit, k] x[k] for `units` units and each x (a bin each): [x][unit].
Emitter::Values Emitter::tile(V weights, int64_t units, int64_t unit_width, const Values& xs,
                              const std::vector<Stretch>& stretches, V first_size) {
  const int64_t wide = lanes_ > 1 ? lanes_ : unit_width;
  Values sums(xs.size() * static_cast<size_t>(units), real(0, wide));
  const std::function<Values(size_t, V, const Values&, const Values&)> descend =
      [&](size_t depth, V flat, const Values& from, const Values& carried) -> Values {
    if (depth == stretches.size()) {
      V w = offset(weights, scaled(flat, units * unit_width));
      Values next = carried;
      const auto weight = [&](int64_t u) {
        return lanes_ > 1 ? splat(load(offset(w, u), 1), lanes_)
                          : load(offset(w, u * unit_width), unit_width);
      };
      // Few weights for many bins stay in registers; many weights for one bin are read where they are used.
      Values kept;
      for (int64_t u = 0; u < units && from.size() > 1; ++u) kept.push_back(weight(u));
      for (size_t b = 0; b < from.size(); ++b) {
        V x = lanes_ > 1 ? load(from[b], lanes_) : splat(load(from[b], 1), wide);
        for (int64_t u = 0; u < units; ++u) {
          V& sum = next[b * static_cast<size_t>(units) + static_cast<size_t>(u)];
          sum = math_.fma(kept.empty() ? weight(u) : kept[static_cast<size_t>(u)], x, sum);
        }
      }
      return next;
    }
    const Stretch& along = stretches[depth];
    return loop(
        number(0), depth == 0 && first_size != nullptr ? first_size : number(along.size), 1, carried,
        [&](V index, const Values& so_far) {
          Values moved;
          for (V address : from) moved.push_back(offset(address, scaled(index, along.distance)));
          return descend(depth + 1, builder_.CreateAdd(scaled(flat, along.size), index), moved, so_far);
        },
        true);
  };
  return descend(0, number(0), xs, sums);
}

// What one place's product takes of an operand: the view without the places.
View Emitter::one_place(const Instruction& i, size_t side) {
  View view = i.operands[side];
  view.axes.erase(view.axes.begin(), view.axes.begin() + i.places);
  return view;
}

// For each place of a product: how far it lies in each operand that has places, and its number.
void Emitter::each_place(const Instruction& i, const std::function<void(const Values&, V)>& body) {
  const size_t n_sides = i.work == plan::Work::outer ? 2 : 1;
  const std::function<void(int64_t, const Values&, V)> descend = [&](int64_t depth, const Values& so_far,
                                                                     V flat) {
    if (depth == i.places) return body(so_far, flat);
    count(i.operands[0].axes[static_cast<size_t>(depth)].size, [&](V n) {
      Values moved;
      for (size_t side = 0; side < n_sides; ++side) {
        const Axis& axis = i.operands[side].axes[static_cast<size_t>(depth)];
        moved.push_back(builder_.CreateAdd(so_far[side], scaled(n, distance(i.operands[side], axis))));
      }
      const int64_t size = i.operands[0].axes[static_cast<size_t>(depth)].size;
      descend(depth + 1, moved, builder_.CreateAdd(scaled(flat, size), n));
    });
  };
  descend(0, Values(n_sides, number(0)), number(0));
}

// A product within a loop over bins.
void Emitter::dot(const Instruction& i) {
  const int64_t rows = flat_.values[static_cast<size_t>(i.result)].entries / i.n_places();
  each_place(i, [&](const Values& distances, V place) {
    V to = base(plan_.places[static_cast<size_t>(i.result)], bin_, 0, 0);
    dot_at(i, rows, offset(base(i.operands[0]), distances[0]), offset(to, scaled(place, rows * lanes_)));
  });
}

void Emitter::dot_at(const Instruction& i, int64_t rows, V from, V to) {
  const View x = one_place(i, 0);
  const int64_t k = x.entries();
  const plan::DotTiles tiles = plan::dot_tiles(plan_.options, rows, false);
  const plan::Cover cover(rows, lanes_ > 1 ? 1 : plan_.options.width);
  const std::vector<Stretch> along = stretches(x);
  const int64_t bytes = flat_.values[static_cast<size_t>(i.operands[1].value)].entries * real_bytes_;
  if (lanes_ == 1 && along.size() == 1 && tiles.rest == 0 && bytes > first_cache) {
    return dot_in_blocks(i, tiles, rows, along[0], from, to);
  }
  V packed = base(i.operands[1]);
  const int64_t per_tile = tiles.units * tiles.unit_width * k;
  const int64_t n_tiles = tiles.count + (tiles.rest > 0 ? 1 : 0);
  count(n_tiles - 1, [&](V index) {
    const Values sums =
        tile(offset(packed, scaled(index, per_tile)), tiles.units, tiles.unit_width, {from}, along);
    for (int64_t u = 0; u < tiles.units; ++u) {
      V start = add(scaled(index, tiles.units * tiles.unit_width), u * tiles.unit_width);
      store(sums[static_cast<size_t>(u)], offset(to, scaled(start, lanes_)));
    }
  });
  const int64_t units = tiles.rest > 0 ? tiles.rest : tiles.units;
  const Values sums = tile(offset(packed, (n_tiles - 1) * per_tile), units, tiles.unit_width, {from}, along);
  for (int64_t u = 0; u < units; ++u) {
    store(sums[static_cast<size_t>(u)], offset(to, cover.start((n_tiles - 1) * tiles.units + u) * lanes_));
  }
}

// Weights that do not fit into the first cache are read in blocks, to and fro: odd bins begin with the blocks
// that even ones ended with, which are still there. A block's sums start from zero and are added in one
// order, so that the direction is nowhere in the result.
void Emitter::dot_in_blocks(const Instruction& i, const plan::DotTiles& tiles, int64_t rows,
                            const Stretch& along, V from, V to) {
  const int64_t k = along.size, per_k = tiles.units * tiles.unit_width, width = tiles.unit_width;
  const plan::Cover cover(rows, plan_.options.width);
  const int64_t chunks = std::max<int64_t>(1, per_k * k * real_bytes_ / block_bytes),
                chunk = (k + chunks - 1) / chunks;
  const int64_t n_chunks = (k + chunk - 1) / chunk, n_blocks = tiles.count * n_chunks;
  V packed = base(i.operands[1]);
  V partial = scratch(n_blocks * per_k);
  count(n_blocks, [&](V index) {
    V block = snake(index, n_blocks);
    V row_tile = builder_.CreateUDiv(block, number(n_chunks)),
      first = builder_.CreateURem(block, number(n_chunks));
    first = scaled(first, chunk);
    V size = builder_.CreateSub(number(k), first);
    size = builder_.CreateSelect(builder_.CreateICmpSLT(size, number(chunk)), size, number(chunk));
    V weights = offset(packed, builder_.CreateAdd(scaled(row_tile, per_k * k), scaled(first, per_k)));
    V x = offset(from, scaled(first, along.distance));
    const Values sums = tile(weights, tiles.units, width, {x}, {along}, size);
    for (int64_t u = 0; u < tiles.units; ++u) {
      store(sums[static_cast<size_t>(u)], offset(offset(partial, scaled(block, per_k)), u * width));
    }
  });
  for (int64_t unit = 0; unit < tiles.n_units(); ++unit) {
    V sum = nullptr;
    for (int64_t c = 0; c < n_chunks; ++c) {
      const int64_t at = (unit / tiles.units * n_chunks + c) * per_k + unit % tiles.units * width;
      V part = load(offset(partial, at), width);
      sum = sum == nullptr ? part : builder_.CreateFAdd(sum, part);
    }
    store(sum, offset(to, cover.start(unit)));
  }
}

// index in even bins, counted from the end in odd ones.
Emitter::V Emitter::snake(V index, int64_t n) {
  V odd = builder_.CreateTrunc(bin_, builder_.getInt1Ty());
  return builder_.CreateSelect(odd, builder_.CreateSub(number(n - 1), index), index);
}

// Memory of this call alone, on a vector's boundary.
Emitter::V Emitter::scratch(int64_t numbers) {
  llvm::IRBuilder<> entry(&function_->getEntryBlock(), function_->getEntryBlock().begin());
  auto* memory = entry.CreateAlloca(llvm::ArrayType::get(real_, static_cast<uint64_t>(numbers)));
  memory->setAlignment(llvm::Align(64));
  return memory;
}

// A product over all bins.
void Emitter::dot_stage(const Instruction& i) {
  each_place(i, [&](const Values& distances, V place) { dot_stage_at(i, distances[0], place); });
}

void Emitter::dot_stage_at(const Instruction& i, V place_distance, V place) {
  const View x = one_place(i, 0);
  const int64_t rows = flat_.values[static_cast<size_t>(i.result)].entries / i.n_places(), k = x.entries();
  const plan::DotTiles tiles = plan::dot_tiles(plan_.options, rows, true);
  const plan::Cover cover(rows, plan_.options.width);
  const std::vector<Stretch> along = stretches(x);
  const plan::Place& to = plan_.places[static_cast<size_t>(i.result)];
  const int64_t x_row = row(buffer_of(x.value)), to_row = row(buffer_of(i.result));
  V packed = base(i.operands[1]);
  const int64_t per_tile = tiles.units * tiles.unit_width * k;
  const auto run = [&](V weights, int64_t units, const std::function<V(int64_t)>& start) {
    const auto block = [&](V bin, int64_t bins) {
      bin_ = bin;
      Values xs;
      V first = offset(base(x), place_distance);
      for (int64_t b = 0; b < bins; ++b) xs.push_back(offset(first, b * x_row));
      const Values sums = tile(weights, units, tiles.unit_width, xs, along);
      V out = offset(base(to, bin_, 0, 0), scaled(place, rows * lanes_));
      for (int64_t b = 0; b < bins; ++b) {
        for (int64_t u = 0; u < units; ++u) {
          store(sums[static_cast<size_t>(b * units + u)], offset(offset(out, start(u)), b * to_row));
        }
      }
    };
    V blocks = builder_.CreateUDiv(builder_.CreateSub(end_, begin_), number(bins_at_once));
    V rest = builder_.CreateAdd(begin_, scaled(blocks, bins_at_once));
    loop(begin_, rest, bins_at_once, [&](V bin) { block(bin, bins_at_once); });
    loop(rest, end_, 1, [&](V bin) { block(bin, 1); });
  };
  const int64_t n_tiles = tiles.count + (tiles.rest > 0 ? 1 : 0);
  count(n_tiles - 1, [&](V index) {
    run(offset(packed, scaled(index, per_tile)), tiles.units,
        [&](int64_t u) { return add(scaled(index, tiles.units * tiles.unit_width), u * tiles.unit_width); });
  });
  run(offset(packed, (n_tiles - 1) * per_tile), tiles.rest > 0 ? tiles.rest : tiles.units,
      [&](int64_t u) { return number(cover.start((n_tiles - 1) * tiles.units + u)); });
  bin_ = nullptr;
}

}  // namespace stria::codegen
