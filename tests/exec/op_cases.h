// One case: an op on operands of given types, and what plain loops say of it. Shared by the op tests, and by
// every later way of running a graph.
#pragma once

#include <complex>
#include <functional>
#include <string>
#include <vector>

#include "compiler/ir/graph.h"
#include "runtime/exec/reference.h"

namespace stria::test {

// B and T of the cases.
inline constexpr int64_t n_clips = 2, n_bins = 5;

// A tensor for plain loops; real and boolean ones have imaginary parts of 0.
struct Array {
  std::vector<int64_t> sizes;
  std::vector<std::complex<double>> values;

  explicit Array(std::vector<int64_t> with_sizes);
  size_t offset(const std::vector<int64_t>& index) const;
  std::complex<double>& at(const std::vector<int64_t>& index) { return values[offset(index)]; }
  const std::complex<double>& at(const std::vector<int64_t>& index) const { return values[offset(index)]; }
};
// Calls `visit` with every index of a tensor of these sizes, in row-major order.
void for_each_index(const std::vector<int64_t>& sizes,
                    const std::function<void(const std::vector<int64_t>&)>& visit);
std::vector<int64_t> sizes_of(const ir::Type& type);

struct OpCase {
  ir::Op op;
  std::string label;
  std::vector<ir::Type> operands;
  ir::Attributes attributes;
  std::function<Array(const std::vector<Array>&)> expected;
  double low = -2, high = 2;  // of the operands' entries
  bool has_derivative = true;
  double step = 1e-5;  // of the finite differences
};
const std::vector<OpCase>& op_cases();

// The operands of a case: uniform draws, booleans true in three of four entries.
std::vector<Array> draw_operands(const OpCase& op_case);
std::string operand_name(size_t operand);
// The op alone ("value"), of inputs called as their operands.
ir::Graph value_graph(const OpCase& op_case);
// The op alone ("value"), and a weighted sum of its entries ("loss"), of inputs called as their operands.
ir::Graph case_graph(const OpCase& op_case);
exec::NamedTensors case_arguments(const OpCase& op_case, const ir::Graph& graph);
exec::HostTensor to_host(const Array& array, ir::Element element);
Array from_host(const exec::HostTensor& host, ir::Element element);

}  // namespace stria::test
