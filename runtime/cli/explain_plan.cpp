#include "runtime/cli/explain_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "compiler/codegen/compile.h"
#include "compiler/plan/stretches.h"

namespace stria::cli {

namespace {

constexpr codegen::Precision precision = codegen::Precision::float32;  // of a run

Json ops_of(const plan::Plan& plan, const plan::Step& step) {
  Json ops = Json::array();
  for (const plan::Group& group : step.groups) {
    for (const int i : group.instructions)
      ops.push_back(plan::name_of(plan.flat.instructions[static_cast<size_t>(i)]));
  }
  return ops;
}

}  // namespace

ExplainedPlan explain_plan(const ModelProgram& program, const Protocol& protocol,
                           const std::set<std::string>& skip) {
  ExplainedPlan result;
  // What a protocol in closed form runs is the prediction.
  const bool trains = !protocol.ridge;
  passes::PassOptions options =
      trains ? plan::training_passes(program, protocol.optimizer) : plan::evaluation_passes();
  options.skip = skip;
  options.times = &result.passes;
  const plan::PlanOptions plan_options =
      codegen::plan_options(codegen::host(), precision, plan::lanes_for(protocol.batch));
  result.plan = plan::prepare(trains ? program.train : program.predict, options, plan_options).plan;
  return result;
}

std::string text_of(const plan::Plan& plan) {
  std::string text = print(plan) + "phases, in stretches of bins\n";
  for (const plan::Phase& phase : plan::choose_stretches(plan, plan::Keep::starts).phases) {
    text += fmt::format("  {}: steps {}\n",
                        !phase.of_bins  ? "once"
                        : phase.reverse ? "backwards"
                                        : "forwards",
                        fmt::join(phase.steps, " "));
    if (!phase.again.empty())
      text += fmt::format("    where states alone are saved, after steps {} again\n",
                          fmt::join(phase.again, " "));
  }
  return text;
}

std::string assembly_of(const plan::Plan& plan) {
  codegen::CompileOptions options;
  options.keep_assembly = true;
  return codegen::CompiledPlan(plan, codegen::host(), precision, options).assembly();
}

void add_to(Json& model, const ExplainedPlan& explained) {
  model["passes"] = Json::array();
  for (const passes::PassTime& pass : explained.passes) {
    model["passes"].push_back(
        {{"name", pass.name}, {"milliseconds", pass.milliseconds}, {"nodes", pass.n_nodes}});
  }
  // Throws for work that it has no code for: nothing else would run it.
  const codegen::CompiledPlan compiled(explained.plan, codegen::host(), precision);
  model["code_milliseconds"] = compiled.milliseconds();
  model["lanes"] = explained.plan.options.lanes;
  model["steps"] = Json::array();
  for (const plan::Step& step : explained.plan.steps) {
    Json row{{"run_by", "native code"}, {"kind", plan::name_of(step.kind)}};
    if (step.reverse) row["backwards"] = true;
    row["ops"] = ops_of(explained.plan, step);
    model["steps"].push_back(row);
  }
}

}  // namespace stria::cli
