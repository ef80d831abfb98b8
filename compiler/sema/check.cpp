// Checking a file without running it: what belongs where, and each body alone with open sizes (dims.2).
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/elaborator.h"
#include "compiler/sema/item_table.h"
#include "compiler/sema/walk.h"
#include "compiler/sema/words.h"

namespace stria {

namespace {

// The words that a message about the whole item marks.
Range heading(const ast::Item& item) {
  if (const auto* block = std::get_if<ast::Block>(&item.node)) return block->kind.range;
  if (const auto* update = std::get_if<ast::UpdateDecl>(&item.node))
    return {item.range.file, item.range.begin, update->state.range.end};
  if (const auto* output = std::get_if<ast::OutputDecl>(&item.node); output && !output->name)
    return {item.range.file, item.range.begin,
            item.range.begin + static_cast<uint32_t>(std::string_view("output").size())};
  const auto names = declared_names(item);
  return names.empty() || !names.front().range.known()
             ? item.range
             : Range{item.range.file, item.range.begin, names.front().range.end};
}

}  // namespace

// Items that this kind of body does not have, and settings that nobody reads. States and updates outside a
// cell are one mistake, however many there are.
void Elaborator::check_items(const ast::Entity& entity) {
  bool states_reported = false;
  for (const auto& item : entity.items) {
    const bool state = std::holds_alternative<ast::StateDecl>(item->node) ||
                       std::holds_alternative<ast::UpdateDecl>(item->node);
    if (state && states_reported) {
      misplaced_.insert(item.get());
      continue;
    }
    if (check_misplaced(entity, *item)) {
      states_reported = states_reported || state;
      continue;
    }
    if (const auto* setting = std::get_if<ast::Setting>(&item->node)) check_setting(entity, *setting);
    if (const auto* let = std::get_if<ast::LetDecl>(&item->node)) check_let(entity, *item, *let);
  }
}

// `let data = ...` would name a value of its own beside the setting `data`, and be read for it by nobody.
void Elaborator::check_let(const ast::Entity& entity, const ast::Item& item, const ast::LetDecl& let) {
  const auto& known = settings_of(entity.kind);
  for (const auto& name : let.binding.names) {
    if (std::find(known.begin(), known.end(), name.text) == known.end()) continue;
    misplaced_.insert(&item);
    const Range word{item.range.file, item.range.begin, let.binding.range.begin};
    report(Kind::misplaced_item, heading(item),
           fmt::format("`{}` is a setting of {}, and is given without `let`", name.text,
                       with_article(ast::word(entity.kind))))
        .mark("names a value of your own")
        .fix(fmt::format("`{} = ...`", name.text), {{word, ""}});
  }
}

bool Elaborator::check_misplaced(const ast::Entity& entity, const ast::Item& item) {
  const ItemRule* rule = rule_of(item);
  if (!rule || std::find(rule->allowed.begin(), rule->allowed.end(), entity.kind) != rule->allowed.end())
    return false;
  misplaced_.insert(&item);
  if (rule->allowed.empty()) {
    auto& message =
        report(Kind::unknown_setting, heading(item), fmt::format("no block is called `{}`", rule->word));
    message.mark("unknown").note(rule->purpose);
    if (const auto close = nearest(rule->word, {"plan", "report", "figure"}))
      message.fix(fmt::format("did you mean `{}`?", *close), {{heading(item), *close}});
    return true;
  }
  std::vector<std::string> places;
  for (const auto kind : rule->allowed) places.emplace_back(ast::word(kind));
  const auto* setting = std::get_if<ast::Setting>(&item.node);
  const std::string word = setting ? setting->path.front().text + " = ..." : rule->word;
  auto& message =
      report(Kind::misplaced_item, heading(item),
             fmt::format("`{}` does not belong in {}", word, with_article(ast::word(entity.kind))));
  message.mark("allowed in: " + listed(places)).note(rule->purpose);
  if (setting) message.fix(fmt::format("`let {} = ...`", setting->path.front().text));
  if (rule->word == "state" && entity.kind == ast::EntityKind::layer)
    message.fix(fmt::format("`cell {}`, if it has a memory", entity.name.text));
  return true;
}

void Elaborator::check_setting(const ast::Entity& entity, const ast::Setting& setting) {
  const auto& known = settings_of(entity.kind);
  const std::string& name = setting.path.front().text;
  if (!known.empty() && setting.path.size() > 1) {
    const std::string& inner = setting.path[1].text;
    report(Kind::unknown_setting, join(setting.path.front().range, setting.path.back().range),
           fmt::format("a body gives `{}` a whole value; its `{}` cannot be set from outside", name, inner))
        .mark("a part of another value")
        .fix(fmt::format("`{} = ...({} = ...)`, where it is made", name, inner))
        .fix(fmt::format("`{}.{}` may stand in a `with {{ ... }}` behind the name of the {}", name, inner,
                         ast::word(entity.kind)));
    return;
  }
  if (known.empty() || std::find(known.begin(), known.end(), name) != known.end()) return;
  auto& message = report(Kind::unknown_setting, setting.path.front().range,
                         fmt::format("{} has no setting `{}`", with_article(ast::word(entity.kind)), name));
  message.mark("unknown").note("its settings are: " + listed(known));
  if (const auto close = nearest(name, known))
    message.fix(fmt::format("did you mean `{}`?", *close), {{setting.path.front().range, *close}});
  else
    message.fix(fmt::format("`let {} = ...` names a value of your own", name));
}

// A setting whose nearest known name is `wanted`: that it is missing needs no message of its own.
bool Elaborator::is_misspelt(const ast::Entity& entity, const std::string& wanted) {
  const auto& known = settings_of(entity.kind);
  for (const auto& item : entity.items) {
    const auto* setting = std::get_if<ast::Setting>(&item->node);
    if (!setting) continue;
    const std::string& name = setting->path.front().text;
    const bool unknown = std::find(known.begin(), known.end(), name) == known.end();
    if (unknown && nearest(name, known) == wanted) return true;
  }
  return false;
}

void Elaborator::check_updates(const ast::Entity& entity) {
  std::map<std::string, std::pair<const ast::Item*, int>> states;
  for (const auto& item : entity.items)
    if (const auto* state = std::get_if<ast::StateDecl>(&item->node))
      states[state->name.text] = {item.get(), 0};
  for (const auto& item : entity.items) {
    const auto* update = std::get_if<ast::UpdateDecl>(&item->node);
    if (!update) continue;
    const auto state = states.find(update->state.text);
    if (state == states.end()) {
      std::vector<std::string> names;
      for (const auto& [name, counted] : states) names.push_back(name);
      auto& message = report(Kind::next_of_no_state, update->state.range,
                             fmt::format("`{}` is not a state of this cell", update->state.text));
      message.mark("an update needs a `state`")
          .note(names.empty() ? "this cell has no states" : "its states are: " + listed(names));
      if (const auto close = nearest(update->state.text, names))
        message.fix(fmt::format("did you mean `{}`?", *close), {{update->state.range, *close}});
      else
        message.fix(fmt::format("declare it: `state {}: [H] = 0`", update->state.text));
    } else if (state->second.second++ == 1) {
      report(Kind::state_updates, heading(*item),
             fmt::format("the state `{}` has two updates", update->state.text))
          .mark("the second")
          .also(state->second.first->range, "the state");
    }
  }
  for (const auto& [name, counted] : states)
    if (counted.second == 0)
      report(Kind::state_updates, heading(*counted.first), fmt::format("the state `{}` has no update", name))
          .mark("never changes")
          .fix(fmt::format("`next {} = ...`, or a `param` if it is to stay as it is", name));
}

// The graph of definitions has no circle: no body needs itself, by whatever way.
bool Elaborator::needs_itself(const ast::Item& item, Scope& home, Visited* visited) {
  std::vector<std::pair<const ast::Item*, Scope*>> open{{&item, &home}};
  std::set<const ast::Item*> seen;
  while (!open.empty()) {
    const auto [at, scope] = open.back();
    open.pop_back();
    if (visited) visited->push_back({at, scope});
    std::set<std::string> own;
    const auto visit = [&, scope = scope](const ast::Expr& part) {
      for_each_expression(part, [&](const ast::Expr& expression) {
        const auto* reference = std::get_if<ast::NameRef>(&expression.node);
        if (!reference || own.contains(reference->name)) return;
        Entry* entry = scope->find_here(reference->name);
        if (!entry || !entry->item || !entry->scope) return;
        const bool definition = std::holds_alternative<ast::Entity>(entry->item->node) ||
                                std::holds_alternative<ast::FnDecl>(entry->item->node);
        if (definition && (entry->item == &item || seen.insert(entry->item).second))
          open.emplace_back(entry->item, entry->scope);
      });
    };
    if (at == &item && seen.contains(&item)) return true;
    seen.insert(at == &item ? nullptr : at);
    if (const auto* entity = std::get_if<ast::Entity>(&at->node)) {
      for (const auto& formal : entity->formals) own.insert(formal.name.text);
      for (const auto& part : entity->items)
        for (const auto& name : declared_names(*part)) own.insert(name.text);
      for (const auto& part : entity->items) for_each_part(*part, visit);
    }
    if (const auto* fn = std::get_if<ast::FnDecl>(&at->node))
      for (const auto& formal : fn->formals) own.insert(formal.name.text);
    for_each_part(*at, visit);
    if (at == &item) {
      // A second arrival at the start closes a circle.
      bool again = false;
      for (const auto& [next, where] : open) again = again || next == &item;
      if (again) return true;
    } else {
      for (const auto& [next, where] : open)
        if (next == &item) return true;
    }
  }
  return false;
}

// One message a circle, on the first definition of it in the text.
void Elaborator::check_definition(const ast::Item& item, Scope& home) {
  if (std::holds_alternative<ast::TypeDecl>(item.node)) {
    check_type_circle(item, home);
    if (!circular_.contains(&item)) check_type(item, home);
    return;
  }
  const auto* fn = std::get_if<ast::FnDecl>(&item.node);
  const auto* entity = std::get_if<ast::Entity>(&item.node);
  if (!fn && !entity) return;
  const size_t errors = diagnostics_.n_reported();
  check_formals(fn ? fn->formals : entity->formals);
  if (entity) {
    Scope names;
    declare_items(entity->items, names, diagnostics_);
  }
  if (diagnostics_.n_reported() > errors) ambiguous_.insert(&item);
  Visited visited;
  if (circular_.contains(&item) || !needs_itself(item, home, &visited)) return;
  const ast::Name& name = fn ? fn->name : entity->name;
  auto& message =
      report(Kind::definition_cycle, name.range, fmt::format("`{}` is defined by itself", name.text));
  message.mark("needs itself, at once or by way of others")
      .fix(fn ? "a function may not call itself: write out what repeats, or use a `for`"
              : "take the part that differs as a formal of type `layer`");
  for (const auto& [other, scope] : visited) {
    if (circular_.contains(other) || !needs_itself(*other, *scope)) continue;
    circular_.insert(other);
    const auto* function = std::get_if<ast::FnDecl>(&other->node);
    if (function) circular_bodies_.insert(function->value.get());
    if (other != &item) message.also(declared_names(*other).front().range, "by way of this");
  }
}

void Elaborator::check_generic(const ast::Item& item, Scope& home) {
  if (circular_.contains(&item)) return;
  begin_work();
  if (const auto* fn = std::get_if<ast::FnDecl>(&item.node)) {
    Entry* entry = home.find_here(fn->name.text);
    if (!entry || entry->item != &item) return;
    const Value value = value_of(*entry, fn->name.text);
    const auto* function = value.object<Function>();
    if (!function || function->kind != Function::Kind::user) return;
    // Where it will be called is open: it may start a parameter, or stand in a loss.
    const auto before = ports;
    for (const char* port : {"rate", "response", "fan_in", "fan_out"}) ports.emplace(port, Value{});
    for (const char* part : {"train", "valid", "test"})
      ports.emplace(part, Value{std::make_shared<const Symbol>(Symbol{part}), {}});
    CurrentParameter anywhere;
    parameter_ = &anywhere;
    Scope* formals = scope_of_call(*function, {});
    for (size_t i = 0; i < fn->formals.size(); ++i) check_default(fn->formals, i, *formals, home);
    call_user(*function, {}, fn->name.range);
    parameter_ = nullptr;
    ports = before;
    return;
  }
  if (const auto* let = std::get_if<ast::LetDecl>(&item.node)) {
    for (const auto& name : let->binding.names)
      if (Entry* entry = home.find_here(name.text); entry && entry->item == &item)
        value_of(*entry, name.text);
    return;
  }
  if (const auto* unit = std::get_if<ast::UnitDecl>(&item.node)) {
    if (Entry* entry = home.find_here(unit->name.text); entry && entry->item == &item)
      unit_declaration(*entry, unit->name.text);
    return;
  }
  if (const auto* entity = std::get_if<ast::Entity>(&item.node)) check_entity(item, *entity, home);
}

void Elaborator::check_entity(const ast::Item& item, const ast::Entity& entity, Scope& home) {
  check_items(entity);
  if (entity.kind == ast::EntityKind::cell) check_updates(entity);
  Recipe recipe;
  recipe.item = &item;
  recipe.home = &home;
  recipe.called = true;
  Scope* formals = bind_formals(recipe, true);
  for (size_t i = 0; i < entity.formals.size(); ++i) check_default(entity.formals, i, *formals, home);
  if (entity.value) {
    check_alias(entity, *formals);
    return;
  }
  switch (entity.kind) {
    case ast::EntityKind::layer:
    case ast::EntityKind::cell:
    case ast::EntityKind::model:
      check_applied(item, entity, formals);
      break;
    case ast::EntityKind::dataset:
      check_dataset(item, formals);
      break;
    case ast::EntityKind::protocol:
    case ast::EntityKind::analysis:
      check_settings(item, formals);
      break;
    case ast::EntityKind::experiment:
      check_sweeps(entity);
      break;  // the rest is checked by linking it
  }
}

void Elaborator::check_alias(const ast::Entity& entity, Scope& formals) {
  const Value value = evaluate(entity.value, formals);
  if (value.is_unknown()) return;
  const auto* recipe = value.object<Recipe>();
  const bool applied = entity.kind == ast::EntityKind::layer || entity.kind == ast::EntityKind::model ||
                       entity.kind == ast::EntityKind::cell;
  const bool fits = recipe && (recipe->kind != Recipe::Kind::entity
                                   ? entity.kind == ast::EntityKind::layer
                                   : recipe->entity().kind == entity.kind ||
                                         (applied && entity.kind == ast::EntityKind::layer &&
                                          recipe->entity().kind == ast::EntityKind::cell));
  if (!fits)
    report(Kind::wrong_kind, entity.value->range,
           fmt::format("`{}` is declared as {}, this is {}", entity.name.text,
                       with_article(ast::word(entity.kind)), describe(value)))
        .mark("another kind");
}

// par.9: several outputs make a record, so all but one need a name.
void Elaborator::check_outputs(const ast::Entity& entity) {
  const ast::Item* unnamed = nullptr;
  for (const auto& item : entity.items) {
    const auto* output = std::get_if<ast::OutputDecl>(&item->node);
    if (!output || output->name) continue;
    if (unnamed)
      report(Kind::name_taken, heading(*item),
             fmt::format("two outputs of `{}` have no name", entity.name.text))
          .mark("the second")
          .also(heading(*unnamed), "the first")
          .fix("name them: `output rate = ...`");
    unnamed = item.get();
  }
}

// A layer, cell or model with open sizes.
void Elaborator::check_applied(const ast::Item& item, const ast::Entity& entity, Scope* formals) {
  const bool has_output = std::any_of(entity.items.begin(), entity.items.end(), [](const ast::ItemPtr& part) {
    return std::holds_alternative<ast::OutputDecl>(part->node);
  });
  const bool has_input = std::any_of(entity.items.begin(), entity.items.end(), [](const ast::ItemPtr& part) {
    return std::holds_alternative<ast::InputDecl>(part->node);
  });
  for (const auto& [there, word, form] :
       {std::tuple{has_input, "input", "`input x: stream [F]`"}, {has_output, "output", "`output y`"}})
    if (!there)
      report(Kind::missing_item, entity.name.range,
             fmt::format("the {} `{}` has no `{}`", ast::word(entity.kind), entity.name.text, word))
          .mark("cannot be applied")
          .fix(form);
  check_outputs(entity);
  if (!has_input) return;  // the dims of the rest come from there
  Body* body = new_body(item, formals);
  paths_.push_back(std::make_unique<PathScope>());
  body->path = paths_.back().get();
  PathScope* const path_before = path_;
  path_ = body->path;
  count_applications(*body);
  made_parameters_.clear();
  for (const auto& part : entity.items)
    if (const auto* input = std::get_if<ast::InputDecl>(&part->node)) {
      if (!check_no_time(*input, *body->scope)) circular_.insert(&item);  // what applies it stays silent
      open_input(*body, *input);
    }
  ScanInProgress scan;
  if (entity.kind == ast::EntityKind::cell) {
    scan_ = &scan;
    declare_states(*body);
  }
  run_items(*body);
  for (auto& slot : body->states) next_of(*body, slot);
  outputs(*body, entity.name.range);
  scan_ = nullptr;
  path_ = path_before;
}

// `stream [F, T]`: time is what a stream runs along, and no dim of its frames.
bool Elaborator::check_no_time(const ast::InputDecl& input, Scope& scope) {
  const auto meaning = meant(*input.type, scope);
  if (!meaning) return true;
  const ast::TypeExpr& type = *meaning->type;
  if (type.kind != ast::TypeExpr::Kind::stream || !type.shape) return true;
  for (const auto& item : *type.shape) {
    const auto* reference = item.value ? std::get_if<ast::NameRef>(&item.value->node) : nullptr;
    if (!reference || reference->name != "T") continue;
    auto& message =
        report(Kind::unknown_dim, item.range, "a stream is a frame for each bin: time is not among its dims");
    message.mark("time is there already").fix("`stream [F]`; the last K bins are `history(x, K)`");
    if (!(type.range == input.type->range)) message.also(input.type->range, "the input is one");
    return false;
  }
  return true;
}

void Elaborator::open_input(Body& body, const ast::InputDecl& input) {
  const auto meaning = meant(*input.type, *body.scope);
  if (!meaning) {
    body.scope->entries[input.name.text] = bound_entry({}, input.name.range);
    return;
  }
  const auto& type = *meaning->type;
  Scope& scope = *meaning->scope;
  Tensor tensor;
  tensor.has_batch = true;
  tensor.has_time = !body.is_cell();
  tensor.is_stream = type.kind == ast::TypeExpr::Kind::stream && !body.is_cell();
  if (type.kind != ast::TypeExpr::Kind::stream && type.kind != ast::TypeExpr::Kind::tensor) {
    auto& message =
        report(Kind::wrong_kind, input.type->range, "an input is a frame `[F]` or a `stream [F]`");
    message.mark("neither").fix(fmt::format("`input {}: [I]`", input.name.text));
    if (!(type.range == input.type->range)) message.also(type.range, "it stands for this");
    body.scope->entries[input.name.text] = bound_entry({}, input.name.range);
    return;
  }
  if (!type.unit.empty()) {
    const auto unit = unit_of(type.unit, scope);
    if (unit) tensor.unit = unit->dimension;
  }
  bool open = false;
  for (const auto& item : type.shape ? *type.shape : std::vector<ast::DimItem>{}) {
    if (item.kind == ast::DimItem::Kind::splice) {
      open = true;
      if (item.name) body.scope->entries[item.name->text] = bound_entry({}, item.range);
      continue;
    }
    const auto* reference = item.value ? std::get_if<ast::NameRef>(&item.value->node) : nullptr;
    const bool sized = item.kind == ast::DimItem::Kind::sized;
    const std::string name = sized ? item.name->text : reference ? reference->name : "";
    Entry* entry = name.empty() || sized ? nullptr : look_up(name, scope);
    const bool known =
        !sized && (name.empty() || (entry && (entry->kind != Entry::Kind::item ||
                                              std::holds_alternative<ast::LetDecl>(entry->item->node))));
    DimRef dim;
    if (known || body.dims.contains(name))
      dim =
          body.dims.contains(name) && !scope.is_of_alias(name) ? body.dims[name] : dim_of(*item.value, scope);
    else if (const DimRef units = units_dim(body, name))
      dim = body.dims[name] = units;
    else
      dim = body.dims[name] = std::make_shared<const DimInfo>(DimInfo{name, std::nullopt, item.range});
    if (dim)
      tensor.dims.push_back(dim);
    else
      open = true;
  }
  body.scope->entries[input.name.text] =
      bound_entry(open ? Value{} : make(std::move(tensor), input.name.range), input.name.range);
}

void Elaborator::check_settings(const ast::Item& item, Scope* formals) {
  Body* body = new_body(item, formals);
  const auto before = ports;
  for (const char* port : {"rate", "response", "trials", "stimulus", "runs", "unit", "lag", "x"})
    ports.emplace(port, Value{});
  for (const char* part : {"train", "valid", "test"})
    ports.emplace(part, Value{std::make_shared<const Symbol>(Symbol{part}), {}});
  if (body->entity->kind == ast::EntityKind::analysis)
    for (const char* port : {"seed", "core", "front", "model", "value"}) ports.emplace(port, Value{});
  run_items(*body);
  ports = before;
}

}  // namespace stria
