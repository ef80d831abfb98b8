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
  struct Made {  // ranges in the graphs point into the compiler's texts
    Diagnostics diagnostics;
    std::unique_ptr<Compiler> compiler;
    std::shared_ptr<const ModelProgram> program;
  };
  const auto made = std::make_shared<Made>();
  made->compiler = std::make_unique<Compiler>(spec_path(spec), compile_options(), made->diagnostics);
  Compiler& compiler = *made->compiler;
  compiler.check();
  if (made->diagnostics.has_errors()) throw std::runtime_error(spec + " has errors");
  const auto& plan = compiler.outline().at(0);
  made->program = compiler.build(*plan.model, plan.protocol.get(), 34, 73, *plan.dt);
  if (!made->program) throw std::runtime_error(spec + " makes no model");
  return {made, made->program.get()};
}

}  // namespace stria::bench
