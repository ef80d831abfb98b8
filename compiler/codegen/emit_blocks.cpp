// Products over lags by blocks of bins (plan/blocks.h). A few blocks at a time: their windows' spectra, the
// products with those of the weight frequency by frequency, and back to bins. In memory of the call:
//
// - windows[q][block][2][2 f]: (Re x, -Im x), then (Im x, Re x). A row times (Re w, Im w) is a part of x w.
// - products[block][q][2][r] of a convolve.
// - factors[q][block][2][r] of a correlate: the adjoint of the products.
#include "compiler/codegen/emitter.h"

namespace stria::codegen {

using plan::Instruction;

namespace {
constexpr int64_t tile_rows = 8, tile_vectors = 3;
// Of sums in memory, of which each vector is read and written once a tile.
constexpr int64_t sum_rows = 4, sum_vectors = 5;
// Of the few rows that are left: as many as a step has, and more vectors, so that a sum need not wait for its
// last term.
constexpr int64_t lone_row_vectors = 6;
// Rows that are the parts of complex numbers stay together.
constexpr int64_t parts = 2;
}  // namespace

struct Emitter::BlockLoop {
  const Instruction* instruction = nullptr;
  plan::BlockSizes sizes;
  int64_t features = 0, rows = 0, at_once = 1;
  V windows = nullptr, others = nullptr;  // scratch
  int64_t frequencies() const { return sizes.points / 2; }
  // Numbers of a block within a frequency, and of a frequency.
  int64_t window_block() const { return 4 * features; }
  int64_t window_frequency() const { return at_once * window_block(); }
  int64_t factor_block() const { return 2 * rows; }
  int64_t factor_frequency() const { return at_once * factor_block(); }
  int64_t product_block() const { return sizes.points * rows; }
};

Emitter::BlockLoop Emitter::block_loop(const Instruction& i) {
  BlockLoop result;
  result.instruction = &i;
  result.sizes = plan::block_sizes(i);
  result.features = i.operands[0].axes[1].size;
  result.rows = i.work == plan::Work::convolve ? flat_.values[static_cast<size_t>(i.result)].entries
                                               : i.operands[2].entries();
  result.at_once = plan::blocks_at_once(result.sizes, result.features, result.rows);
  result.windows = scratch(result.frequencies() * result.window_frequency());
  result.others = scratch(result.at_once * result.product_block());
  return result;
}

Emitter::V Emitter::bins_here(const BlockLoop& blocks, V bin) {
  V left = builder_.CreateSub(end_, bin), all = number(blocks.sizes.block);
  return builder_.CreateSelect(builder_.CreateICmpSLT(left, all), left, all);
}

Emitter::V Emitter::tile_entry(const ProductTile& tile, size_t k, const RowAddress& row) {
  const size_t n = tile.columns.size();
  return offset(row(static_cast<int64_t>(k / n)), tile.columns[k % n]);
}

void Emitter::store_tile(const ProductTile& tile, const Values& sums, const RowAddress& row) {
  for (size_t k = 0; k < sums.size(); ++k) store(sums[k], tile_entry(tile, k, row));
}

// Tiles of columns are of one size where that can be: so the last vector, moved back over entries of the one
// before, is in one tile with it, and both hold the same numbers.
void Emitter::each_tile(const Product& p, V row, V end, const TileSizes& sizes, int64_t n_columns,
                        const UseTile& use, const std::function<Values(const ProductTile&)>& start) {
  const plan::Cover cover(n_columns, plan_.options.width);
  const auto with_rows = [&](V first, int64_t n_rows, int64_t most_vectors) {
    const int64_t n_tiles = (cover.vectors + most_vectors - 1) / most_vectors;
    for (int64_t t = 0; t < n_tiles; ++t) {
      ProductTile tile{first, n_rows, {}, cover.width};
      for (int64_t v = t * cover.vectors / n_tiles; v < (t + 1) * cover.vectors / n_tiles; ++v)
        tile.columns.push_back(number(cover.start(v)));
      use(tile, sum_tile(p, tile, start ? start(tile) : zeros(tile)));
    }
  };
  V n = builder_.CreateUDiv(builder_.CreateSub(end, row), number(sizes.rows));
  V rest = builder_.CreateAdd(row, scaled(n, sizes.rows));
  loop(row, rest, sizes.rows, [&](V first) { with_rows(first, sizes.rows, sizes.vectors); });
  if (sizes.step == sizes.rows) return;
  loop(rest, end, sizes.step, [&](V first) { with_rows(first, sizes.step, lone_row_vectors); });
}

// body(first block, how many)
void Emitter::each_chunk(const BlockLoop& blocks, const std::function<void(V, int64_t)>& body) {
  V n = builder_.CreateUDiv(add(builder_.CreateSub(end_, begin_), blocks.sizes.block - 1),
                            number(blocks.sizes.block));
  V full = builder_.CreateUDiv(n, number(blocks.at_once));
  V rest = scaled(full, blocks.at_once);
  loop(number(0), full, 1, [&](V chunk) { body(scaled(chunk, blocks.at_once), blocks.at_once); });
  if (blocks.at_once > 1) loop(rest, n, 1, [&](V block) { body(block, 1); });
}

// Of the window of the block at `bin`, frequencies first <= q < end.
void Emitter::window_spectra(const BlockLoop& blocks, V bin, V slot, V first, V end) {
  const Instruction& i = *blocks.instruction;
  bin_ = bin;
  Product p;
  p.a = base(i.operands[1]);
  p.a_row = blocks.sizes.window;
  p.a_term = 1;
  p.b = base(i.operands[0]);
  p.b_term = distance(i.operands[0], i.operands[0].axes[0]);
  p.n_terms = number(blocks.sizes.window);
  V to_block = offset(blocks.windows, scaled(slot, blocks.window_block()));
  const int64_t f = blocks.features;
  const auto use = [&](const ProductTile& tile, const Values& sums) {
    V q = builder_.CreateUDiv(tile.row, number(2));
    V to = offset(to_block, scaled(q, blocks.window_frequency()));
    for (int64_t r = 0; r < tile.n_rows; ++r) {
      V at = offset(to, r / 2 * blocks.window_frequency());
      for (size_t c = 0; c < tile.columns.size(); ++c) {
        V sum = sums[static_cast<size_t>(r) * tile.columns.size() + c];
        V column = offset(at, tile.columns[c]);
        store(sum, offset(column, r % 2 == 0 ? 0 : 2 * f));
        store(r % 2 == 0 ? sum : builder_.CreateFNeg(sum), offset(column, r % 2 == 0 ? 3 * f : f));
      }
    }
  };
  each_tile(p, scaled(first, 2), scaled(end, 2), {tile_rows, tile_vectors, parts}, f, use);
  bin_ = nullptr;
}

void Emitter::convolve(const Instruction& i) {
  const BlockLoop blocks = block_loop(i);
  each_chunk(blocks, [&](V first, int64_t n_blocks) {
    const auto bin = [&](V slot) {
      return builder_.CreateAdd(begin_, scaled(builder_.CreateAdd(first, slot), blocks.sizes.block));
    };
    count(n_blocks,
          [&](V slot) { window_spectra(blocks, bin(slot), slot, number(0), number(blocks.frequencies())); });
    multiply_spectra(blocks, n_blocks);
    count(n_blocks, [&](V slot) { write_block(blocks, bin(slot), slot); });
  });
}

// Rows are the parts of each block.
void Emitter::multiply_spectra(const BlockLoop& blocks, int64_t n_blocks) {
  const int64_t terms = 2 * blocks.features, n_rows = parts * n_blocks;
  V weight = base(blocks.instruction->operands[2]);
  count(blocks.frequencies(), [&](V q) {
    Product p;
    p.a = offset(blocks.windows, scaled(q, blocks.window_frequency()));
    p.a_row = terms;
    p.a_term = 1;
    p.b = offset(weight, scaled(q, terms * blocks.rows));
    p.b_term = blocks.rows;
    p.n_terms = number(terms);
    V to = offset(blocks.others, scaled(q, 2 * blocks.rows));
    each_tile(p, number(0), number(n_rows), {n_rows, tile_vectors, n_rows}, blocks.rows,
              [&](const ProductTile& tile, const Values& sums) {
                store_tile(tile, sums, [&](int64_t row) {
                  return offset(to, row / parts * blocks.product_block() + row % parts * blocks.rows);
                });
              });
  });
}

void Emitter::write_block(const BlockLoop& blocks, V bin, V slot) {
  const Instruction& i = *blocks.instruction;
  Product p;
  p.a = base(i.operands[3]);
  p.a_row = blocks.sizes.points;
  p.a_term = 1;
  p.b = offset(blocks.others, scaled(slot, blocks.product_block()));
  p.b_term = blocks.rows;
  p.n_terms = number(blocks.sizes.points);
  const plan::Place& to = plan_.places[static_cast<size_t>(i.result)];
  const int64_t to_row = row(buffer_of(i.result));
  const auto use = [&](const ProductTile& tile, const Values& sums) {
    V at = base(to, builder_.CreateAdd(bin, tile.row), 0, 0);
    store_tile(tile, sums, [&](int64_t row) { return offset(at, row * to_row); });
  };
  each_tile(p, number(0), bins_here(blocks, bin), {tile_rows, tile_vectors, 1}, blocks.rows, use);
}

// Blocks are taken in the step's direction, and their terms are added one after the other: so it does not
// matter in how many calls.
void Emitter::correlate(const Instruction& i, bool reverse) {
  const BlockLoop blocks = block_loop(i);
  const auto [first, end] = share(number(blocks.frequencies()));
  V clip_begins = reverse ? builder_.CreateICmpEQ(end_, total_) : builder_.CreateICmpEQ(begin_, number(0));
  V result = base(plan_.places[static_cast<size_t>(i.result)], nullptr, 0, 0);
  const int64_t frequency = 2 * blocks.features * blocks.rows;
  when(clip_begins, [&] {
    const plan::Cover cover(frequency, plan_.options.width);
    loop(first, end, 1, [&](V q) {
      covered(frequency, cover.width,
              [&](V at) { store(real(0, cover.width), offset(offset(result, scaled(q, frequency)), at)); });
    });
  });
  V last = builder_.CreateUDiv(add(builder_.CreateSub(end_, begin_), -1), number(blocks.sizes.block));
  each_chunk(blocks, [&](V first_block, int64_t n_blocks) {
    count(n_blocks, [&](V slot) {
      V block = builder_.CreateAdd(first_block, slot);
      if (reverse) block = builder_.CreateSub(last, block);
      V bin = builder_.CreateAdd(begin_, scaled(block, blocks.sizes.block));
      window_spectra(blocks, bin, slot, first, end);
      factor_spectra(blocks, bin, slot, first, end);
    });
    add_spectra(blocks, n_blocks, first, end);
  });
}

void Emitter::factor_spectra(const BlockLoop& blocks, V bin, V slot, V first, V end) {
  const Instruction& i = *blocks.instruction;
  bin_ = bin;
  Product p;
  p.a = base(i.operands[3]);
  p.a_row = 1;
  p.a_term = blocks.sizes.points;
  p.b = base(i.operands[2]);
  p.b_term = row(buffer_of(i.operands[2].value));
  p.n_terms = bins_here(blocks, bin);
  V to_block = offset(blocks.others, scaled(slot, blocks.factor_block()));
  const auto use = [&](const ProductTile& tile, const Values& sums) {
    V q = builder_.CreateUDiv(tile.row, number(parts));
    V to = offset(to_block, scaled(q, blocks.factor_frequency()));
    store_tile(tile, sums, [&](int64_t row) {
      return offset(to, row / parts * blocks.factor_frequency() + row % parts * blocks.rows);
    });
  };
  each_tile(p, scaled(first, 2), scaled(end, 2), {tile_rows, tile_vectors, parts}, blocks.rows, use);
  bin_ = nullptr;
}

// spectra[q, r, c] += sum over blocks and parts of factors[q, block, part, r] windows[q, block, part, c]
void Emitter::add_spectra(const BlockLoop& blocks, int64_t n_blocks, V first, V end) {
  const int64_t columns = 2 * blocks.features;
  V result = base(plan_.places[static_cast<size_t>(blocks.instruction->result)], nullptr, 0, 0);
  loop(first, end, 1, [&](V q) {
    Product p;
    p.a = offset(blocks.others, scaled(q, blocks.factor_frequency()));
    p.a_row = 1;
    p.a_term = blocks.rows;
    p.b = offset(blocks.windows, scaled(q, blocks.window_frequency()));
    p.b_term = columns;
    p.n_terms = number(2 * n_blocks);
    V to = offset(result, scaled(q, columns * blocks.rows));
    const auto rows_of = [&](const ProductTile& tile) -> RowAddress {
      V at = offset(to, scaled(tile.row, columns));
      return [this, at, columns](int64_t row) { return offset(at, row * columns); };
    };
    const auto start = [&](const ProductTile& tile) {
      Values so_far = zeros(tile);
      const RowAddress row = rows_of(tile);
      for (size_t k = 0; k < so_far.size(); ++k) so_far[k] = load(tile_entry(tile, k, row), tile.width);
      return so_far;
    };
    const auto use = [&](const ProductTile& tile, const Values& sums) {
      store_tile(tile, sums, rows_of(tile));
    };
    each_tile(p, number(0), number(blocks.rows), {sum_rows, sum_vectors, 1}, columns, use, start);
  });
}

}  // namespace stria::codegen
