#include "runtime/exec/compiled_model.h"

#include "compiler/passes/pass.h"
#include "compiler/passes/split_complex.h"

namespace stria::exec {
namespace {

constexpr int64_t clips_a_vector = 8, fewest_clips_for_vectors = 6;

std::unique_ptr<PlanProgram> compiled(const ir::Graph& graph, const passes::PassOptions& options,
                                      int64_t lanes) {
  return std::make_unique<PlanProgram>(passes::run_passes(passes::split_complex(graph), options),
                                       Precision::float32, lanes, codegen::host());
}

}  // namespace

int64_t lanes_for(int64_t n_clips) { return n_clips >= fewest_clips_for_vectors ? clips_a_vector : 1; }

const PlanProgram& CompiledModel::Plans::training(int64_t lanes) {
  const std::lock_guard lock(mutex);
  std::unique_ptr<PlanProgram>& plan = train[lanes];
  if (!plan) {
    passes::PassOptions options;
    options.differentiate = "loss";
    for (const ParameterInfo& parameter : program.parameters) {
      if (!parameter.frozen) options.with_respect_to.push_back(parameter.path);
    }
    plan = compiled(program.train, options, lanes);
  }
  return *plan;
}

const PlanProgram& CompiledModel::Plans::predicting() {
  const std::lock_guard lock(mutex);
  passes::PassOptions options;
  options.evaluation = true;
  if (!predict) predict = compiled(program.predict, options, 1);
  return *predict;
}

const PlanProgram& CompiledModel::Plans::losing() {
  const std::lock_guard lock(mutex);
  passes::PassOptions options;
  options.evaluation = true;
  if (!loss) loss = compiled(program.loss, options, 1);
  return *loss;
}

CompiledModel::CompiledModel(const ModelProgram& program) : plans_(new Plans{program, {}, {}, {}, {}}) {}
CompiledModel::~CompiledModel() = default;

}  // namespace stria::exec
