// The rules of grammar/Stria.g4 as data, for tests that write sentences of the grammar or ask which of its
// alternatives a text uses.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace stria::testing {

// A piece of a rule: a quoted word, a name, a choice of sequences; with `?`, `*` or `+`.
struct Piece {
  std::string word;  // of a quoted word
  std::string name;  // of a rule or token
  std::vector<std::vector<Piece>> choices;
  char repeat = ' ';
};
using Sequence = std::vector<Piece>;
using Choices = std::vector<Sequence>;

// The rules whose names begin with a small letter, by name. Read once.
const std::map<std::string, Choices>& grammar_rules();

// As the grammar writes it: `('=' expr | body)`, `name (',' name)*`.
std::string text_of(const Piece& piece);
std::string text_of(const Sequence& sequence);

}  // namespace stria::testing
