// Experiments as members: sweeps nest in order of text, the first slowest (exp.3); each member is one data,
// model and protocol, named by its labels (exp.4).
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "compiler/sema/compile.h"
#include "compiler/sema/dataset.h"

namespace stria {

constexpr size_t most_members = 10'000;  // of one spec; each is a training of its own

namespace {

std::string member_text(const std::string& label) {
  std::string text;
  for (const char c : label) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
    text += plain ? std::string(1, c) : fmt::format("%{:02x}", static_cast<unsigned char>(c));
  }
  return text;
}

}  // namespace

std::optional<Compiler::Resolved> Compiler::resolve(const Recipe& recipe_in) {
  Resolved resolved{recipe_in, recipe_in.name(), recipe_in.entity().name.range};
  for (int depth = 0; depth < 50; ++depth) {
    const auto& entity = resolved.recipe.entity();
    if (!entity.value) return resolved;
    Scope* formals = elaborator_->bind_formals(resolved.recipe, false);
    const Value value = elaborator_->evaluate(entity.value, *formals);
    const auto* inner = value.object<Recipe>();
    if (!inner || inner->kind != Recipe::Kind::entity || inner->entity().kind != entity.kind) {
      if (!value.is_unknown())
        elaborator_
            ->report(Kind::wrong_kind, entity.value->range,
                     fmt::format("`{}` is declared as a {}, this is {}", entity.name.text,
                                 ast::word(entity.kind), describe(value)))
            .mark("another kind");
      return std::nullopt;
    }
    Recipe next = *inner;
    // Changes made outside come after those made inside, and win.
    next.amendments.insert(next.amendments.end(), resolved.recipe.amendments.begin(),
                           resolved.recipe.amendments.end());
    resolved.recipe = next;
  }
  return std::nullopt;
}

Body* Compiler::open_body(const Resolved& entity) {
  Scope* formals = elaborator_->bind_formals(entity.recipe, false);
  Body* body = elaborator_->new_body(*entity.recipe.item, formals);
  elaborator_->apply_amendments(*body, entity.recipe);
  return body;
}

void Elaborator::apply_amendments(Body& body, const Recipe& recipe) {
  for (const auto& change : recipe.amendments) {
    const std::string& name = change.path.front().text;
    Entry* entry = body.scope->find_here(name);
    if (!entry || (entry->item && std::holds_alternative<ast::InputDecl>(entry->item->node))) {
      std::vector<std::string> names;
      for (const auto& [known, item] : body.scope->entries) names.push_back(known);
      auto& message = report(Kind::override_without_effect, change.path.front().range,
                             fmt::format("`{}` has no item `{}` to change", body.entity->name.text, name));
      message.mark("nothing of that name").also(body.entity->name.range, "declared here");
      if (const auto close = nearest(name, names))
        message.fix(fmt::format("did you mean `{}`?", *close), {{change.path.front().range, *close}});
      continue;
    }
    if (change.used) *change.used = true;
    entry->changes.push_back(change);
  }
}

// The value of an item after `with` and `--set`.
Value Elaborator::changed(Value value, const std::vector<Amendment>& changes) {
  for (const auto& change : changes) value = with_change(std::move(value), change, 1);
  return value;
}

