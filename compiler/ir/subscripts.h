// The attribute of `contract` in its parts: "btlk,lck->btlc" is sides "btlk" and "lck", out "btlc".
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace stria::ir {

inline bool holds(std::string_view letters, char letter) {
  return letters.find(letter) != std::string_view::npos;
}

// Whether a letter stands twice: a diagonal.
inline bool repeats(std::string_view letters) {
  return std::any_of(letters.begin(), letters.end(),
                     [&](char c) { return std::count(letters.begin(), letters.end(), c) > 1; });
}

struct Subscripts {
  std::string sides[2];
  std::string out;

  explicit Subscripts(const std::string& text) {
    const size_t comma = text.find(','), arrow = text.find("->");
    sides[0] = text.substr(0, comma);
    sides[1] = text.substr(comma + 1, arrow - comma - 1);
    out = text.substr(arrow + 2);
  }
  std::string text() const { return sides[0] + "," + sides[1] + "->" + out; }
  // A letter that none of the three has; 0 where all are taken.
  char fresh() const {
    for (char letter = 'a'; letter <= 'z'; ++letter) {
      if (!holds(sides[0], letter) && !holds(sides[1], letter)) return letter;
    }
    return 0;
  }
};

}  // namespace stria::ir
