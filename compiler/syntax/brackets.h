// Which bracket belongs to which, once mend_brackets has given each its partner.
#pragma once

#include <vector>

#include "compiler/syntax/tokens.h"

namespace stria::syntax {

struct Brackets {
  static constexpr uint32_t none = UINT32_MAX;

  explicit Brackets(const TokenList& list);

  std::vector<uint32_t> depth;   // of each token: brackets open around it; a bracket counts as outside itself
  std::vector<uint32_t> around;  // of each token: the innermost opening bracket around it, or none
  std::vector<uint32_t> partner;  // of each bracket: the other one; none for other tokens
};

// What an opening bracket holds.
enum class Holds { group, arguments, formals, list, index, shape, record, body, names };
Holds holds(const TokenList& list, const Brackets& brackets, uint32_t opener);

}  // namespace stria::syntax
