// Writes the function of one step. Internal to this room: it shows LLVM's types.
//
// Where a vector holds clips (`lanes` > 1), one entry of a frame is one vector; where it holds entries, a
// frame of n entries is a plan::Cover of n. All else is the same for both.
#pragma once

#include <llvm/IR/Module.h>

#include <functional>
#include <map>
#include <vector>

#include "compiler/codegen/compile.h"
#include "compiler/codegen/vector_math.h"
#include "compiler/plan/nests.h"
#include "compiler/plan/tiles.h"

namespace stria::codegen {

class Emitter {
 public:
  Emitter(const plan::Plan& plan, const Target& target, Precision precision, llvm::Module& module);
  // Adds the function of step `index` under this name.
  void emit(size_t index, const std::string& name);

 private:
  using V = llvm::Value*;
  using Values = std::vector<V>;

  // ---- steps (emit_steps.cpp)
  void begin_function(const std::string& name);
  void frames(const plan::Step& step);
  void start_clip(const plan::Step& step);
  void clear(const plan::Place& place, int64_t entries, bool one_lane, double number = 0);
  void clear_rows(const plan::Buffer& buffer, int index);
  void group(const plan::Group& group);
  void instruction(const plan::Instruction& instruction);

  // ---- loops (emit_loops.cpp)
  V number(int64_t n) { return builder_.getInt64(static_cast<uint64_t>(n)); }
  V add(V a, int64_t b) { return b == 0 ? a : builder_.CreateAdd(a, number(b)); }
  V scaled(V a, int64_t by);
  // Runs body for i = from, from + step, ... < to (or downwards), carrying values; at least once where
  // `always`.
  Values loop(V from, V to, int64_t step, Values carried, const std::function<Values(V, Values)>& body,
              bool always);
  void loop(V from, V to, int64_t step, const std::function<void(V)>& body);  // may run never
  void when(V condition, const std::function<void()>& body);
  void count(int64_t n, const std::function<void(V)>& body);  // i = 0 ... n - 1; n = 1 without a loop
  // body(first of at_once), the last ones moved back so that they end with n.
  void covered(int64_t n, int64_t at_once, const std::function<void(V)>& body);

  // ---- memory (emit_memory.cpp)
  // Distances are in numbers: an entry of a frame takes lanes_ of them where its level has lanes.
  int64_t lanes_of(int value) const;  // of a value in memory: 1 or lanes_
  const plan::Buffer& buffer_of(int value) const;
  int64_t row(const plan::Buffer& buffer) const;
  int64_t distance(const plan::View& view, const plan::Axis& axis) const;  // of two neighbours along an axis
  V address_of(int buffer);
  V base(const plan::Place& place, V bin, int64_t bins,
         int64_t numbers);         // address of a place's first number
  V base(const plan::View& view);  // at the bin at hand
  V offset(V address, V numbers) { return builder_.CreateGEP(real_, address, numbers); }
  V offset(V address, int64_t numbers) { return numbers == 0 ? address : offset(address, number(numbers)); }
  llvm::Type* vector(int64_t width);
  V load(V address, int64_t width);
  void store(V value, V address);
  V splat(V scalar, int64_t width);
  V real(double value, int64_t width);
  // What a view's entry holds, for all clips at hand (width lanes_) or in `width` entries that follow each
  // other.
  V entry(const plan::View& view, V address, int64_t width);

  // ---- pointwise (emit_pointwise.cpp)
  void by_entries(const plan::Group& group);
  void start_rows(const plan::Group& group, int64_t columns);
  struct Piece {                        // a vector's worth of entries
    V start = nullptr;                  // the first entry
    int64_t repeated = 0;               // of its entries, those that belong to the vector before
    V row = nullptr, column = nullptr;  // of the first entry
    std::map<int, V> registers;
  };
  Piece piece(V row, int64_t row_entries, V column, int64_t repeated);
  void entries_side_by_side(const plan::Group& group, std::vector<Piece>& pieces, int64_t width);
  // Joins the term to what lies at this entry of the result.
  void accumulate(const plan::Instruction& instruction, const Piece& piece, V entry, V term, int64_t width);
  V operand(const plan::View& view, const Piece& piece, int64_t width);
  V apply(const plan::Instruction& instruction, const Values& operands, int64_t width);
  // True for a vector's entries but the first `repeated`.
  V own_entries(int64_t width, int64_t repeated);
  V truth(V x);      // a number as a boolean
  V as_number(V x);  // a boolean as 0 or 1

