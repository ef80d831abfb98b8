#include "runtime/exec/measure.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mm.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "runtime/exec/compiled_model.h"
#include "runtime/exec/program.h"

namespace stria::exec {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

double compile_step(const CompiledModel& model, const OptimizerRule& rule, int64_t n_clips) {
  const auto start = Clock::now();
  model.plans().stepping(lanes_for(n_clips), rule);
  return 1e3 * seconds_since(start);
}

std::vector<std::string> plan_steps(const CompiledModel& model, const OptimizerRule& rule, int64_t n_clips) {
  const plan::Plan& plan = model.plans().stepping(lanes_for(n_clips), rule).plan();
  std::vector<std::string> texts;
  for (const plan::Step& step : plan.steps) {
    std::vector<std::string> ops;
    for (const plan::Group& group : step.groups) {
      for (const int i : group.instructions) {
        const std::string op = plan::name_of(plan.flat.instructions[static_cast<size_t>(i)]);
        if (std::find(ops.begin(), ops.end(), op) == ops.end()) ops.push_back(op);
      }
    }
    texts.push_back(fmt::format("{}{}: {}", plan::name_of(step.kind), step.shared ? ", bins shared" : "",
                                fmt::join(ops, ", ")));
  }
  return texts;
}

double product_operations_per_second() {
  constexpr int64_t size = 1024;
  constexpr int n_timed = 16;
  use_one_library_thread();
  const at::Tensor a = at::full({size, size}, 0.5), b = at::full({size, size}, 0.25);
  at::Tensor product = at::mm(a, b);
  double fastest = std::numeric_limits<double>::infinity();
  for (int i = 0; i < n_timed; ++i) {
    const auto start = Clock::now();
    at::mm_out(product, a, b);
    fastest = std::min(fastest, seconds_since(start));
  }
  return 2.0 * size * size * size / fastest;
}

}  // namespace stria::exec
