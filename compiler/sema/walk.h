// Going through the parts of an expression.
#pragma once

#include <functional>

#include "compiler/syntax/ast.h"

namespace stria {

// Calls `visit` with each direct part, in order of text. Parts of comprehensions and lambdas included.
void for_each_part(const ast::Expr& expression, const std::function<void(const ast::Expr&)>& visit);

// The expression itself and all its parts, in order of text.
void for_each_expression(const ast::Expr& expression, const std::function<void(const ast::Expr&)>& visit);

// The expressions written directly in an item (not those of a nested body).
void for_each_part(const ast::Item& item, const std::function<void(const ast::Expr&)>& visit);

}  // namespace stria
