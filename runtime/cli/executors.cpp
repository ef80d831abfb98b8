#include "runtime/cli/executors.h"

#include <map>
#include <memory>
#include <mutex>

#include "runtime/exec/executor.h"

namespace stria::cli {

void add_executor_option(CLI::App& command, std::string& name) {
  command.add_option("--executor", name, "how graphs are run: plan (native code) or reference (op by op)")
      ->check(CLI::IsMember({"plan", "reference"}));
}

report::ExecutorFactory executor_factory(const std::string& name) {
  if (name == "reference") return exec::make_reference_executor;
  struct Models {
    std::mutex mutex;
    std::map<const ModelProgram*, std::unique_ptr<exec::CompiledModel>> compiled;
  };
  return [models = std::make_shared<Models>()](const ModelProgram& program) {
    const std::lock_guard lock(models->mutex);
    auto& model = models->compiled[&program];
    if (!model) model = std::make_unique<exec::CompiledModel>(program);
    return exec::make_plan_executor(*model);
  };
}

}  // namespace stria::cli
