// Applying recipes: inputs take dims of the argument (dims.8), the rest is lifted over (dims.9), results go
// back to the caller's dims (dims.10), and each application adds one segment to the paths of its parameters
// (par.2).
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/dims.h"
#include "compiler/sema/elaborator.h"
#include "compiler/sema/walk.h"

namespace stria {

namespace {

std::string applied_name(const ast::Expr& expression) {
  if (const auto* reference = std::get_if<ast::NameRef>(&expression.node)) return reference->name;
  if (const auto* call = std::get_if<ast::Call>(&expression.node)) return applied_name(*call->callee);
  if (const auto* member = std::get_if<ast::Member>(&expression.node)) return member->name.text;
  if (const auto* with = std::get_if<ast::With>(&expression.node)) return applied_name(*with->object);
  return "";
}

// Restores a variable when a scope of C++ ends, however it ends.
template <class T>
struct Restore {
  explicit Restore(T& variable) : variable_(variable), old_(variable) {}
  ~Restore() { variable_ = old_; }
  Restore(const Restore&) = delete;
  T& variable_;
  T old_;
};

bool is_applied_kind(ast::EntityKind kind) {
  return kind == ast::EntityKind::layer || kind == ast::EntityKind::cell || kind == ast::EntityKind::model;
}

}  // namespace

// Places where a recipe can be applied, numbered by name in order of text: the second `Linear` is `Linear2`
// whichever is looked at first.
void Elaborator::count_applications(Body& body) {
  std::map<std::string, int> seen;
  const auto count = [&](const ast::Expr& site) {
    const std::string name = applied_name(site);
    if (!name.empty()) body.path->ordinal.emplace(&site, ++seen[name]);
  };
  const auto visit = [&](const ast::Expr& expression) {
    if (const auto* pipe = std::get_if<ast::Pipe>(&expression.node)) count(*pipe->target);
    if (const auto* call = std::get_if<ast::Call>(&expression.node)) {
      if (std::holds_alternative<ast::Call>(call->callee->node)) count(*call->callee);
      if (applied_name(*call->callee) == "chain" && !call->arguments.empty())
        if (const auto* list = std::get_if<ast::List>(&call->arguments[0].value->node))
          for (const auto& item : list->items) count(*item);
    }
  };
  // The target of a pipe stands after its source in the text but above it in the tree: sources first.
  std::vector<std::pair<uint32_t, const ast::Expr*>> all;
  for (const auto& item : body.entity->items)
    for_each_part(*item, [&](const ast::Expr& part) {
      for_each_expression(part, [&](const ast::Expr& expression) {
        const auto* pipe = std::get_if<ast::Pipe>(&expression.node);
        all.emplace_back(pipe ? pipe->target->range.begin : expression.range.begin, &expression);
      });
    });
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [place, expression] : all) visit(*expression);
  body.path->used = seen;
}

std::string Elaborator::segment_for(PathScope& path, const Recipe& recipe, const ast::Expr* site) {
  const std::string& name = recipe.segment;
  if (!recipe.tie.empty()) return name;
  const auto place = site ? path.ordinal.find(site) : path.ordinal.end();
  int number;
  if (place != path.ordinal.end() && path.repeated[site]++ == 0)
    number = place->second;
  else
    number = ++path.used[name];
  return number == 1 ? name : name + std::to_string(number);
}

