// How far a spec gets: parsed, checked, trained for an epoch. Lines `# --set X=Y` of the text are overrides.
// Beside the spec lie `sounds/`, four short sounds with spike files, and what tests/golden/coverage holds can
// be used.
#pragma once

#include <string>
#include <vector>

namespace stria::testing {

enum class Stage { parse, check, run, none };

struct Outcome {
  Stage refused_by = Stage::none;
  std::vector<std::string> codes;  // of the stage that refused, each once
  std::string messages;            // short form

  // "parsed, checked, runs", or "parsed, refused: E0801".
  std::string text() const;
};

Outcome run_spec(const std::string& text);

// The values of the lines `# --set ...`.
std::vector<std::string> overrides_in(const std::string& text);

}  // namespace stria::testing
