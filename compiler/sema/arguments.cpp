// What every argument was bound to, and which text gave it: for `explain`.
#include <algorithm>

#include "compiler/sema/elaborator.h"
#include "compiler/sema/walk.h"

namespace stria {

namespace {

bool holds(Range outer, Range inner) {
  return outer.known() && outer.file == inner.file && outer.begin <= inner.begin && inner.end <= outer.end;
}

// Whether an expression takes its value from a sweep of this body, by name, at once or by way of `let`s.
bool varies_with_sweep(const ast::Entity& entity, const ast::Expr& expression, int depth = 0) {
  bool varies = false;
  for_each_expression(expression, [&](const ast::Expr& part) {
    const auto* reference = std::get_if<ast::NameRef>(&part.node);
    for (const auto& item : entity.items) {
      if (!reference || varies || depth > 20) return;
      const auto names = declared_names(*item);
      if (std::none_of(names.begin(), names.end(),
                       [&](const ast::Name& name) { return name.text == reference->name; }))
        continue;
      varies = std::holds_alternative<ast::SweepDecl>(item->node);
      if (const auto* let = std::get_if<ast::LetDecl>(&item->node))
        varies = varies_with_sweep(entity, *let->value, depth + 1);
    }
  });
  return varies;
}

// An argument written in an experiment's body that is a swept value, or made of one.
bool is_swept(const ast::Entity& entity, Range place) {
  bool swept = false;
  for (const auto& item : entity.items)
    for_each_part(*item, [&](const ast::Expr& part) {
      for_each_expression(part, [&](const ast::Expr& expression) {
        if (expression.range == place && !swept) swept = varies_with_sweep(entity, expression);
      });
    });
  return swept;
}

// The innermost of `sweep` and `with` around a place decides.
void find_around(const ast::Item& item, Range place, ArgumentInfo::From& from) {
  if (!holds(item.range, place)) return;
  if (const auto* sweep = std::get_if<ast::SweepDecl>(&item.node))
    if (holds(sweep->domain->range, place)) from = ArgumentInfo::From::sweep;
  for_each_part(item, [&](const ast::Expr& part) {
    for_each_expression(part, [&](const ast::Expr& expression) {
      const auto* with = std::get_if<ast::With>(&expression.node);
      if (!with) return;
      for (const auto& field : with->fields)
        if (holds(field.range, place)) from = ArgumentInfo::From::with;
    });
  });
  const auto* entity = std::get_if<ast::Entity>(&item.node);
  if (!entity) return;
  if (is_swept(*entity, place)) from = ArgumentInfo::From::sweep;
  for (const auto& inner : entity->items) find_around(*inner, place, from);
}

}  // namespace

ArgumentInfo::From Elaborator::origin_of(Range place) const {
  auto from = ArgumentInfo::From::written;
  if (!place.known()) return from;
  if (place.file->path == "--set") return ArgumentInfo::From::set;
  for (const auto& module : modules_.all())
    if (&module->file == place.file)
      for (const auto& item : module->tree.items) find_around(*item, place, from);
  return from;
}

std::vector<ArgumentInfo> Elaborator::arguments_of(const Recipe& recipe, Scope& formals,
                                                   const std::string& prefix) {
  std::vector<ArgumentInfo> all;
  for (const auto& formal : recipe.entity().formals) {
    Entry& entry = formals.entries[formal.name.text];
    const Value value = value_of(entry, formal.name.text);
    ArgumentInfo argument{
        prefix + formal.name.text, stria::text(value), ArgumentInfo::From::default_value, {}};
    if (entry.kind == Entry::Kind::formal) {
      argument.place = formal.default_value->range;
    } else {
      argument.place = value.origin;
      argument.from = origin_of(value.origin);
    }
    all.push_back(std::move(argument));
  }
  return all;
}

}  // namespace stria
