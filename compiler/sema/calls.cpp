// Calls: functions with values, entities with arguments (which makes a recipe, par.1), recipes with tensors.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/elaborator.h"
#include "compiler/sema/other_libraries.h"
#include "compiler/sema/words.h"
#include "compiler/syntax/parse.h"

namespace stria {

namespace {

bool is_none_literal(const ast::ExprPtr& expression) {
  return expression && std::holds_alternative<ast::NoneLiteral>(expression->node);
}

std::string list_of_formals(const std::vector<ast::Formal>& formals) {
  std::string text;
  for (const auto& formal : formals) text += (text.empty() ? "" : ", ") + formal.name.text;
  return text.empty() ? "none" : text;
}

Entry default_entry(const ast::Formal& formal, Scope& scope) {
  Entry entry;
  entry.kind = Entry::Kind::formal;
  entry.expression = formal.default_value;
  entry.type = is_none_literal(formal.default_value) ? nullptr : formal.type;
  entry.scope = &scope;
  entry.declared = formal.name.range;
  return entry;
}

}  // namespace

Value Elaborator::call(const Value& callee, const ast::Call& call, const ast::Expr& expression, Scope& scope,
                       const Value* piped) {
  if (callee.is_unknown()) {
    if (!call.comprehension)
      for (const auto& argument : call.arguments) evaluate(argument.value, scope);
    return {};
  }
  if (call.comprehension) return sum_comprehension(call, expression, scope);
  if (const auto* function = callee.object<Function>())
    return call_function(*function, call, expression, scope, piped);
  if (const auto* recipe = callee.object<Recipe>()) {
    if (recipe->kind == Recipe::Kind::entity && !recipe->called)
      return make_recipe(*recipe, call, expression, scope);
    std::vector<std::pair<std::string, Value>> inputs;
    for (const auto& argument : call.arguments)
      inputs.emplace_back(argument.label ? argument.label->text : "", evaluate(argument.value, scope));
    return apply(*recipe, std::move(inputs), *call.callee, scope);
  }
  report(Kind::wrong_kind, call.callee->range, fmt::format("{} cannot be called", describe(callee)))
      .mark("expected a function, layer, cell or model");
  return {};
}

void Elaborator::report_unnamed(const ast::Argument& argument, const ast::Argument& named) {
  report(Kind::unknown_argument, argument.range, "a value without a name stands behind a named one")
      .mark("which argument is this?")
      .also(named.range, "named")
      .fix(fmt::format("name it as well, or write it in front of `{}`", text_of(named.range)));
}

// `window = 0,2s`: two arguments to the language, one number to the writer.
bool Elaborator::report_decimal_comma(const ast::Call& call) {
  for (size_t i = 1; i < call.arguments.size(); ++i) {
    const auto &whole = call.arguments[i - 1], &rest = call.arguments[i];
    const bool number = std::holds_alternative<ast::IntLiteral>(rest.value->node) ||
                        std::holds_alternative<ast::QuantityLiteral>(rest.value->node);
    const bool tight = whole.range.end + 1 == rest.range.begin;
    if (!whole.label || rest.label || !number || !tight ||
        !std::holds_alternative<ast::IntLiteral>(whole.value->node))
      continue;
    const Range place = join(whole.value->range, rest.range);
    const std::string better = fmt::format("{}.{}", text_of(whole.value->range), text_of(rest.range));
    report(Kind::malformed_number, place, "a number is written with a point, not with a comma")
        .mark("read as two arguments")
        .fix(fmt::format("`{}`", better), {{place, better}});
    return true;
  }
  return false;
}

// Arguments by name of formal, each as the formal's type; nothing where one does not fit.
std::optional<std::vector<std::pair<std::string, Value>>> Elaborator::bind(
    const std::string& callee, const std::vector<ast::Formal>& formals, const ast::Call& call, Range range,
    Scope& scope, const Value* piped, Scope& home) {
  std::vector<std::pair<std::string, Value>> bound;
  std::vector<bool> taken(formals.size(), false);
  if (report_decimal_comma(call)) return std::nullopt;
  bool fine = true, report_missing = true;
  size_t next = 0;
  if (piped) {
    if (formals.empty()) {
      report(Kind::unknown_argument, range,
             fmt::format("`{}` takes nothing, and a value is piped into it", callee))
          .mark("has no formals");
      return std::nullopt;
    }
    taken[0] = true;
    next = 1;
    bound.emplace_back(formals[0].name.text, *piped);
  }
  const ast::Argument* named = nullptr;
  for (const auto& argument : call.arguments) {
    size_t at = formals.size();
    if (argument.label) named = &argument;
    if (!argument.label && named) {
      report_unnamed(argument, *named);
      fine = false;
      continue;
    }
    if (argument.label) {
      for (size_t i = 0; i < formals.size(); ++i)
        if (formals[i].name.text == argument.label->text) at = i;
      if (at == formals.size()) {
        std::vector<std::string> names;
        for (const auto& formal : formals) names.push_back(formal.name.text);
        auto& message = report(Kind::unknown_argument, argument.label->range,
                               fmt::format("`{}` has no argument `{}`", callee, argument.label->text));
        message.mark("unknown").note("it takes: " + list_of_formals(formals));
        if (const auto close = named_like(argument.label->text, names))
          message.fix(fmt::format("did you mean `{}`?", *close), {{argument.label->range, *close}});
        else if (argument.label->text == "activation")
          message.fix(fmt::format("an activation is a step of its own: `|> {}(...) |> relu`", callee));
      }
    } else {
      while (next < formals.size() && taken[next]) ++next;
      at = next;
      if (at == formals.size()) {
        const Value extra = evaluate(argument.value, scope);
        auto& message = report(Kind::unknown_argument, argument.range,
                               fmt::format("`{}` takes {} argument{}, this is one too many", callee,
                                           formals.size(), formals.size() == 1 ? "" : "s"));
        message.mark("too many").note("it takes: " + list_of_formals(formals));
        if (extra.object<Tensor>())
          message.fix(fmt::format("apply the finished recipe: `x |> {}(...)`", callee));
        fine = false;
        continue;
      }
    }
    if (at == formals.size()) {
      evaluate(argument.value, scope);
      fine = report_missing = false;
      continue;
    }
    if (taken[at]) {
      report(Kind::unknown_argument, argument.range,
             fmt::format("`{}` is given twice to `{}`", formals[at].name.text, callee))
          .mark("given again");
      fine = false;
      continue;
    }
    taken[at] = true;
    const auto& formal = formals[at];
    const size_t errors = diagnostics_.n_reported();
    Value value;
    if (is_dim(formal.type, home)) {
      const DimRef dim = dim_of(*argument.value, scope);
      if (dim) value = Value{std::make_shared<const DimValue>(DimValue{dim}), argument.range};
    } else {
      value = evaluate(argument.value, scope);
      if (!formal.type && value.is_unknown() && std::holds_alternative<ast::NameRef>(argument.value->node))
        value = {};
    }
    value.origin = argument.value->range;
    if (argument.range.file->in_standard_library)
      value.origin = argument_behind(*argument.value, scope).value_or(value.origin);
    const bool may_be_none = value.is_none() && is_none_literal(formal.default_value);
    if (formal.type && !may_be_none)
      value =
          coerce(std::move(value), *formal.type, home, "`" + formal.name.text + "`", argument.value->range);
    if (formal.within && !value.is_unknown())
      check_bound(value, *formal.within, home, "`" + formal.name.text + "`", argument.value->range);
    if (diagnostics_.n_reported() > errors) fine = false;
    bound.emplace_back(formal.name.text, std::move(value));
  }
  // One message a cause: an argument of another name is most likely the one that is missing.
  for (size_t i = 0; report_missing && i < formals.size(); ++i)
    if (!taken[i] && !formals[i].default_value) {
      report(Kind::missing_argument, range, fmt::format("`{}` needs `{}`", callee, formals[i].name.text))
          .mark(fmt::format("`{}` is not given", formals[i].name.text))
          .also(formals[i].range, "declared here, without a default");
      fine = false;
    }
  if (!fine) return std::nullopt;
  return bound;
}

Value Elaborator::call_function(const Function& function, const ast::Call& call, const ast::Expr& expression,
                                Scope& scope, const Value* piped) {
  if (function.kind == Function::Kind::primitive)
    return call_primitive(*function.primitive, call, expression, scope, piped);
  const std::string name = function.name.empty() ? "fn" : function.name;
  const auto bound = bind(name, *function.formals, call, expression.range, scope, piped, *function.home);
  if (!bound) return {};
  if (function.kind == Function::Kind::native) return call_native(function, *bound, expression.range);
  return call_user(function, *bound, expression.range);
}

Scope* Elaborator::scope_of_call(const Function& function,
                                 const std::vector<std::pair<std::string, Value>>& bound) {
  Scope* inner = new_scope(function.home, function.home->body);
  for (const auto& formal : *function.formals) {
    bool given = false;
    for (const auto& [name, value] : bound)
      if (name == formal.name.text) {
        inner->entries[name] = bound_entry(value, formal.name.range, nullptr);
        given = true;
      }
    if (given) continue;
    if (formal.default_value)
      inner->entries[formal.name.text] = default_entry(formal, *inner);
    else
      inner->entries[formal.name.text] =
          bound_entry(open_value(formal.type.get(), *function.home, formal.name.text), formal.name.range);
  }
  return inner;
}

Value Elaborator::call_user(const Function& function, const std::vector<std::pair<std::string, Value>>& bound,
                            Range range) {
  if (circular_bodies_.contains(function.body.get())) return {};
  if (std::find(calling_.begin(), calling_.end(), function.body.get()) != calling_.end()) {
    report(Kind::definition_cycle, range,
           fmt::format("`{}` calls itself", function.name.empty() ? "fn" : function.name))
        .mark("a circle of calls")
        .fix("a function may not call itself: write out what repeats, or use a `for`");
    return {};
  }
  Scope* inner = scope_of_call(function, bound);
  calling_.push_back(function.body.get());
  sites_.push_back(range);
  Value result = evaluate(function.body, *inner);
  sites_.pop_back();
  calling_.pop_back();
  if (function.result && !result.is_unknown())
    result =
        coerce(std::move(result), *function.result, *inner, "`" + function.name + "`", function.body->range);
  result.origin = range;
  return result;
}

Value Elaborator::call_native(const Function& function,
                              const std::vector<std::pair<std::string, Value>>& bound, Range range) {
  Scope* inner = scope_of_call(function, bound);
  std::vector<std::pair<std::string, Value>> values;
  bool known = true;
  for (const auto& formal : *function.formals) {
    Entry& entry = inner->entries[formal.name.text];
    Value value = value_of(entry, formal.name.text);
    known = known && !value.is_unknown();
    if (const auto* number = value.get<Number>()) known = known && number->known;
    values.emplace_back(formal.name.text, std::move(value));
  }
  const std::string module = function.home->module ? function.home->module->name : "";
  if (module == "stria.fit" || module == "stria.scores")
    return Value{std::make_shared<const Description>(Description{function.name, std::move(values), range}),
                 range};
  if (module == "stria.probe") {
    report(Kind::not_run_yet, range, fmt::format("`{}` cannot be run yet", function.name))
        .mark("checked only");
    return {};
  }
  if (!known || !host) return {};
  if (!host->has(function.native)) {
    report(Kind::not_run_yet, range, fmt::format("`{}` cannot be run yet", function.name))
        .mark("its reader is not there");
    return {};
  }
  try {
    Value result = host->call(function.native, NativeArguments(function.name, std::move(values), range));
    result.origin = range;
    return result;
  } catch (DataError& error) {
    if (!error.where.known()) error.where = written_by_user(range);
    if (raise_data_errors) throw;
    auto& message = report(Kind::bad_data, range, error.what());
    message.mark(fmt::format("asked for by `{}`", function.name));
    if (!error.fix.empty()) message.fix(error.fix);
    return {};
  }
}

// `Linear(x, 70)`, as many libraries have it, for `x |> Linear(70)`.
bool Elaborator::takes_what_it_is_applied_to(const Recipe& callee, const ast::Call& call,
                                             const ast::Expr& expression, Scope& scope) {
  const auto kind = callee.entity().kind;
  if (kind != ast::EntityKind::layer && kind != ast::EntityKind::cell && kind != ast::EntityKind::model)
    return false;
  for (const auto& argument : call.arguments) {
    const auto* reference = std::get_if<ast::NameRef>(&argument.value->node);
    if (argument.label || !reference) continue;
    const Value value = evaluate(argument.value, scope);
    const auto* tensor = value.object<Tensor>();
    if (value.is_unknown() && diagnostics_.has_errors()) return true;  // what it is was not found out
    if (!tensor || !tensor->has_batch) continue;
    report(
        Kind::wrong_kind, argument.range,
        fmt::format("`{}(...)` takes arguments, and is then applied to {}", callee.name(), describe(value)))
        .mark("what it is applied to")
        .also(expression.range, fmt::format("makes {}", with_article(ast::word(kind))))
        .fix(fmt::format("`{} |> {}(...)`", reference->name, callee.name()));
    return true;
  }
  return false;
}

// `Linear(F, N)`, sizes of input and output as many libraries have them, for `Linear(N)`.
bool Elaborator::report_input_size(const Recipe& callee, const ast::Call& call, Scope& scope) {
  const auto& formals = callee.entity().formals;
  if (formals.size() < 2 || call.arguments.size() != 2 || call.arguments[0].label || call.arguments[1].label)
    return false;
  const auto* second = formals[1].type.get();
  const bool flag = second && second->kind == ast::TypeExpr::Kind::unit && second->unit.size() == 1 &&
                    second->unit[0].name == "bool";
  if (!flag || !is_dim(formals[0].type, *callee.home)) return false;
  const auto size = as_number(evaluate(call.arguments[1].value, scope));
  if (!size) return false;
  report(Kind::wrong_kind, call.arguments[0].range,
         fmt::format("`{}` finds out the size of its input by itself, and takes the size that it makes",
                     callee.name()))
      .mark("not asked for")
      .fix(fmt::format("`{}({})`", callee.name(), text_of(call.arguments[1].range)));
  return true;
}

// `GRU(70)`: the arguments are read here, where they are written; nothing is built yet.
Value Elaborator::make_recipe(const Recipe& callee, const ast::Call& call, const ast::Expr& expression,
                              Scope& scope) {
  const auto& entity = callee.entity();
  if (takes_what_it_is_applied_to(callee, call, expression, scope)) return {};
  if (report_input_size(callee, call, scope)) return {};
  const auto bound =
      bind(entity.name.text, entity.formals, call, expression.range, scope, nullptr, *callee.home);
  if (!bound) return {};
  auto recipe = std::make_shared<Recipe>(callee);
  recipe->called = true;
  recipe->arguments = *bound;
  recipe->segment = entity.name.text;
  recipe->origin = expression.range;
  std::string arguments;
  size_t place = 0;
  bool positional = true;
  for (const auto& [name, value] : *bound) {
    positional = positional && place < entity.formals.size() && entity.formals[place].name.text == name &&
                 !call.arguments[place].label;
    arguments += (arguments.empty() ? "" : ", ") + (positional ? "" : name + " = ") + text(value);
    ++place;
  }
  recipe->text = entity.name.text + "(" + arguments + ")";
  return Value{std::shared_ptr<const Recipe>(recipe), expression.range};
}

// Formals as names in a scope of their own: `--set` wins over arguments, arguments over defaults (vals.9).
Scope* Elaborator::bind_formals(const Recipe& recipe, bool generic) {
  Scope* scope = new_scope(recipe.home, nullptr);
  const auto& entity = recipe.entity();
  for (const auto& formal : entity.formals) {
    const std::string& name = formal.name.text;
    if (const auto set = override_value(entity.name.text, formal, *recipe.home)) {
      scope->entries[name] = bound_entry(*set, formal.name.range, formal.type);
      continue;
    }
    bool given = false;
    for (const auto& [argument, value] : recipe.arguments)
      if (argument == name) {
        scope->entries[name] = bound_entry(value, formal.name.range, formal.type);
        given = true;
      }
    if (given) continue;
    if (formal.default_value && !generic)
      scope->entries[name] = default_entry(formal, *scope);
    else
      scope->entries[name] =
          bound_entry(open_value(formal.type.get(), *recipe.home, name), formal.name.range, formal.type);
  }
  return scope;
}

// The value that `--set Entity.formal=...` gives, as the formal's type.
std::optional<Value> Elaborator::override_value(const std::string& entity, const ast::Formal& formal,
                                                Scope& home) {
  for (auto& change : overrides)
    if (change.path.size() == 2 && change.path[0].text == entity && change.path[1].text == formal.name.text) {
      *change.used = true;
      return amended_value(change, formal.type.get(), home, "`" + formal.name.text + "`");
    }
  return std::nullopt;
}

// What a change by `with` or `--set` gives. A text after --set stands for itself where a path or text is
// wanted.
Value Elaborator::amended_value(const Amendment& change, const ast::TypeExpr* type, Scope& home,
                                const std::string& what) {
  const auto meaning = type ? meant(*type, home) : std::nullopt;
  const auto* wanted = meaning ? meaning->type : nullptr;
  const bool wants_text = wanted && wanted->kind == ast::TypeExpr::Kind::unit && wanted->unit.size() == 1 &&
                          (wanted->unit[0].name == "path" || wanted->unit[0].name == "text");
  Value value;
  if (change.range.known() && change.range.file->path == "--set" && wants_text &&
      !change.raw_text.starts_with('"')) {
    value = Value{Text{change.raw_text}, change.range};
  } else if (!change.value) {
    report(Kind::override_unreadable, change.range,
           fmt::format("`{}` cannot be read as a value", change.raw_text))
        .mark("not a value of the language");
    return {};
  } else {
    value = evaluate(change.value, *change.scope);
    value.origin = change.value->range;
  }
  const Range place = value.origin.known() ? value.origin : change.range;
  return type ? coerce(std::move(value), *type, home, what, place) : value;
}

}  // namespace stria
