// Functions of arrays made out of pointwise code, for the tests of compiler/codegen.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "compiler/codegen/jit.h"
#include "compiler/codegen/vector_math.h"

namespace stria::test {

using Emit = std::function<llvm::Value*(codegen::VectorMath&, llvm::Value* a, llvm::Value* b)>;

// A module under construction, handed over to a Jit whole.
struct ModuleParts {
  std::unique_ptr<llvm::LLVMContext> context = std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::Module> module = std::make_unique<llvm::Module>("test", *context);
};

// Adds void name(const T* a, const T* b, T* result, int64_t n): result[i] = emit(a[i], b[i]), `lanes` at a
// time (1: as plain numbers). n is a multiple of lanes, not 0.
void emit_map(ModuleParts& parts, const codegen::Target& target, const std::string& name, bool is_double,
              unsigned lanes, const Emit& emit);

template <typename T>
using Map = void(const T*, const T*, T*, int64_t);

// `emit` over arrays whose size is a multiple of lanes; an empty b stands for a.
template <typename T>
std::vector<T> map(const codegen::Target& target, unsigned lanes, const Emit& emit, const std::vector<T>& a,
                   const std::vector<T>& b = {}) {
  ModuleParts parts;
  emit_map(parts, target, "map", std::is_same_v<T, double>, lanes, emit);
  codegen::Jit jit(target);
  jit.add(std::move(parts.context), std::move(parts.module));
  std::vector<T> result(a.size());
  jit.function<Map<T>>("map")(a.data(), b.empty() ? a.data() : b.data(), result.data(), a.size());
  return result;
}

}  // namespace stria::test
