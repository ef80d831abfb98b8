#include "compiler/codegen/compile.h"

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include "compiler/codegen/emitter.h"
#include "compiler/codegen/jit.h"

namespace stria::codegen {

struct CompiledPlan::Code {
  Jit jit;
};

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
  code_ = std::make_unique<Code>(Code{Jit(target, jit_options)});
  auto context = std::make_unique<llvm::LLVMContext>();
  auto module = std::make_unique<llvm::Module>(plan.flat.name, *context);
  Emitter emitter(plan, target, precision, *module);
  const auto name = [&](size_t i) { return plan.flat.name + "_" + std::to_string(i); };
  for (size_t i = 0; i < plan.steps.size(); ++i) emitter.emit(i, name(i));
  code_->jit.add(std::move(context), std::move(module));
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    steps_.push_back(reinterpret_cast<StepFunction>(code_->jit.find(name(i))));
  }
}

CompiledPlan::~CompiledPlan() = default;
CompiledPlan::CompiledPlan(CompiledPlan&&) noexcept = default;
CompiledPlan& CompiledPlan::operator=(CompiledPlan&&) noexcept = default;

double CompiledPlan::milliseconds() const { return code_->jit.milliseconds(); }
const std::string& CompiledPlan::ir() const { return code_->jit.ir(); }
const std::string& CompiledPlan::assembly() const { return code_->jit.assembly(); }

}  // namespace stria::codegen