Value Elaborator::apply(const Recipe& recipe, std::vector<std::pair<std::string, Value>> inputs,
                        const ast::Expr& site, Scope& scope) {
  for (const auto& [label, value] : inputs)
    if (value.is_unknown()) return {};
  Restore<PathScope*> path(path_);
  if (recipe.kind == Recipe::Kind::chain) {
    if (!recipe.segment.empty() && path_) {
      paths_.push_back(std::make_unique<PathScope>());
      paths_.back()->prefix = path_->prefix + segment_for(*path_, recipe, &site) + ".";
      path_ = paths_.back().get();
    }
    if (inputs.size() != 1) {
      report(Kind::wrong_kind, site.range, "a chain takes one value")
          .mark(fmt::format("{} are given", inputs.size()));
      return {};
    }
    Value value = inputs[0].second;
    for (const auto& link : recipe.links) {
      if (value.is_unknown()) return {};
      if (const auto* function = link.object<Function>()) {
        ast::Call bare;
        bare.callee = std::make_shared<ast::Expr>(site);
        ast::Expr at = site;
        at.range = link.origin.known() ? link.origin : site.range;
        value = call_function(*function, bare, at, scope, &value);
      } else if (const auto* inner = link.object<Recipe>()) {
        const auto* written = link_sites_.contains(inner) ? link_sites_[inner] : nullptr;
        value = apply(*inner, {{"", value}}, written ? *written : site, scope);
      } else {
        return {};
      }
    }
    return value;
  }
  const auto& entity = recipe.entity();
  if (!is_applied_kind(entity.kind)) {
    report(Kind::wrong_kind, site.range,
           fmt::format("a {} cannot be applied to a value", ast::word(entity.kind)))
        .mark("expected a layer, cell or model")
        .also(entity.name.range, fmt::format("`{}` is a {}", entity.name.text, ast::word(entity.kind)));
    return {};
  }
  if (!recipe.called)
    for (const auto& formal : entity.formals)
      if (!formal.default_value) {
        report(Kind::missing_argument, site.range,
               fmt::format("`{}` needs `{}`", entity.name.text, formal.name.text))
            .mark(fmt::format("`{}` is not given", formal.name.text))
            .also(formal.range, "declared here, without a default")
            .fix(fmt::format("`{}({} = ...)`", entity.name.text, formal.name.text));
        return {};
      }
  paths_.push_back(std::make_unique<PathScope>());
  PathScope& own = *paths_.back();
  own.prefix = (path_ ? path_->prefix + segment_for(*path_, recipe, &site) : recipe.segment) + ".";
  return apply_entity(recipe, inputs, own, site.range);
}

Value Elaborator::apply_model(const Recipe& model, const std::vector<std::pair<std::string, Value>>& inputs,
                              Range range) {
  paths_.push_back(std::make_unique<PathScope>());
  const Restore<PathScope*> restore(path_);
  return apply_entity(model, inputs, *paths_.back(), range);
}

constexpr int64_t steps_of_a_body = 100;  // what making one costs, counted in expressions

Body* Elaborator::new_body(const ast::Item& item, Scope* formals) {
  steps_ += steps_of_a_body;
  bodies_.push_back(std::make_unique<Body>());
  Body* body = bodies_.back().get();
  body->item = &item;
  body->entity = &std::get<ast::Entity>(item.node);
  body->formals = formals;
  body->scope = new_scope(formals, body);
  formals->body = body;
  Diagnostics ignored;  // names taken twice are reported once, by check_generic
  declare_items(body->entity->items, *body->scope, ignored);
  return body;
}

Value Elaborator::apply_entity(const Recipe& recipe_in,
                               const std::vector<std::pair<std::string, Value>>& inputs, PathScope& path,
                               Range range) {
  if (circular_.contains(recipe_in.item) || ambiguous_.contains(recipe_in.item)) return {};
  if (std::count(applying_.begin(), applying_.end(), recipe_in.item) > 20) {
    report(Kind::too_much, range,
           fmt::format("`{}` is applied inside itself more than 20 times", recipe_in.name()))
        .mark("does this ever end?");
    return {};
  }
  applying_.push_back(recipe_in.item);
  sites_.push_back(range);
  struct Pop {
    std::vector<const ast::Item*>& items;
    std::vector<Range>& sites;
    ~Pop() {
      items.pop_back();
      sites.pop_back();
    }
  } pop{applying_, sites_};
  Scope* formals = bind_formals(recipe_in, false);
  const auto& entity = recipe_in.entity();
  if (session.arguments) {
    const auto arguments = arguments_of(recipe_in, *formals, path.prefix);
    session.arguments->insert(session.arguments->end(), arguments.begin(), arguments.end());
  }
  if (entity.value) {  // `model Mine = LN(window = 9bin)`
    const Value same = evaluate(entity.value, *formals);
    const auto* recipe = same.object<Recipe>();
    if (recipe && recipe->kind == Recipe::Kind::entity) return apply_entity(*recipe, inputs, path, range);
    if (!same.is_unknown())
      report(
          Kind::wrong_kind, entity.value->range,
          fmt::format("`{}` is {}, expected a {}", entity.name.text, describe(same), ast::word(entity.kind)))
          .mark("not a recipe");
    return {};
  }
  Restore<PathScope*> restore(path_);
  path_ = &path;
  Body* body = new_body(*recipe_in.item, formals);
  body->path = &path;
  count_applications(*body);
  apply_amendments(*body, recipe_in);
  if (entity.kind == ast::EntityKind::cell) return run_cell(*body, inputs, range);
  if (!bind_inputs(*body, inputs, range)) return {};
  const size_t errors = diagnostics_.n_reported();
  run_items(*body);
  if (diagnostics_.n_reported() > errors) return {};
  return outputs(*body, range);
}

