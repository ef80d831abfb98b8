// Types declared by `type`: what they stand for, circles among them, and what can be said of them before they
// are used.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "compiler/sema/elaborator.h"

namespace stria {

namespace {

// Types that the language has; kinds of entities are words of the grammar as well.
constexpr std::array<std::string_view, 15> own_types = {
    "int",   "real", "bool",  "text",    "path",     "any",        "dim",     "unit",
    "layer", "cell", "model", "dataset", "protocol", "experiment", "analysis"};

constexpr int longest_chain = 100;  // of aliases of aliases

bool is_own_type(std::string_view name) {
  return std::find(own_types.begin(), own_types.end(), name) != own_types.end();
}

const ast::TypeDecl& declaration_of(const ast::Item& item) { return std::get<ast::TypeDecl>(item.node); }

}  // namespace

// The declaration that a type names; null where it names none.
Entry* Elaborator::find_type(const ast::TypeExpr& written, Scope& scope) {
  if (written.kind != ast::TypeExpr::Kind::unit || written.unit.size() != 1 || written.unit[0].power != 1)
    return nullptr;
  const std::string& name = written.unit[0].name;
  if (is_own_type(name)) return nullptr;
  for (Scope* at = &scope; at; at = at->parent) {
    if (Entry* entry = at->find_here(name);
        entry && entry->item && std::holds_alternative<ast::TypeDecl>(entry->item->node))
      return entry;
    if (at->declared_in) break;  // types in an alias are those of its file, so that following them ends
  }
  return nullptr;
}

std::optional<MeantType> Elaborator::meant(const ast::TypeExpr& written, Scope& scope) {
  MeantType meaning{&written, &scope};
  int followed = 0;
  while (Entry* entry = find_type(*meaning.type, *meaning.scope)) {
    // A circle that check_type_circle has not come to yet is left as it is.
    if (circular_.contains(entry->item) || ++followed > longest_chain) return std::nullopt;
    Scope* inside = new_scope(meaning.scope, meaning.scope->body);
    inside->declared_in = entry->scope;
    meaning = {declaration_of(*entry->item).type.get(), inside};
  }
  return meaning;
}

bool Elaborator::is_dim(const ast::TypePtr& written, Scope& scope) {
  const auto meaning = written ? meant(*written, scope) : std::nullopt;
  return meaning && meaning->type->kind == ast::TypeExpr::Kind::unit && meaning->type->unit.size() == 1 &&
         meaning->type->unit[0].name == "dim";
}

// The declared types that a type mentions, at any depth.
std::vector<std::pair<const ast::Item*, Scope*>> Elaborator::types_in(const ast::TypeExpr& written,
                                                                      Scope& scope) {
  std::vector<std::pair<const ast::Item*, Scope*>> found;
  if (Entry* entry = find_type(written, scope)) found.emplace_back(entry->item, entry->scope);
  for (const auto& part : {written.of, written.result}) {
    if (!part) continue;
    const auto inner = types_in(*part, scope);
    found.insert(found.end(), inner.begin(), inner.end());
  }
  return found;
}

// One message a circle, on its first declaration in the text.
void Elaborator::check_type_circle(const ast::Item& item, Scope& home) {
  if (circular_.contains(&item)) return;
  std::vector<std::pair<const ast::Item*, Scope*>> reached{{&item, &home}};
  bool closes = false;
  for (size_t i = 0; i < reached.size() && !closes; ++i)
    for (const auto& next : types_in(*declaration_of(*reached[i].first).type, *reached[i].second)) {
      closes = closes || next.first == &item;
      if (std::find(reached.begin(), reached.end(), next) == reached.end()) reached.push_back(next);
    }
  if (!closes) return;
  const ast::Name& name = declaration_of(item).name;
  auto& message = report(Kind::definition_cycle, name.range,
                         fmt::format("the type `{}` is defined by itself", name.text));
  message.mark("stands for nothing in the end")
      .fix("write out what it holds, as `stream [F]`, `[H, I]`, `ms` or `real`");
  for (const auto& [other, scope] : reached) {
    circular_.insert(other);
    if (other != &item) message.also(declaration_of(*other).name.range, "by way of this");
  }
}

// What is wrong whoever uses it. Dims of a shape are known only where it is used.
void Elaborator::check_type(const ast::Item& item, Scope& home) {
  const ast::TypeDecl& declaration = declaration_of(item);
  if (is_own_type(declaration.name.text)) {
    report(Kind::name_taken, declaration.name.range,
           fmt::format("`{}` is a type of the language, and cannot stand for another", declaration.name.text))
        .mark("taken")
        .fix("give it another name");
    return;
  }
  const auto meaning = meant(*declaration.type, home);
  if (!meaning) return;
  const ast::TypeExpr& type = *meaning->type;
  const bool own =
      type.kind == ast::TypeExpr::Kind::unit && type.unit.size() == 1 && is_own_type(type.unit[0].name);
  if (own || type.unit.empty()) return;
  const bool alone = type.kind == ast::TypeExpr::Kind::unit && type.unit.size() == 1;
  if (alone && !named_unit(type.unit[0].name, *meaning->scope)) {
    auto& message = report(Kind::not_a_unit, type.range,
                           fmt::format("`{}` is neither a type nor a unit", type.unit[0].name));
    message.mark("stands for nothing");
    std::vector<std::string> types(own_types.begin(), own_types.end());
    types.emplace_back("stream [F]");
    if (const auto close = nearest(type.unit[0].name, types))
      message.fix(fmt::format("did you mean `{}`?", *close));
    else
      message.fix("types are `stream [F]`, `[H, I]`, `ms`, `real`, `int`, `text`, ...");
  } else if (unit_of(type.unit, *meaning->scope)) {
    return;
  }
  circular_.insert(&item);  // said once: what uses it stays silent
}

}  // namespace stria
