#include "compiler/plan/nests.h"

#include "compiler/plan/tiles.h"

namespace stria::plan {
namespace {

// Of a tile; where there are no rows, more columns, so that a sum need not wait for its last term.
constexpr int64_t most_columns = 3, most_lone_columns = 6, most_rows = 8;
// Results of a tile whose rows read nothing in common, and of one without sums.
constexpr int64_t most_independent = 8, most_copied = 4;

int64_t rounded_up(int64_t n, int64_t by) { return (n + by - 1) / by; }

class NestMaker {
 public:
  NestMaker(const Flat& flat, const Instruction& i, const View& destination, const PlanOptions& options,
            int64_t lanes)
      : options_(options), lanes_(lanes) {
    nest_.operands = i.operands;
    nest_.destination = destination;
    nest_.n_out = destination.axes.size();
    nest_.reduction = i.reduction;
    for (View& view : nest_.operands) {
      if (!flat.values[static_cast<size_t>(view.value)].constant) continue;
      for (Axis& axis : view.axes) axis = {axis.size, 0, 0};
    }
  }

  Nest run() {
    join_axes();
    nest_.partials = partials();
    nest_.row_axis = nest_.column_axis = nest_.n_out;
    if (nest_.n_out > 0) choose_columns();
    if (nest_.n_out > 1) choose_rows();
    for (size_t a = 0; a < nest_.n_out; ++a) {
      if (a != nest_.row_axis && a != nest_.column_axis) nest_.loops.push_back({a, 1});
    }
    if (nest_.row_axis < nest_.n_out) nest_.loops.push_back({nest_.row_axis, nest_.n_rows});
    if (nest_.column_axis < nest_.n_out) nest_.loops.push_back({nest_.column_axis, column_entries_});
    return nest_;
  }

 private:
  size_t n_axes() const { return nest_.operands[0].axes.size(); }

  // Axes of size 1 go, and neighbours along which all views go on without a gap become one.
  void join_axes() {
    for (size_t a = n_axes(); a-- > 0;) {
      if (nest_.operands[0].axes[a].size == 1) erase(a);
    }
    for (size_t a = n_axes(); a-- > 1;) {
      if (a != nest_.n_out && goes_on(a)) join(a);
    }
  }

  bool goes_on(size_t a) const {
    const auto along = [a](const View& view) {
      const Axis &outer = view.axes[a - 1], &inner = view.axes[a];
      return outer.stride == inner.size * inner.stride && outer.bins == inner.size * inner.bins;
    };
    for (const View& view : nest_.operands) {
      if (!along(view)) return false;
    }
    return a > nest_.n_out || along(nest_.destination);
  }

  void join(size_t a) {
    const auto in = [a](View& view) {
      view.axes[a - 1] = {view.axes[a - 1].size * view.axes[a].size, view.axes[a].stride, view.axes[a].bins};
    };
    for (View& view : nest_.operands) in(view);
    if (a < nest_.n_out) in(nest_.destination);
    erase(a);
  }

  void erase(size_t a) {
    const auto from = [a](View& view) {
      view.axes.erase(view.axes.begin() + static_cast<std::ptrdiff_t>(a));
    };
    for (View& view : nest_.operands) from(view);
    if (a >= nest_.n_out) return;
    from(nest_.destination);
    --nest_.n_out;
  }

  // Whether vectors can be read along the axis: each operand's entries lie side by side or up to so far
  // apart, or are one.
  bool readable(size_t a, int64_t furthest) const {
    return std::all_of(nest_.operands.begin(), nest_.operands.end(), [&](const View& view) {
      const Axis& axis = view.axes[a];
      return axis.bins == 0 && axis.stride >= 0 && axis.stride <= furthest;
    });
  }
  bool stays(const View& view, size_t a) const { return view.axes[a].stride == 0 && view.axes[a].bins == 0; }

  // Entries of a vector along the last output axis; 1 where vectors cannot run along it.
  int64_t output_width() const {
    if (nest_.n_out == 0 || !readable(nest_.n_out - 1, 2)) return 1;
    const Axis& out = nest_.destination.axes.back();
    return out.stride == 1 ? Cover(out.size, options_.width).width : 1;
  }

  // Vectors run along the last summed axis where they would not be at least half filled along an output axis.
  int64_t partials() const {
    const size_t last = n_axes() - 1;
    if (!nest_.sums() || !readable(last, 1)) return 1;
    const bool moves = std::any_of(nest_.operands.begin(), nest_.operands.end(),
                                   [&](const View& view) { return !stays(view, last); });
    const bool is_long = nest_.operands[0].axes[last].size >= 2 * options_.width;
    const bool fills = output_width() > 1 && 2 * output_width() >= options_.width;
    return moves && is_long && !fills ? options_.width : 1;
  }

  // Vectors that hold partial results of one result.
  int64_t vectors_a_result() const { return lanes_ > 1 ? nest_.partials : 1; }

  void choose_columns() {
    nest_.column_axis = nest_.n_out - 1;
    const int64_t size = nest_.destination.axes.back().size;
    if (lanes_ == 1 && nest_.partials == 1) nest_.width = output_width();
    const Cover cover(size, nest_.width);
    const int64_t most = vectors_a_result() > 1             ? 1
                         : nest_.n_out > 1 || !nest_.sums() ? most_columns
                                                            : most_lone_columns;
    const int64_t tiles = rounded_up(cover.vectors, most);
    const int64_t n = rounded_up(cover.vectors, tiles);
    column_entries_ = tiles == 1 ? size : n * nest_.width;
    nest_.column_starts.clear();
    for (int64_t c = 0; c < n; ++c) {
      nest_.column_starts.push_back(tiles == 1 ? cover.start(c) : c * nest_.width);
    }
  }

  // What a tile with rows along the axis need not read again: most of all vectors of columns.
  int worth(size_t a) const {
    int result = 0;
    for (const View& view : nest_.operands) {
      if (stays(view, a)) result += stays(view, nest_.column_axis) ? 1 : 2;
    }
    return result;
  }

  void choose_rows() {
    size_t best = nest_.column_axis - 1;
    for (size_t a = best; a-- > 0;) {
      if (worth(a) > worth(best)) best = a;
    }
    const int64_t c = nest_.n_columns();
    int64_t most = std::min(most_rows, (options_.registers - 1 - c) / c);
    if (!nest_.sums()) most = std::max<int64_t>(1, most_copied / c);
    if (nest_.sums() && worth(best) == 0) most = most_independent / c;
    if (vectors_a_result() > 1) most = 1;
    nest_.row_axis = best;
    nest_.n_rows = rows(nest_.destination.axes[best].size, most);
  }

  // The number of rows up to `most` with which all take the fewest instructions: a last tile that is moved
  // back takes rows again.
  int64_t rows(int64_t size, int64_t most) const {
    int64_t best = 1, least = 0;
    for (int64_t n = 1; n <= std::min(size, most); ++n) {
      const int64_t c = nest_.n_columns(), cost = rounded_up(size, n) * (n * c + n + c);
      if (n == 1 || cost <= least) {
        best = n;
        least = cost;
      }
    }
    return best;
  }

  Nest nest_;
  const PlanOptions& options_;
  int64_t lanes_, column_entries_ = 1;
};

}  // namespace

Nest make_nest(const Flat& flat, const Instruction& instruction, const View& destination,
               const PlanOptions& options, int64_t lanes) {
  return NestMaker(flat, instruction, destination, options, lanes).run();
}

}  // namespace stria::plan
