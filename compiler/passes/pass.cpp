#include "compiler/passes/pass.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace stria::passes {

#define STRIA_PASS(name, doc) ir::Graph name(const ir::Graph& graph);
#include "compiler/passes/passes.def"

namespace {

enum class When { always, evaluation };

struct Step {
  std::string_view name;
  ir::Graph (*run)(const ir::Graph&);
  When when;
};

constexpr Step steps[] = {
#define STRIA_STEP(name, when) {#name, name, When::when},
#include "compiler/passes/passes.def"
};

size_t count_nodes(const ir::Region& region) {
  size_t result = region.nodes.size();
  for (const ir::Node& node : region.nodes) {
    for (const ir::Region& inner : node.regions) result += count_nodes(inner);
  }
  return result;
}

ir::Graph run_step(const Step& step, const ir::Graph& graph) {
  ir::Graph result = step.run(graph);
  if (const std::string reason = ir::verify(result); !reason.empty()) {
    throw ir::InternalError("pass " + std::string(step.name) + ": " + reason + "\n" + ir::print(result));
  }
  return result;
}

}  // namespace

const std::vector<PassInfo>& all_passes() {
  static const std::vector<PassInfo> list = {
#define STRIA_PASS(name, doc) {#name, name, doc},
#include "compiler/passes/passes.def"
  };
  return list;
}

std::string unknown_pass(const std::set<std::string>& names) {
  for (const std::string& name : names) {
    std::string known;
    bool found = false;
    for (const PassInfo& pass : all_passes()) {
      found = found || pass.name == name;
      known += (known.empty() ? "" : ", ") + std::string(pass.name);
    }
    if (!found) return "there is no pass `" + name + "`; the passes are " + known;
  }
  return {};
}

ir::Graph run_passes(const ir::Graph& graph, const PassOptions& options) {
  using Clock = std::chrono::steady_clock;
  if (const std::string reason = unknown_pass(options.skip); !reason.empty())
    throw std::invalid_argument(reason);
  ir::Graph result = graph;
  for (const Step& step : steps) {
    if (options.skip.count(std::string(step.name)) > 0) continue;
    if (step.when == When::evaluation && !options.evaluation) continue;
    const auto start = Clock::now();
    result = run_step(step, result);
    const std::chrono::duration<double, std::milli> taken = Clock::now() - start;
    if (options.times != nullptr)
      options.times->push_back({step.name, taken.count(), count_nodes(result.body)});
    if (options.after_each) options.after_each(step.name, result);
  }
  return result;
}

}  // namespace stria::passes
