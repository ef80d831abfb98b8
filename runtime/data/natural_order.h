// Names of files as people read them: numbers by their value, patterns with `*` and `?`.
#pragma once

#include <string_view>

namespace stria::data {

// stim2 before stim10; a strict order on all names.
bool natural_less(std::string_view a, std::string_view b);

// `*` stands for any letters, `?` for one; everything else for itself.
bool matches(std::string_view name, std::string_view pattern);

}  // namespace stria::data
