#include "compiler/plan/prepare.h"

#include <algorithm>

#include "compiler/passes/split_complex.h"

namespace stria::plan {
namespace {

constexpr int64_t clips_a_vector = 8, fewest_clips_for_vectors = 6;

// Products by blocks of bins work on one clip at a time.
bool by_blocks(const Flat& flat) {
  return std::any_of(flat.instructions.begin(), flat.instructions.end(), [](const Instruction& i) {
    return i.work == Work::convolve || i.work == Work::correlate;
  });
}

}  // namespace

Prepared prepare(const ir::Graph& graph, const passes::PassOptions& passes, const PlanOptions& options) {
  Prepared result;
  result.graph = passes::run_passes(passes::split_complex(graph), passes);
  Flat flat = flatten(result.graph);
  PlanOptions chosen = options;
  if (by_blocks(flat)) chosen.lanes = 1;
  result.plan = make_plan(std::move(flat), chosen);
  return result;
}

passes::PassOptions training_passes(const ModelProgram& program) {
  passes::PassOptions result;
  result.differentiate = "loss";
  for (const ParameterInfo& parameter : program.parameters) {
    if (!parameter.frozen) result.with_respect_to.push_back(parameter.path);
  }
  return result;
}

passes::PassOptions training_passes(const ModelProgram& program, const OptimizerRule& rule) {
  passes::PassOptions result = training_passes(program);
  result.update = passes::AdamW{rule.beta1, rule.beta2, rule.epsilon, rule.clip_norm, {}};
  for (const ParameterInfo& parameter : program.parameters) {
    if (parameter.frozen) continue;
    result.update->parameters.push_back(
        {parameter.path, parameter.learning_rate_factor, decay_of(parameter, rule)});
  }
  return result;
}

passes::PassOptions evaluation_passes() {
  passes::PassOptions result;
  result.evaluation = true;
  return result;
}

int64_t lanes_for(int64_t n_clips) { return n_clips >= fewest_clips_for_vectors ? clips_a_vector : 1; }

}  // namespace stria::plan
