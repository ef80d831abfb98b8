// What `stria explain` says of one model, its data and its protocol: as text and as JSON.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "compiler/sema/compile.h"
#include "runtime/cli/explain_memory.h"

namespace stria::cli {

using Json = nlohmann::ordered_json;

// c0 + c1 N + c2 N^2, from its values at a few N.
struct InUnits {
  int64_t constant = 0, linear = 0, quadratic = 0;
  std::string text() const;  // "75 N + 30394"
};
// From the values at N = 1, 2, 3, 4; nothing where no such polynomial goes through them.
std::optional<InUnits> in_units(const std::vector<int64_t>& values);

struct ExplainedModel {
  std::string label;
  const ModelProgram& program;
  std::optional<InUnits> parameters, flops;  // where N is open
  std::optional<ExplainedMemory> memory;     // of a training step
};
std::string text_of(const ExplainedModel& model);
Json json_of(const ExplainedModel& model);

// "data Simulated()" or "protocol Standard()" with the arguments below.
std::string text_of(const std::string& kind, const std::string& name,
                    const std::vector<ArgumentInfo>& arguments);
Json json_of(const std::string& name, const std::vector<ArgumentInfo>& arguments);

}  // namespace stria::cli
