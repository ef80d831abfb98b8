// The tree as nested lists: (let (z) (pipe x (call sigmoid))).
#pragma once

#include <string>

#include "compiler/syntax/ast.h"

namespace stria::syntax {

std::string dump_expr(const ast::ExprPtr& expr);  // "_" where there is none
std::string dump_type(const ast::TypePtr& type);
std::string dump_bound(const std::optional<ast::Bound>& bound);
std::string dump_path(const std::vector<ast::Name>& path);
std::string dump_binding(const ast::Binding& binding);
std::string dump_formals(const std::vector<ast::Formal>& formals);
std::string dump_arguments(const std::vector<ast::Argument>& arguments);

}  // namespace stria::syntax
