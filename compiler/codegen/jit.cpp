#include "compiler/codegen/jit.h"

#include <fmt/format.h>
#include <llvm/ExecutionEngine/Orc/CompileUtils.h>
#include <llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/Transforms/Utils/Cloning.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <mutex>

#include "compiler/ir/graph.h"

namespace stria::codegen {

namespace {

using ir::InternalError;

[[noreturn]] void refuse(std::string_view doing, llvm::Error error) {
  throw InternalError(fmt::format("code generation, {}: {}", doing, llvm::toString(std::move(error))));
}
void check(std::string_view doing, llvm::Error error) {
  if (error) refuse(doing, std::move(error));
}
template <typename T>
T check(std::string_view doing, llvm::Expected<T> value) {
  if (!value) refuse(doing, value.takeError());
  return std::move(*value);
}

// Adds the time of its own life to a sum.
class Stopwatch {
 public:
  explicit Stopwatch(double& milliseconds) : milliseconds_(milliseconds) {}
  ~Stopwatch() { milliseconds_ += std::chrono::duration<double, std::milli>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  double& milliseconds_;
  Clock::time_point start_ = Clock::now();
};

llvm::orc::JITTargetMachineBuilder machine_builder(const Target& target, int level) {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });
  llvm::orc::JITTargetMachineBuilder builder{llvm::Triple(llvm::sys::getProcessTriple())};
  builder.setCPU(target.cpu);
  builder.getFeatures() = llvm::SubtargetFeatures(target.features);
  builder.setCodeGenOptLevel(*llvm::CodeGenOpt::getLevel(level));
  builder.getOptions().AllowFPOpFusion = llvm::FPOpFusion::Strict;
  builder.getOptions().MCOptions.AsmVerbose = true;  // names of loops and values in assembly()
  // Objects may land far from the C library: code reaches it through a table of addresses.
  builder.setRelocationModel(llvm::Reloc::PIC_);
  builder.setCodeModel(llvm::CodeModel::Small);
  return builder;
}

// Code generation changes the module: it works on a copy.
std::string assembly_of(const llvm::Module& module, llvm::TargetMachine& machine) {
  const std::unique_ptr<llvm::Module> copy = llvm::CloneModule(module);
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream out(text);
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, out, nullptr, llvm::CodeGenFileType::AssemblyFile)) {
    throw InternalError("code generation: LLVM writes no assembly for this machine");
  }
  passes.run(*copy);
  return text.str().str();
}

template <typename Function>
std::pair<std::string, void*> named(const char* name, Function* function) {
  return {name, reinterpret_cast<void*>(function)};
}

}  // namespace

const std::vector<std::pair<std::string, void*>>& libm_functions() {
  using F1 = float(float);
  using D1 = double(double);
  using F2 = float(float, float);
  using D2 = double(double, double);
  static const std::vector<std::pair<std::string, void*>> all = {
      named<D1>("erf", ::erf),         named<F1>("erff", ::erff),     named<D1>("sin", ::sin),
      named<F1>("sinf", ::sinf),       named<D1>("cos", ::cos),       named<F1>("cosf", ::cosf),
      named<D1>("log", ::log),         named<F1>("logf", ::logf),     named<D1>("log1p", ::log1p),
      named<F1>("log1pf", ::log1pf),   named<D1>("exp", ::exp),       named<F1>("expf", ::expf),
      named<D1>("expm1", ::expm1),     named<F1>("expm1f", ::expm1f), named<D1>("tanh", ::tanh),
      named<F1>("tanhf", ::tanhf),     named<D2>("pow", ::pow),       named<F2>("powf", ::powf),
      named<D2>("fmod", ::fmod),       named<F2>("fmodf", ::fmodf),   named("memcpy", &std::memcpy),
      named("memmove", &std::memmove), named("memset", &std::memset),
  };
  return all;
}

