// From a model's graph to its plan, the one way for all who run or show one:
//   complex values become pairs -> passes, derivatives among them -> laid flat -> planned
#pragma once

#include <cstdint>

#include "compiler/passes/pass.h"
#include "compiler/plan/plan.h"
#include "compiler/sema/program.h"

namespace stria::plan {

struct Prepared {
  ir::Graph graph;  // as the passes left it: real
  Plan plan;
};

// Throws InternalError for a graph that has no plan.
Prepared prepare(const ir::Graph& graph, const passes::PassOptions& passes, const PlanOptions& options);

// For ModelProgram::train: the loss, and its derivatives by all parameters that are not frozen.
passes::PassOptions training_passes(const ModelProgram& program);
// The same with the update of each of those parameters (passes/optimise.h): a whole step of training. A
// parameter takes the rule's learning rate times its own factor, and the decay of decay_of().
passes::PassOptions training_passes(const ModelProgram& program, const OptimizerRule& rule);
// For ModelProgram::predict and ::loss.
passes::PassOptions evaluation_passes();

// Clips that one vector holds where a batch has this many: chosen by the batch's size alone, so that results
// are, too.
int64_t lanes_for(int64_t n_clips);

}  // namespace stria::plan
