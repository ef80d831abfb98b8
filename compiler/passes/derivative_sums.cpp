// Derivative rules of products and reductions.
#include <algorithm>

#include "compiler/ir/subscripts.h"
#include "compiler/passes/derivative.h"

namespace stria::passes {

using ir::Dim;
using ir::dim;
using ir::holds;
using ir::Op;
using ir::Subscripts;
using ir::ValueId;
using Integers = std::vector<int64_t>;

ValueId count_of(NodeWriter& w, const std::vector<Dim>& dims) {
  int64_t numbers = 1;
  std::vector<Dim> letters;
  Integers axes;
  for (const Dim& d : dims) {
    if (d.is_number()) {
      numbers *= d.size;
    } else {
      axes.push_back(static_cast<int64_t>(letters.size()));
      letters.push_back(d);
    }
  }
  const ValueId known = w.constant(static_cast<double>(numbers));
  if (letters.empty()) return known;
  return w.add(Op::reduce_sum, {w.broadcast(known, letters)}, {{"axes", axes}});
}

ValueId unreduce(NodeWriter& w, ValueId value, const Integers& axes, const std::vector<Dim>& dims) {
  const auto n_axes = static_cast<int64_t>(axes.size());
  const bool leading = std::all_of(axes.begin(), axes.end(), [&](int64_t axis) { return axis < n_axes; });
  if (leading) return w.broadcast(value, dims);
  std::vector<Dim> kept = dims;
  for (const int64_t axis : axes) kept[static_cast<size_t>(axis)] = dim(1);
  return w.broadcast(w.reshape(value, kept), dims);
}

namespace {

// The letter at `axis`, which stands before it too: zeros wherever the entries along both differ.
ValueId on_diagonal(NodeWriter& w, ValueId value, const std::string& letters, size_t axis,
                    const std::vector<Dim>& dims) {
  const size_t first = letters.find(letters[axis]), rank = letters.size();
  const auto place = [&](size_t along) {
    std::vector<Dim> sizes(rank, dim(1));
    sizes[along] = dims[along];
    return w.reshape(w.add(Op::iota, {}, {{"size", dims[along].size}}), sizes);
  };
  return w.select({w.add(Op::equal, {place(first), place(axis)}), value, w.constant(0)});
}

}  // namespace

ValueId contract_to(NodeWriter& w, ValueId a, const std::string& a_letters, ValueId b,
                    const std::string& b_letters, const std::string& letters, const std::vector<Dim>& dims) {
  std::string present;
  std::vector<Dim> sizes;
  std::vector<size_t> twice;
  for (size_t i = 0; i < letters.size(); ++i) {
    const bool again = holds(letters.substr(0, i), letters[i]);
    const bool found = !again && (holds(a_letters, letters[i]) || holds(b_letters, letters[i]));
    if (again) twice.push_back(i);
    if (found) present += letters[i];
    sizes.push_back(found ? dims[i] : dim(1));
  }
  ValueId value = w.add(Op::contract, {a, b}, {{"subscripts", a_letters + "," + b_letters + "->" + present}});
  value = w.reshape(value, sizes);
  for (const size_t axis : twice) value = on_diagonal(w, value, letters, axis, dims);
  return w.broadcast(value, dims);
}

namespace derivative {

// For "A,B->R": the adjoint of the first operand is "R,B->A" of g and the second, and so the other way round.
void contract(Derivation& d) {
  const Subscripts letters(ir::text_attribute(d.node, "subscripts"));
  if (d.wanted(0)) d.give_product(0, letters.out, 1, letters.sides[1], letters.sides[0]);
  if (d.wanted(1)) d.give_product(1, letters.out, 0, letters.sides[0], letters.sides[1]);
}

void reduce_sum(Derivation& d) {
  const std::vector<Dim> dims = d.type(0).dims;
  const ValueId repeated = unreduce(d.w, d.adjoint, d.axes(), dims);
  if (d.node.operands.size() == 1) return d.give(0, repeated);
  d.give(0, d.w.select({d.operand(1), repeated, d.w.constant(0)}));
}

namespace {

// count_of of the dims of a mean over the bins of each clip: a number a clip, [B, 1, ...], as bins stand
// behind clips wherever they stand.
ValueId count_of_bins(Derivation& d, const std::vector<Dim>& dims) {
  NodeWriter& w = d.w;
  const auto has = [&](const Dim& letter) {
    return std::find(dims.begin(), dims.end(), letter) != dims.end();
  };
  std::vector<Dim> result = d.result_type().dims;
  if (!has(ir::time_dim) || has(ir::batch_dim) || result.empty() || result[0] != ir::batch_dim)
    return count_of(w, dims);
  std::vector<Dim> others = dims;
  others.erase(std::find(others.begin(), others.end(), ir::time_dim));
  const ValueId frames = w.broadcast(count_of(w, others), {ir::batch_dim, ir::time_dim});
  std::fill(result.begin() + 1, result.end(), dim(1));
  return w.reshape(w.add(Op::reduce_sum, {frames}, {{"axes", Integers{1}}}), result);
}

// How many entries a mean was taken over, at least 1; with a mask the mask's own count times the sizes of the
// axes along which it is repeated.
ValueId mean_count(Derivation& d) {
  NodeWriter& w = d.w;
  const std::vector<Dim> dims = d.type(0).dims;
  const bool masked = d.node.operands.size() == 2;
  std::vector<Dim> repeated;
  for (const int64_t axis : d.axes()) {
    const auto i = static_cast<size_t>(axis);
    if (!masked || d.type(1).dims[i] != dims[i]) repeated.push_back(dims[i]);
  }
  ValueId count = count_of_bins(d, repeated);
  if (masked) {
    const ValueId own = w.add(Op::reduce_sum, {w.add(Op::to_real, {d.operand(1)})}, {{"axes", d.axes()}});
    count = w.times({own, count});
  }
  return w.add(Op::max, {count, w.constant(1)});
}

}  // namespace

void reduce_mean(Derivation& d) {
  const std::vector<Dim> dims = d.type(0).dims;
  const ValueId share = unreduce(d.w, d.w.over({d.adjoint, mean_count(d)}), d.axes(), dims);
  if (d.node.operands.size() == 1) return d.give(0, share);
  d.give(0, d.w.select({d.operand(1), share, d.w.constant(0)}));
}

// The product of the others: y / x where no entry is 0; where one is, it alone gets the product of the
// others; where more are, none gets any.
void reduce_prod(Derivation& d) {
  NodeWriter& w = d.w;
  const std::vector<Dim> dims = d.type(0).dims;
  const ValueId x = d.operand(0), zero = w.constant(0), one = w.constant(1);
  const ValueId is_zero = w.add(Op::equal, {x, zero});
  const ValueId safe = w.select({is_zero, one, x});
  const ir::Attributes along = {{"axes", d.axes()}};
  const ValueId product = w.times({d.adjoint, w.add(Op::reduce_prod, {safe}, along)});
  const ValueId n_zeros = w.add(Op::reduce_sum, {w.add(Op::to_real, {is_zero})}, along);
  const ValueId if_none = w.select({w.add(Op::equal, {n_zeros, zero}), product, zero});
  const ValueId if_one = w.select({w.add(Op::equal, {n_zeros, one}), product, zero});
  d.give(0, w.select({is_zero, unreduce(w, if_one, d.axes(), dims),
                      w.over({unreduce(w, if_none, d.axes(), dims), safe})}));
}

namespace {

// Axis by axis, the last first: the greatest along one axis passes its adjoint to the first entry that equals
// it. The first in the order of all axes together is the first along the first axis, within it along the
// second, ...
void give_to_first(Derivation& d, Op op) {
  NodeWriter& w = d.w;
  Integers axes = d.axes();
  std::sort(axes.begin(), axes.end());
  if (axes.empty()) return d.give(0, d.adjoint);
  std::vector<ValueId> partial = {d.operand(0)};  // reduced over no axis, the last, the last two, ...
  for (size_t k = axes.size(); k-- > 1;) {
    partial.push_back(w.add(op, {partial.back()}, {{"axes", Integers{axes[k]}}}));
  }
  ValueId greatest = d.result(), adjoint = d.adjoint;
  for (const int64_t axis : axes) {
    const ValueId x = partial.back();
    partial.pop_back();
    const std::vector<Dim> dims = w.dims(x);
    std::vector<Dim> along(dims.size() - static_cast<size_t>(axis), dim(1));
    along[0] = dims[static_cast<size_t>(axis)];
    const ValueId place = w.add(Op::index, {}, {{"sizes", along}, {"axis", 0}});
    const ValueId equal = w.add(Op::equal, {x, unreduce(w, greatest, {axis}, dims)});
    const ValueId candidate = w.select({equal, place, count_of(w, {along[0]})});
    const ValueId first = w.add(Op::reduce_min, {candidate}, {{"axes", Integers{axis}}});
    const ValueId chosen = w.add(Op::equal, {place, unreduce(w, first, {axis}, dims)});
    adjoint = w.select({chosen, unreduce(w, adjoint, {axis}, dims), w.constant(0)});
    greatest = x;
  }
  d.give(0, adjoint);
}

}  // namespace

void reduce_max(Derivation& d) { give_to_first(d, Op::reduce_max); }
void reduce_min(Derivation& d) { give_to_first(d, Op::reduce_min); }

// g e^(x - y). Where y is not finite (all x are -infinity), e^x: no entry has a share of nothing.
void logsumexp(Derivation& d) {
  NodeWriter& w = d.w;
  const std::vector<Dim> dims = d.type(0).dims;
  const ValueId y = d.result(), zero = w.constant(0);
  const ValueId finite = w.add(Op::equal, {w.minus({y, y}), zero});
  const ValueId from = unreduce(w, w.select({finite, y, zero}), d.axes(), dims);
  const ValueId share = w.add(Op::exp, {w.minus({d.operand(0), from})});
  d.give(0, w.times({unreduce(w, d.adjoint, d.axes(), dims), share}));
}

}  // namespace derivative
}  // namespace stria::passes