Value Elaborator::with_change(Value value, const Amendment& change, size_t depth) {
  if (depth == change.path.size()) return amended_value(change, nullptr, root_, "");
  if (value.is_unknown()) return value;
  const std::string& name = change.path[depth].text;
  const auto refuse = [&](const std::string& why, const std::vector<std::string>& names) -> Value {
    auto& message = report(Kind::override_without_effect, change.path[depth].range,
                           fmt::format("there is no `{}` to change", name));
    message.mark(why);
    if (const auto close = nearest(name, names))
      message.fix(fmt::format("did you mean `{}`?", *close), {{change.path[depth].range, *close}});
    return {};
  };
  const auto* recipe = value.object<Recipe>();
  if (!recipe || recipe->kind != Recipe::Kind::entity)
    return refuse(fmt::format("{} has no arguments", describe(value)), {});
  auto altered = std::make_shared<Recipe>(*recipe);
  altered->called = true;
  std::vector<std::string> names;
  for (const auto& formal : recipe->entity().formals) {
    names.push_back(formal.name.text);
    if (formal.name.text != name) continue;
    Value next;
    if (depth + 1 == change.path.size()) {
      next = amended_value(change, formal.type.get(), *recipe->home, "`" + name + "`");
      if (formal.within && !next.is_unknown())
        check_bound(next, *formal.within, *recipe->home, "`" + name + "`", change.range);
    } else {
      Scope* formals = bind_formals(*recipe, false);
      next = with_change(value_of(formals->entries[name], name), change, depth + 1);
    }
    if (next.is_unknown()) return {};
    bool replaced = false;
    for (auto& [argument, old] : altered->arguments)
      if (argument == name) {
        old = next;
        replaced = true;
      }
    if (!replaced) altered->arguments.emplace_back(name, next);
    std::string arguments;
    for (const auto& [argument, given] : altered->arguments)
      arguments += (arguments.empty() ? "" : ", ") + argument + " = " + stria::text(given);
    altered->text = altered->name() + "(" + arguments + ")";
    return Value{std::shared_ptr<const Recipe>(altered), value.origin};
  }
  return refuse(fmt::format("`{}` has no argument of that name", recipe->name()), names);
}

void Compiler::members_of(const Resolved& experiment, DataHost* host, Experiment& out) {
  std::vector<const ast::SweepDecl*> sweeps;
  for (const auto& item : experiment.recipe.entity().items)
    if (const auto* sweep = std::get_if<ast::SweepDecl>(&item->node)) sweeps.push_back(sweep);
  std::vector<Swept> chosen;
  sweep(experiment, sweeps, chosen, host, out);
}

Body* Compiler::member_body(const Resolved& experiment, const std::vector<Swept>& chosen, DataHost* host) {
  Body* body = open_body(experiment);
  for (const auto& one : chosen)
    for (const auto& [name, value] : one.values) body->scope->entries[name] = bound_entry(value, {});
  elaborator_->dataset_member = [this, host](const Recipe& recipe, const std::string& member) -> Value {
    const auto data = dataset_of(recipe, host);
    if (!data || !data->linked()) return {};
    return Value{List{member == "units" ? data->unit_values() : data->stimulus_values()}, {}};
  };
  return body;
}

