#include "compiler/codegen/emitter.h"
#include "compiler/plan/view.h"

namespace stria::codegen {

using plan::Axis;
using plan::Instruction;
using plan::View;

namespace {
// Bins that a product over all bins takes at once, so that each weight read serves them all.
constexpr int64_t bins_at_once = 6;
// Rows (and, where vectors hold clips, columns) of an outer product that stay in registers.
constexpr int64_t outer_rows = 6, outer_vectors = 2, outer_columns = 2;
// Bins after which an outer product goes on to other rows, so that what it reads stays in the first cache.
constexpr int64_t outer_bins = 64;
// Weights of more bytes than this do not stay in the first cache from bin to bin; blocks in which they are
// read.
constexpr int64_t first_cache = 24 << 10, block_bytes = 10 << 10;
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

// A product within a loop over bins.
void Emitter::dot(const Instruction& i) {
  const View& x = i.operands[0];
  const int64_t rows = flat_.values[static_cast<size_t>(i.result)].entries, k = x.entries();
  const plan::DotTiles tiles = plan::dot_tiles(plan_.options, rows, false);
  const plan::Cover cover(rows, lanes_ > 1 ? 1 : plan_.options.width);
  const std::vector<Stretch> along = stretches(x);
  const int64_t bytes = flat_.values[static_cast<size_t>(i.operands[1].value)].entries * real_bytes_;
  if (lanes_ == 1 && along.size() == 1 && tiles.rest == 0 && bytes > first_cache) {
    return dot_in_blocks(i, tiles, along[0]);
  }
  V packed = base(i.operands[1]), from = base(x),
    to = base(plan_.places[static_cast<size_t>(i.result)], bin_, 0, 0);
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
void Emitter::dot_in_blocks(const Instruction& i, const plan::DotTiles& tiles, const Stretch& along) {
  const int64_t k = along.size, per_k = tiles.units * tiles.unit_width, width = tiles.unit_width;
  const int64_t rows = flat_.values[static_cast<size_t>(i.result)].entries;
  const plan::Cover cover(rows, plan_.options.width);
  const int64_t chunks = std::max<int64_t>(1, per_k * k * real_bytes_ / block_bytes),
                chunk = (k + chunks - 1) / chunks;
  const int64_t n_chunks = (k + chunk - 1) / chunk, n_blocks = tiles.count * n_chunks;
  V packed = base(i.operands[1]), from = base(i.operands[0]);
  V to = base(plan_.places[static_cast<size_t>(i.result)], bin_, 0, 0);
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
  const View& x = i.operands[0];
  const int64_t rows = flat_.values[static_cast<size_t>(i.result)].entries, k = x.entries();
  const plan::DotTiles tiles = plan::dot_tiles(plan_.options, rows, true);
  const plan::Cover cover(rows, plan_.options.width);
  const std::vector<Stretch> along = stretches(x);
  const plan::Place& to = plan_.places[static_cast<size_t>(i.result)];
  const int64_t x_row =
      row(plan_.buffers[static_cast<size_t>(plan_.places[static_cast<size_t>(x.value)].buffer)]);
  const int64_t to_row = row(plan_.buffers[static_cast<size_t>(to.buffer)]);
  V packed = base(i.operands[1]);
  const int64_t per_tile = tiles.units * tiles.unit_width * k;
  const auto run = [&](V weights, int64_t units, const std::function<V(int64_t)>& start) {
    const auto block = [&](V bin, int64_t bins) {
      bin_ = bin;
      Values xs;
      V first = base(x);
      for (int64_t b = 0; b < bins; ++b) xs.push_back(offset(first, b * x_row));
      const Values sums = tile(weights, units, tiles.unit_width, xs, along);
      V out = base(to, bin_, 0, 0);
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

std::pair<Emitter::V, Emitter::V> Emitter::share(V n) {
  V from = builder_.CreateUDiv(builder_.CreateMul(n, begin_), end_);
  V to = builder_.CreateUDiv(builder_.CreateMul(n, add(begin_, 1)), end_);
  return {from, to};
}

void Emitter::outer(const Instruction& i) {
  loop(number(0), total_, outer_bins, [&](V begin) {
    V further = add(begin, outer_bins);
    V end = builder_.CreateSelect(builder_.CreateICmpSLT(further, total_), further, total_);
    first_ = builder_.CreateICmpEQ(begin, number(0));
    lanes_ > 1 ? outer_clips(i, begin, end) : outer_entries(i, begin, end);
  });
}

namespace {

// The axes of an outer product as loops: how far each moves in the operands and in the result.
struct OuterAxis {
  int64_t size = 1, from = 0, to = 0;
};

}  // namespace

// Vectors run along the last axis of operand 1; tiles of `outer_rows` entries of operand 0 by `outer_vectors`
// vectors.
void Emitter::outer_entries(const Instruction& i, V begin, V end) {
  std::vector<OuterAxis> axes[2];
  int64_t below = i.operands[0].entries() * i.operands[1].entries();
  for (size_t side = 0; side < 2; ++side) {
    for (const Axis& axis : i.operands[side].axes) {
      below /= axis.size;
      if (axis.size > 1) axes[side].push_back({axis.size, distance(i.operands[side], axis), below});
    }
  }
  OuterAxis rows, wide;
  if (!axes[0].empty()) {
    rows = axes[0].back();
    axes[0].pop_back();
  }
  if (!axes[1].empty() && axes[1].back().from == 1) {
    wide = axes[1].back();
    axes[1].pop_back();
  }
  constexpr size_t wide_side = 1;
  const plan::Cover cover(wide.size, plan_.options.width);
  bin_ = begin;
  V row_base = base(i.operands[1 - wide_side]), wide_base = base(i.operands[wide_side]);
  const auto row_of = [&](size_t side) {
    const plan::Place& place = plan_.places[static_cast<size_t>(i.operands[side].value)];
    return row(plan_.buffers[static_cast<size_t>(place.buffer)]);
  };
  const int64_t row_step = row_of(1 - wide_side), wide_step = row_of(wide_side);
  V bins = builder_.CreateSub(end, begin);
  const auto tile = [&](V row_at, V wide_at, V to, int64_t n_rows, int64_t first_vector, int64_t n_vectors,
                        V vector_at) {
    // vector_at: entries before the first vector; where it is not given, the vectors are the cover's own.
    const auto start = [&](int64_t v) {
      return vector_at != nullptr ? add(vector_at, v * cover.width) : number(cover.start(first_vector + v));
    };
    Values sums(static_cast<size_t>(n_rows * n_vectors), real(0, cover.width));
    sums = loop(
        number(0), bins, 1, sums,
        [&](V bin, const Values& carried) {
          Values next = carried, columns;
          V wide_row = offset(wide_at, scaled(bin, wide_step)),
            row_row = offset(row_at, scaled(bin, row_step));
          for (int64_t v = 0; v < n_vectors; ++v) {
            columns.push_back(load(offset(wide_row, scaled(start(v), wide.from)), cover.width));
          }
          for (int64_t r = 0; r < n_rows; ++r) {
            V one = splat(load(offset(row_row, r * rows.from), 1), cover.width);
            for (int64_t v = 0; v < n_vectors; ++v) {
              V& sum = next[static_cast<size_t>(r * n_vectors + v)];
              sum = math_.fma(one, columns[static_cast<size_t>(v)], sum);
            }
          }
          return next;
        },
        true);
    for (int64_t r = 0; r < n_rows; ++r) {
      for (int64_t v = 0; v < n_vectors; ++v) {
        V address = offset(offset(to, r * rows.to), scaled(start(v), wide.to));
        V sum = sums[static_cast<size_t>(r * n_vectors + v)];
        const int64_t repeated = vector_at != nullptr ? 0 : cover.repeated(first_vector + v);
        V cleared = first_;
        if (repeated > 0) {
          std::vector<llvm::Constant*> counts;
          for (int64_t k = 0; k < cover.width; ++k) counts.push_back(builder_.getInt1(k >= repeated));
          V own = llvm::ConstantVector::get(counts);
          sum = builder_.CreateSelect(own, sum, real(0, cover.width));
          cleared = builder_.CreateAnd(own, splat(first_, cover.width));
        }
        V so_far = builder_.CreateSelect(cleared, real(0, cover.width), load(address, cover.width));
        store(builder_.CreateFAdd(so_far, sum), address);
      }
    }
  };
  // Vectors outside, rows inside: the few vectors of all bins stay in the first cache.
  const auto tiles = [&](V row_at, V wide_at, V to) {
    const auto all_rows = [&](int64_t first_vector, int64_t n_vectors, V vector_at) {
      count(rows.size / outer_rows, [&](V block) {
        tile(offset(row_at, scaled(block, outer_rows * rows.from)), wide_at,
             offset(to, scaled(block, outer_rows * rows.to)), outer_rows, first_vector, n_vectors, vector_at);
      });
      const int64_t done = rows.size / outer_rows * outer_rows;
      if (rows.size == done) return;
      tile(offset(row_at, done * rows.from), wide_at, offset(to, done * rows.to), rows.size - done,
           first_vector, n_vectors, vector_at);
    };
    // The last vectors, which may be moved back over those before them, follow them in the same call.
    const int64_t pairs = (cover.vectors - 1) / outer_vectors;
    const auto [from, end_pair] = share(number(pairs));
    loop(from, end_pair, 1,
         [&](V pair) { all_rows(0, outer_vectors, scaled(pair, outer_vectors * cover.width)); });
    when(builder_.CreateICmpEQ(add(begin_, 1), end_),
         [&] { all_rows(pairs * outer_vectors, cover.vectors - pairs * outer_vectors, nullptr); });
  };
  const std::function<void(size_t, size_t, V, V, V)> descend = [&](size_t side, size_t axis, V row_at,
                                                                   V wide_at, V to) {
    if (axis == axes[side].size()) {
      if (side == 0) return descend(1, 0, row_at, wide_at, to);
      tiles(row_at, wide_at, to);
      return;
    }
    const OuterAxis& along = axes[side][axis];
    count(along.size, [&](V n) {
      V moved = scaled(n, along.from);
      descend(side, axis + 1, side == wide_side ? row_at : offset(row_at, moved),
              side == wide_side ? offset(wide_at, moved) : wide_at, offset(to, scaled(n, along.to)));
    });
  };
  descend(0, 0, row_base, wide_base, base(plan_.places[static_cast<size_t>(i.result)], nullptr, 0, 0));
  bin_ = nullptr;
}

// Vectors hold clips: tiles of rows by columns, each sum a vector whose lanes are added at the end.
void Emitter::outer_clips(const Instruction& i, V begin, V end) {
  std::vector<OuterAxis> axes[2];
  int64_t below = i.operands[0].entries() * i.operands[1].entries();
  for (size_t side = 0; side < 2; ++side) {
    for (const Axis& axis : i.operands[side].axes) {
      below /= axis.size;
      if (axis.size > 1) axes[side].push_back({axis.size, distance(i.operands[side], axis), below});
    }
  }
  OuterAxis inner[2];
  for (size_t side = 0; side < 2; ++side) {
    if (axes[side].empty()) continue;
    inner[side] = axes[side].back();
    axes[side].pop_back();
  }
  bin_ = begin;
  int64_t steps[2];
  for (size_t side = 0; side < 2; ++side) {
    const plan::Place& place = plan_.places[static_cast<size_t>(i.operands[side].value)];
    steps[side] = row(plan_.buffers[static_cast<size_t>(place.buffer)]);
  }
  V bins = builder_.CreateSub(end, begin);
  const auto tile = [&](V a, V b, V to, int64_t n_rows, int64_t n_columns) {
    Values sums(static_cast<size_t>(n_rows * n_columns), real(0, lanes_));
    sums = loop(
        number(0), bins, 1, sums,
        [&](V bin, const Values& carried) {
          Values next = carried, columns;
          V a_row = offset(a, scaled(bin, steps[0])), b_row = offset(b, scaled(bin, steps[1]));
          for (int64_t c = 0; c < n_columns; ++c)
            columns.push_back(load(offset(b_row, c * inner[1].from), lanes_));
          for (int64_t r = 0; r < n_rows; ++r) {
            V one = load(offset(a_row, r * inner[0].from), lanes_);
            for (int64_t c = 0; c < n_columns; ++c) {
              V& sum = next[static_cast<size_t>(r * n_columns + c)];
              sum = math_.fma(one, columns[static_cast<size_t>(c)], sum);
            }
          }
          return next;
        },
        true);
    for (int64_t r = 0; r < n_rows; ++r) {
      for (int64_t c = 0; c < n_columns; ++c) {
        sum_lanes_into(sums[static_cast<size_t>(r * n_columns + c)],
                       offset(to, r * inner[0].to + c * inner[1].to));
      }
    }
  };
  const auto blocks = [&](int64_t size, int64_t at_once, const std::function<void(V, int64_t)>& body) {
    count(size / at_once, [&](V block) { body(scaled(block, at_once), at_once); });
    const int64_t done = size / at_once * at_once;
    if (size > done) body(number(done), size - done);
  };
  const auto shared_blocks = [&](int64_t size, int64_t at_once, const std::function<void(V, int64_t)>& body) {
    const auto [from, to] = share(number(size / at_once));
    loop(from, to, 1, [&](V block) { body(scaled(block, at_once), at_once); });
    const int64_t done = size / at_once * at_once;
    if (size > done)
      when(builder_.CreateICmpEQ(add(begin_, 1), end_), [&] { body(number(done), size - done); });
  };
  const std::function<void(size_t, size_t, V, V, V)> descend = [&](size_t side, size_t axis, V a, V b, V to) {
    if (axis == axes[side].size()) {
      if (side == 0) return descend(1, 0, a, b, to);
      shared_blocks(inner[0].size, outer_rows, [&](V row, int64_t n_rows) {
        V a_row = offset(a, scaled(row, inner[0].from)), to_row = offset(to, scaled(row, inner[0].to));
        blocks(inner[1].size, outer_columns, [&](V column, int64_t n_columns) {
          tile(a_row, offset(b, scaled(column, inner[1].from)), offset(to_row, scaled(column, inner[1].to)),
               n_rows, n_columns);
        });
      });
      return;
    }
    const OuterAxis& along = axes[side][axis];
    count(along.size, [&](V n) {
      V moved = scaled(n, along.from);
      descend(side, axis + 1, side == 0 ? offset(a, moved) : a, side == 1 ? offset(b, moved) : b,
              offset(to, scaled(n, along.to)));
    });
  };
  descend(0, 0, base(i.operands[0]), base(i.operands[1]),
          base(plan_.places[static_cast<size_t>(i.result)], nullptr, 0, 0));
  bin_ = nullptr;
}

// Adds a vector's lanes, halves to halves, to the number at the address. Lanes without a clip do not count.
void Emitter::sum_lanes_into(V lanes, V address) {
  V clips = load(addresses_[static_cast<size_t>(plan_.clips)], lanes_);
  lanes = builder_.CreateSelect(truth(clips), lanes, real(0, lanes_));
  for (int64_t n = lanes_; n > 1; n /= 2) {
    std::vector<int> low, high;
    for (int64_t k = 0; k < n / 2; ++k) {
      low.push_back(static_cast<int>(k));
      high.push_back(static_cast<int>(k + n / 2));
    }
    lanes = builder_.CreateFAdd(builder_.CreateShuffleVector(lanes, low),
                                builder_.CreateShuffleVector(lanes, high));
  }
  V sum = builder_.CreateExtractElement(lanes, uint64_t{0});
  V so_far = builder_.CreateSelect(first_, real(0, 1), load(address, 1));
  store(builder_.CreateFAdd(so_far, sum), address);
}

}  // namespace stria::codegen
