// The models and cells that come with the language, cells of one's own and state spaces, at small sizes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compiler/sema/compile.h"
#include "tests/exec/gradients.h"

namespace stria::test {

struct LibraryProgram {
  std::string label;
  std::shared_ptr<const ModelProgram> program;  // 18 bands, 3 units
};
// Every model of the library, StateNet with each cell and each way of downsampling, then
// specs/own_cells.stria, then diagonal state spaces written out, then models with further inputs.
const std::vector<LibraryProgram>& library_programs();

// Arguments of a training or prediction graph: clips of 7, 4, 1, 2 and 6 bins, padded to 7; some responses
// are missing.
exec::NamedTensors ragged_arguments(const ir::Graph& graph);

}  // namespace stria::test
