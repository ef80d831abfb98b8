// Recipes and functions (par.1, vals.8): values that can be applied.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compiler/sema/scope.h"
#include "compiler/sema/value.h"

namespace stria {

struct Recipe {
  enum class Kind { entity, chain, function } kind = Kind::entity;
  const ast::Item* item = nullptr;  // of the entity
  Scope* home = nullptr;            // of the file it was written in
  bool called = false;              // `GRU(70)` rather than `GRU`
  std::vector<std::pair<std::string, Value>> arguments;
  std::vector<Amendment> amendments;
  std::vector<Value> links;  // of a chain, or the one function
  std::string segment;       // par.2: the name an application adds to the path; empty: none
  std::string tie;           // key of shared parameters, empty where there are none
  std::string text;          // canonical
  Range origin;              // the call that made it

  const ast::Entity& entity() const;
  std::string name() const;  // "GRU", "chain"
};

class Elaborator;
struct Primitive;

struct Function {
  enum class Kind { user, primitive, native } kind = Kind::user;
  std::string name;                                   // empty for `fn(x) => ...`
  const std::vector<ast::Formal>* formals = nullptr;  // user, native
  ast::ExprPtr body;                                  // user
  ast::TypePtr result;                                // user: as written after `:`
  Scope* home = nullptr;                              // user, native
  const Primitive* primitive = nullptr;
  std::string native;          // "stria.data.wav"
  std::shared_ptr<void> keep;  // what the formals live in
};

struct Symbol {
  std::string name;  // "valid.loss"
};

}  // namespace stria
