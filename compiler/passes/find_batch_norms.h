// Batch norms that a trained model can do without (run.7): each an affine map behind a product with weights
// and a bias that nothing else uses,
//
//   %3 = contract %w, %x {"hi,bti->bth"}
//   %4 = add %3, %b
//   %5 = sub %4, %mean
//   %6 = div %5, sqrt(%variance + epsilon)
//   %7 = mul %6, %scale
//   %8 = add %7, %shift
//
// is the product of other weights and another bias alone: with f = scale / sqrt(variance + epsilon),
//   w' = w f,  b' = (b - mean) f + shift;  scale 1, shift 0, mean 0, variance 1 - epsilon change nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/ir/graph.h"

namespace stria::passes {

struct FoundNorm {
  std::string weights, bias, scale, shift;  // parameters
  std::string mean, variance;               // buffers
  double epsilon = 0;
  // How far a step along each axis of the weights, and of the bias, moves in the norm's own arrays.
  std::vector<int64_t> weight_steps, bias_steps;
};

// In the order of the graph (ModelProgram::predict, before any pass). Those in scans are left alone.
std::vector<FoundNorm> find_batch_norms(const ir::Graph& predict);

}  // namespace stria::passes
