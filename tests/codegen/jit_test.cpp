// Compiling, calling, refusing.
#include "compiler/codegen/jit.h"

#include <doctest/doctest.h>

#include <cmath>
#include <thread>

#include "tests/codegen/compiled_function.h"

using namespace stria;
using namespace stria::test;
using codegen::Jit;
using codegen::JitOptions;

namespace {

const Emit twice = [](codegen::VectorMath& math, llvm::Value* a, llvm::Value*) {
  return math.apply(ir::Op::add, a, a);
};

void add(Jit& jit, ModuleParts parts) { jit.add(std::move(parts.context), std::move(parts.module)); }

ModuleParts module_with(const std::string& name, const Emit& emit) {
  ModuleParts parts;
  emit_map(parts, codegen::host(), name, false, 4, emit);
  return parts;
}

// double name(double x): a call of `callee`.
ModuleParts calling(const std::string& name, const std::string& callee) {
  ModuleParts parts;
  llvm::IRBuilder<> builder(*parts.context);
  llvm::Type* f64 = builder.getDoubleTy();
  auto* type = llvm::FunctionType::get(f64, {f64}, false);
  auto* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, *parts.module);
  builder.SetInsertPoint(llvm::BasicBlock::Create(*parts.context, "entry", function));
  builder.CreateRet(
      builder.CreateCall(parts.module->getOrInsertFunction(callee, type), {function->getArg(0)}));
  return parts;
}

std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const ir::InternalError& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

double three_times(double x) { return 3 * x; }

}  // namespace

TEST_CASE("a module is compiled and its functions are called") {
  Jit jit(codegen::host());
  add(jit, module_with("twice", twice));
  add(jit, module_with("square", [](codegen::VectorMath& math, llvm::Value* a, llvm::Value*) {
        return math.apply(ir::Op::mul, a, a);
      }));
  const float x[4] = {1, -2, 0.5, 3};
  float y[4] = {};
  jit.function<Map<float>>("twice")(x, x, y, 4);
  CHECK(y[1] == -4);
  CHECK(y[3] == 6);
  jit.function<Map<float>>("square")(x, x, y, 4);
  CHECK(y[2] == 0.25);
  CHECK(jit.milliseconds() > 0);
  CHECK(jit.ir().empty());
  CHECK(jit.assembly().empty());
}

TEST_CASE("every level of code generation gives the same bits") {
  const float x[4] = {0.1F, -2.3F, 87.9F, 1e-3F};
  float first[4] = {};
  for (int level = 0; level <= 3; ++level) {
    CAPTURE(level);
    Jit jit(codegen::host(), {.level = level});
    add(jit, module_with(
                 "f", [](codegen::VectorMath& math, llvm::Value* a, llvm::Value*) { return math.tanh(a); }));
    float y[4] = {};
    jit.function<Map<float>>("f")(x, x, level == 0 ? first : y, 4);
    if (level > 0) CHECK(std::equal(y, y + 4, first));
  }
  CHECK(contains(refusal([] { Jit jit(codegen::host(), {.level = 4}); }), "no level 4"));
}

TEST_CASE("LLVM IR and assembly are kept where asked for") {
  Jit jit(codegen::host(), {.keep_ir = true, .keep_assembly = true});
  add(jit, module_with("twice", twice));
  CHECK(contains(jit.ir(), "define void @twice("));
  CHECK(contains(jit.ir(), "fadd <4 x float>"));
  CHECK(contains(jit.assembly(), "twice:"));
  CHECK(contains(jit.assembly(), "addps"));
}

TEST_CASE("code calls the C library and the functions it is given, no others") {
  Jit jit(codegen::host(), {.symbols = {{"three_times", reinterpret_cast<void*>(&three_times)}}});
  add(jit, calling("call_erf", "erf"));
  add(jit, calling("call_three", "three_times"));
  const volatile double quarter = 0.25;  // volatile: erf of this machine, not of the compiler
  CHECK(jit.function<double(double)>("call_erf")(quarter) == std::erf(quarter));
  CHECK(jit.function<double(double)>("call_three")(0.25) == 0.75);
  for (const auto& [name, address] : codegen::libm_functions()) CHECK(jit.find(name) == address);
  CHECK(contains(refusal([&] { add(jit, calling("call_abort", "abort")); }), "abort"));
}

TEST_CASE("wrong modules and unknown names are refused with LLVM's words") {
  Jit jit(codegen::host());
  ModuleParts unfinished;
  auto* function =
      llvm::Function::Create(llvm::FunctionType::get(llvm::Type::getVoidTy(*unfinished.context), false),
                             llvm::Function::ExternalLinkage, "unfinished", *unfinished.module);
  llvm::BasicBlock::Create(*unfinished.context, "entry", function);
  CHECK(contains(refusal([&] { add(jit, std::move(unfinished)); }), "terminator"));
  CHECK(contains(refusal([&] { jit.find("nothing"); }), "nothing"));
  add(jit, module_with("twice", twice));
  CHECK(contains(refusal([&] { add(jit, module_with("twice", twice)); }), "twice"));
}

TEST_CASE("Jits in different threads do not disturb each other") {
  constexpr int n_threads = 4;
  std::vector<int> wrong(n_threads, 0);
  std::vector<std::thread> threads;
  for (int k = 0; k < n_threads; ++k) {
    threads.emplace_back([k, &wrong] {
      for (int round = 0; round < 5; ++round) {
        const Emit scaled = [k](codegen::VectorMath& math, llvm::Value* a, llvm::Value*) {
          return math.apply(ir::Op::mul, a, llvm::ConstantFP::get(a->getType(), k));
        };
        std::vector<float> x = {1, 2, 3, 4};
        const std::vector<float> y = map<float>(codegen::host(), 4, scaled, x);
        for (size_t i = 0; i < x.size(); ++i) wrong[k] += y[i] != k * x[i];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(n_threads, 0));
}
