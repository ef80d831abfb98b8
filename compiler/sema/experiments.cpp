// Experiments as members: sweeps nest in order of text, the first slowest (exp.3); each member is one data,
// model and protocol, named by its labels (exp.4).
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "compiler/sema/compile.h"
#include "compiler/sema/dataset.h"
#include "compiler/sema/words.h"

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

// "its 8 units are: 1, 2, 3, ..."
std::string units_note(const std::vector<Value>& units) {
  std::vector<std::string> names;
  for (const auto& unit : units)
    if (names.size() < 5) names.push_back(text(unit));
  return fmt::format("its {}: {}{}",
                     units.size() == 1 ? "only unit is" : fmt::format("{} units are", units.size()),
                     listed(names), units.size() > names.size() ? ", ..." : "");
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
                     fmt::format("`{}` is declared as {}, this is {}", entity.name.text,
                                 with_article(ast::word(entity.kind)), describe(value)))
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
                             fmt::format("`{}` has no `{}` to change", body.entity->name.text, name));
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
      const Range place = next.origin.known() ? next.origin : change.range;
      if (formal.within && !next.is_unknown() &&
          !check_bound(next, *formal.within, *recipe->home, "`" + name + "`", place))
        return {};
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
  std::set<std::string> labels;
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
    if (!labels.insert(one.label).second) {
      const Range own = (*values)[i].origin;
      elaborator_
          ->report(Kind::members_alike, own.known() ? own : declaration.domain->range,
                   fmt::format("the sweep over `{}` has the value `{}` twice", axis, one.label))
          .mark("members need names of their own")
          .fix("give the swept values labels: `{a = ..., b = ...}`");
      return;
    }
    if (declaration.binding.is_tuple) {
      const auto parts = elaborator_->elements((*values)[i], declaration.domain->range);
      if (!parts) return;
      if (parts->size() != declaration.binding.names.size()) {
        const Range own = (*values)[i].origin;
        elaborator_
            ->report(Kind::wrong_kind, own.known() ? own : declaration.domain->range,
                     fmt::format("the sweep gives {} to {}", counted(parts->size(), "value"),
                                 counted(declaration.binding.names.size(), "name")))
            .mark("one value a name")
            .also(declaration.binding.range, "the names");
        return;
      }
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

void Compiler::report_missing_settings(const Resolved& experiment, Body& body) {
  std::vector<std::string> missing;
  for (const char* name : {"data", "model", "protocol"})
    if (!body.scope->find_here(name) && !Elaborator::is_misspelt(*body.entity, name))
      missing.emplace_back(name);
  if (missing.empty()) return;
  std::vector<std::string> quoted, forms;
  for (const auto& name : missing) {
    quoted.push_back(fmt::format("`{}`", name));
    forms.push_back(name + " = ...");
  }
  elaborator_
      ->report(Kind::missing_item, experiment.range,
               fmt::format("the experiment `{}` has no {}", experiment.name, listed(quoted)))
      .mark("incomplete")
      .fix(fmt::format("`{}`", listed(forms, "  ")));
}

// The recipe that a setting gives; nothing where it is of another kind or lacks an argument, which is
// reported.
const Recipe* Compiler::recipe_of_setting(const Resolved& experiment, Body& body, const std::string& name,
                                          const Value& value, ast::EntityKind kind) {
  const auto* recipe = value.object<Recipe>();
  if (value.is_unknown()) return nullptr;
  const bool own = value.origin.known() && !value.origin.file->in_standard_library;
  const Entry* entry = body.scope->find_here(name);
  const Range where = own ? value.origin : entry ? setting_range(body, name) : experiment.range;
  if (!recipe || recipe->kind != Recipe::Kind::entity || recipe->entity().kind != kind) {
    auto& message = elaborator_->report(Kind::wrong_kind, where,
                                        fmt::format("`{}` of an experiment is {}, this is {}", name,
                                                    with_article(ast::word(kind)), describe(value)));
    message.mark("expected " + with_article(ast::word(kind)));
    const auto* list = value.get<List>();
    if (list && !list->items.empty() && list->items[0].object<Recipe>())
      message.fix(fmt::format("`sweep {} in [...]` makes a member of each", name));
    return nullptr;
  }
  if (recipe->called) return recipe;
  for (const auto& formal : recipe->entity().formals)
    if (!formal.default_value) {
      elaborator_
          ->report(Kind::missing_argument, where,
                   fmt::format("`{}` needs `{}`", recipe->name(), formal.name.text))
          .mark(fmt::format("`{}` is not given", formal.name.text))
          .also(formal.range, "declared here, without a default")
          .fix(fmt::format("`{}({} = ...)`", recipe->name(), formal.name.text));
      return nullptr;
    }
  return recipe;
}

// The places of the experiment's units among those of the dataset, where these are known (exp.1). Fewer than
// three stimuli cannot be split.
bool Compiler::check_units(Body& body, const LinkedDataset& data, std::vector<size_t>& places) {
  Elaborator& e = *elaborator_;
  const size_t errors = diagnostics_.n_reported();
  if (const auto n = data.known_stimuli(); n && *n > 0 && *n < 3)
    e.report(Kind::bad_data, setting_range(body, "data"),
             fmt::format("{} has {}: too few for training, validation and test", data.name(),
                         *n == 1 ? "1 stimulus" : "2 stimuli"))
        .mark("not enough for one each")
        .fix("a split needs 3 stimuli at least");
  Entry* entry = body.scope->find_here("units");
  const auto* known = data.known_units();
  if (!entry) {
    for (size_t i = 0; known && i < known->size(); ++i) places.push_back(i);
    return diagnostics_.n_reported() == errors;
  }
  const Range place = setting_range(body, "units");
  const auto units = e.elements(e.value_of(*entry, "units"), place);
  if (units && units->empty())
    e.report(Kind::bad_data, place, "no units are chosen, so there is nothing to fit").mark("an empty list");
  for (const auto& unit : units&& known ? *units : std::vector<Value>{}) {
    if (unit.is_unknown()) {  // then their number is not known either
      places.clear();
      break;
    }
    const auto at = data.find_unit(unit);
    const bool own = unit.origin.known() && !unit.origin.file->in_standard_library;
    if (!at)
      e.report(Kind::bad_data, own ? unit.origin : place,
               fmt::format("`{}` is not a unit of {}", text(unit), data.name()))
          .mark("not found among the units")
          .note(units_note(*known));
    else if (std::find(places.begin(), places.end(), *at) != places.end())
      e.report(Kind::bad_data, own ? unit.origin : place,
               fmt::format("the unit `{}` is chosen twice", text(unit)))
          .mark("chosen again");
    else
      places.push_back(*at);
  }
  return diagnostics_.n_reported() == errors;
}

void Compiler::add_member(const Resolved& experiment, const std::vector<Swept>& chosen, DataHost* host,
                          Experiment& out) {
  Elaborator& e = *elaborator_;
  e.begin_work();
  const size_t errors = diagnostics_.n_reported();
  Body* body = member_body(experiment, chosen, host);
  report_missing_settings(experiment, *body);
  const auto setting = [&](const std::string& name) -> Value {
    Entry* entry = body->scope->find_here(name);
    return entry ? e.value_of(*entry, name) : Value{};
  };
  const Value data_value = setting("data"), model_value = setting("model"),
              protocol_value = setting("protocol");
  const auto* data = recipe_of_setting(experiment, *body, "data", data_value, ast::EntityKind::dataset);
  const auto* model = recipe_of_setting(experiment, *body, "model", model_value, ast::EntityKind::model);
  const auto* protocol =
      recipe_of_setting(experiment, *body, "protocol", protocol_value, ast::EntityKind::protocol);
  const auto start = starts_of(*body);
  e.ports["runs"] = Value{};
  e.run_items(*body);
  e.ports.erase("runs");
  if (!data || !model || !protocol) return;
  const auto dataset = dataset_of(*data, host);
  if (!dataset) return;
  const auto rules = protocol_of(*protocol);
  std::vector<size_t> units;
  if (!check_units(*body, *dataset, units)) return;
  const bool written = model_value.origin.known() && !model_value.origin.file->in_standard_library;
  const bool all_known = dataset->known_units() && (!units.empty() || !body->scope->find_here("units"));
  const auto n_units = all_known ? std::optional(static_cast<int64_t>(units.size())) : std::nullopt;
  const Range model_range = written ? model_value.origin : experiment.range;
  const auto streams = streams_of(*model, *dataset, model_range);
  if (!streams) return;
  check_member_model(model_value, protocol_value, *dataset, *streams, n_units, model_range);
  if (rules && !host) {
    std::string label = model->name();
    for (const auto& one : chosen)
      if (one.axis == "model") label = one.label;
    const auto data_program = resolve(*data);
    outline_.push_back(
        {label, std::make_shared<const Recipe>(*model), std::make_shared<const Recipe>(*protocol), *rules,
         data_program->recipe.text,
         e.arguments_of(data_program->recipe, *e.bind_formals(data_program->recipe, false), ""),
         dataset->declared_bands(), *streams, dataset->step_if_known()});
    // Whether units are models of their own shows in the graphs, as soon as the text tells their sizes.
    const bool sized = n_units && dataset->declared_bands() && dataset->step_if_known() &&
                       std::all_of(streams->begin(), streams->end(), [](const DataStream& each) {
                         return each.of_units || each.size.has_value();
                       });
    if (rules->stop.per_unit && sized && diagnostics_.n_reported() == errors)
      build(*model, protocol, {*dataset->declared_bands(), *n_units, *streams}, *dataset->step_if_known());
  }
  if (!rules || !host || diagnostics_.n_reported() > errors || !dataset->linked()) return;

  Member member;
  member.data = dataset;
  member.protocol = *rules;
  member.start = start;
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
  member.streams = *streams;
  member.units = std::move(units);
  auto model_recipe = std::make_shared<const Recipe>(*model);
  auto protocol_recipe = std::make_shared<const Recipe>(*protocol);
  member.specialise = [this, model_recipe, protocol_recipe, dataset, label = member.model_label](
                          const DataSizes& sizes) -> std::shared_ptr<const ModelProgram> {
    return build(*model_recipe, protocol_recipe.get(), sizes, dataset->step());
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

// As far as the text tells: F where it is promised, N where the units are written out.
void Compiler::check_member_model(const Value& model, const Value& protocol, const LinkedDataset& data,
                                  const std::vector<DataStream>& streams, std::optional<int64_t> n_units,
                                  Range range) {
  const std::string key =
      fmt::format("{} | {} | {} | {}", text(model), text(protocol), data.text(), n_units.value_or(0));
  if (!checked_.insert(key).second) return;
  Elaborator& e = *elaborator_;
  e.dt = data.step_if_known();
  e.session = {};
  check_model(*model.object<Recipe>(), *protocol.object<Recipe>(), data.declared_bands(), n_units, streams,
              range);
  e.dt.reset();
}

}  // namespace stria
