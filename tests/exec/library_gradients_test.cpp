// Derivatives of what is trained: the graphs of the models, cells and layers that come with the language, and
// of cells of one's own, written out and held against autograd.
#include <doctest/doctest.h>

#include "compiler/passes/hoist_scan.h"
#include "tests/exec/library_programs.h"

using namespace stria;
using namespace stria::test;

TEST_CASE(
    "derivatives of all models and cells, complex states among them, written out, are autograd's, on clips "
    "of unlike "
    "lengths") {
  for (const LibraryProgram& each : library_programs()) {
    CAPTURE(each.label);
    const ir::Graph& train = each.program->train;
    const exec::NamedTensors arguments = ragged_arguments(train);
    Names wrt;
    for (const ir::Argument& argument : train.arguments) {
      if (argument.kind == ir::ArgumentKind::parameter) wrt.push_back(argument.name);
    }
    REQUIRE(!wrt.empty());
    check_derivative(passes::hoist_scan(train), arguments, "loss", wrt);
    wrt.push_back("x");
    check_derivative(train, arguments, "loss", wrt);
  }
}
