// Machine code in this process, out of LLVM modules.
//
//   auto context = std::make_unique<llvm::LLVMContext>();
//   auto module = std::make_unique<llvm::Module>("step", *context);
//   ...                                                  // functions, each through set_attributes()
//   codegen::Jit jit(codegen::host());
//   jit.add(std::move(context), std::move(module));
//   auto* step = jit.function<void(float**, int64_t)>("step");
//
// Every instruction keeps the rounding that the module writes: no fast-math flag, no contraction of a * b +
// c, no optimisation passes. Speed comes from explicit vectors and fused multiply-adds; measured on scans,
// LLVM's passes add nothing to it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/codegen/target.h"

namespace llvm {
class Function;
class LLVMContext;
class Module;
}  // namespace llvm

namespace stria::codegen {

struct JitOptions {
  int level = 1;         // of LLVM's code generation, 0 to 3: same bits, other speed; 0 runs at half speed
  bool keep_ir = false;  // keep each module's text, for ir()
  bool keep_assembly = false;  // keep each module's assembly, for assembly(); costs a second code generation
  // Functions of this process that the code may call, beside those of the C mathematical library
  // (libm_functions).
  std::vector<std::pair<std::string, void*>> symbols = {};
};

// The code of some modules. A Jit is used by one thread at a time; different ones are independent of each
// other, and the code itself may run in any number of threads. Nothing that find() gave outlives the Jit.
class Jit {
 public:
  explicit Jit(const Target& target, JitOptions options = {});
  ~Jit();
  Jit(Jit&&) noexcept;
  Jit& operator=(Jit&&) noexcept;

  // Compiles a module, taking it over. Throws ir::InternalError with LLVM's text for a module that LLVM's
  // verifier refuses, that calls an unknown function, or that defines a name for the second time.
  void add(std::unique_ptr<llvm::LLVMContext> context, std::unique_ptr<llvm::Module> module);

  // Address of a function or variable of the added modules. Throws ir::InternalError where there is none.
  void* find(std::string_view name) const;
  template <typename Signature>
  Signature* function(std::string_view name) const {
    return reinterpret_cast<Signature*>(find(name));
  }

  // Milliseconds spent in the constructor and in add().
  double milliseconds() const;

  // LLVM IR and assembly of all modules so far, as text; empty where not kept.
  const std::string& ir() const;
  const std::string& assembly() const;

 private:
  struct Session;
  std::unique_ptr<Session> session_;
};

// What each generated function needs: it throws nothing, and the target's full vector width is used (LLVM
// would halve it on some processors).
void set_attributes(llvm::Function& function, const Target& target);

// The functions of the C library that generated code may call by these names: erf, sin, cos, pow, log, log1p,
// exp, expm1, tanh, fmod in double and, with an f appended, in float; memcpy, memmove, memset.
const std::vector<std::pair<std::string, void*>>& libm_functions();

}  // namespace stria::codegen
