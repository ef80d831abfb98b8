// Which item belongs in which body (semantics.md, section 1): the one table behind the check, its message and
// the docs.
#pragma once

#include <string>
#include <vector>

#include "compiler/syntax/ast.h"

namespace stria {

struct ItemRule {
  std::string word;     // "state"
  std::string purpose;  // what it is for, one sentence
  std::vector<ast::EntityKind> allowed;
};

// Null for items that may stand anywhere.
const ItemRule* rule_of(const ast::Item& item);

// Names that may be set in such a body; empty where any may.
const std::vector<std::string>& settings_of(ast::EntityKind kind);

}  // namespace stria
