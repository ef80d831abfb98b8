#include "compiler/codegen/compile.h"

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <numeric>

#include "compiler/codegen/emitter.h"
#include "compiler/codegen/jit.h"

namespace stria::codegen {

struct CompiledPlan::Code {
  std::vector<Jit> jits;
  double milliseconds = 0;
  std::string ir, assembly;
};

namespace {

std::string name_of(const plan::Plan& plan, size_t step) {
  return plan.flat.name + "_" + std::to_string(step);
}

// About how much code a step makes.
size_t weight(const plan::Plan& plan, const plan::Step& step) {
  size_t result = 0;
  for (const plan::Group& group : step.groups) {
    for (const int i : group.instructions) {
      const plan::Instruction& made = plan.flat.instructions[static_cast<size_t>(i)];
      result += made.work == plan::Work::pointwise ? 1 : 4;
    }
  }
  return result;
}

// The heaviest first, each to the share that has the least so far.
std::vector<std::vector<size_t>> shares(const plan::Plan& plan, size_t n) {
  std::vector<size_t> order(plan.steps.size()), loads(n, 0);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return weight(plan, plan.steps[a]) > weight(plan, plan.steps[b]);
  });
  std::vector<std::vector<size_t>> result(n);
  for (const size_t step : order) {
    const auto least = static_cast<size_t>(std::min_element(loads.begin(), loads.end()) - loads.begin());
    result[least].push_back(step);
    loads[least] += weight(plan, plan.steps[step]);
  }
  return result;
}

void compile_steps(const plan::Plan& plan, const std::vector<size_t>& steps, const Target& target,
                   Precision precision, Jit& jit) {
  auto context = std::make_unique<llvm::LLVMContext>();
  auto module = std::make_unique<llvm::Module>(plan.flat.name, *context);
  Emitter emitter(plan, target, precision, *module);
  for (const size_t step : steps) emitter.emit(step, name_of(plan, step));
  jit.add(std::move(context), std::move(module));
}

}  // namespace

plan::PlanOptions plan_options(const Target& target, Precision precision, int64_t lanes) {
  plan::PlanOptions result;
  result.lanes = lanes;
  result.width = precision == Precision::float32 ? target.float_lanes() : target.double_lanes();
  result.registers = target.avx512 ? 32 : 16;
  return result;
}

CompiledPlan::CompiledPlan(const plan::Plan& plan, const Target& target, Precision precision,
                           const CompileOptions& options) {
  JitOptions jit_options;
  jit_options.keep_ir = options.keep_ir;
  jit_options.keep_assembly = options.keep_assembly;
  code_ = std::make_unique<Code>();
  const auto start = std::chrono::steady_clock::now();
  // Two halves at once: nearly every machine has two cores, and code generation is most of what a plan costs.
  const auto halves = shares(plan, 2);
  for (size_t i = 0; i < halves.size(); ++i) code_->jits.emplace_back(target, jit_options);
  auto other = std::async(std::launch::async,
                          [&] { compile_steps(plan, halves[1], target, precision, code_->jits[1]); });
  compile_steps(plan, halves[0], target, precision, code_->jits[0]);
  other.get();
  steps_.resize(plan.steps.size());
  for (size_t half = 0; half < halves.size(); ++half) {
    const Jit& jit = code_->jits[half];
    for (const size_t step : halves[half]) {
      steps_[step] = reinterpret_cast<StepFunction>(jit.find(name_of(plan, step)));
    }
    code_->ir += jit.ir();
    code_->assembly += jit.assembly();
  }
  code_->milliseconds =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

CompiledPlan::~CompiledPlan() = default;
CompiledPlan::CompiledPlan(CompiledPlan&&) noexcept = default;
CompiledPlan& CompiledPlan::operator=(CompiledPlan&&) noexcept = default;

double CompiledPlan::milliseconds() const { return code_->milliseconds; }
const std::string& CompiledPlan::ir() const { return code_->ir; }
const std::string& CompiledPlan::assembly() const { return code_->assembly; }

}  // namespace stria::codegen
