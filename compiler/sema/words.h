// Pieces of sentences that messages are made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stria {

// "a, b, c"
inline std::string listed(const std::vector<std::string>& words, std::string_view between = ", ") {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : std::string(between)) + word;
  return all;
}

// "a layer", "an experiment"
inline std::string with_article(std::string_view word) {
  const bool vowel = !word.empty() && std::string_view("aeiou").find(word.front()) != std::string_view::npos;
  return std::string(vowel ? "an " : "a ") + std::string(word);
}

// "1 dim", "2 dims"
inline std::string counted(size_t n, std::string_view word) {
  return std::to_string(n) + " " + std::string(word) + (n == 1 ? "" : "s");
}

}  // namespace stria
