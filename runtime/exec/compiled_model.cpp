#include "runtime/exec/compiled_model.h"

namespace stria::exec {
namespace {

std::unique_ptr<PlanProgram> compiled(const ir::Graph& graph, const passes::PassOptions& options,
                                      int64_t lanes) {
  const codegen::Target target = codegen::host();
  const plan::PlanOptions plan_options = PlanProgram::options(Precision::float32, lanes, target);
  return std::make_unique<PlanProgram>(plan::prepare(graph, options, plan_options).plan, Precision::float32,
                                       target);
}

}  // namespace

const PlanProgram& CompiledModel::Plans::training(int64_t lanes) {
  const std::lock_guard lock(mutex);
  std::unique_ptr<PlanProgram>& plan = train[lanes];
  if (!plan) plan = compiled(program.train, plan::training_passes(program), lanes);
  return *plan;
}

const PlanProgram& CompiledModel::Plans::stepping(int64_t lanes, const OptimizerRule& rule) {
  const std::lock_guard lock(mutex);
  std::unique_ptr<PlanProgram>& plan = step[{lanes, rule.beta1, rule.beta2, rule.epsilon, rule.weight_decay}];
  if (!plan) plan = compiled(program.train, plan::training_passes(program, rule), lanes);
  return *plan;
}

const PlanProgram& CompiledModel::Plans::predicting() {
  const std::lock_guard lock(mutex);
  if (!predict) predict = compiled(program.predict, plan::evaluation_passes(), 1);
  return *predict;
}

const PlanProgram& CompiledModel::Plans::losing() {
  const std::lock_guard lock(mutex);
  if (!loss) loss = compiled(program.loss, plan::evaluation_passes(), 1);
  return *loss;
}

CompiledModel::CompiledModel(const ModelProgram& program) : plans_(new Plans{program, {}, {}, {}, {}, {}}) {}
CompiledModel::~CompiledModel() = default;

}  // namespace stria::exec
