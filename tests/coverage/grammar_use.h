// Which alternatives of the grammar a text uses: the rows of tests/golden/coverage/table.md.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <vector>

namespace stria::testing {

// One way to go in a rule: one of several alternatives, at any depth, or something that may be left out.
struct Alternative {
  std::string rule;  // "entity"
  std::string text;  // "'=' expr", as the grammar writes it
};

constexpr size_t max_alternatives = 512;
using AlternativeSet = std::bitset<max_alternatives>;

// All of grammar/Stria.g4, in the order of the rules' names.
const std::vector<Alternative>& alternatives();

// Those that a reading of the text as `rule` goes through; nothing where it is no such sentence. The grammar
// is free of ambiguity, so there is one reading.
std::optional<AlternativeSet> used_alternatives(const std::string& text, const std::string& rule);

}  // namespace stria::testing
