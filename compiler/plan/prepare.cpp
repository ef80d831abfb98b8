#include "compiler/plan/prepare.h"

#include <algorithm>

#include "compiler/passes/split_complex.h"

namespace stria::plan {
namespace {

constexpr int64_t clips_a_vector = 8, fewest_clips_for_vectors = 6;

// A bin's rows of a part should not take more than half the second cache. A stretch's rows should not take
// more than this: what one step writes, the next one reads from the last cache, of which other threads need a
// share. (Transformer, 45,000 numbers a bin: a step of one clip takes 60 ms in stretches of 128 bins, 50 in
// those of 32, in batches a sixth less time clip by clip than in vectors of clips.)
constexpr int64_t half_a_second_cache = int64_t{1} << 17, numbers_of_a_stretch = 3 << 19;

// Numbers of one clip's bin that steps pass on to each other.
int64_t row_numbers(const Plan& plan) {
  int64_t result = 0;
  for (const Buffer& buffer : plan.buffers) {
    if (buffer.kind == BufferKind::stream && buffer.owner == Owner::plan) result += buffer.entries;
  }
  return result;
}

int64_t outer_bins_for(const Plan& plan) {
  constexpr int64_t fewest = 16, chunks_of_a_stretch = 2;
  int64_t bins = plan.options.outer_bins;
  const int64_t row = chunks_of_a_stretch * plan.options.lanes * row_numbers(plan);
  while (plan.options.lanes == 1 && bins > fewest && bins * row > numbers_of_a_stretch) bins /= 2;
  return bins;
}

// Products by blocks of bins work on one clip at a time.
bool by_blocks(const Flat& flat) {
  return std::any_of(flat.instructions.begin(), flat.instructions.end(),
                     [](const Instruction& i) { return i.by_blocks(); });
}

}  // namespace

Prepared prepare(const ir::Graph& graph, const passes::PassOptions& passes, const PlanOptions& options) {
  Prepared result;
  result.graph = passes::run_passes(passes::split_complex(graph), passes);
  const Flat flat = flatten(result.graph);
  PlanOptions chosen = options;
  if (by_blocks(flat)) chosen.lanes = 1;
  result.plan = make_plan(flat, chosen);
  if (chosen.lanes > 1 && row_numbers(result.plan) * chosen.lanes > half_a_second_cache) {
    chosen.lanes = 1;
    result.plan = make_plan(flat, chosen);
  }
  result.plan.options.outer_bins = outer_bins_for(result.plan);
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