void set_attributes(llvm::Function& function, const Target& target) {
  const std::string bits = std::to_string(target.vector_bytes * 8);
  function.addFnAttr("prefer-vector-width", bits);
  function.addFnAttr("min-legal-vector-width", bits);
  function.addFnAttr(llvm::Attribute::NoUnwind);
}

struct Jit::Session {
  JitOptions options;
  double milliseconds = 0;
  std::string ir, assembly;
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::orc::LLJIT> orc;

  void define_symbols() {
    llvm::orc::SymbolMap map;
    const auto add = [&](const auto& list) {
      for (const auto& [name, address] : list) {
        map[orc->mangleAndIntern(name)] = {llvm::orc::ExecutorAddr::fromPtr(address),
                                           llvm::JITSymbolFlags::Exported};
      }
    };
    add(libm_functions());
    add(options.symbols);
    check("naming functions", orc->getMainJITDylib().define(llvm::orc::absoluteSymbols(std::move(map))));
  }
};

Jit::Jit(const Target& target, JitOptions options) : session_(std::make_unique<Session>()) {
  Stopwatch stopwatch(session_->milliseconds);
  if (options.level < 0 || options.level > 3) {
    throw InternalError(fmt::format("code generation: no level {}, only 0 to 3", options.level));
  }
  auto builder = machine_builder(target, options.level);
  session_->options = std::move(options);
  session_->machine = check("setting up the machine", builder.createTargetMachine());
  session_->orc = check("setting up", llvm::orc::LLJITBuilder()
                                          .setJITTargetMachineBuilder(std::move(builder))
                                          .setPlatformSetUp(llvm::orc::setUpInactivePlatform)
                                          .setLinkProcessSymbolsByDefault(false)
                                          .create());
  // Errors reach the caller as exceptions; ORC would also print them.
  session_->orc->getExecutionSession().setErrorReporter(
      [](llvm::Error error) { llvm::consumeError(std::move(error)); });
  session_->define_symbols();
}

Jit::~Jit() = default;
Jit::Jit(Jit&&) noexcept = default;
Jit& Jit::operator=(Jit&&) noexcept = default;

void Jit::add(std::unique_ptr<llvm::LLVMContext> context, std::unique_ptr<llvm::Module> owned) {
  Stopwatch stopwatch(session_->milliseconds);
  // A module must not outlive its context, and parameters die in an order that the caller's compiler chooses.
  const std::unique_ptr<llvm::LLVMContext> keeps_context = std::move(context);
  const std::unique_ptr<llvm::Module> module = std::move(owned);
  llvm::TargetMachine& machine = *session_->machine;
  module->setDataLayout(machine.createDataLayout());
  module->setTargetTriple(machine.getTargetTriple().str());
  std::string text;
  llvm::raw_string_ostream out(text);
  if (llvm::verifyModule(*module, &out)) {
    throw InternalError(
        fmt::format("code generation made a wrong module {}: {}", module->getName().str(), out.str()));
  }
  if (session_->options.keep_ir) {
    llvm::raw_string_ostream kept(session_->ir);
    module->print(kept, nullptr);
  }
  if (session_->options.keep_assembly) session_->assembly += assembly_of(*module, machine);
  std::vector<std::string> names;
  for (const llvm::Function& function : *module) {
    if (!function.isDeclaration() && !function.hasLocalLinkage()) names.push_back(function.getName().str());
  }
  auto object = check("compiling", llvm::orc::SimpleCompiler(machine)(*module));
  check("adding a module", session_->orc->addObjectFile(std::move(object)));
  for (const std::string& name : names) find(name);  // links now, in this thread
}

void* Jit::find(std::string_view name) const {
  const llvm::StringRef wanted(name.data(), name.size());
  return check(fmt::format("looking for {}", name), session_->orc->lookup(wanted)).toPtr<void*>();
}

double Jit::milliseconds() const { return session_->milliseconds; }
const std::string& Jit::ir() const { return session_->ir; }
const std::string& Jit::assembly() const { return session_->assembly; }

}  // namespace stria::codegen
