// Random sentences of the language, drawn from the rules of grammar/Stria.g4 themselves.
#pragma once

#include <cstdint>
#include <string>

namespace stria::testing {

// A spec that the grammar reads. `comments`: how often a word is followed by a comment.
std::string random_spec(uint32_t seed, double comments);

}  // namespace stria::testing
