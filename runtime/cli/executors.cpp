#include "runtime/cli/executors.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>

#include "compiler/ir/graph.h"
#include "runtime/train/side_by_side.h"

namespace stria::cli {

namespace {

// Everything that an executor takes of a model.
std::string meaning_of(const ModelProgram& program) {
  std::string text;
  for (const ir::Graph* graph :
       {&program.init, &program.train, &program.predict, &program.loss, &program.unit_loss})
    text += ir::print(*graph) + '\n';
  for (const ParameterInfo& parameter : program.parameters)
    text += fmt::format("{} {} {} {} {}\n", parameter.path, parameter.frozen, parameter.learning_rate_factor,
                        parameter.decay.value_or(-1), static_cast<int>(parameter.bounds.kind));
  return text;
}

}  // namespace

void add_executor_option(CLI::App& command, std::string& name) {
  command.add_option("--executor", name, "how graphs are run: plan (native code) or reference (op by op)")
      ->check(CLI::IsMember({"plan", "reference"}));
}

int threads_a_member(const std::string& executor, int n_threads, size_t n_members) {
  if (executor == "reference" || n_members == 0) return 1;
  return std::max(1, train::threads_or_cores(n_threads) / static_cast<int>(n_members));
}

const exec::CompiledModel& SharedModels::of(const ModelProgram& program) {
  const std::lock_guard lock(mutex_);
  const exec::CompiledModel*& known = by_program_[&program];
  if (!known) {
    auto& model = by_meaning_[meaning_of(program)];
    if (!model) model = std::make_unique<exec::CompiledModel>(program);
    known = model.get();
  }
  return *known;
}

Executors executors(const std::string& name, int n_threads_a_member) {
  if (name == "reference") return {exec::make_reference_executor, {}};
  const auto models = std::make_shared<SharedModels>();
  return {[models, n_threads_a_member](const ModelProgram& program) {
            return exec::make_plan_executor(models->of(program), n_threads_a_member);
          },
          [models](const ModelProgram& program, const OptimizerRule& rule, const exec::MemberSizes& sizes) {
            return exec::memory_needs(models->of(program), rule, sizes);
          }};
}

}  // namespace stria::cli
