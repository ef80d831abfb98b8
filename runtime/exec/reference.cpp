#include "runtime/exec/reference.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/view_as_complex.h>
#include <ATen/ops/view_as_real.h>

#include <algorithm>

#include "runtime/exec/program.h"

namespace stria::exec {
namespace {

// Dense, in the precision of the run; complex values as pairs in a last dim of 2.
at::Tensor to_tensor(const HostTensor& host, at::ScalarType type) {
  int64_t count = 1;
  for (const int64_t size : host.sizes) count *= size;
  if (count != static_cast<int64_t>(host.values.size())) {
    throw ir::InternalError("a tensor's number of values is not the product of its sizes");
  }
  const at::Tensor view =
      at::from_blob(const_cast<double*>(host.values.data()), host.sizes, at::TensorOptions(at::kDouble));
  return view.to(at::TensorOptions(type), /*non_blocking=*/false, /*copy=*/true);
}

HostTensor to_host(const at::Tensor& tensor) {
  at::Tensor real = tensor.detach();
  if (real.is_complex()) real = at::view_as_real(real.resolve_conj());
  real = real.to(at::kDouble).contiguous();
  const double* data = real.const_data_ptr<double>();
  return {real.sizes().vec(), std::vector<double>(data, data + real.numel())};
}

// The arguments as leaves (reals, also of complex ones) and as the graph takes them.
struct Bound {
  std::vector<at::Tensor> leaves, arguments;
};

void check_wanted(const Program& program, const EvaluateOptions& options) {
  for (const std::string& name : options.with_respect_to) {
    const auto& arguments = program.arguments();
    const auto found = std::find_if(arguments.begin(), arguments.end(),
                                    [&](const ir::Argument& argument) { return argument.name == name; });
    if (found == arguments.end() ||
        program.argument_type(static_cast<size_t>(found - arguments.begin())).element ==
            ir::Element::boolean) {
      throw ir::InternalError("there is no derivative by `" + name + "`");
    }
  }
}

Bound bind(const Program& program, const NamedTensors& given, const EvaluateOptions& options) {
  Bound bound;
  for (size_t i = 0; i < program.arguments().size(); ++i) {
    const std::string& name = program.arguments()[i].name;
    const auto found = given.find(name);
    if (found == given.end()) throw ir::InternalError("argument `" + name + "` is missing");
    const ir::Element element = program.argument_type(i).element;
    at::Tensor leaf = to_tensor(found->second, element == ir::Element::boolean ? at::kBool : program.real());
    const auto& wanted = options.with_respect_to;
    if (!options.differentiate.empty() && std::find(wanted.begin(), wanted.end(), name) != wanted.end()) {
      leaf.requires_grad_(true);
    }
    if (element == ir::Element::complex && (leaf.dim() == 0 || leaf.size(-1) != 2)) {
      throw ir::InternalError("argument `" + name + "` is complex and needs a last dim of 2");
    }
    bound.leaves.push_back(leaf);
    bound.arguments.push_back(element == ir::Element::complex ? at::view_as_complex(leaf) : leaf);
  }
  return bound;
}

void gradients_of(const Program& program, const Bound& bound, const std::vector<at::Tensor>& results,
                  const EvaluateOptions& options, Evaluation& evaluation) {
  const auto& names = program.results();
  const auto found = std::find_if(names.begin(), names.end(), [&](const ir::Result& result) {
    return result.name == options.differentiate;
  });
  if (found == names.end()) throw ir::InternalError("there is no result `" + options.differentiate + "`");
  const at::Tensor& result = results[static_cast<size_t>(found - names.begin())];
  if (result.dim() != 0)
    throw ir::InternalError("result `" + options.differentiate + "` is not a single number");
  std::vector<at::Tensor> leaves;
  for (const at::Tensor& leaf : bound.leaves) {
    if (leaf.requires_grad()) leaves.push_back(leaf);
  }
  exec::differentiate(result, leaves);
  for (size_t i = 0; i < bound.leaves.size(); ++i) {
    const at::Tensor& leaf = bound.leaves[i];
    if (!leaf.requires_grad()) continue;
    HostTensor gradient = to_host(leaf.grad().defined() ? leaf.grad() : leaf.detach());
    if (!leaf.grad().defined()) std::fill(gradient.values.begin(), gradient.values.end(), 0.0);
    evaluation.gradients[program.arguments()[i].name] = std::move(gradient);
  }
}

}  // namespace

Evaluation evaluate(const ir::Graph& graph, const NamedTensors& arguments, const EvaluateOptions& options) {
  use_one_library_thread();
  const Program program(graph, options.precision);
  check_wanted(program, options);
  const Bound bound = bind(program, arguments, options);
  const std::vector<at::Tensor> results = program.run(bound.arguments, options.seed);
  Evaluation evaluation;
  for (size_t i = 0; i < results.size(); ++i)
    evaluation.results[program.results()[i].name] = to_host(results[i]);
  if (!options.differentiate.empty()) gradients_of(program, bound, results, options, evaluation);
  return evaluation;
}

}  // namespace stria::exec
