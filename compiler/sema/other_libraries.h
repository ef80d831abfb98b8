// What arguments and functions are called where readers come from (PyTorch, Keras, NumPy): for hints alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stria {

// The one of `names` that is meant by `label`: `over` by `axis`, `batch` by `bacth`.
std::optional<std::string> named_like(std::string_view label, const std::vector<std::string>& names);

}  // namespace stria
