#include <algorithm>

#include "compiler/plan/prepare.h"
#include "runtime/exec/plan_program.h"

namespace stria::exec {
namespace {

struct BatchSizes {
  int64_t clips = 1, bins = 1;
};

// B and T of the arguments.
BatchSizes batch_sizes(const ir::Graph& graph, const NamedTensors& arguments) {
  BatchSizes result;
  for (const ir::Argument& argument : graph.arguments) {
    const std::vector<ir::Dim>& dims = graph.type(argument.value).dims;
    const auto found = arguments.find(argument.name);
    if (found == arguments.end()) throw ir::InternalError("argument `" + argument.name + "` is missing");
    for (size_t i = 0; i < dims.size(); ++i) {
      if (dims[i] == ir::batch_dim) result.clips = found->second.sizes.at(i);
      if (dims[i] == ir::time_dim) result.bins = found->second.sizes.at(i);
    }
  }
  return result;
}

// A parameter's numbers, in the plan's precision.
struct Numbers {
  std::vector<float> floats;
  std::vector<double> doubles;
};

plan::Prepared prepared(const ir::Graph& graph, const PlanEvaluateOptions& options) {
  passes::PassOptions pass_options;
  pass_options.evaluation = options.differentiate.empty();
  pass_options.differentiate = options.differentiate;
  pass_options.with_respect_to = options.with_respect_to;
  plan::PlanOptions plan_options = PlanProgram::options(options.precision, options.lanes, options.target);
  plan_options.outer_bins = options.outer_bins;
  return plan::prepare(graph, pass_options, plan_options);
}

}  // namespace

Evaluation evaluate_plan(const ir::Graph& graph, const NamedTensors& arguments,
                         const PlanEvaluateOptions& options) {
  const auto [ready, plan] = prepared(graph, options);
  const PlanProgram program(plan, options.precision, options.target);
  const BatchSizes sizes = batch_sizes(ready, arguments);
  PlanMemory memory(program, sizes.bins, sizes.clips, options.keep);
  memory.set_batch(sizes.bins, sizes.clips);
  std::vector<Numbers> bound(ready.arguments.size());
  for (size_t i = 0; i < ready.arguments.size(); ++i) {
    const ir::Argument& argument = ready.arguments[i];
    const std::vector<double>& values = arguments.at(argument.name).values;
    const std::vector<ir::Dim>& dims = ready.type(argument.value).dims;
    if (std::any_of(dims.begin(), dims.end(), [](const ir::Dim& dim) { return !dim.is_number(); })) {
      memory.set_input(argument.name, values.data());
      continue;
    }
    bound[i].floats.assign(values.begin(), values.end());
    bound[i].doubles = values;
    // A vector may read beyond the last entry.
    bound[i].floats.resize(values.size() + 16);
    bound[i].doubles.resize(values.size() + 16);
    memory.bind(argument.name, options.precision == Precision::float32
                                   ? static_cast<void*>(bound[i].floats.data())
                                   : bound[i].doubles.data());
  }
  Workers workers(1);
  memory.run(workers);
  Evaluation evaluation;
  for (const ir::Result& result : ready.results) {
    HostTensor tensor;
    for (const ir::Dim& dim : ready.type(result.value).dims) {
      tensor.sizes.push_back(dim.is_number() ? dim.size : dim == ir::batch_dim ? sizes.clips : sizes.bins);
    }
    tensor.values.resize(static_cast<size_t>(memory.numbers(result.name)));
    memory.get(result.name, tensor.values.data());
    const std::string prefix = "gradient:";
    if (result.name.rfind(prefix, 0) == 0) {
      evaluation.gradients[result.name.substr(prefix.size())] = std::move(tensor);
    } else {
      evaluation.results[result.name] = std::move(tensor);
    }
  }
  return evaluation;
}

}  // namespace stria::exec
