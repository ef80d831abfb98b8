// Lowerings of reductions.
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/max.h>
#include <ATen/ops/min.h>
#include <ATen/ops/permute.h>
#include <ATen/ops/prod.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "runtime/exec/program.h"

namespace stria::exec::lowering {
namespace {

using ir::Node;

// LibTorch takes an empty list of axes for all axes; here it means none.
at::Tensor sum_axes(const at::Tensor& x, const std::vector<int64_t>& axes) {
  return axes.empty() ? x : at::sum(x, axes);
}

// Entries that do not count become 0 by a choice, not a product: their derivative is 0 even where they are
// not finite.
at::Tensor masked(const at::Tensor& x, const at::Tensor& mask) {
  return at::where(mask, x, at::zeros({}, x.options()));
}

// How many entries count, with the axes summed: the mask's own count times the sizes along which it is
// repeated.
at::Tensor count_of(const at::Tensor& x, const at::Tensor& mask, const std::vector<int64_t>& axes,
                    at::ScalarType real) {
  int64_t repeats = 1;
  for (const int64_t axis : axes) {
    if (mask.size(axis) == 1) repeats *= x.size(axis);
  }
  return sum_axes(mask.to(real), axes).mul(repeats);
}

// The reduced axes as one last axis.
at::Tensor reduced_last(const at::Tensor& x, const std::vector<int64_t>& axes) {
  std::vector<int64_t> order, sorted = axes;
  std::sort(sorted.begin(), sorted.end());
  for (int64_t axis = 0; axis < x.dim(); ++axis) {
    if (!std::binary_search(sorted.begin(), sorted.end(), axis)) order.push_back(axis);
  }
  const auto n_kept = static_cast<int64_t>(order.size());
  order.insert(order.end(), sorted.begin(), sorted.end());
  return at::permute(x, order).flatten(n_kept);
}

}  // namespace

Slot reduce_sum(Emitter& emitter, const Node& node) {
  return emitter.emit(node, [axes = ir::ints_attribute(node, "axes")](Run&, const Operands& x) {
    return sum_axes(x.size() == 2 ? masked(x[0], x[1]) : x[0], axes);
  });
}

Slot reduce_mean(Emitter& emitter, const Node& node) {
  const auto axes = ir::ints_attribute(node, "axes");
  if (node.operands.size() == 2) {
    return emitter.emit(node, [axes, real = emitter.real()](Run&, const Operands& x) {
      const at::Tensor count = count_of(x[0], x[1], axes, real);
      return sum_axes(masked(x[0], x[1]), axes).div(at::clamp_min(count, 1));
    });
  }
  return emitter.emit(node, [axes](Run&, const Operands& x) {
    int64_t count = 1;
    for (const int64_t axis : axes) count *= x[0].size(axis);
    return sum_axes(x[0], axes).div(std::max<int64_t>(count, 1));
  });
}

Slot reduce_prod(Emitter& emitter, const Node& node) {
  return emitter.emit(node, [axes = ir::ints_attribute(node, "axes")](Run&, const Operands& x) {
    return axes.empty() ? x[0] : at::prod(reduced_last(x[0], axes), -1);
  });
}

Slot reduce_max(Emitter& emitter, const Node& node) {
  return emitter.emit(node, [axes = ir::ints_attribute(node, "axes")](Run&, const Operands& x) {
    return axes.empty() ? x[0] : std::get<0>(at::max(reduced_last(x[0], axes), -1));
  });
}

Slot reduce_min(Emitter& emitter, const Node& node) {
  return emitter.emit(node, [axes = ir::ints_attribute(node, "axes")](Run&, const Operands& x) {
    return axes.empty() ? x[0] : std::get<0>(at::min(reduced_last(x[0], axes), -1));
  });
}

Slot logsumexp(Emitter& emitter, const Node& node) {
  return emitter.emit(node, [axes = ir::ints_attribute(node, "axes")](Run&, const Operands& x) {
    return axes.empty() ? x[0] : at::logsumexp(x[0], axes);
  });
}

}  // namespace stria::exec::lowering
