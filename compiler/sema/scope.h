// Names: what each stands for, where it is looked for, and the files that `use` brings in (vals.7).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/sema/value.h"
#include "compiler/syntax/ast.h"

namespace stria {

struct Scope;
struct Module;
struct Body;

// One change by `with` or `--set`: the item at `path` becomes `value`, read where it was written (vals.9).
struct Amendment {
  std::vector<ast::Name> path;
  ast::ExprPtr value;  // null for a text that is no expression (a path after --set)
  std::string raw_text;
  Scope* scope = nullptr;
  Range range;
  std::shared_ptr<bool> used;  // `--set` alone: set once it took effect
};

// What a name stands for. Items are evaluated when first needed; a name that needs itself is a cycle.
struct Entry {
  enum class Kind { item, formal, bound, module } kind = Kind::bound;
  const ast::Item* item = nullptr;  // item
  int part = -1;                    // of `let (a, b) = ...`
  ast::ExprPtr expression;          // formal: its default
  ast::TypePtr type;                // formal
  Scope* scope = nullptr;           // where item and expression are read
  const Module* module = nullptr;
  Range declared;
  std::vector<Amendment> changes;
  // Values differ between a graph and its `init` (their parts live in different graphs): one slot each.
  Value value[2];
  enum class State : uint8_t { untouched, running, done } state[2] = {State::untouched, State::untouched};
};

// A name that stands for a value already known.
Entry bound_entry(Value value, Range declared, ast::TypePtr type = nullptr);

struct Scope {
  Scope* parent = nullptr;
  Body* body = nullptr;  // the nearest body around, null at file level
  const Module* module = nullptr;
  // Where a type alias is read: names that its file declares come from there, all others from `parent`, which
  // is the place that uses the alias.
  Scope* declared_in = nullptr;
  std::map<std::string, Entry> entries;
  Entry* find_here(const std::string& name);
  bool is_of_alias(const std::string& name) const { return declared_in && declared_in->find_here(name); }
};

struct Module {
  SourceFile file;
  ast::Spec tree;
  std::string name;    // "stria.cells"; empty for the spec
  std::string folder;  // relative paths of the spec start here (vals.10)
  Scope scope;
  bool linked = false;
  bool readable = true;  // no message about its text
  std::vector<const Module*> used;
};

// Finds, reads and parses the spec and the files it uses, once each.
class Modules {
 public:
  // search: folders of `--path`, in order; standard_library: folder that holds stria/.
  Modules(std::vector<std::string> search, std::string standard_library, Diagnostics& diagnostics);

  // Null where the file cannot be read (reported without a place).
  Module* load_spec(const std::string& path);
  // Reads `use` declarations of a module (and of what they use) and fills its scope.
  void link(Module& module);
  Module* standard(const std::string& name);  // "stria.units": for names that need no `use`

  const std::vector<std::unique_ptr<Module>>& all() const { return modules_; }
  // A text that is not a file (after `--set`), kept alive as long as the modules are.
  const SourceFile& keep_text(std::string name, std::string text);

 private:
  Module* read(const std::string& path, const std::string& name, bool in_standard_library);
  Module* find(const std::vector<ast::Name>& path, const Module& from, Range range);
  std::optional<std::string> module_with(const std::string& name);
  void use(Module& module, const ast::UseDecl& declaration, Range range);

  std::vector<std::string> search_;
  std::string standard_library_;
  Diagnostics& diagnostics_;
  std::vector<std::unique_ptr<Module>> modules_;
  std::vector<std::unique_ptr<SourceFile>> texts_;
  std::vector<const Module*> linking_;
};

// Names that an item declares at its level, with the place of each.
std::vector<ast::Name> declared_names(const ast::Item& item);
// Puts the items of a file or body into a scope; a name taken twice is reported.
void declare_items(const std::vector<ast::ItemPtr>& items, Scope& scope, Diagnostics& diagnostics);

}  // namespace stria
