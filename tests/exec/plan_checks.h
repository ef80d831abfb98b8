// A graph by a plan, held against the reference executor.
#pragma once

#include <string>

#include "runtime/exec/plan_program.h"
#include "tests/exec/gradients.h"

namespace stria::test {

struct PlanCheck {
  exec::Precision precision = exec::Precision::float64;
  int64_t lanes = 1;
  std::string differentiate;  // a result, or empty
  Names with_respect_to;
  codegen::Target target = codegen::host();
  // How far entries may lie apart, relative to the largest of their tensor: 1e-9 and 1e-4 are what is
  // promised.
  double bound() const { return precision == exec::Precision::float64 ? 1e-9 : 1e-4; }
};

// The reference executor's answer, always in double precision.
exec::Evaluation reference(const ir::Graph& graph, const exec::NamedTensors& arguments,
                           const PlanCheck& check);
// The first result or gradient that is not as expected, with how far it is off, or what was thrown; empty
// where all agree. A gradient that is zero but for rounding is no scale of its own: gradients may also lie
// apart by as much as rounding moves the largest gradient of the graph (1e-14 and 1e-6 of it).
std::string difference(const exec::Evaluation& expected, const exec::Evaluation& found, double bound);
std::string plan_difference(const ir::Graph& graph, const exec::NamedTensors& arguments,
                            const PlanCheck& check, const exec::Evaluation& expected);
bool same_bits(const exec::HostTensor& a, const exec::HostTensor& b);
bool all_finite(const exec::Evaluation& evaluation);

}  // namespace stria::test
