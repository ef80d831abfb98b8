#include "compiler/codegen/emitter.h"
#include "compiler/plan/view.h"

namespace stria::codegen {

using plan::Axis;
using plan::Instruction;

namespace {
// Rows (and, where vectors hold clips, columns) of an outer product that stay in registers.
constexpr int64_t outer_rows = 6, outer_vectors = 2, outer_columns = 2;
// Bins after which an outer product goes on to other rows, so that what it reads stays in the first cache.
constexpr int64_t outer_bins = 64;
}  // namespace

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
