// results.json of a run folder, and what its schema says of it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/report/results.h"
#include "tests/report/json_schema.h"
#include "tests/report/scratch_folder.h"

namespace stria::test {

inline report::Json results_in(const std::filesystem::path& folder) {
  return report::Json::parse(content(folder / "results.json"));
}

inline std::vector<std::string> schema_breaks(const report::Json& results) {
  return JsonSchema(report::Json::parse(content(STRIA_SOURCE_DIR "/runtime/report/results.schema.json")))
      .broken(results);
}

}  // namespace stria::test
