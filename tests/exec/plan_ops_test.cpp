// Each op by a plan, value and derivative, in both precisions: sizes odd and one, complex values, masks.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/exec/op_cases.h"
#include "tests/exec/plan_checks.h"

using namespace stria;
using namespace stria::test;
using exec::Precision;

namespace {

// What no model has: letters elsewhere than in front, reductions over clips that keep the bins, and the
// numbers of bins or clips, which derivatives of the greatest of all bins or clips take.
bool has_no_place(const std::string& reason) {
  return reason.find("has no place for") != std::string::npos ||
         reason.find("keeps the bins") != std::string::npos;
}

}  // namespace

TEST_CASE(
    "each op by a plan: values and derivatives in single and double precision, one clip a part and eight") {
  int n_refused = 0, n_checked = 0;
  for (const OpCase& op_case : op_cases()) {
    if (op_case.op == ir::Op::random) continue;  // of starts alone
    const ir::Graph graph = case_graph(op_case);
    const exec::NamedTensors arguments = case_arguments(op_case, graph);
    PlanCheck check;
    if (op_case.has_derivative) {
      check.differentiate = "loss";
      check.with_respect_to = real_arguments(graph);
    }
    const exec::Evaluation expected = reference(graph, arguments, check);
    for (const auto& [precision, lanes] : {std::pair{Precision::float64, 1},
                                           {Precision::float64, 8},
                                           {Precision::float32, 1},
                                           {Precision::float32, 8}}) {
      check.precision = precision;
      check.lanes = lanes;
      const std::string wrong = plan_difference(graph, arguments, check, expected);
      ++n_checked;
      if (has_no_place(wrong)) {
        ++n_refused;
        continue;
      }
      CHECK_MESSAGE(wrong == "", op_case.label << ", lanes " << lanes << ", "
                                               << (precision == Precision::float64 ? "float64" : "float32"));
    }
  }
  CHECK(n_refused * 8 < n_checked);
}
