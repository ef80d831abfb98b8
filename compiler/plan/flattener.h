// Lays a graph flat (flat.h). Internal to this room.
//
//   flatten.cpp            the walk: each op's view or instruction, scans
//   flatten_values.cpp     values, loops over entries, what joins pieces
//   flatten_products.cpp   products: over all bins, within a bin, summed over bins
//   flatten_blocks.cpp     products over the lags of an input, by blocks of bins
//   flatten_sums.cpp       sums and other reductions, over features, bins and clips
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/plan/flat.h"
#include "compiler/plan/subscripts.h"

namespace stria::plan {

// How many of the first dims are letters: B, and T behind it.
size_t n_letters(const ir::Type& type);
// The sizes of the other dims.
std::vector<int64_t> features(const ir::Type& type);

class Flattener {
 public:
  explicit Flattener(const ir::Graph& graph);

  Flat run();

 private:
  // ---- values and instructions
  int new_value(Level level, int64_t entries);
  Level level(const View& view) const { return flat_.values[view.value].level; }
  Level level(const std::vector<View>& views) const;
  bool boolean(const View& view) const { return flat_.values[view.value].boolean; }
  // A whole computed value in its own order.
  bool is_own(const View& view) const;

  Instruction instruction(Work work, std::vector<View> operands) const;
  View emit(Instruction instruction, Level level, const std::vector<int64_t>& sizes, bool boolean = false);
  View copy(const View& view, Level level);
  View constant(double number);
  View pointwise(ir::Op op, std::vector<View> operands, const std::vector<int64_t>& sizes,
                 bool boolean = false);

  // Whether a loop over entries can read the operand as it is: in the order in which it lies, or repeated in
  // rows. All loops over so many entries have rows of one length, long enough to fill vectors.
  bool can_be_read_in_rows(const View& operand);
  // Sums, or reduces otherwise, over the axes behind those of `sizes`; two operands are multiplied.
  View nest(std::vector<View> operands, const std::vector<int64_t>& sizes, Reduction reduction,
            Level at_least = Level::fixed);

  // ---- the walk
  void find_users(const ir::Region& region);
  void region(const ir::Region& region);

  View operand(const ir::Node& node, size_t i) const { return views_[node.operands.at(i)]; }
  const ir::Type& operand_type(const ir::Node& node, size_t i) const {
    return graph_.type(node.operands.at(i));
  }
  size_t axis(const ir::Node& node) const;  // its attribute, among the features
  View lower(const ir::Node& node);
  View table(std::vector<double> values, const std::vector<int64_t>& sizes);

  // Other bins can only be read of what is kept for all bins.
  View of_bins(const View& view) { return level(view) == Level::bin ? view : copy(view, Level::bin); }
  // To be read at earlier bins, or at later ones. Outside the clip it must be zero: where a state lies, its
  // start stands there; and what was shifted the other way has zeros at the clip's end that lie within it.
  View of_other_bins(const View& view, bool earlier);
  View concat(const ir::Node& node);
  View pad(const ir::Node& node);
  View join(Instruction made, const std::vector<int64_t>& sizes, bool boolean);

  // ---- products
  View contract(const ir::Node& node);

  // A product without a sum shares loops with what is pointwise, where its operands lie so; what is fixed can
  // be laid so once.
  std::optional<View> entry_by_entry(const Subscripts& subs, const View& a, const View& b,
                                     const std::vector<int64_t>& sizes);

  // The product as loops, its entries in the order in which its one user, a transpose, wants them, so that
  // nothing has to be moved afterwards; where that leaves the last axis, along which vectors run, as it is.
  View in_wanted_order(const ir::Node& node, Subscripts subs, const View& a, const View& b);
  const ir::Node* only_transpose(ir::ValueId id) const;
  // The letters of `of` that `with` has, or has not.
  static std::string common(const std::string& of, const std::string& with, bool wanted);

