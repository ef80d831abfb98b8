#include "compiler/plan/flattener.h"
#include "compiler/plan/view.h"

namespace stria::plan {

using ir::Node;
using ir::Op;
using ir::Type;

View Flattener::combined(const View& frame, bool over_bins, bool over_clips, Reduction reduction) {
  const auto made = [&](Work work, const View& of) {
    Instruction result = instruction(work, {of});
    result.reduction = reduction;
    return result;
  };
  View result = frame;
  if (over_bins) {
    const View of_bin = level(frame) == Level::bin && frame.plain() ? frame : copy(frame, Level::bin);
    result = emit(made(Work::accumulate, of_bin), Level::clip, frame.sizes());
  }
  if (over_clips) {
    if (level(result) == Level::fixed || !result.plain()) result = copy(result, Level::clip);
    result = emit(made(Work::combine, result), Level::fixed, frame.sizes());
  }
  return result;
}

Flattener::Axes Flattener::axes_of(const Node& node) const {
  const Type& type = operand_type(node, 0);
  const auto letters = static_cast<int64_t>(n_letters(type));
  Axes result;
  std::vector<bool> gone(type.dims.size(), false);
  for (const int64_t axis : ir::ints_attribute(node, "axes")) gone[static_cast<size_t>(axis)] = true;
  for (int64_t i = 0; i < static_cast<int64_t>(type.dims.size()); ++i) {
    if (i >= letters) {
      (gone[i] ? result.summed : result.kept).push_back(i - letters);
    } else if (gone[i]) {
      (i == 0 ? result.clips : result.bins) = true;
    }
  }
  return result;
}

View Flattener::reduced(const View& view, const Axes& axes, Reduction reduction) {
  if (axes.summed.empty()) return view;
  std::vector<int64_t> order = axes.kept, sizes;
  order.insert(order.end(), axes.summed.begin(), axes.summed.end());
  for (const int64_t axis : axes.kept) sizes.push_back(view.axes[static_cast<size_t>(axis)].size);
  return nest({transposed(view, order)}, sizes, reduction);
}

View Flattener::reduce(const View& view, const Node& node, Reduction reduction) {
  return reduce(view, axes_of(node), reduction);
}

View Flattener::reduce(const View& view, const Axes& axes, Reduction reduction) {
  if (!axes.bins && !axes.clips) return reduced(view, axes, reduction);
  if (axes.clips && !axes.bins && level(view) == Level::bin) {
    throw ir::InternalError("a reduction over clips that keeps the bins");
  }
  return reduced(combined(view, axes.bins, axes.clips, reduction), axes, reduction);
}

View Flattener::sum_or_mean(const Node& node) {
  const Axes axes = axes_of(node);
  const std::vector<int64_t> sizes = features(operand_type(node, 0));
  View view = operand(node, 0), counted = constant(1);
  const bool masked = node.operands.size() == 2;
  if (masked) {
    const View mask = operand(node, 1);
    view = pointwise(Op::select, {mask, view, constant(0)}, sizes);
    counted = pointwise(Op::to_real, {mask}, mask.sizes());
  }
  const View total = reduce(view, axes, Reduction::sum);
  if (node.op == Op::reduce_sum) return total;
  counted = reduce(fit(counted, sizes), axes, Reduction::sum);
  // No entry counts: the sum is 0, and 0 is its mean.
  if (masked) counted = pointwise(Op::max, {counted, constant(1)}, counted.sizes());
  return pointwise(Op::div, {total, counted}, total.sizes());
}

View Flattener::logsumexp(const Node& node) {
  const View x = operand(node, 0);
  const Axes axes = axes_of(node);
  const View greatest = reduce(x, node, Reduction::greatest);
  std::vector<int64_t> sizes = x.sizes(), kept_sizes = sizes;
  for (const int64_t axis : axes.summed) kept_sizes[static_cast<size_t>(axis)] = 1;
  const View less = pointwise(Op::sub, {x, *reshaped(greatest, kept_sizes)}, sizes);
  const View total = reduce(pointwise(Op::exp, {less}, sizes), axes, Reduction::sum);
  return pointwise(Op::add, {pointwise(Op::log, {total}, total.sizes()), greatest}, total.sizes());
}

}  // namespace stria::plan
