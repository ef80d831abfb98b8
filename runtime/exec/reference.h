// The reference executor: walks a graph op by op with LibTorch and lets autograd differentiate. Short,
// obviously right and slow: the oracle that every other way of running a graph is held against.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compiler/ir/graph.h"

namespace stria::exec {

enum class Precision { float32, float64 };

// A real tensor on the host, row-major. Complex tensors have a last dim of 2 more (real, imaginary). Booleans
// are 0/1.
struct HostTensor {
  std::vector<int64_t> sizes;
  std::vector<double> values;
};
using NamedTensors = std::map<std::string, HostTensor>;

struct Evaluation {
  NamedTensors results;    // by result name
  NamedTensors gradients;  // of the result `differentiate`, by argument name; empty where not asked for
};
struct EvaluateOptions {
  Precision precision = Precision::float32;
  uint64_t seed = 0;                         // for `random`
  std::string differentiate;                 // name of a result of rank 0, or empty
  std::vector<std::string> with_respect_to;  // argument names
};
// One run with everything copied in and out: for tests and small work. B and T are taken from the inputs.
// Throws ir::InternalError where an argument is missing or has the wrong shape.
Evaluation evaluate(const ir::Graph& graph, const NamedTensors& arguments, const EvaluateOptions& options);

}  // namespace stria::exec