  // A product of a frame and a fixed weight: of all of the frame (its letters are summed), or of its part at
  // each of several places (letters of the result that the weight does not have).
  std::optional<View> dot(const Subscripts& subs, size_t side, const View& x, const View& w);
  // Letters of one such product.
  struct DotLetters {
    std::string places, rows, summed;
  };
  View dot(const Subscripts& subs, size_t side, const View& x, const View& w, const DotLetters& letters);
  // The product at windows that overlap, as one for each entry of x whose rows are the window's places,
  // summed along diagonals:
  //
  //   y[p, z] = sum_d,c x[p + d, c] w[z, c, d]
  //
  //   u[p', d, z] = sum_c x[p', c] w[z, c, d]
  //   y[p, z] = sum_d u[p + d, d, z]
  //
  // where few rows (z) would leave vectors half empty.
  std::optional<View> along_diagonals(const Subscripts& subs, size_t side, const View& x, const View& w,
                                      const DotLetters& letters);

  // An input at several lags: letters `lag + features`, the features as they lie in a frame.
  struct Lagged {
    View frame;  // [features] at lag 0
    char lag = 0;
    std::string features;
    int64_t n_features = 1;
    bool ahead = false;
  };
  std::optional<Lagged> lagged(const Subscripts& subs, const std::string& letters, const View& view) const;
  // The window of a block: [bin, feature].
  static View window(const Lagged& x, const BlockSizes& sizes);
  // A product with lags, by blocks of bins, where that is cheaper: of a frame and a fixed weight, and of two
  // streams summed over the bins. `rows`: letters of the weight, and of the other stream, that are no x.
  std::optional<View> convolved(const Subscripts& subs, size_t side, const View& x, const View& w,
                                const std::string& rows);
  std::optional<View> correlated(const Subscripts& subs, size_t side, const View& x, const View& other);

  // The product as plain loops over all its letters.
  View multiplied(const Subscripts& subs, const View& a, const View& b, const std::vector<int64_t>& sizes,
                  Level at_least);

  // The operand, or a copy of it whose entries lie densely along that axis, so that vectors can run along it;
  // where each entry is used often enough to be worth it: in each bin, or at many places of its own.
  View dense_along(size_t axis, const View& operand, Level used_at);

  // A product summed over the bins: the gradient of a weight.
  View sum_over_bins(const Subscripts& subs, View a, View b, const std::vector<int64_t>& sizes);

  // Moves the axes along which entries lie densely to the end, so that vectors can run along them. How many
  // entries that makes.
  static int64_t put_dense_last(View& view, std::string& letters);
  // The share of long vectors that stays empty along so many entries.
  static double left_empty(int64_t dense);

  // Of values that clips have as a whole.
  View sum_over_clips(const Subscripts& subs, const View& a, const View& b,
                      const std::vector<int64_t>& sizes);

  // ---- sums
  // The sum of a frame, or another reduction, over the bins, and over the clips where asked for.
  View combined(const View& frame, bool over_bins, bool over_clips, Reduction reduction = Reduction::sum);

  struct Axes {
    bool clips = false, bins = false;
    std::vector<int64_t> kept, summed;  // of the features
  };
  Axes axes_of(const ir::Node& node) const;

  View reduced(const View& view, const Axes& axes, Reduction reduction);  // over features alone
  View reduce(const View& view, const ir::Node& node, Reduction reduction);
  View reduce(const View& view, const Axes& axes, Reduction reduction);
  View sum_or_mean(const ir::Node& node);
  // log of the sum of e^x = m + log of the sum of e^(x - m), m the greatest x
  View logsumexp(const ir::Node& node);

  // ---- recurrence
  void scan(const ir::Node& node);
  // A state takes a value that is computed in its scan and belongs to it alone.
  void set_next(State& state, const View& next);

  const ir::Graph& graph_;
  Flat flat_;
  std::vector<View> views_;                            // by graph value
  std::map<ir::ValueId, const ir::Node*> only_users_;  // by graph value; nullptr: several, or a result
  std::vector<std::pair<View, View>> fixed_copies_;    // of views: made once
  std::map<int64_t, int64_t> row_length_;  // of loops over so many entries that read repeated operands
  int scan_ = -1;                          // whose body is being laid flat
};

}  // namespace stria::plan
