// The list of passes (passes.def), and running them in its order.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/graph.h"
#include "compiler/passes/optimise.h"

namespace stria::passes {

struct PassOptions;
struct PassInfo {
  std::string_view name;
  ir::Graph (*run)(const ir::Graph&, const PassOptions&);
  bool may_be_skipped;
  std::string_view doc;  // one line
};
// Each pass once; the order is that of the list, not of run_passes.
const std::vector<PassInfo>& all_passes();

struct PassTime {
  std::string_view name;
  double milliseconds = 0;  // of the pass and the check after it
  size_t n_nodes = 0;       // of the graph it left, scans' bodies included
};

struct PassOptions {
  bool evaluation = false;  // the graph is run as it is: nothing will differentiate it
  // Where a result is named: adds its derivatives by these arguments (differentiate.h). At most one of this
  // and `evaluation`; with neither, whoever runs the graph may differentiate it.
  std::string differentiate;
  std::vector<std::string> with_respect_to;
  std::optional<AdamW> update;  // makes updates of the derivatives (optimise.h)
  std::set<std::string> skip;
  std::function<void(std::string_view name, const ir::Graph&)> after_each;  // where given
  std::vector<PassTime>* times = nullptr;  // where given, one entry a step is added
};

// Empty where each of the names is a pass that may be skipped; else a sentence with the first that is none,
// and all that are.
std::string unknown_pass(const std::set<std::string>& names);

// Verifies the graph after each pass: InternalError with the pass's name and the graph where a rule is
// broken. Throws std::invalid_argument where `skip` names no pass (unknown_pass).
ir::Graph run_passes(const ir::Graph& graph, const PassOptions& options);

}  // namespace stria::passes