// In the standard library a mistake is the caller's, and the first message says it. Checks first: where one
// fails, what the rest of the body would meet is the same mistake again. Then all items are looked at, in
// order of text, whether an output needs them or not.
void Elaborator::run_items(Body& body) {
  const size_t errors = diagnostics_.n_reported();
  for (const auto& item : body.entity->items)
    if (const auto* check = std::get_if<ast::CheckDecl>(&item->node)) run_check(*check, *body.scope);
  if (diagnostics_.n_reported() > errors) return;
  const bool library = body.entity->name.range.file->in_standard_library;
  for (const auto& item : body.entity->items) {
    if (std::holds_alternative<ast::CheckDecl>(item->node)) continue;
    if (std::holds_alternative<ast::FnDecl>(item->node) || std::holds_alternative<ast::InputDecl>(item->node))
      continue;
    // A graph gets the parameters that its outputs use: `Linear(bias = false)` has no `b`.
    if (session.graph && (std::holds_alternative<ast::ParamDecl>(item->node) ||
                          std::holds_alternative<ast::BufferDecl>(item->node)))
      continue;
    for (const auto& name : declared_names(*item))
      if (Entry* entry = body.scope->find_here(name.text); entry && entry->item == item.get())
        value_of(*entry, name.text);
    if (library && diagnostics_.n_reported() > errors) return;
  }
}

void Elaborator::run_check(const ast::CheckDecl& check, Scope& scope) {
  const auto holds = condition(*check.condition, scope, "`check`");
  if (!holds || *holds) return;
  auto& message = report_value(
      Kind::check_failed, *check.condition, scope,
      fmt::format("check failed: {}", check.message.value_or(std::string(text_of(check.condition->range)))),
      "the check");
  message.mark("does not hold");
  note_values(message, *check.condition, scope);
}

Value Elaborator::outputs(Body& body, Range range) {
  Record record;
  for (const auto& item : body.entity->items) {
    const auto* output = std::get_if<ast::OutputDecl>(&item->node);
    if (!output) continue;
    Value value;
    std::string name = body.entity->kind == ast::EntityKind::model ? "rate" : "output";
    if (output->name) {
      name = output->name->text;
      Entry* entry = body.scope->find_here(name);
      if (entry) value = value_of(*entry, name);
    } else {
      value = evaluate(output->value, *body.scope);
    }
    if (!value.is_unknown() && !value.object<Tensor>()) {
      auto tensor = as_tensor(value, output->value->range);
      value = tensor ? make(std::move(*tensor), output->value->range) : Value{};
    }
    record.fields.emplace_back(name, outward(body, std::move(value), output->value->range));
  }
  if (record.fields.size() == 1) {
    Value only = record.fields[0].value;
    only.origin = range;
    return only;
  }
  return record.fields.empty() ? Value{} : Value{std::move(record), range};
}