  // ---- nests (emit_nests.cpp)
  void nest(const plan::Instruction& instruction);
  void nest(const plan::Instruction& instruction, const plan::View& destination);
  void over_outputs(const plan::Nest& nest, size_t depth, const Values& from, V to);
  Values moved(const plan::Nest& nest, const Values& from, size_t axis, V entries);
  int64_t in_tile(const plan::Nest& nest, const plan::View& view, int64_t row, int64_t column) const;
  int64_t nest_width(const plan::Nest& nest) const;
  void nest_tile(const plan::Nest& nest, const Values& from, V to);
  Values reduce(const plan::Nest& nest, const Values& from, size_t axis, const Values& results);
  Values add_terms(const plan::Nest& nest, const Values& from, Values results, int64_t n_partials);
  V nest_factor(const plan::Nest& nest, const plan::View& view, V from, int64_t distance, int64_t n_partials);
  V load_every_second(V address, int64_t width);
  V with_term(const plan::Nest& nest, const Values& factors, V result);
  Values join_partials(const plan::Nest& nest, Values results);
  V join_halves(plan::Reduction reduction, V entries);
  V joined(plan::Reduction reduction, V a, V b);

  // ---- joins (emit_joins.cpp)
  void frame(const plan::Instruction& instruction);
  void join(const plan::Instruction& instruction);
  void combine(const plan::Instruction& instruction);
  void combine_lanes(const plan::Instruction& instruction, int64_t stride);
  void pack(const plan::Instruction& instruction);

  // ---- products (emit_dots.cpp, emit_outer.cpp)
  struct Stretch {  // an axis of a dot's operand as it lies in memory
    int64_t size = 1, distance = 0;
  };
  std::vector<Stretch> stretches(const plan::View& view) const;
  static plan::View one_place(const plan::Instruction& instruction, size_t side);
  void each_place(const plan::Instruction& instruction, const std::function<void(const Values&, V)>& body);
  void dot(const plan::Instruction& instruction);
  void dot_at(const plan::Instruction& instruction, int64_t rows, V from, V to);
  void dot_stage(const plan::Instruction& instruction);
  void dot_stage_at(const plan::Instruction& instruction, V place_distance, V place);
  void dot_in_blocks(const plan::Instruction& instruction, const plan::DotTiles& tiles, int64_t rows,
                     const Stretch& along, V from, V to);
  V snake(V index, int64_t n);
  V scratch(int64_t numbers);
  // first_size: how much of the first stretch to sum over, where not all of it.
  Values tile(V weights, int64_t units, int64_t unit_width, const Values& xs,
              const std::vector<Stretch>& stretches, V first_size = nullptr);

  // ---- tiles of products (emit_outer.cpp)
  // sum over terms of a[row, term] b[term, column]; b's columns lie side by side. How far apart the others
  // lie:
  struct Product {
    V a = nullptr, b = nullptr;
    int64_t a_row = 0, a_term = 0, b_term = 0;
    V n_terms = nullptr;
  };
  // Rows and columns of a product that are worked on together: the first row and the columns' starts. Sums of
  // a tile, and what they start from: [row][column].
  struct ProductTile {
    V row = nullptr;
    int64_t n_rows = 0;
    Values columns;
    int64_t width = 1;
  };
  Values sum_tile(const Product& product, const ProductTile& tile, const Values& start);
  Values zeros(const ProductTile& tile);

