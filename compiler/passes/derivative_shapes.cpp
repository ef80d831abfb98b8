// Derivative rules of ops that move entries: the same entries, moved back.
#include "compiler/passes/derivative.h"

namespace stria::passes::derivative {

using ir::Dim;
using ir::dim;
using ir::Op;
using ir::ValueId;

namespace {

// The reverse of slice(x, axis, start, size, step) of an axis of n entries: zeros between and around.
ValueId spread(NodeWriter& w, ValueId value, size_t axis, int64_t start, int64_t step, int64_t n) {
  const std::vector<Dim> dims = w.dims(value);
  const int64_t size = dims[axis].size;
  std::vector<Dim> sizes = dims;
  if (size == 0) {
    sizes[axis] = dim(n);
    return w.zeros(sizes);
  }
  if (step > 1 && size > 1) {
    sizes.insert(sizes.begin() + static_cast<std::ptrdiff_t>(axis) + 1, dim(1));
    const ValueId apart = w.pad(w.reshape(value, sizes), axis + 1, 0, step - 1);
    sizes = dims;
    sizes[axis] = dim(size * step);
    value = w.slice(w.reshape(apart, sizes), axis, 0, (size - 1) * step + 1);
  }
  return w.pad(value, axis, start, n - start - ((size - 1) * step + 1));
}

size_t axis_of(const Derivation& d) { return static_cast<size_t>(d.attribute("axis")); }

ValueId delayed(NodeWriter& w, ValueId stream, int64_t steps) {
  return steps == 0 ? stream : w.add(Op::delay, {stream}, {{"steps", steps}});
}

// Entry k of the last axis, without it.
ValueId entry_of_last(NodeWriter& w, ValueId value, int64_t k) {
  std::vector<Dim> dims = w.dims(value);
  const ValueId entry = w.slice(value, dims.size() - 1, k, 1);
  dims.pop_back();
  return w.reshape(entry, dims);
}

}  // namespace

void broadcast(Derivation& d) { d.give(0, d.adjoint); }

void reshape(Derivation& d) {
  const std::vector<Dim> dims = d.type(0).dims;
  d.give(0, d.w.reshape(d.adjoint, dims));
}

void transpose(Derivation& d) {
  const auto& order = ir::ints_attribute(d.node, "order");
  std::vector<int64_t> back(order.size());
  for (size_t i = 0; i < order.size(); ++i) back[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  d.give(0, d.w.add(Op::transpose, {d.adjoint}, {{"order", back}}));
}

void slice(Derivation& d) {
  const size_t axis = axis_of(d);
  d.give(0,
         spread(d.w, d.adjoint, axis, d.attribute("start"), d.attribute("step"), d.type(0).dims[axis].size));
}

void concat(Derivation& d) {
  const size_t axis = axis_of(d);
  int64_t start = 0;
  for (size_t i = 0; i < d.node.operands.size(); ++i) {
    const int64_t size = d.type(i).dims[axis].size;
    if (d.wanted(i)) d.give(i, d.w.slice(d.adjoint, axis, start, size));
    start += size;
  }
}

void pad(Derivation& d) {
  const size_t axis = axis_of(d);
  d.give(0, d.w.slice(d.adjoint, axis, d.attribute("before"), d.type(0).dims[axis].size));
}

void flip(Derivation& d) { d.give(0, d.w.add(Op::flip, {d.adjoint}, {{"axis", d.attribute("axis")}})); }

// Entry k of all positions came from k dilate, k dilate + stride, ...
void window(Derivation& d) {
  const size_t axis = axis_of(d);
  const int64_t n = d.type(0).dims[axis].size;
  for (int64_t k = 0; k < d.attribute("size"); ++k) {
    d.give(0, spread(d.w, entry_of_last(d.w, d.adjoint, k), axis, k * d.attribute("dilate"),
                     d.attribute("stride"), n));
  }
}

void delay(Derivation& d) { d.give(0, delayed(d.w, d.adjoint, -d.attribute("steps"))); }

// Each moves the other's entries back, the other way through the bins.
void history(Derivation& d) { d.give(0, d.w.add(Op::overlap_add, {d.adjoint}, d.node.attributes)); }
void overlap_add(Derivation& d) { d.give(0, d.w.add(Op::history, {d.adjoint}, d.node.attributes)); }

// Ones delayed until the bin, less ones delayed by one more, are 1 in that bin alone. A negative number
// counts from the end: ones of ahead.
void frame(Derivation& d) {
  const std::vector<Dim> dims = d.type(0).dims;
  const int64_t bin = d.attribute("bin");
  const ValueId ones = d.w.broadcast(d.w.constant(1), {ir::batch_dim, ir::time_dim});
  const int64_t near = bin >= 0 ? bin : bin + 1, far = bin >= 0 ? bin + 1 : bin;
  const ValueId chosen = d.w.minus({delayed(d.w, ones, near), delayed(d.w, ones, far)});
  std::vector<Dim> mask_dims(dims.size(), dim(1)), one_bin = dims;
  mask_dims[0] = ir::batch_dim;
  mask_dims[1] = ir::time_dim;
  one_bin[1] = dim(1);
  d.give(0, d.w.times({d.w.reshape(d.adjoint, one_bin), d.w.reshape(chosen, mask_dims)}));
}

}  // namespace stria::passes::derivative
