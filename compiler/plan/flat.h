// A graph laid flat for planning: values with levels, views instead of shape ops, scans opened into the bins'
// work.
//
//   %2 = window %0 {axis=2, size=7, stride=3}       a view of %0 with strides 3 and 1, no work
//   %3 = contract %2, %w "btlk,lck->btlc"           nest r[l, c] = sum_k x[3 l + k] w[l, c, k], once a bin
//   %4 = reduce_sum %3 {axes=[0, 1]}                accumulate over bins, then combine over clips
//
// A value belongs to a level: `fixed` (once a step), `clip` (once a clip), `bin` (once a bin of a clip). Its
// entries lie row-major; B and T are not among them. What a scan's body computes is of level `bin`, as
// streams are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/ir/graph.h"
#include "compiler/plan/blocks.h"

namespace stria::plan {

enum class Level : uint8_t { fixed, clip, bin };

struct Value {
  Level level = Level::fixed;
  int64_t entries = 1;
  bool boolean = false;
  bool lanes_summed = false;       // level clip: one number for all clips of a part
  std::optional<double> constant;  // of one entry, written out
  std::vector<double> table;       // written out
  std::string name;                // of an argument
};

// One axis of a view: its size, and how far apart its entries are, in entries and in bins.
struct Axis {
  int64_t size = 1, stride = 0, bins = 0;
  friend bool operator==(const Axis&, const Axis&) = default;
};

// Entries of a value in an order of its own, without moving them. At bin t it shows bin t + bins.
struct View {
  int value = -1;
  int64_t offset = 0, bins = 0;
  std::vector<Axis> axes;

  int64_t entries() const;
  bool plain() const;     // row-major and dense from `offset`, of bin t alone
  bool repeated() const;  // one entry for all places
  bool other_bins() const;
  std::pair<int64_t, int64_t> reach() const;  // the least and the most bin it shows, counted from bin t
  std::vector<int64_t> sizes() const;
  friend bool operator==(const View&, const View&) = default;
};

enum class Work : uint8_t {
  pointwise,  // result[i] = op(operands[i] ...); operands plain, or one entry repeated
  nest,  // result[o] = over s: product of operands[o, s]; `reduction` joins; views have the axes o, then s
  join,  // result: each operand at its destination; zeros elsewhere where `zeros`
  pack,  // a weight [r, k] in the order in which `dot` reads it; its last `summed_axes` axes are k
  dot,   // result[p, r] = sum_k operands[0][p, k] packed[r, k]; operands: x of level bin, and a packed weight
  outer,  // over the bins of a part: result[r, c] = sum_p operands[0][p, r] operands[1][p, c]; lanes summed
  convolve,   // result[r] = sum over lags k, f of operands[0] k bins ago [f] times a weight[k, f, r], by
              // blocks of bins (blocks.h); operands: window [M, f], window table, the weight's spectra [P, f,
              // r], result table
  correlate,  // over the bins of a part: spectra [P / 2, r, 2, f] of the sum of operands[0] k bins ago [f]
              // times operands[2][r]; operands: window, window table, g, result table
  accumulate,  // over the bins of a clip: result[i] = sum, or other reduction, of operands[0][i]
  combine,     // over the clips, likewise
  frame,       // result[i] = operands[0][i] at one bin of the clip
};
enum class Reduction : uint8_t { sum, product, greatest, least };
double start_of(Reduction reduction);  // what changes nothing: 0, 1, -inf, inf

struct Flat;
struct Instruction {
  Work work{};
  ir::Op op{};                           // pointwise
  Reduction reduction = Reduction::sum;  // nest, accumulate, combine
  std::vector<View> operands;
  std::vector<View> destinations;  // join: of the result, one an operand
  int64_t summed_axes = 0;         // nest: the last axes of the operands' views
  int64_t places = 0;              // dot, outer: how many first axes of the views are p above
  bool zeros = false;              // join
  int64_t bin = 0;                 // frame: from the clip's start, or below 0 from its end
  int result = -1;
  int scan = -1;  // of whose body it is

  int64_t n_places() const;  // dot, outer
  // Sums over bins, which is there only after the last of them.
  bool sums_bins() const {
    return work == Work::accumulate || work == Work::outer || work == Work::correlate;
  }
  bool by_blocks() const { return work == Work::convolve || work == Work::correlate; }
};
// Multiplications of real numbers that a product (dot, outer, convolve, correlate) takes in a bin.
int64_t products_in_bin(const Flat& flat, const Instruction& instruction);
// Of one that goes by blocks.
BlockSizes block_sizes(const Instruction& instruction);

struct State {
  int value = -1;
  View start, next;
};
struct Scan {
  bool reverse = false;
  std::vector<State> states;
};

struct FlatArgument {
  ir::ArgumentKind kind{};
  std::string name;
  int value = -1;
};
struct FlatResult {
  std::string name;
  View view;
};

struct Flat {
  std::string name;
  std::vector<Value> values;
  std::vector<Instruction> instructions;  // each after those that it reads
  std::vector<Scan> scans;
  std::vector<FlatArgument> arguments;
  std::vector<FlatResult> results;

  int state_scan(int value) const;  // the scan of which the value is a state; -1
};

// The graph is real (passes/split_complex). Throws InternalError for what has no such form.
Flat flatten(const ir::Graph& graph);

}  // namespace stria::plan
