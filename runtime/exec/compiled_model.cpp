#include "runtime/exec/compiled_model.h"

namespace stria::exec {
namespace {

const codegen::Target& target() {
  static const codegen::Target found = codegen::host();
  return found;
}

using Made = CompiledModel::Plans::Made;

Made& planned(Made& made, const ir::Graph& graph, const passes::PassOptions& options, int64_t lanes) {
  if (made.plan) return made;
  made.plan = plan::prepare(graph, options, PlanProgram::options(Precision::float32, lanes, target())).plan;
  return made;
}

const PlanProgram& compiled(Made& made) {
  if (!made.program) made.program = std::make_unique<PlanProgram>(*made.plan, Precision::float32, target());
  return *made.program;
}

}  // namespace

Made& CompiledModel::Plans::made_step(int64_t lanes, const OptimizerRule& rule) {
  return planned(
      step[{lanes, rule.beta1, rule.beta2, rule.epsilon, rule.weight_decay, rule.clip_norm.value_or(0)}],
      program.train, plan::training_passes(program, rule), lanes);
}
Made& CompiledModel::Plans::made_prediction() {
  return planned(predict, program.predict, plan::evaluation_passes(), 1);
}
Made& CompiledModel::Plans::made_loss(int64_t n_units) {
  return planned(loss[n_units], program.loss_of(n_units), plan::evaluation_passes(), 1);
}

const plan::Plan& CompiledModel::Plans::planned_step(int64_t lanes, const OptimizerRule& rule) {
  const std::lock_guard lock(mutex);
  return *made_step(lanes, rule).plan;
}
const plan::Plan& CompiledModel::Plans::planned_prediction() {
  const std::lock_guard lock(mutex);
  return *made_prediction().plan;
}
const plan::Plan& CompiledModel::Plans::planned_loss(int64_t n_units) {
  const std::lock_guard lock(mutex);
  return *made_loss(n_units).plan;
}

const PlanProgram& CompiledModel::Plans::training(int64_t lanes) {
  const std::lock_guard lock(mutex);
  return compiled(planned(train[lanes], program.train, plan::training_passes(program), lanes));
}
const PlanProgram& CompiledModel::Plans::stepping(int64_t lanes, const OptimizerRule& rule) {
  const std::lock_guard lock(mutex);
  return compiled(made_step(lanes, rule));
}
const PlanProgram& CompiledModel::Plans::predicting() {
  const std::lock_guard lock(mutex);
  return compiled(made_prediction());
}
const PlanProgram& CompiledModel::Plans::losing(int64_t n_units) {
  const std::lock_guard lock(mutex);
  return compiled(made_loss(n_units));
}

CompiledModel::CompiledModel(const ModelProgram& program) : plans_(new Plans(program)) {}
CompiledModel::~CompiledModel() = default;

}  // namespace stria::exec