void Compiler::sweep(const Resolved& experiment, const std::vector<const ast::SweepDecl*>& sweeps,
                     std::vector<Swept>& chosen, DataHost* host, Experiment& out) {
  if (chosen.size() == sweeps.size()) return add_member(experiment, chosen, host, out);
  const auto& declaration = *sweeps[chosen.size()];
  Body* body = member_body(experiment, chosen, host);
  const std::string axis = declaration.binding.names.front().text;
  Entry* entry = body->scope->find_here(axis);
  Value domain;
  if (entry && !entry->changes.empty() && entry->changes.back().path.size() == 1) {
    domain = elaborator_->amended_value(entry->changes.back(), nullptr, *body->scope, "");
    if (!domain.get<List>() && !domain.get<Record>() && !domain.is_unknown())
      domain = Value{List{{domain}}, domain.origin};
  } else {
    domain = elaborator_->evaluate(declaration.domain, *body->scope);
  }
  const auto values = elaborator_->elements(domain, declaration.domain->range);
  if (!values) {
    Swept open{axis, "?", {}};
    for (const auto& name : declaration.binding.names) open.values.emplace_back(name.text, Value{});
    chosen.push_back(open);
    if (!host) sweep(experiment, sweeps, chosen, host, out);
    chosen.pop_back();
    return;
  }
  if (values->empty())
    elaborator_
        ->report(Kind::bad_data, declaration.domain->range,
                 "this sweep has no values, so the experiment has no members")
        .mark("an empty list");
  for (size_t i = 0; i < values->size(); ++i) {
    if (std::max(outline_.size(), out.members.size()) >= most_members) {
      if (!diagnostics_.has_errors())
        elaborator_
            ->report(Kind::too_much, declaration.domain->range,
                     fmt::format("these sweeps make over {} members", most_members))
            .mark("too many")
            .fix("sweep over fewer values, or leave combinations out with `if`");
      return;
    }
    Swept one{axis, label_of((*values)[i], i, domain), {}};
    if (declaration.binding.is_tuple) {
      const auto parts = elaborator_->elements((*values)[i], declaration.domain->range);
      if (!parts || parts->size() != declaration.binding.names.size()) return;
      for (size_t k = 0; k < parts->size(); ++k)
        one.values.emplace_back(declaration.binding.names[k].text, (*parts)[k]);
    } else {
      one.values.emplace_back(axis, (*values)[i]);
    }
    chosen.push_back(one);
    bool keep = true;
    if (declaration.condition) {
      Body* with = member_body(experiment, chosen, host);
      keep = elaborator_->condition(*declaration.condition, *with->scope, "`if` of a sweep").value_or(!host);
    }
    if (keep) sweep(experiment, sweeps, chosen, host, out);
    chosen.pop_back();
  }
}

std::string Compiler::label_of(const Value& value, size_t place, const Value& domain) {
  if (const auto* record = domain.get<Record>(); record && place < record->fields.size())
    return record->fields[place].name;
  if (const auto* words = value.get<Text>()) return words->text;
  if (const auto* path = value.get<Path>()) return std::filesystem::path(path->path).stem().string();
  return text(value);
}

