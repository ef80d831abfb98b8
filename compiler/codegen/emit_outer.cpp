// Products summed over bins: the gradients of weights.
#include "compiler/codegen/emitter.h"

namespace stria::codegen {

using plan::Axis;
using plan::Instruction;
using plan::View;

namespace {
// Rows (and, where vectors hold clips, columns) of an outer product that stay in registers.
constexpr int64_t outer_rows = 6, outer_vectors = 2, outer_columns = 2;
}  // namespace

std::pair<Emitter::V, Emitter::V> Emitter::share(V n) {
  V from = builder_.CreateUDiv(builder_.CreateMul(n, piece_), pieces_);
  V to = builder_.CreateUDiv(builder_.CreateMul(n, add(piece_, 1)), pieces_);
  return {from, to};
}

void Emitter::outer(const Instruction& i, bool reverse) {
  const OuterLoops loops = outer_loops(i);
  const int64_t at_once = plan_.options.outer_bins;
  V n_blocks = builder_.CreateUDiv(add(builder_.CreateSub(end_, begin_), at_once - 1), number(at_once));
  const auto block = [&](V index) {
    V begin = builder_.CreateAdd(begin_, scaled(index, at_once)), further = add(begin, at_once);
    V end = builder_.CreateSelect(builder_.CreateICmpSLT(further, end_), further, end_);
    V first = reverse ? builder_.CreateICmpEQ(end, total_) : builder_.CreateICmpEQ(begin, number(0));
    V bins = builder_.CreateSub(end, begin);
    bin_ = begin;
    each_place(i, [&](const Values& distances, V place) {
      first_ = i.places == 0 ? first : builder_.CreateAnd(first, builder_.CreateICmpEQ(place, number(0)));
      over_axes(loops, offset(base(i.operands[0]), distances[0]), offset(base(i.operands[1]), distances[1]),
                base(plan_.places[static_cast<size_t>(i.result)], nullptr, 0, 0), [&](V a, V b, V to) {
                  lanes_ > 1 ? outer_clips(loops, bins, a, b, to) : outer_entries(loops, bins, a, b, to);
                });
    });
    bin_ = nullptr;
  };
  if (reverse) {
    loop(add(n_blocks, -1), number(0), -1, block);
  } else {
    loop(number(0), n_blocks, 1, block);
  }
}

Emitter::OuterLoops Emitter::outer_loops(const Instruction& i) const {
  OuterLoops result;
  const View views[2] = {one_place(i, 0), one_place(i, 1)};
  int64_t below = views[0].entries() * views[1].entries();
  for (size_t side = 0; side < 2; ++side) {
    const View& view = views[side];
    std::vector<OuterAxis>& axes = result.axes[side];
    for (const Axis& axis : view.axes) {
      below /= axis.size;
      if (axis.size == 1) continue;
      const OuterAxis next{axis.size, distance(view, axis), below};
      if (!axes.empty() && axes.back().from == next.size * next.from) {
        axes.back() = {axes.back().size * next.size, next.from, next.to};  // without a gap: one axis
      } else {
        axes.push_back(next);
      }
    }
    result.steps[side] = row(buffer_of(view.value));
    // A vector of entries needs them side by side; without such an axis it holds one entry.
    const bool fits = lanes_ > 1 || side == 0 || (!axes.empty() && axes.back().from == 1);
    if (axes.empty() || !fits) continue;
    result.inner[side] = axes.back();
    axes.pop_back();
  }
  // Calls share the longest loop around the tiles, where it is long, and the tiles where none is.
  constexpr int64_t long_loop = 16;
  int64_t longest = long_loop - 1;
  int depth = 0;
  for (const auto& axes : result.axes) {
    for (const OuterAxis& axis : axes) {
      if (axis.size > longest) result.shared = depth, longest = axis.size;
      ++depth;
    }
  }
  return result;
}

void Emitter::over_axes(const OuterLoops& loops, V a, V b, V to, const std::function<void(V, V, V)>& body,
                        size_t depth) {
  const size_t n_first = loops.axes[0].size();
  if (depth == n_first + loops.axes[1].size()) return body(a, b, to);
  const bool first = depth < n_first;
  const OuterAxis& along = first ? loops.axes[0][depth] : loops.axes[1][depth - n_first];
  const auto at = [&](V n) {
    V moved = scaled(n, along.from);
    over_axes(loops, first ? offset(a, moved) : a, first ? b : offset(b, moved),
              offset(to, scaled(n, along.to)), body, depth + 1);
  };
  if (static_cast<int>(depth) != loops.shared) return count(along.size, at);
  const auto [from, end] = share(number(along.size));
  loop(from, end, 1, at);
}

Emitter::Values Emitter::sum_tile(const Product& p, const ProductTile& tile, const Values& start) {
  V rows = offset(p.a, scaled(tile.row, p.a_row));
  return loop(
      number(0), p.n_terms, 1, start,
      [&](V term, const Values& carried) {
        Values next = carried, loaded;
        V a = offset(rows, scaled(term, p.a_term)), b = offset(p.b, scaled(term, p.b_term));
        for (V column : tile.columns) loaded.push_back(load(offset(b, column), tile.width));
        for (int64_t r = 0; r < tile.n_rows; ++r) {
          V at = offset(a, r * p.a_row);
          V factor = lanes_ > 1 ? load(at, tile.width) : splat(load(at, 1), tile.width);
          for (size_t c = 0; c < loaded.size(); ++c) {
            V& sum = next[static_cast<size_t>(r) * loaded.size() + c];
            sum = math_.fma(factor, loaded[c], sum);
          }
        }
        return next;
      },
      true);
}

Emitter::Values Emitter::zeros(const ProductTile& tile) {
  return Values(static_cast<size_t>(tile.n_rows) * tile.columns.size(), real(0, tile.width));
}

// Sums over `bins` bins of a[r] b[c], for n_rows rows and the columns at these distances: [r][c].
Emitter::Values Emitter::outer_tile(const OuterLoops& loops, V bins, V a, V b, int64_t n_rows,
                                    const Values& columns, int64_t width) {
  const ProductTile tile{number(0), n_rows, columns, width};
  return sum_tile({a, b, loops.inner[0].from, loops.steps[0], loops.steps[1], bins}, tile, zeros(tile));
}

void Emitter::blocks(int64_t n, int64_t at_once, const std::function<void(V, int64_t)>& body) {
  count(n / at_once, [&](V block) { body(scaled(block, at_once), at_once); });
  const int64_t done = n / at_once * at_once;
  if (n > done) body(number(done), n - done);
}

void Emitter::shared_blocks(const OuterLoops& loops, bool share_these, int64_t n, int64_t at_once,
                            const std::function<void(V, int64_t)>& body) {
  if (!share_these || loops.shared >= 0) return blocks(n, at_once, body);
  const int64_t done = n / at_once * at_once;
  const auto [from, to] = share(number(n / at_once));
  loop(from, to, 1, [&](V block) { body(scaled(block, at_once), at_once); });
  if (n == done) return;
  when(builder_.CreateICmpEQ(add(piece_, 1), pieces_), [&] { body(number(done), n - done); });
}

// Tiles of `outer_rows` entries of operand 0 by `outer_vectors` vectors along the last axis of operand 1.
// Vectors outside, rows inside: the few vectors of all bins stay in the first cache. Calls share what there
// is more of.
void Emitter::outer_entries(const OuterLoops& loops, V bins, V a, V b, V to) {
  const OuterAxis &rows = loops.inner[0], &wide = loops.inner[1];
  const plan::Cover cover(wide.size, plan_.options.width);
  // After the pairs come one or two last vectors, of which one may be moved back over those before: the block
  // that is left over of done + 1.
  const int64_t pairs = (cover.vectors - 1) / outer_vectors, done = pairs * outer_vectors;
  const bool share_rows = rows.size / outer_rows > pairs;
  // starts: the first entry of each vector; repeated: entries of the last that the one before it holds too.
  const auto all_rows = [&](const Values& starts, int64_t repeated) {
    Values columns;
    for (V start : starts) columns.push_back(scaled(start, wide.from));
    const auto tile = [&](V first, int64_t n_rows) {
      const Values sums =
          outer_tile(loops, bins, offset(a, scaled(first, rows.from)), b, n_rows, columns, cover.width);
      V to_row = offset(to, scaled(first, rows.to));
      for (size_t k = 0; k < sums.size(); ++k) {
        const size_t v = k % starts.size();
        V address = offset(offset(to_row, static_cast<int64_t>(k / starts.size()) * rows.to),
                           scaled(starts[v], wide.to));
        add_entries(sums[k], address, cover.width, v + 1 == starts.size() ? repeated : 0);
      }
    };
    shared_blocks(loops, share_rows, rows.size, outer_rows, tile);
  };
  shared_blocks(loops, !share_rows, done + 1, outer_vectors, [&](V first, int64_t n) {
    Values starts;
    if (n == outer_vectors) {
      for (int64_t v = 0; v < n; ++v) starts.push_back(add(scaled(first, cover.width), v * cover.width));
      return all_rows(starts, 0);
    }
    for (int64_t v = done; v < cover.vectors; ++v) starts.push_back(number(cover.start(v)));
    all_rows(starts, cover.repeated(cover.vectors - 1));
  });
}

// Adds a vector to the numbers at the address, which are 0 before the first bins; not to its first
// `repeated`.
void Emitter::add_entries(V sum, V address, int64_t width, int64_t repeated) {
  V cleared = first_;
  if (repeated > 0) {
    V own = own_entries(width, repeated);
    sum = builder_.CreateSelect(own, sum, real(0, width));
    cleared = builder_.CreateAnd(own, splat(first_, width));
  }
  V so_far = builder_.CreateSelect(cleared, real(0, width), load(address, width));
  store(builder_.CreateFAdd(so_far, sum), address);
}

// Vectors hold clips: tiles of rows by columns, each sum a vector whose lanes are added at the end.
void Emitter::outer_clips(const OuterLoops& loops, V bins, V a, V b, V to) {
  const OuterAxis &rows = loops.inner[0], &columns = loops.inner[1];
  const auto tile = [&](V row, int64_t n_rows, V column, int64_t n_columns) {
    Values distances;
    for (int64_t c = 0; c < n_columns; ++c) distances.push_back(number(c * columns.from));
    const Values sums = outer_tile(loops, bins, offset(a, scaled(row, rows.from)),
                                   offset(b, scaled(column, columns.from)), n_rows, distances, lanes_);
    V to_tile = offset(offset(to, scaled(row, rows.to)), scaled(column, columns.to));
    for (int64_t r = 0; r < n_rows; ++r) {
      for (int64_t c = 0; c < n_columns; ++c) {
        sum_lanes_into(sums[static_cast<size_t>(r * n_columns + c)],
                       offset(to_tile, r * rows.to + c * columns.to));
      }
    }
  };
  shared_blocks(loops, true, rows.size, outer_rows, [&](V row, int64_t n_rows) {
    blocks(columns.size, outer_columns, [&](V column, int64_t n) { tile(row, n_rows, column, n); });
  });
}

// Adds a vector's lanes, halves to halves, to the number at the address. Lanes without a clip do not count.
void Emitter::sum_lanes_into(V lanes, V address) {
  V clips = load(address_of(plan_.clips), lanes_);
  lanes = builder_.CreateSelect(truth(clips), lanes, real(0, lanes_));
  add_entries(join_halves(plan::Reduction::sum, lanes), address, 1, 0);
}

}  // namespace stria::codegen
