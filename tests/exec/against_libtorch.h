// Models of the library held against the same arithmetic by LibTorch's own ops: values, loss, gradients,
// buffers.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compiler/sema/compile.h"
#include "runtime/exec/reference.h"

namespace stria::test {

struct Sizes {
  int64_t n_clips = 3, n_bins = 9, n_bands = 6, n_units = 4;
};

// The program of a model `Alone`: `uses` are lines of `use`, `output` what its `output rate: stream [N] =`
// says.
std::shared_ptr<const ModelProgram> program_of(const std::string& uses, const std::string& output,
                                               const Sizes& sizes, const std::string& items = "");

// float64 leaves that ask for their gradients: parameters by path, the stimulus as "x" [B, T, F]; buffers,
// plain. Complex parameters have a last dim of 2.
using Leaves = std::map<std::string, at::Tensor>;
// Rates [B, T, N] in training mode; buffers among the leaves may be changed in place.
using Theirs = std::function<at::Tensor(Leaves& leaves)>;

// CHECKs the loss, the derivative of it by each parameter and by the stimulus, and the new buffers, all to
// 1e-10 of the largest entry. Arguments are drawn; all bins are inside their clip.
void check_against(const ModelProgram& program, const Sizes& sizes, const Theirs& theirs);

exec::NamedTensors whole_clips(const ir::Graph& graph, const Sizes& sizes);
at::Tensor as_tensor(const exec::HostTensor& tensor);

}  // namespace stria::test
