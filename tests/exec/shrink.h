// Makes a graph on which something fails as small as it gets.
#pragma once

#include <functional>

#include "compiler/ir/graph.h"
#include "runtime/exec/reference.h"

namespace stria::test {

struct Failing {
  ir::Graph graph;
  exec::NamedTensors arguments;
  int64_t n_clips = 1, n_bins = 1;
};
// Drops results, puts arguments in the place of values, takes states and inputs out of cells, and leaves out
// clips and bins, as long as `fails` holds.
Failing shrunk(Failing failing, const std::function<bool(const Failing&)>& fails);

}  // namespace stria::test
