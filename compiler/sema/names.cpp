// Looking names up (vals.7), and the values of the items they stand for.
#include <fmt/format.h>

#include "compiler/sema/elaborator.h"
#include "compiler/sema/walk.h"
#include "compiler/syntax/parse.h"

namespace stria {

namespace {

bool sees_data_dims(const Scope& scope) {
  const Body* body = scope.body;
  if (!body || !body->entity) return true;
  return body->entity->kind != ast::EntityKind::layer && body->entity->kind != ast::EntityKind::cell;
}

}  // namespace

Entry* Elaborator::look_up(const std::string& name, Scope& scope) {
  for (Scope* at = &scope; at; at = at->parent)
    if (Entry* entry = at->find_here(name)) {
      // The right side of `batch = batch` means the formal, not the item being defined.
      const bool being_defined = !evaluating_.empty() && evaluating_.back() == entry;
      if (being_defined) continue;
      return entry;
    }
  return root_.find_here(name);
}

void Elaborator::unknown_name(const std::string& name, Range range, Scope& scope) {
  std::vector<std::string> candidates;
  std::map<std::string, Range> places;
  for (Scope* at = &scope; at; at = at->parent) {
    for (const auto& [known, entry] : at->entries) {
      candidates.push_back(known);
      places.emplace(known, entry.declared);
    }
    if (at->body && at == at->body->scope)
      for (const auto& [known, dim] : at->body->dims) candidates.push_back(known);
  }
  for (const auto& [known, entry] : root_.entries) candidates.push_back(known);
  for (const auto& [known, value] : ports) candidates.push_back(known);
  if (!evaluating_.empty())
    if (const Entry* own = scope.find_here(name); own && own == evaluating_.back()) {
      report(Kind::definition_cycle, own->declared, fmt::format("`{}` is defined by itself", name))
          .mark("needs its own value")
          .also(range, "here")
          .fix("give one of the two another name");
      return;
    }
  if (is_update_of(name, scope)) return;
  auto& message = report(Kind::unknown_name, range, fmt::format("nothing named `{}` is in scope", name));
  message.mark("not found");
  static const std::map<std::string, std::string> elsewhere{
      {"None", "none"}, {"null", "none"}, {"nil", "none"}, {"True", "true"}, {"False", "false"}};
  if (const auto ours = elsewhere.find(name); ours != elsewhere.end()) {
    message.fix(fmt::format("`{}`", ours->second), {{range, ours->second}});
    return;
  }
  std::vector<std::string> of_library;
  std::map<std::string, std::string> modules_of;
  for (const char* module : {"stria.layers", "stria.cells", "stria.models", "stria.data", "stria.datasets",
                             "stria.fit", "stria.scores", "stria.protocols", "stria.probe"}) {
    Module* library = modules_.standard(module);
    if (!library) continue;
    for (const auto& item : library->tree.items)
      for (const auto& declared : declared_names(*item)) {
        if (declared.text == name) {
          message.fix(fmt::format("add `use {} ({})` at the top", module, name));
          return;
        }
        of_library.push_back(declared.text);
        modules_of.emplace(declared.text, module);
      }
  }
  if (const auto close = nearest(name, candidates)) {
    message.fix(fmt::format("did you mean `{}`?", *close), {{range, *close}});
    if (places.contains(*close) && places[*close].known()) message.also(places[*close], "declared here");
    return;
  }
  if (name == "range") {
    message.fix("ten numbers from 0 are `0 .. 9`: both ends belong to a range");
    return;
  }
  if (const auto close = nearest(name, of_library)) {
    message.fix(fmt::format("did you mean `{}`? `use {} ({})` at the top brings it in", *close,
                            modules_of[*close], *close));
    return;
  }
  if (name == "T")
    message.note(
        "time is no dim of a frame: `history(x, K)` gives the last K bins a dim, which can be summed over");
  if (name == "N" || name == "F" || name == "R" || name == "S")
    message.note(
        "the dims of the data, F, N, R and S, are seen in models, protocols, datasets and analyses; a layer "
        "or "
        "cell gets them as formals or from its input");
}

Value Elaborator::name(const ast::NameRef& reference, const ast::Expr& expression, Scope& scope) {
  if (Entry* entry = look_up(reference.name, scope)) {
    if (entry->kind == Entry::Kind::module) {
      report(Kind::wrong_kind, expression.range, fmt::format("`{}` is a file, not a value", reference.name))
          .mark("say which of its things")
          .fix(fmt::format("`{}.NAME`", reference.name));
      return {};
    }
    Value value = value_of(*entry, reference.name);
    // A formal of type `dim` is a dim of this body, whatever dim or number was passed (dims.2).
    if (const auto* given = value.object<DimValue>(); given && scope.body && is_dim(entry->type, scope)) {
      DimRef& own = scope.body->dims[reference.name];
      if (!own) {
        own = std::make_shared<const DimInfo>(DimInfo{reference.name, given->dim->size, entry->declared});
        if (!given->dim->is_nameless()) set_outward(*scope.body, own, given->dim);
      }
      return Value{std::make_shared<const DimValue>(DimValue{own}), expression.range};
    }
    const auto* recipe = value.object<Recipe>();
    const bool own_name = entry->kind != Entry::Kind::item ||
                          std::holds_alternative<ast::LetDecl>(entry->item->node) ||
                          std::holds_alternative<ast::Setting>(entry->item->node);
    if (recipe && own_name && recipe->segment != reference.name) {
      auto named = std::make_shared<Recipe>(*recipe);
      named->segment = reference.name;
      value = Value{std::shared_ptr<const Recipe>(named), value.origin};
    }
    return value;
  }
  for (Scope* at = &scope; at; at = at->parent)
    if (at->body && at == at->body->scope) {
      const auto found = at->body->dims.find(reference.name);
      if (found != at->body->dims.end()) {
        if (!found->second) return {};
        return Value{std::make_shared<const DimValue>(DimValue{found->second}), expression.range};
      }
    }
  if (reference.name == "dt") {
    Number step = dt ? Number::rational(*dt) : Number::unknown();
    step.dimension.exponents[Dimension::time] = 1;
    step.unit = "s";
    if (dt) {
      step.unit = "ms";
      step.unit_size = 1e-3;
    }
    return Value{step, expression.range};
  }
  if (sees_data_dims(scope)) {
    const auto found = data_dims.find(reference.name);
    if (found != data_dims.end())
      return Value{std::make_shared<const DimValue>(DimValue{found->second}), expression.range};
  }
  if (const auto port = ports.find(reference.name); port != ports.end()) {
    const bool statistic = reference.name.starts_with("train_");
    if (!statistic || in_init_ || !port->second.object<Tensor>()) return port->second;
    Tensor start_only = *port->second.object<Tensor>();  // has no value in the model's own graph
    start_only.value.reset();
    return make(std::move(start_only), expression.range);
  }
  unknown_name(reference.name, expression.range, scope);
  return {};
}

Value Elaborator::value_of(Entry& entry, const std::string& name) {
  const size_t slot = in_init_ ? 1 : 0;
  if (entry.state[slot] == Entry::State::done || entry.kind == Entry::Kind::bound)
    return entry.value[slot == 1 && entry.kind == Entry::Kind::bound ? 0 : slot];
  if (entry.state[slot] == Entry::State::running) {
    auto& message =
        report(Kind::definition_cycle, entry.declared, fmt::format("`{}` is defined by itself", name));
    message.mark("needs its own value");
    bool inside = false;
    for (const Entry* step : evaluating_) {
      inside = inside || step == &entry;
      if (inside && step != &entry) message.also(step->declared, "by way of this");
    }
    message.fix("break the circle: one of these must not depend on the others");
    entry.state[slot] = Entry::State::done;
    return {};
  }
  entry.state[slot] = Entry::State::running;
  evaluating_.push_back(&entry);
  const bool replaced = !entry.changes.empty() && entry.changes.back().path.size() == 1;
  Value value = replaced ? Value{} : item_value(entry, name);
  if (!entry.changes.empty()) value = changed(std::move(value), entry.changes);
  evaluating_.pop_back();
  entry.state[slot] = Entry::State::done;
  entry.value[slot] = value;
  return value;
}

Value Elaborator::item_value(Entry& entry, const std::string& name) {
  Scope& scope = *entry.scope;
  if (entry.kind == Entry::Kind::formal) {
    Value value = evaluate(entry.expression, scope);
    return entry.type
               ? coerce(std::move(value), *entry.type, scope, "`" + name + "`", entry.expression->range)
               : value;
  }
  const ast::Item& item = *entry.item;
  if (misplaced_.contains(&item)) return {};
  Body* body = scope.body;
  if (const auto* let = std::get_if<ast::LetDecl>(&item.node)) {
    Value value = evaluate(let->value, scope);
    if (let->type) value = coerce(std::move(value), *let->type, scope, "`" + name + "`", let->value->range);
    if (entry.part < 0) return value;
    const auto parts = elements(value, let->value->range);
    if (!parts) return {};
    if (parts->size() != let->binding.names.size()) {
      report(Kind::wrong_kind, let->binding.range,
             fmt::format("{} names for {} values", let->binding.names.size(), parts->size()))
          .mark("one name a value")
          .also(let->value->range, fmt::format("{} values", parts->size()));
      return {};
    }
    return (*parts)[entry.part];
  }
  if (const auto* fn = std::get_if<ast::FnDecl>(&item.node)) {
    auto function = std::make_shared<Function>();
    function->name = fn->name.text;
    function->formals = &fn->formals;
    function->body = fn->value;
    function->result = fn->result;
    function->home = &scope;
    const auto* native = std::get_if<ast::NameRef>(&fn->value->node);
    if (native && native->name == "native" && scope.module && scope.module->file.in_standard_library) {
      function->kind = Function::Kind::native;
      function->native = scope.module->name + "." + fn->name.text;
    }
    return Value{std::shared_ptr<const Function>(function), fn->name.range};
  }
  if (std::holds_alternative<ast::Entity>(item.node)) return evaluate_entity(item, scope);
  if (const auto* param = std::get_if<ast::ParamDecl>(&item.node)) {
    for (size_t i = 0; i < param->names.size(); ++i)
      if (param->names[i].text == name && body) return parameter(*param, i, *body, item.range);
    return {};
  }
  if (const auto* declaration = std::get_if<ast::BufferDecl>(&item.node))
    return body ? buffer(*declaration, *body, item.range) : Value{};
  if (const auto* output = std::get_if<ast::OutputDecl>(&item.node)) {
    Value value = evaluate(output->value, scope);
    return output->type
               ? coerce(std::move(value), *output->type, scope, "`" + name + "`", output->value->range)
               : value;
  }
  if (const auto* setting = std::get_if<ast::Setting>(&item.node)) {
    Value value = evaluate(setting->value, scope);
    return setting->type
               ? coerce(std::move(value), *setting->type, scope, "`" + name + "`", setting->value->range)
               : value;
  }
  if (std::holds_alternative<ast::StateDecl>(item.node)) return {};  // bound by declare_states
  if (std::holds_alternative<ast::SweepDecl>(item.node)) return {};  // bound for each member
  if (std::holds_alternative<ast::DimDecl>(item.node)) {
    auto& dim = data_dims[name];
    if (!dim) dim = std::make_shared<const DimInfo>(DimInfo{name, std::nullopt, entry.declared});
    return Value{std::make_shared<const DimValue>(DimValue{dim}), entry.declared};
  }
  if (const auto* unit = std::get_if<ast::UnitDecl>(&item.node)) return evaluate(unit->value, scope);
  if (std::holds_alternative<ast::TypeDecl>(item.node)) {
    report(Kind::wrong_kind, entry.declared, fmt::format("`{}` is a type, not a value", name))
        .mark("declared as a type");
    return {};
  }
  return {};
}

Value Elaborator::evaluate_entity(const ast::Item& item, Scope& home) {
  const auto& entity = std::get<ast::Entity>(item.node);
  auto recipe = std::make_shared<Recipe>();
  recipe->item = &item;
  recipe->home = &home;
  recipe->segment = entity.name.text;
  recipe->text = entity.name.text;
  return Value{std::shared_ptr<const Recipe>(recipe), entity.name.range};
}

Diagnostic& Elaborator::report(Kind kind, Range where, std::string message) {
  const Range place = written_by_user(where);
  Diagnostic& made = diagnostics_.report(kind, place, std::move(message));
  if (!(place == where)) made.also(where, "the rule stands here");
  return made;
}

Range Elaborator::written_by_user(Range where) const {
  if (where.known() && where.file->in_standard_library)
    for (auto site = sites_.rbegin(); site != sites_.rend(); ++site)
      if (site->known() && !site->file->in_standard_library) return *site;
  return where;
}

std::optional<Range> Elaborator::argument_behind(const ast::Expr& expression, Scope& scope, int depth) {
  std::optional<Range> found;
  if (depth > 20) return found;
  for_each_expression(expression, [&](const ast::Expr& part) {
    const auto* reference = std::get_if<ast::NameRef>(&part.node);
    Entry* entry = reference && !found ? look_up(reference->name, scope) : nullptr;
    if (!entry) return;
    if (entry->kind == Entry::Kind::item) {
      const auto* let = std::get_if<ast::LetDecl>(&entry->item->node);
      if (let) found = argument_behind(*let->value, *entry->scope, depth + 1);
    } else if (entry->kind == Entry::Kind::formal) {
      found = argument_behind(*entry->expression, *entry->scope, depth + 1);
      const Range own = entry->expression->range;
      if (!found && !own.file->in_standard_library) found = own;
    } else {
      const Value& given = entry->value[0];
      const auto number = as_number(given);
      const bool open = given.is_unknown() || (number && !number->known);
      if (!open && given.origin.known() && !given.origin.file->in_standard_library) found = given.origin;
    }
  });
  return found;
}

Diagnostic& Elaborator::report_value(Kind kind, const ast::Expr& expression, Scope& scope,
                                     std::string message, std::string here) {
  const auto behind = argument_behind(expression, scope);
  if (!behind) return report(kind, expression.range, std::move(message));
  Diagnostic& made = diagnostics_.report(kind, *behind, std::move(message));
  if (!(*behind == expression.range)) made.also(expression.range, std::move(here));
  return made;
}

void Elaborator::note_values(Diagnostic& message, const ast::Expr& expression, Scope& scope) {
  std::set<std::string> named;
  for_each_expression(expression, [&](const ast::Expr& part) {
    const auto* reference = std::get_if<ast::NameRef>(&part.node);
    if (!reference || !named.insert(reference->name).second) return;
    const Value value = evaluate(part, scope);
    const auto number = as_number(value);
    if ((number && number->known) || value.get<Text>() || value.get<bool>())
      message.note(fmt::format("{} is {}", reference->name, text(value)));
  });
}

// What an update changes, in a body where it is not a state: that was said of the update.
bool Elaborator::is_update_of(const std::string& name, const Scope& scope) const {
  if (!scope.body || !scope.body->entity) return false;
  for (const auto& item : scope.body->entity->items)
    if (const auto* update = std::get_if<ast::UpdateDecl>(&item->node); update && update->state.text == name)
      return true;
  return false;
}

Scope* Elaborator::new_scope(Scope* parent, Body* body) {
  scopes_.push_back(std::make_unique<Scope>());
  Scope* scope = scopes_.back().get();
  scope->parent = parent;
  scope->body = body;
  scope->module = parent ? parent->module : nullptr;
  return scope;
}

}  // namespace stria