// dims.10: the caller's dims where they came from it; what the body made itself is nameless outside.
Value Elaborator::outward(const Body& body, Value value, Range range) {
  const auto* tensor = value.object<Tensor>();
  if (!tensor) return value;
  Tensor result = *tensor;
  for (auto& dim : result.dims) {
    const auto caller = body.outward.find(dim.get());
    if (caller != body.outward.end()) {
      dim = caller->second;
      continue;
    }
    const bool made_here =
        std::any_of(body.dims.begin(), body.dims.end(), [&](const auto& own) { return own.second == dim; });
    if (made_here) dim = std::make_shared<const DimInfo>(DimInfo{"", dim->size, dim->declared});
  }
  result.is_stream = result.has_time;
  for (const auto& dim : result.dims)
    if (std::count(result.dims.begin(), result.dims.end(), dim) > 1) {
      report(Kind::square, range,
             fmt::format("the result of `{}` has {} twice", body.entity->name.text, dim->text()))
          .mark(text(result.dims));
      return {};
    }
  for (const auto& dim : result.dims)
    if (contains(result.lifted, dim)) {
      report(Kind::square, range,
             fmt::format("`{}` is applied for each entry of {}, and gives {} back as well",
                         body.entity->name.text, dim->text(), dim->text()))
          .mark("one dim twice");
      return {};
    }
  // Lifted dims come first in the result, and are dims of the caller's frame again.
  Dims kept;
  Dims frame;
  for (const auto& dim : result.lifted) (contains(body.lifted_here, dim) ? frame : kept).push_back(dim);
  if (!frame.empty()) {
    Tensor moved = result;
    moved.lifted = kept;
    moved.dims = frame;
    moved.dims.insert(moved.dims.end(), result.dims.begin(), result.dims.end());
    moved.value = aligned(result, axes(moved));
    result = moved;
  }
  return make(std::move(result), value.origin);
}

bool Elaborator::bind_inputs(Body& body, const std::vector<std::pair<std::string, Value>>& inputs,
                             Range range) {
  std::vector<const ast::InputDecl*> declared;
  for (const auto& item : body.entity->items)
    if (const auto* input = std::get_if<ast::InputDecl>(&item->node)) declared.push_back(input);
  const std::string& name = body.entity->name.text;
  if (declared.empty()) {
    report(Kind::missing_item, range,
           fmt::format("`{}` has no `input`, so it cannot be applied to a value", name))
        .mark("applied here")
        .also(body.entity->name.range, "declared without `input`");
    return false;
  }
  std::vector<const Value*> given(declared.size(), nullptr);
  size_t next = 0;
  for (const auto& [label, value] : inputs) {
    size_t at = declared.size();
    if (!label.empty()) {
      for (size_t i = 0; i < declared.size(); ++i)
        if (declared[i]->name.text == label) at = i;
    } else {
      while (next < declared.size() && given[next]) ++next;
      at = next;
    }
    if (at >= declared.size()) {
      report(Kind::unknown_argument, value.origin.known() ? value.origin : range,
             label.empty() ? fmt::format("`{}` has {} input{}, this is one too many", name, declared.size(),
                                         declared.size() == 1 ? "" : "s")
                           : fmt::format("`{}` has no input `{}`", name, label))
          .mark("no place for this");
      return false;
    }
    given[at] = &value;
  }
  for (size_t i = 0; i < declared.size(); ++i) {
    if (!given[i]) {
      report(Kind::missing_argument, range,
             fmt::format("`{}` needs its input `{}`", name, declared[i]->name.text))
          .mark("not given")
          .also(declared[i]->name.range, "declared here");
      return false;
    }
    auto tensor = as_tensor(*given[i], given[i]->origin.known() ? given[i]->origin : range);
    if (!tensor || !bind_input(body, *declared[i], std::move(*tensor), range)) return false;
  }
  return true;
}

