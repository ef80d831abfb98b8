// Formals of functions and bodies as written: names taken twice, and what their defaults may use (vals.7).
#include <fmt/format.h>

#include "compiler/sema/elaborator.h"
#include "compiler/sema/walk.h"

namespace stria {

namespace {

// What a `for` or `fn` inside an expression names.
std::vector<std::string> names_bound_by(const ast::Expr& expression) {
  std::vector<std::string> names;
  const auto take = [&](const ast::Comprehension& comprehension) {
    for (const auto& binder : comprehension.binders)
      for (const auto& name : binder.binding.names) names.push_back(name.text);
  };
  if (const auto* list = std::get_if<ast::ListComprehension>(&expression.node)) take(list->comprehension);
  if (const auto* call = std::get_if<ast::Call>(&expression.node); call && call->comprehension)
    take(*call->comprehension);
  if (const auto* lambda = std::get_if<ast::Lambda>(&expression.node))
    for (const auto& formal : lambda->formals) names.push_back(formal.name.text);
  return names;
}

}  // namespace

void Elaborator::check_formals(const std::vector<ast::Formal>& formals) {
  std::map<std::string, Range> seen;
  for (const auto& formal : formals) {
    if (const auto [earlier, is_new] = seen.emplace(formal.name.text, formal.name.range); !is_new)
      report(Kind::name_taken, formal.name.range, fmt::format("`{}` is declared twice", formal.name.text))
          .mark("declared again")
          .also(earlier->second, "first declared here");
  }
}

// vals.7: a default may use earlier formals. Its own name skips the formal, and means what the file calls so.
bool Elaborator::check_names_of_default(const std::vector<ast::Formal>& formals, size_t which, Scope& home) {
  const auto& own = formals[which];
  std::set<std::string> bound;  // by a `for` or `fn` inside
  bool fine = true;
  for_each_expression(*own.default_value, [&](const ast::Expr& part) {
    for (const auto& name : names_bound_by(part)) bound.insert(name);
    const auto* reference = std::get_if<ast::NameRef>(&part.node);
    for (size_t i = which; reference && i < formals.size(); ++i) {
      const std::string& name = formals[i].name.text;
      if (reference->name != name || bound.contains(name)) continue;
      if (i == which && (look_up(name, home) || ports.contains(name))) continue;
      fine = false;
      if (i == which)
        report(Kind::definition_cycle, formals[i].name.range, fmt::format("`{}` is defined by itself", name))
            .mark("needs its own value")
            .also(part.range, "here")
            .fix("write a value, or leave the default out");
      else
        report(Kind::unknown_name, part.range,
               fmt::format("the default of `{}` uses `{}`, which is declared behind it", own.name.text, name))
            .mark("not known yet")
            .also(formals[i].name.range, "declared here")
            .fix(fmt::format("write `{}` in front of `{}`", name, own.name.text));
    }
  });
  return fine;
}

void Elaborator::check_default(const std::vector<ast::Formal>& formals, size_t which, Scope& around,
                               Scope& home) {
  const auto& formal = formals[which];
  if (!formal.default_value || !check_names_of_default(formals, which, home)) return;
  Scope* alone = new_scope(&around, nullptr);
  if (const Entry* outer = look_up(formal.name.text, home)) alone->entries[formal.name.text] = *outer;
  const bool none = std::holds_alternative<ast::NoneLiteral>(formal.default_value->node);
  const std::string what = "`" + formal.name.text + "`";
  Value value = evaluate(formal.default_value, *alone);
  if (formal.type && !none)
    value = coerce(std::move(value), *formal.type, home, what, formal.default_value->range);
  if (formal.within) check_bound(value, *formal.within, home, what, formal.default_value->range);
}

}  // namespace stria
