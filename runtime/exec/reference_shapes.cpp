// Lowerings of ops that move entries without computing.
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/flip.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/movedim.h>
#include <ATen/ops/permute.h>
#include <ATen/ops/reshape.h>
#include <ATen/ops/select.h>
#include <ATen/ops/slice.h>
#include <ATen/ops/unflatten.h>
#include <ATen/ops/zeros_like.h>

#include <cstdlib>

#include "runtime/exec/program.h"

namespace stria::exec::lowering {
namespace {

using ir::Node;

// Zeros around one axis; a negative number takes entries away.
at::Tensor pad_axis(const at::Tensor& x, int64_t axis, int64_t before, int64_t after) {
  // LibTorch counts axes from the last one: pairs of (before, after).
  std::vector<int64_t> amounts(static_cast<size_t>(2 * (x.dim() - axis)), 0);
  amounts[amounts.size() - 2] = before;
  amounts[amounts.size() - 1] = after;
  return at::constant_pad_nd(x, amounts, 0);
}

}  // namespace

Slot broadcast(Emitter& emitter, const Node& node) {
  return emitter.emit(node, [dims = ir::dims_attribute(node, "sizes")](Run& run, const Operands& x) {
    return x[0].expand(run.sizes(dims));
  });
}

Slot reshape(Emitter& emitter, const Node& node) {
  return emitter.emit(node, [dims = ir::dims_attribute(node, "sizes")](Run& run, const Operands& x) {
    return at::reshape(x[0], run.sizes(dims));
  });
}

Slot transpose(Emitter& emitter, const Node& node) {
  return emitter.emit(node, [order = ir::ints_attribute(node, "order")](Run&, const Operands& x) {
    return at::permute(x[0], order);
  });
}

Slot slice(Emitter& emitter, const Node& node) {
  const int64_t axis = ir::int_attribute(node, "axis"), start = ir::int_attribute(node, "start");
  const int64_t size = ir::int_attribute(node, "size"), step = ir::int_attribute(node, "step");
  const int64_t end = size == 0 ? start : start + (size - 1) * step + 1;
  return emitter.emit(node, [=](Run&, const Operands& x) { return at::slice(x[0], axis, start, end, step); });
}

Slot concat(Emitter& emitter, const Node& node) {
  return emitter.emit(node, [axis = ir::int_attribute(node, "axis")](Run&, const Operands& x) {
    std::vector<at::Tensor> parts;
    for (size_t i = 0; i < x.size(); ++i) parts.push_back(x[i]);
    return at::cat(parts, axis);
  });
}

Slot pad(Emitter& emitter, const Node& node) {
  const int64_t axis = ir::int_attribute(node, "axis");
  const int64_t before = ir::int_attribute(node, "before"), after = ir::int_attribute(node, "after");
  return emitter.emit(node, [=](Run&, const Operands& x) { return pad_axis(x[0], axis, before, after); });
}

Slot flip(Emitter& emitter, const Node& node) {
  return emitter.emit(node, [axis = ir::int_attribute(node, "axis")](Run&, const Operands& x) {
    return at::flip(x[0], {axis});
  });
}

Slot window(Emitter& emitter, const Node& node) {
  const int64_t axis = ir::int_attribute(node, "axis"), size = ir::int_attribute(node, "size");
  const int64_t stride = ir::int_attribute(node, "stride"), dilate = ir::int_attribute(node, "dilate");
  if (dilate == 1) {
    return emitter.emit(node, [=](Run&, const Operands& x) { return x[0].unfold(axis, size, stride); });
  }
  // The entries of all positions, one after another, then split into [positions, size].
  return emitter.emit(node, [=](Run&, const Operands& x) {
    const int64_t positions = (x[0].size(axis) - dilate * (size - 1) - 1) / stride + 1;
    const at::Tensor starts = at::arange(positions, at::TensorOptions(at::kLong)).mul(stride).unsqueeze(1);
    const at::Tensor entries =
        starts.add(at::arange(size, at::TensorOptions(at::kLong)).mul(dilate)).flatten();
    const at::Tensor taken = at::index_select(x[0], axis, entries);
    return at::movedim(at::unflatten(taken, axis, at::IntArrayRef{positions, size}), axis + 1, -1);
  });
}

Slot delay(Emitter& emitter, const Node& node) {
  return emitter.emit(node, [steps = ir::int_attribute(node, "steps")](Run& run, const Operands& x) {
    if (std::abs(steps) >= run.n_bins) return at::zeros_like(x[0]);
    return pad_axis(x[0], 1, steps, -steps);
  });
}

Slot frame(Emitter& emitter, const Node& node) {
  return emitter.emit(node, [bin = ir::int_attribute(node, "bin")](Run& run, const Operands& x) {
    if (bin >= run.n_bins || -bin > run.n_bins) {
      throw ir::InternalError("op `frame`: bin " + std::to_string(bin) + " of a stream of " +
                              std::to_string(run.n_bins));
    }
    return at::select(x[0], 1, bin);
  });
}

// Padded by size - 1 zeros in front, the windows along T hold the past in the order of time; reversed, entry
// 0 is now. Padded behind, they begin with now.
Slot history(Emitter& emitter, const Node& node) {
  const int64_t size = ir::int_attribute(node, "size");
  if (ir::int_attribute(node, "reverse") != 0) {
    return emitter.emit(
        node, [size](Run&, const Operands& x) { return pad_axis(x[0], 1, 0, size - 1).unfold(1, size, 1); });
  }
  return emitter.emit(node, [size](Run&, const Operands& x) {
    return at::flip(pad_axis(x[0], 1, size - 1, 0).unfold(1, size, 1), {x[0].dim()});
  });
}

// Entry k moved by k bins.
Slot overlap_add(Emitter& emitter, const Node& node) {
  const int64_t to_earlier = ir::int_attribute(node, "reverse") != 0 ? 1 : -1;
  return emitter.emit(node, [to_earlier](Run& run, const Operands& x) {
    at::Tensor sum = at::zeros_like(at::select(x[0], -1, 0));
    for (int64_t k = 0; k < std::min(x[0].size(-1), run.n_bins); ++k) {
      const int64_t bins = to_earlier * k;
      sum = sum.add(pad_axis(at::select(x[0], -1, k), 1, bins, -bins));
    }
    return sum;
  });
}

}  // namespace stria::exec::lowering