bool Elaborator::bind_input(Body& body, const ast::InputDecl& input, Tensor argument, Range range) {
  const auto meaning = meant(*input.type, *body.scope);
  if (!meaning) return false;
  const auto& type = *meaning->type;
  Scope& scope = *meaning->scope;
  const bool wants_stream = type.kind == ast::TypeExpr::Kind::stream;
  if (wants_stream && !argument.is_stream && !in_scan()) {
    report(Kind::stream_wanted, range,
           fmt::format("`{}` works along time, and this has no time", body.entity->name.text))
        .mark(argument.has_time ? "a frame: inside this body one bin is seen at a time"
                                : "the same for every bin")
        .also(input.type->range, "a stream is wanted here")
        .fix(argument.has_time ? "declare this body's own input as `stream [...]`" : "");
    return false;
  }
  Dimension unit;
  if (!type.unit.empty() && type.kind != ast::TypeExpr::Kind::unit) {
    const auto wanted = unit_of(type.unit, scope);
    if (!wanted) return false;
    unit = wanted->dimension;
    if (argument.unit != unit) {
      report(Kind::unit_wanted, range,
             fmt::format("`{}` takes {}, this is {}", input.name.text, unit.text(), argument.unit.text()))
          .mark("another unit")
          .also(input.type->range, "declared here");
      return false;
    }
  }
  const std::vector<ast::DimItem> none;
  const auto& shape = type.shape ? *type.shape : none;
  std::vector<bool> taken(argument.dims.size(), false);
  std::vector<std::optional<size_t>> place(shape.size());
  Dims own(shape.size());
  bool has_splice = false;
  size_t named = 0;
  const auto refuse = [&](const std::string& why) {
    std::string wanted;
    for (const auto& item : shape) wanted += (wanted.empty() ? "" : ", ") + std::string(text_of(item.range));
    report(Kind::shape_mismatch, range,
           fmt::format("`{}` takes [{}], this is {}", body.entity->name.text, wanted, text(argument.dims)))
        .mark(why)
        .also(input.type->range, "the input is declared here");
    return false;
  };
  // Dims that are formals are found wherever they stand.
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i].kind == ast::DimItem::Kind::splice) {
      has_splice = true;
      continue;
    }
    const auto* reference = shape[i].value ? std::get_if<ast::NameRef>(&shape[i].value->node) : nullptr;
    const bool sized = shape[i].kind == ast::DimItem::Kind::sized;
    const std::string name = sized ? shape[i].name->text : reference ? reference->name : "";
    Entry* entry = name.empty() || sized ? nullptr : look_up(name, scope);
    const bool is_formal =
        !sized && (name.empty() || (entry && entry->kind != Entry::Kind::module &&
                                    (entry->kind != Entry::Kind::item ||
                                     std::holds_alternative<ast::LetDecl>(entry->item->node))));
    const bool already = !name.empty() && body.dims.contains(name) && !scope.is_of_alias(name);
    if (!is_formal && !already) {
      ++named;
      continue;
    }
    const DimRef dim = already ? body.dims[name] : dim_of(*shape[i].value, scope);
    if (!dim) return false;
    const auto known_caller = body.outward.find(dim.get());
    const DimRef caller = known_caller != body.outward.end() ? known_caller->second : nullptr;
    std::vector<size_t> candidates;
    for (size_t j = 0; j < argument.dims.size(); ++j)
      if (!taken[j] && (argument.dims[j] == dim || (caller && argument.dims[j] == caller))) candidates = {j};
    const bool exact = candidates.size() == 1;
    if (!exact)
      for (size_t j = 0; j < argument.dims.size(); ++j)
        if (!taken[j] && (!caller || caller->is_nameless() || argument.dims[j]->is_nameless()) &&
            sizes_may_agree(argument.dims[j], dim))
          candidates.push_back(j);
    if (candidates.empty()) return refuse(fmt::format("there is no {} here", dim->text()));
    if (candidates.size() > 1) {
      if (!dim->size) return false;
      report(Kind::ambiguous_dim, range,
             fmt::format("it is open which dim of {} is `{}`", text(argument.dims), dim->text()))
          .mark("two dims of that size")
          .also(input.type->range, "the input is declared here");
      return false;
    }
    place[i] = candidates[0];
    taken[candidates[0]] = true;
    own[i] = dim;
    set_outward(body, dim, argument.dims[candidates[0]]);
  }
  // The others take the last dims that remain, in order; a splice takes all.
  std::vector<size_t> remaining;
  for (size_t j = 0; j < argument.dims.size(); ++j)
    if (!taken[j]) remaining.push_back(j);
  if (named > remaining.size()) return refuse(fmt::format("{} dims are needed", shape.size()));
  const size_t spliced = has_splice ? remaining.size() - named : 0;
  size_t next = has_splice ? 0 : remaining.size() - named;
  Dims final_dims;
  std::vector<size_t> order;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i].kind == ast::DimItem::Kind::splice) {
      List list;
      for (size_t k = 0; k < spliced; ++k) {
        const DimRef& dim = argument.dims[remaining[next]];
        final_dims.push_back(dim);
        order.push_back(remaining[next]);
        taken[remaining[next++]] = true;
        list.items.push_back(Value{std::make_shared<const DimValue>(DimValue{dim}), shape[i].range});
      }
      if (shape[i].name) {
        Entry entry;
        entry.declared = shape[i].range;
        entry.value[0] = entry.value[1] = Value{std::move(list), shape[i].range};
        entry.state[0] = entry.state[1] = Entry::State::done;
        body.scope->entries[shape[i].name->text] = entry;
      }
      continue;
    }
    if (!place[i]) {
      const size_t j = remaining[next++];
      taken[j] = true;
      place[i] = j;
      const auto* reference = shape[i].value ? std::get_if<ast::NameRef>(&shape[i].value->node) : nullptr;
      const std::string name = shape[i].kind == ast::DimItem::Kind::sized ? shape[i].name->text
                               : reference                                ? reference->name
                                                                          : "";
      own[i] = argument.dims[j] == units_dim(body, name)
                   ? argument.dims[j]
                   : std::make_shared<const DimInfo>(DimInfo{name, argument.dims[j]->size, shape[i].range});
      body.dims[name] = own[i];
      set_outward(body, own[i], argument.dims[j]);
      if (shape[i].kind == ast::DimItem::Kind::sized) {
        const Value promised = evaluate(shape[i].value, scope);
        const auto number = as_number(promised);
        if (number && number->known && own[i]->size && static_cast<double>(*own[i]->size) != number->value)
          return refuse(fmt::format("{} is promised to be {}", name, number->text()));
      }
      for (size_t other = 0; other < argument.dims.size(); ++other)
        if (other != j && !name.empty() && argument.dims[other]->name == name)
          report(Kind::dim_name_elsewhere, range,
                 fmt::format("`{}` takes the last dim, {}, and another dim here is called {}",
                             body.entity->name.text, argument.dims[j]->text(), name))
              .mark(text(argument.dims))
              .also(input.type->range, "its input");
    }
    final_dims.push_back(own[i]);
    order.push_back(*place[i]);
  }
  Tensor bound = argument;
  bound.buffer.clear();
  bound.unit = unit;
  bound.is_stream = wants_stream;
  Tensor moved = argument;
  moved.dims.clear();
  for (size_t j = 0; j < argument.dims.size(); ++j)
    if (!taken[j]) {
      bound.lifted.push_back(argument.dims[j]);
      body.lifted_here.push_back(argument.dims[j]);
    }
  moved.lifted = bound.lifted;
  for (const size_t j : order) moved.dims.push_back(argument.dims[j]);
  bound.value = aligned(argument, axes(moved));
  bound.dims = final_dims;
  for (const auto& dim : bound.lifted)
    if (!contains(body.lifted, dim)) body.lifted.push_back(dim);
  Entry entry;
  entry.declared = input.name.range;
  entry.value[0] = entry.value[1] = make(std::move(bound), input.name.range);
  entry.state[0] = entry.state[1] = Entry::State::done;
  body.scope->entries[input.name.text] = entry;
  return true;
}

// N of the data, where a model's input names it: the N of `Linear(N)` and `train_mean`.
DimRef Elaborator::units_dim(const Body& body, const std::string& name) const {
  const auto units = data_dims.find("N");
  const bool is_model = body.entity->kind == ast::EntityKind::model;
  return is_model && name == "N" && units != data_dims.end() ? units->second : nullptr;
}

void Elaborator::set_outward(Body& body, const DimRef& own, const DimRef& caller) {
  body.outward[own.get()] = caller;
  if (own != caller) caller_of_[own] = caller;
}

DimRef Elaborator::outermost(DimRef dim) const {
  for (auto at = caller_of_.find(dim); at != caller_of_.end(); at = caller_of_.find(dim)) dim = at->second;
  return dim;
}

}  // namespace stria