void Compiler::add_member(const Resolved& experiment, const std::vector<Swept>& chosen, DataHost* host,
                          Experiment& out) {
  Elaborator& e = *elaborator_;
  const size_t errors = diagnostics_.n_errors();
  Body* body = member_body(experiment, chosen, host);
  const auto setting = [&](const std::string& name) -> Value {
    Entry* entry = body->scope->find_here(name);
    if (entry) return e.value_of(*entry, name);
    e.report(Kind::missing_item, experiment.range,
             fmt::format("the experiment `{}` has no `{}`", experiment.name, name))
        .mark("incomplete")
        .fix(fmt::format("`{} = ...`", name));
    return {};
  };
  const auto recipe_of = [&](const std::string& name, const Value& value,
                             ast::EntityKind kind) -> const Recipe* {
    const auto* recipe = value.object<Recipe>();
    const bool fits = recipe && recipe->kind == Recipe::Kind::entity && recipe->entity().kind == kind;
    if (fits || value.is_unknown()) return fits ? recipe : nullptr;
    const Entry* entry = body->scope->find_here(name);
    const Range where = value.origin.known() ? value.origin : entry ? entry->declared : experiment.range;
    e.report(Kind::wrong_kind, where,
             fmt::format("`{}` of an experiment is a {}, this is {}", name, ast::word(kind), describe(value)))
        .mark(fmt::format("expected a {}", ast::word(kind)));
    return nullptr;
  };
  const Value data_value = setting("data"), model_value = setting("model"),
              protocol_value = setting("protocol");
  const auto* data = recipe_of("data", data_value, ast::EntityKind::dataset);
  const auto* model = recipe_of("model", model_value, ast::EntityKind::model);
  const auto* protocol = recipe_of("protocol", protocol_value, ast::EntityKind::protocol);
  e.ports["runs"] = Value{};
  e.run_items(*body);
  e.ports.erase("runs");
  if (!data || !model || !protocol) return;
  for (const auto* recipe : {data, model, protocol})
    if (!recipe->called)
      for (const auto& formal : recipe->entity().formals)
        if (!formal.default_value) {
          e.report(Kind::missing_argument, experiment.range,
                   fmt::format("`{}` needs `{}`", recipe->name(), formal.name.text))
              .mark("in this experiment")
              .also(formal.range, "declared here, without a default");
          return;
        }
  const auto dataset = dataset_of(*data, host);
  if (!dataset) return;
  const auto rules = protocol_of(*protocol);
  check_member_model(model_value, protocol_value, dataset, experiment.range);
  if (rules && !host) {
    std::string label = model->name();
    for (const auto& one : chosen)
      if (one.axis == "model") label = one.label;
    const auto data_program = resolve(*data);
    outline_.push_back(
        {label, std::make_shared<const Recipe>(*model), std::make_shared<const Recipe>(*protocol), *rules,
         data_program->recipe.text,
         e.arguments_of(data_program->recipe, *e.bind_formals(data_program->recipe, false), ""),
         dataset->declared_bands(), dataset->step_if_known()});
  }
  if (!rules || !host || diagnostics_.n_errors() > errors || !dataset->linked()) return;

  Member member;
  member.data = dataset;
  member.protocol = *rules;
  member.model_label = model->name();
  std::string name;
  for (const auto& one : chosen) {
    member.sweep.emplace_back(one.axis, one.label);
    name += (name.empty() ? "" : ".") + member_text(one.label);
    if (one.axis == "model") member.model_label = one.label;
  }
  member.name = name.empty() ? experiment.name : name;
  for (const auto& other : out.members)
    if (other.name == member.name) {
      e.report(Kind::members_alike, experiment.range, fmt::format("two members are called `{}`", member.name))
          .mark("members need names of their own")
          .fix("give the swept values labels: `{a = ..., b = ...}`");
      return;
    }
  if (Entry* entry = body->scope->find_here("units")) {
    const auto units = e.elements(e.value_of(*entry, "units"), entry->declared);
    for (const auto& unit : units.value_or(std::vector<Value>{})) {
      const auto place = dataset->find_unit(unit);
      if (place)
        member.units.push_back(*place);
      else
        e.report(Kind::bad_data, entry->declared,
                 fmt::format("`{}` is not a unit of {}", text(unit), dataset->name()))
            .mark("not found among the units");
    }
  } else {
    for (size_t i = 0; i < dataset->n_units(); ++i) member.units.push_back(i);
  }
  auto model_recipe = std::make_shared<const Recipe>(*model);
  auto protocol_recipe = std::make_shared<const Recipe>(*protocol);
  member.specialise = [this, model_recipe, protocol_recipe, dataset, label = member.model_label](
                          int64_t n_bands, int64_t n_units) -> std::shared_ptr<const ModelProgram> {
    return build(*model_recipe, protocol_recipe.get(), n_bands, n_units, dataset->step());
  };
  out.members.push_back(std::move(member));
}

std::shared_ptr<LinkedDataset> Compiler::dataset_of(const Recipe& recipe, DataHost* host) {
  const auto resolved = resolve(recipe);
  if (!resolved) return nullptr;
  const std::string key = (host ? "linked " : "checked ") + resolved->recipe.text;
  auto& known = datasets_[key];
  if (!known)
    known = std::make_shared<LinkedDataset>(*elaborator_, *open_body(*resolved), resolved->recipe.text,
                                            recipe.origin, host);
  return known;
}

// As far as the text tells: F where it is promised, N open.
void Compiler::check_member_model(const Value& model, const Value& protocol,
                                  const std::shared_ptr<LinkedDataset>& data, Range range) {
  const std::string key = text(model) + " | " + text(protocol) + " | " + data->text();
  if (!checked_.insert(key).second) return;
  Elaborator& e = *elaborator_;
  e.dt = data->step_if_known();
  e.session = {};
  check_model(*model.object<Recipe>(), *protocol.object<Recipe>(), data->declared_bands(), std::nullopt,
              range);
  e.dt.reset();
}

}  // namespace stria
