// Loops over a nest's axes, with tiles of results in registers: plan/nests.h.
#include <utility>

#include "compiler/codegen/emitter.h"
#include "compiler/plan/view.h"

namespace stria::codegen {

using plan::Axis;
using plan::Instruction;
using plan::Nest;
using plan::Reduction;
using plan::View;

void Emitter::nest(const Instruction& i) {
  std::vector<int64_t> sizes = i.operands[0].sizes();
  sizes.resize(sizes.size() - static_cast<size_t>(i.summed_axes));
  nest(i, plan::whole(i.result, sizes));
}

void Emitter::nest(const Instruction& i, const View& destination) {
  if (destination.entries() == 0) return;
  const Nest made = plan::make_nest(flat_, i, destination, plan_.options, lanes_);
  Values from;
  for (const View& view : made.operands) {
    from.push_back(flat_.values[static_cast<size_t>(view.value)].constant ? nullptr : base(view));
  }
  over_outputs(made, 0, from, base(destination));
}

void Emitter::over_outputs(const Nest& nest, size_t depth, const Values& from, V to) {
  if (depth == nest.loops.size()) return nest_tile(nest, from, to);
  const auto [axis, at_once] = nest.loops[depth];
  const Axis& out = nest.destination.axes[axis];
  covered(out.size, at_once, [&](V start) {
    over_outputs(nest, depth + 1, moved(nest, from, axis, start),
                 offset(to, scaled(start, distance(nest.destination, out))));
  });
}

// The operands' addresses, so many entries further along an axis.
Emitter::Values Emitter::moved(const Nest& nest, const Values& from, size_t axis, V entries) {
  Values result;
  for (size_t k = 0; k < from.size(); ++k) {
    const View& view = nest.operands[k];
    const int64_t each = distance(view, view.axes[axis]);
    result.push_back(from[k] == nullptr || each == 0 ? from[k] : offset(from[k], scaled(entries, each)));
  }
  return result;
}

// How far a result's entry of a view lies from that of its tile's first.
int64_t Emitter::in_tile(const Nest& nest, const View& view, int64_t row, int64_t column) const {
  int64_t result = 0;
  if (nest.row_axis < nest.n_out) result += row * distance(view, view.axes[nest.row_axis]);
  if (nest.column_axis < nest.n_out) {
    result += nest.column_starts[static_cast<size_t>(column)] * distance(view, view.axes[nest.column_axis]);
  }
  return result;
}

int64_t Emitter::nest_width(const Nest& nest) const {
  return lanes_ > 1 ? lanes_ : std::max(nest.width, nest.partials);
}

void Emitter::nest_tile(const Nest& nest, const Values& from, V to) {
  const int64_t n = nest.n_rows * nest.n_columns() * (lanes_ > 1 ? nest.partials : 1);
  Values results(static_cast<size_t>(n), real(plan::start_of(nest.reduction), nest_width(nest)));
  results = join_partials(nest, reduce(nest, from, nest.n_out, results));
  for (int64_t k = 0; k < nest.n_rows * nest.n_columns(); ++k) {
    const int64_t distance = in_tile(nest, nest.destination, k / nest.n_columns(), k % nest.n_columns());
    store(results[static_cast<size_t>(k)], offset(to, distance));
  }
}

// A tile's results, joined over the summed axes from `axis` on: [partial][row][column], where a vector does
// not hold the partial results.
Emitter::Values Emitter::reduce(const Nest& nest, const Values& from, size_t axis, const Values& results) {
  const std::vector<Axis>& axes = nest.operands[0].axes;
  if (axis == axes.size()) return add_terms(nest, from, results, nest.partials);
  const int64_t size = axes[axis].size, step = axis + 1 == axes.size() ? nest.partials : 1;
  const int64_t rest = size % step;
  const Values made = loop(
      number(0), number(size - rest), step, results,
      [&](V index, const Values& carried) {
        return reduce(nest, moved(nest, from, axis, index), axis + 1, carried);
      },
      size > 0);
  if (rest == 0) return made;
  // The last terms lie at the end of a vector that does not reach beyond them.
  return add_terms(nest, moved(nest, from, axis, number(size - (lanes_ > 1 ? rest : step))), made, rest);
}

// One more term for each of a tile's results; only for the first `n_partials` partial results of each.
Emitter::Values Emitter::add_terms(const Nest& nest, const Values& from, Values results, int64_t n_partials) {
  std::map<std::pair<size_t, int64_t>, V> read;  // by operand and distance: once for all that take it
  const int64_t n_vectors = lanes_ > 1 ? n_partials : 1, n_columns = nest.n_columns();
  for (int64_t at = 0; at < n_vectors * nest.n_rows * n_columns; ++at) {
    const int64_t column = at % n_columns, row = at / n_columns % nest.n_rows,
                  partial = at / n_columns / nest.n_rows;
    Values factors;
    for (size_t k = 0; k < from.size(); ++k) {
      const View& view = nest.operands[k];
      int64_t where = in_tile(nest, view, row, column);
      if (partial > 0) where += partial * distance(view, view.axes.back());
      V& factor = read[{k, where}];
      if (factor == nullptr) factor = nest_factor(nest, view, from[k], where, n_partials);
      factors.push_back(factor);
    }
    V& result = results[static_cast<size_t>(at)];
    V next = with_term(nest, factors, result);
    const bool all = lanes_ > 1 || n_partials == nest.partials;
    result = all ? next : builder_.CreateSelect(own_entries(nest.partials, n_partials), result, next);
  }
  return results;
}

Emitter::V Emitter::nest_factor(const Nest& nest, const View& view, V from, int64_t distance,
                                int64_t n_partials) {
  const int64_t width = nest_width(nest);
  if (from == nullptr) return real(*flat_.values[static_cast<size_t>(view.value)].constant, width);
  V address = offset(from, distance);
  if (lanes_ > 1 || width == 1) return entry(view, address, width);
  const Axis& along = nest.partials > 1 ? view.axes.back() : view.axes[nest.column_axis];
  if (along.stride == 0) return splat(load(address, 1), width);
  if (along.stride == 2) return load_every_second(address, width);
  V entries = load(address, width);
  if (n_partials == nest.partials) return entries;
  std::vector<int> last;
  for (int64_t k = 0; k < width; ++k)
    last.push_back(static_cast<int>(k < n_partials ? width - n_partials + k : -1));
  return builder_.CreateShuffleVector(entries, last);
}

// Two vectors, of which the second ends with the last entry: nothing beyond is read.
Emitter::V Emitter::load_every_second(V address, int64_t width) {
  std::vector<int> taken;
  for (int64_t k = 0; k < width; ++k) taken.push_back(static_cast<int>(2 * k < width ? 2 * k : 2 * k + 1));
  return builder_.CreateShuffleVector(load(address, width), load(offset(address, width - 1), width), taken);
}

Emitter::V Emitter::with_term(const Nest& nest, const Values& factors, V result) {
  if (!nest.sums()) return factors.size() == 1 ? factors[0] : builder_.CreateFMul(factors[0], factors[1]);
  if (factors.size() == 2) return math_.fma(factors[0], factors[1], result);
  return joined(nest.reduction, result, factors[0]);
}

Emitter::Values Emitter::join_partials(const Nest& nest, Values results) {
  if (lanes_ == 1 && nest.partials > 1) {
    for (V& result : results) result = join_halves(nest.reduction, result);
    return results;
  }
  for (size_t n = results.size() / 2, least = static_cast<size_t>(nest.n_rows * nest.n_columns()); n >= least;
       n /= 2) {
    for (size_t k = 0; k < n; ++k) results[k] = joined(nest.reduction, results[k], results[k + n]);
  }
  return results;
}

// A vector's entries as one: its first half with the other, and so on.
Emitter::V Emitter::join_halves(Reduction reduction, V entries) {
  int64_t n = llvm::cast<llvm::FixedVectorType>(entries->getType())->getNumElements();
  for (; n > 1; n /= 2) {
    std::vector<int> low, high;
    for (int64_t k = 0; k < n / 2; ++k) {
      low.push_back(static_cast<int>(k));
      high.push_back(static_cast<int>(k + n / 2));
    }
    entries = joined(reduction, builder_.CreateShuffleVector(entries, low),
                     builder_.CreateShuffleVector(entries, high));
  }
  return builder_.CreateExtractElement(entries, uint64_t{0});
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

}  // namespace stria::codegen
