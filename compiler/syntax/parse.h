// Text to tree. Never throws and never fails: what cannot be read is reported and left out, and reading goes
// on at the next statement.
#pragma once

#include <optional>
#include <string>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/syntax/ast.h"

namespace stria {

// `file` must outlive the tree. Broken UTF-8, nesting deeper than 500 brackets and files over 4 MB are
// reported as such, with the place, and give an empty tree.
ast::Spec parse_spec(const SourceFile& file, Diagnostics& diagnostics);

// The text after `--set`. Empty where it could not be read.
std::optional<ast::Override> parse_override(const SourceFile& file, Diagnostics& diagnostics);

// The tree as a text of nested lists without ranges, for golden tests and `stria explain --emit ast`.
std::string dump(const ast::Spec& spec);

// Canonical text of a spec (`stria fmt`): keeps every comment; formatting twice is formatting once. Only for
// a text that parsed without errors.
std::string format(const ast::Spec& spec);
// Canonical text of one expression, on one line: labels of members, `explain`.
std::string format(const ast::Expr& expression);

}  // namespace stria
