#include "runtime/train/unit_weights.h"

#include <algorithm>

namespace stria::train {
namespace {

// Entries of slice `slice` along `axis`, of row-major arrays of these sizes.
void copy_slice(const std::vector<int64_t>& sizes, size_t axis, size_t slice, const std::vector<float>& from,
                std::vector<float>& into) {
  size_t inner = 1;
  for (size_t i = axis + 1; i < sizes.size(); ++i) inner *= static_cast<size_t>(sizes[i]);
  const size_t step = inner * static_cast<size_t>(sizes[axis]);
  for (size_t start = slice * inner; start < from.size(); start += step)
    std::copy_n(from.begin() + static_cast<ptrdiff_t>(start), inner,
                into.begin() + static_cast<ptrdiff_t>(start));
}

}  // namespace

void copy_unit(const ModelProgram& program, size_t unit, const Weights& from, Weights& into) {
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    const ParameterInfo& parameter = program.parameters[i];
    if (!parameter.unit_axis) continue;
    std::vector<int64_t> sizes = parameter.sizes;
    if (parameter.is_complex) sizes.push_back(2);
    copy_slice(sizes, *parameter.unit_axis, unit, from.parameters[i], into.parameters[i]);
  }
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    const BufferInfo& buffer = program.buffers[i];
    if (buffer.unit_axis) copy_slice(buffer.sizes, *buffer.unit_axis, unit, from.buffers[i], into.buffers[i]);
  }
}

}  // namespace stria::train
