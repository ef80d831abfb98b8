// What the benchmarks work on.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "compiler/sema/compile.h"

namespace stria::bench {

inline std::string spec_path(const std::string& name) {
  return std::string(STRIA_SOURCE_DIR) + "/specs/" + name;
}

inline CompileOptions compile_options() { return {{}, STRIA_STDLIB_DIR, {}}; }

// The model of the first experiment of a spec, with F = 34 and N = 73.
inline std::shared_ptr<const ModelProgram> model_of(const std::string& spec) {
  Diagnostics diagnostics;
  Compiler compiler(spec_path(spec), compile_options(), diagnostics);
  compiler.check();
  if (diagnostics.has_errors()) throw std::runtime_error(spec + " has errors");
  const auto& plan = compiler.outline().at(0);
  auto program = compiler.build(*plan.model, plan.protocol.get(), 34, 73, *plan.dt);
  if (!program) throw std::runtime_error(spec + " makes no model");
  return program;
}

}  // namespace stria::bench
