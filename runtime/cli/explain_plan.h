// What runs a model's training step: its plan, the passes that led there, its native code. As text and as
// JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "compiler/plan/prepare.h"

namespace stria::cli {

using Json = nlohmann::ordered_json;

struct ExplainedPlan {
  plan::Plan plan;
  std::vector<passes::PassTime> passes;
};

// As a run on this machine plans a step of training by this protocol; without the passes named in `skip`.
ExplainedPlan explain_plan(const ModelProgram& program, const Protocol& protocol,
                           const std::set<std::string>& skip);

// The steps, and in which phases they go through the bins (compiler/plan/stretches.h).
std::string text_of(const plan::Plan& plan);

// The assembly of all steps, each a function named as the plan and its number: train_0.
std::string assembly_of(const plan::Plan& plan);

// "passes": each with its milliseconds and the nodes of the graph it left. "steps": each with what it does
// and what runs it. Compiles the plan.
void add_to(Json& model, const ExplainedPlan& explained);

}  // namespace stria::cli
