#include "compiler/passes/pass.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "compiler/passes/differentiate.h"

namespace stria::passes {

#define STRIA_PASS(name, doc) ir::Graph name(const ir::Graph& graph);
#include "compiler/passes/passes.def"

namespace {

// The passes as functions of graph and options, under the names of the list.
namespace with_options {
#define STRIA_PASS(name, doc) \
  ir::Graph name(const ir::Graph& graph, const PassOptions&) { return passes::name(graph); }
#include "compiler/passes/passes.def"

ir::Graph differentiate(const ir::Graph& graph, const PassOptions& options) {
  return passes::differentiate(graph, options.differentiate, options.with_respect_to);
}

ir::Graph optimise(const ir::Graph& graph, const PassOptions& options) {
  return options.update ? passes::optimise(graph, *options.update) : graph;
}
}  // namespace with_options

enum class When { always, evaluation, derivative };

struct Step {
  std::string_view name;
  ir::Graph (*run)(const ir::Graph&, const PassOptions&);
  When when;
};

constexpr Step steps[] = {
#define STRIA_STEP(name, when) {#name, with_options::name, When::when},
#include "compiler/passes/passes.def"
};

bool is_wanted(const Step& step, const PassOptions& options) {
  if (options.skip.count(std::string(step.name)) > 0) return false;
  if (step.when == When::evaluation) return options.evaluation;
  return step.when == When::always || !options.differentiate.empty();
}

size_t count_nodes(const ir::Region& region) {
  size_t result = region.nodes.size();
  for (const ir::Node& node : region.nodes) {
    for (const ir::Region& inner : node.regions) result += count_nodes(inner);
  }
  return result;
}

ir::Graph run_step(const Step& step, const ir::Graph& graph, const PassOptions& options) {
  ir::Graph result = step.run(graph, options);
  if (const std::string reason = ir::verify(result); !reason.empty()) {
    throw ir::InternalError("pass " + std::string(step.name) + ": " + reason + "\n" + ir::print(result));
  }
  return result;
}

}  // namespace

const std::vector<PassInfo>& all_passes() {
  static const std::vector<PassInfo> list = {
#define STRIA_PASS(name, doc) {#name, with_options::name, true, doc},
#define STRIA_NEEDED_PASS(name, doc) {#name, with_options::name, false, doc},
#include "compiler/passes/passes.def"
  };
  return list;
}

std::string unknown_pass(const std::set<std::string>& names) {
  for (const std::string& name : names) {
    std::string known;
    bool found = false;
    for (const PassInfo& pass : all_passes()) {
      if (!pass.may_be_skipped) continue;
      found = found || pass.name == name;
      known += (known.empty() ? "" : ", ") + std::string(pass.name);
    }
    if (!found) return "there is no pass `" + name + "` that could be skipped; there are " + known;
  }
  return {};
}

ir::Graph run_passes(const ir::Graph& graph, const PassOptions& options) {
  using Clock = std::chrono::steady_clock;
  if (const std::string reason = unknown_pass(options.skip); !reason.empty())
    throw std::invalid_argument(reason);
  if (options.evaluation && !options.differentiate.empty()) {
    throw ir::InternalError("passes: a graph for evaluation is not differentiated");
  }
  ir::Graph result = graph;
  for (const Step& step : steps) {
    if (!is_wanted(step, options)) continue;
    const auto start = Clock::now();
    result = run_step(step, result, options);
    const std::chrono::duration<double, std::milli> taken = Clock::now() - start;
    if (options.times != nullptr)
      options.times->push_back({step.name, taken.count(), count_nodes(result.body)});
    if (options.after_each) options.after_each(step.name, result);
  }
  return result;
}

}  // namespace stria::passes
