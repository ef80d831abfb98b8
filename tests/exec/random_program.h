// Random programs that a model could be: graphs whose numbers stay of order one, so that single precision
// says something, with a loss over all that they compute, and arguments of a ragged batch.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "compiler/ir/graph.h"
#include "runtime/exec/reference.h"

namespace stria::test {

struct RandomProgram {
  ir::Graph graph;  // results `loss`, of rank 0, and some values on the way to it
  exec::NamedTensors arguments;
  int64_t n_clips = 1, n_bins = 1;
  bool ragged = false;   // clips of unlike lengths; what lies behind a clip's end does not count
  bool missing = false;  // responses
};
// The same program for a seed, on every machine. Draws from every op but `random`, which only starts have.
RandomProgram random_program(uint64_t seed);

// What a program has in it, by name: an op's name, "cells", "several states", "products in cells", ...
using Coverage = std::map<std::string, int>;
// Adds 1 to each that the program has.
void count_coverage(const RandomProgram& program, Coverage& coverage);

}  // namespace stria::test