  // ---- products over lags by blocks of bins (emit_blocks.cpp)
  // How many rows and vectors of columns a tile has at most; what is left of the rows goes `step` at a time.
  struct TileSizes {
    int64_t rows = 1, vectors = 1, step = 1;
  };
  // Calls use(tile, sums [row][column]) for all tiles of the rows from `row` to `end`; a tile begins with
  // what start(tile) gives, or with zeros.
  using UseTile = std::function<void(const ProductTile&, const Values&)>;
  void each_tile(const Product& product, V row, V end, const TileSizes& sizes, int64_t n_columns,
                 const UseTile& use, const std::function<Values(const ProductTile&)>& start = nullptr);
  // Which entry of a tile: to each row its address, counted from the tile's first.
  using RowAddress = std::function<V(int64_t row)>;
  V tile_entry(const ProductTile& tile, size_t k, const RowAddress& row);
  void store_tile(const ProductTile& tile, const Values& sums, const RowAddress& row);
  struct BlockLoop;                           // what a function knows of its instruction
  V bins_here(const BlockLoop& loop, V bin);  // of the block at `bin`: fewer at the clip's end
  BlockLoop block_loop(const plan::Instruction& instruction);
  void each_chunk(const BlockLoop& loop, const std::function<void(V, int64_t)>& body);
  void window_spectra(const BlockLoop& loop, V bin, V slot, V first, V end);
  void convolve(const plan::Instruction& instruction);
  void multiply_spectra(const BlockLoop& loop, int64_t n_blocks);
  void write_block(const BlockLoop& loop, V bin, V slot);
  void correlate(const plan::Instruction& instruction, bool reverse);
  void factor_spectra(const BlockLoop& loop, V bin, V slot, V first, V end);
  void add_spectra(const BlockLoop& loop, int64_t n_blocks, V first, V end);

  void outer(const plan::Instruction& instruction, bool reverse);
  std::pair<V, V> share(V n);  // of n things, those of this call: piece_ of pieces_
  struct OuterAxis {           // how far a step along it moves in its operand and in the result
    int64_t size = 1, from = 0, to = 0;
  };
  struct OuterLoops {                // of an outer product, by operand
    std::vector<OuterAxis> axes[2];  // loops around the tiles
    OuterAxis inner[2];              // within a tile: rows, and columns or vectors
    int64_t steps[2] = {0, 0};       // from bin to bin
    int shared = -1;                 // which of the loops, counted through both operands, calls share
  };
  OuterLoops outer_loops(const plan::Instruction& instruction) const;
  void over_axes(const OuterLoops& loops, V a, V b, V to, const std::function<void(V, V, V)>& body,
                 size_t depth = 0);
  Values outer_tile(const OuterLoops& loops, V bins, V a, V b, int64_t n_rows, const Values& columns,
                    int64_t width);
  // body(first, how many) for n things, `at_once` of them as long as there are so many.
  void blocks(int64_t n, int64_t at_once, const std::function<void(V, int64_t)>& body);
  // blocks(), or this call's share of them, what is left over going to the last call; all of them where calls
  // share a loop around the tiles.
  void shared_blocks(const OuterLoops& loops, bool share_these, int64_t n, int64_t at_once,
                     const std::function<void(V, int64_t)>& body);
  void outer_entries(const OuterLoops& loops, V bins, V a, V b, V to);
  void outer_clips(const OuterLoops& loops, V bins, V a, V b, V to);
  void add_entries(V sum, V address, int64_t width, int64_t repeated);
  void sum_lanes_into(V lanes, V address);

  const plan::Plan& plan_;
  const plan::Flat& flat_;
  const Target& target_;
  llvm::Module& module_;
  llvm::IRBuilder<> builder_;
  VectorMath math_;
  llvm::Type* real_;
  int64_t plan_lanes_, lanes_ = 1;  // of the plan; of the step at hand
  int64_t real_bytes_;

  llvm::Function* function_ = nullptr;
  std::vector<V> addresses_;                             // by buffer, once the function needs it
  V begin_ = nullptr, end_ = nullptr, total_ = nullptr;  // bins
  V piece_ = nullptr, pieces_ = nullptr;                 // steps of level fixed: how many parts, and clips
  V first_ = nullptr;  // outer: whether these are the first bins, before which the sums are 0
  V bin_ = nullptr;    // the bin at hand, in loops over bins
};

}  // namespace stria::codegen
