// Dispatch over the kinds of expression, and the small ones.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "compiler/sema/elaborator.h"
#include "compiler/sema/walk.h"
#include "compiler/sema/words.h"
#include "compiler/syntax/parse.h"

namespace stria {

namespace {

constexpr int deepest = 700;
constexpr int64_t most_steps = 2'000'000;  // of one piece of work: a definition, a member, an item of data

struct DepthGuard {
  explicit DepthGuard(int& depth) : depth_(depth) { ++depth_; }
  ~DepthGuard() { --depth_; }
  DepthGuard(const DepthGuard&) = delete;
  int& depth_;
};

Value wrap(auto value, Range origin) { return Value{std::move(value), origin}; }

}  // namespace

Value Elaborator::evaluate(const ast::Expr& expression, Scope& scope) {
  const DepthGuard guard(depth_);
  if (exhausted_) return {};
  if (depth_ > deepest || ++steps_ > most_steps) {
    exhausted_ = true;
    report(Kind::too_much, expression.range, "this is more than can be worked out in reasonable time")
        .mark(depth_ > deepest ? "definitions are nested too deeply here" : "too many parts")
        .fix("use smaller ranges, or fewer layers of definitions");
    return {};
  }
  const Range range_here = expression.range;
  struct Visitor {
    Elaborator& self;
    const ast::Expr& expression;
    Scope& scope;
    Range range;
    Value operator()(const ast::IntLiteral& literal) {
      const auto exact = Rational::parse(literal.digits);
      if (!exact) {
        self.report(Kind::too_much, range, "this number has too many digits").mark("above 9.2e18");
        return {};
      }
      return wrap(Number::rational(*exact, true), range);
    }
    Value operator()(const ast::FloatLiteral& literal) {
      Number number = Number::plain(std::strtod(literal.text.c_str(), nullptr));
      number.exact = Rational::parse(literal.text);
      if (number.exact) number.value = number.exact->value();
      return self.finite(number) ? wrap(number, range) : self.too_large(range);
    }
    Value operator()(const ast::QuantityLiteral& literal) {
      return self.quantity(literal, expression, scope);
    }
    Value operator()(const ast::StringLiteral& literal) { return wrap(Text{literal.value}, range); }
    Value operator()(const ast::BoolLiteral& literal) { return wrap(literal.value, range); }
    Value operator()(const ast::NoneLiteral&) { return wrap(None{}, range); }
    Value operator()(const ast::NameRef& reference) { return self.name(reference, expression, scope); }
    Value operator()(const ast::NextRef& next) { return self.next_value(next.name, scope); }
    Value operator()(const ast::Member& member) { return self.member(member, expression, scope); }
    Value operator()(const ast::Call& call) {
      const Value callee = self.evaluate(call.callee, scope);
      return self.call(callee, call, expression, scope);
    }
    Value operator()(const ast::Index& index) { return self.index(index, expression, scope); }
    Value operator()(const ast::With& with) { return self.amend(with, expression, scope); }
    Value operator()(const ast::List& list) {
      List items;
      for (const auto& item : list.items) {
        items.items.push_back(self.evaluate(item, scope));
        self.steps_ += self.entries_of(items.items.back());
        Range& origin = items.items.back().origin;  // of a name of the library: where it is named
        if (!origin.known() || origin.file->in_standard_library) origin = item->range;
      }
      return wrap(std::move(items), range);
    }
    Value operator()(const ast::ListComprehension& list) {
      return self.list_comprehension(list, expression, scope);
    }
    Value operator()(const ast::Record& record) {
      Record fields;
      for (const auto& field : record.fields) {
        std::string label;
        for (const auto& part : field.path) label += (label.empty() ? "" : ".") + part.text;
        for (const auto& [earlier, value] : fields.fields)
          if (earlier == label)
            self.report(Kind::name_taken, field.range, fmt::format("`{}` is given twice", label))
                .mark("given again");
        fields.fields.emplace_back(label, self.evaluate(field.value, scope));
      }
      return wrap(std::move(fields), range);
    }
    Value operator()(const ast::Unary& unary) { return self.unary(unary, expression, scope); }
    Value operator()(const ast::Binary& binary) {
      if (binary.op == ast::BinaryOp::and_ || binary.op == ast::BinaryOp::or_) {
        const Value left = self.evaluate(binary.left, scope), right = self.evaluate(binary.right, scope);
        return self.binary(binary.op, left, right, binary.op_range, binary.left->range, binary.right->range);
      }
      const Value left = self.evaluate(binary.left, scope), right = self.evaluate(binary.right, scope);
      Value result =
          self.binary(binary.op, left, right, binary.op_range, binary.left->range, binary.right->range);
      result.origin = range;
      return result;
    }
    Value operator()(const ast::Comparison& comparison) {
      return self.comparison(comparison, expression, scope);
    }
    Value operator()(const ast::RangeExpr& r) { return self.range(r, expression, scope); }
    Value operator()(const ast::If& choice) { return self.choose(choice, scope); }
    Value operator()(const ast::Lambda& lambda) {
      auto function = std::make_shared<Function>();
      function->formals = &lambda.formals;
      function->body = lambda.body;
      function->home = &scope;
      return wrap(std::shared_ptr<const Function>(function), range);
    }
    Value operator()(const ast::Pipe& pipe) { return self.pipe(pipe, expression, scope); }
    Value operator()(const ast::ErrorExpr&) { return {}; }
  };
  return std::visit(Visitor{*this, expression, scope, range_here}, expression.node);
}

// Entries of a list and of the lists in it: they are copied with it.
int64_t Elaborator::entries_of(const Value& value) {
  int64_t n = 1;
  if (const auto* list = value.get<List>())
    for (const auto& item : list->items) n += entries_of(item);
  if (const auto* record = value.get<Record>())
    for (const auto& [name, item] : record->fields) n += entries_of(item);
  return n;
}

bool Elaborator::finite(const Number& number) const { return std::isfinite(number.value); }

Value Elaborator::too_large(Range range) {
  report(Kind::not_finite, range, "this number is too large").mark("above 1.8e308");
  return {};
}

Value Elaborator::quantity(const ast::QuantityLiteral& literal, const ast::Expr& expression, Scope& scope) {
  const auto exact = Rational::parse(literal.number);
  Number number =
      exact ? Number::rational(*exact) : Number::plain(std::strtod(literal.number.c_str(), nullptr));
  if (literal.unit_text == "%") {
    if (number.exact) number.exact = divide(*number.exact, Rational(100));
    number.value = number.exact ? number.exact->value() : number.value / 100;
    return wrap(number, expression.range);
  }
  const auto unit = unit_of(literal.unit, scope);
  if (!unit) return {};
  if (!unit->known) return wrap(Number::unknown(unit->dimension), expression.range);
  Number result = number;
  result.dimension = unit->dimension;
  result.unit = literal.unit_text;
  result.unit_size = unit->value;
  result.value = number.value * unit->value;
  result.exact = number.exact && unit->exact ? multiply(*number.exact, *unit->exact) : std::nullopt;
  if (result.exact) result.value = result.exact->value();
  return finite(result) ? wrap(result, expression.range) : too_large(expression.range);
}

Value Elaborator::unary(const ast::Unary& unary, const ast::Expr& expression, Scope& scope) {
  const Value operand = evaluate(unary.operand, scope);
  if (operand.is_unknown()) return {};
  if (unary.op == ast::UnaryOp::not_) {
    if (const bool* truth = operand.get<bool>()) return wrap(!*truth, expression.range);
    if (operand.object<Tensor>()) return pointwise(ir::Op::logical_not, {operand}, expression.range, "not");
    report(Kind::wrong_kind, unary.operand->range,
           fmt::format("`not` takes true or false, this is {}", describe(operand)))
        .mark("not a condition");
    return {};
  }
  if (unary.op == ast::UnaryOp::plus) return operand;
  if (const auto number = as_number(operand)) {
    Number negated = *number;
    negated.value = -negated.value;
    if (negated.exact) negated.exact = negated.exact->negated();
    return wrap(negated, expression.range);
  }
  if (operand.object<AffineIndex>())
    return binary(ast::BinaryOp::multiply, wrap(Number::whole(-1), expression.range), operand,
                  expression.range, expression.range, unary.operand->range);
  return pointwise(ir::Op::neg, {operand}, expression.range, "-");
}

Value Elaborator::comparison(const ast::Comparison& comparison, const ast::Expr& expression, Scope& scope) {
  std::vector<Value> operands;
  for (const auto& operand : comparison.operands) operands.push_back(evaluate(operand, scope));
  Value result = wrap(true, expression.range);
  for (size_t i = 0; i < comparison.ops.size(); ++i) {
    const Range both = join(comparison.operands[i]->range, comparison.operands[i + 1]->range);
    const Value one = compare(comparison.ops[i], operands[i], operands[i + 1], both);
    if (i == 0) {
      result = one;
      continue;
    }
    result = binary(ast::BinaryOp::and_, result, one, both, both, both);
  }
  result.origin = expression.range;
  return result;
}

Value Elaborator::range(const ast::RangeExpr& range, const ast::Expr& expression, Scope& scope) {
  const Value low = evaluate(range.low, scope), high = evaluate(range.high, scope);
  const Value step = range.step ? evaluate(range.step, scope) : wrap(Number::whole(1), expression.range);
  if (low.is_unknown() || high.is_unknown() || step.is_unknown()) return {};
  const auto a = as_number(low), b = as_number(high), s = as_number(step);
  for (const auto& [number, part] :
       {std::pair{&a, range.low.get()}, {&b, range.high.get()}, {&s, range.step.get()}})
    if (!*number) {
      report(Kind::wrong_kind, part ? part->range : expression.range, "a range `a .. b` takes numbers")
          .mark("not a number");
      return {};
    }
  if (!a->known || !b->known || !s->known) return {};
  if (a->dimension != b->dimension || (range.step && s->dimension != a->dimension)) {
    report(Kind::unit_mismatch, expression.range,
           fmt::format("the ends and the step of a range must have one unit"))
        .mark(fmt::format("from {} to {}", a->text(), b->text()));
    return {};
  }
  if (!range.step && !a->dimension.is_plain()) {
    report(Kind::missing_argument, expression.range, "a range of quantities needs a `step`")
        .mark("how far apart?")
        .fix(fmt::format("`{} .. {} step ...`", a->text(), b->text()));
    return {};
  }
  if (!a->exact || !b->exact || !s->exact || s->value <= 0) {
    report(Kind::wrong_kind, expression.range, "a range needs exact ends and a positive step")
        .mark("cannot be counted");
    return {};
  }
  if ((b->value - a->value) / s->value > 100'000) {
    report(Kind::too_much, expression.range, "this range has over 100,000 entries").mark("too long");
    return {};
  }
  List items;
  for (Rational at = *a->exact; stria::compare(at, *b->exact) <= 0;) {
    Number number = Number::rational(at, a->is_whole && s->is_whole);
    number.dimension = a->dimension;
    number.unit = a->unit;
    number.unit_size = a->unit_size;
    items.items.push_back(wrap(number, expression.range));
    const auto following = add(at, *s->exact);
    if (!following) break;
    at = *following;
  }
  return wrap(std::move(items), expression.range);
}

Value Elaborator::choose(const ast::If& choice, Scope& scope) {
  const Value truth = evaluate(choice.condition, scope);
  if (const bool* known = truth.get<bool>()) return evaluate(*known ? choice.then : choice.otherwise, scope);
  if (truth.is_unknown()) {
    // Both texts are looked at, so that a mistake in either shows now; which one holds is known later.
    evaluate(choice.then, scope);
    evaluate(choice.otherwise, scope);
    return {};
  }
  if (truth.object<Tensor>()) {
    report(Kind::run_value, choice.condition->range,
           "`if` is decided before a model runs, this exists only while it runs")
        .mark("a run value")
        .fix("`where(condition, a, b)` chooses for each entry while running");
    return {};
  }
  report(Kind::wrong_kind, choice.condition->range,
         fmt::format("`if` takes true or false, this is {}", describe(truth)))
      .mark("not a condition");
  return {};
}

std::optional<bool> Elaborator::condition(const ast::Expr& expression, Scope& scope, std::string_view what) {
  const Value truth = evaluate(expression, scope);
  if (const bool* known = truth.get<bool>()) return *known;
  if (truth.is_unknown()) return std::nullopt;
  if (truth.object<Tensor>())
    report(Kind::run_value, expression.range,
           fmt::format("{} is decided before a model runs, this exists only while it runs", what))
        .mark("a run value");
  else
    report(Kind::wrong_kind, expression.range,
           fmt::format("{} takes true or false, this is {}", what, describe(truth)))
        .mark("not a condition");
  return std::nullopt;
}

Value Elaborator::member(const ast::Member& member, const ast::Expr& expression, Scope& scope) {
  // A module's name, `ad.Slow`, is looked up in that file.
  if (const auto* reference = std::get_if<ast::NameRef>(&member.object->node)) {
    Entry* entry = look_up(reference->name, scope);
    if (entry && entry->kind == Entry::Kind::module) {
      Entry* item = const_cast<Module*>(entry->module)->scope.find_here(member.name.text);
      if (item && item->kind == Entry::Kind::item) return value_of(*item, member.name.text);
      report(Kind::unknown_name, member.name.range,
             fmt::format("`{}` has nothing named `{}`", reference->name, member.name.text))
          .mark("not found there");
      return {};
    }
  }
  const Value object = evaluate(member.object, scope);
  if (object.is_unknown() || object.is_none()) return object;
  if (const auto* record = object.get<Record>()) {
    std::vector<std::string> labels;
    for (const auto& [label, value] : record->fields) {
      if (label == member.name.text) return value;
      labels.push_back(label);
    }
    auto& message = report(Kind::unknown_name, member.name.range,
                           fmt::format("there is no field `{}` here", member.name.text));
    message.mark("not found");
    if (const auto close = nearest(member.name.text, labels))
      message.fix(fmt::format("did you mean `{}`?", *close), {{member.name.range, *close}});
    return {};
  }
  if (const auto* symbol = object.object<Symbol>()) return part_of_run(*symbol, member, expression);
  if (object.object<Recipe>() && (member.name.text == "units" || member.name.text == "stimuli"))
    return dataset_member ? dataset_member(*object.object<Recipe>(), member.name.text) : Value{};
  if (object.get<DataPointer>()) {
    report(Kind::not_run_yet, member.name.range, "fields of tables and struct arrays cannot be read yet")
        .mark(fmt::format("a field of {}", describe(object)));
    return {};
  }
  auto& message = report(Kind::wrong_kind, member.object->range,
                         fmt::format("{} has no parts to take with `.`", describe(object)));
  message.mark(fmt::format("`.{}` is asked of this", member.name.text));
  const std::string written(text_of(member.object->range));
  if (object.object<Tensor>() && member.name.text == "T")
    message.fix(fmt::format("`transpose({})`", written));
  else if (object.object<Tensor>() && look_up(member.name.text, scope))
    message.fix(fmt::format("`{} |> {}`", written, member.name.text));
  return {};
}

// exp.2: `train`, `valid` and `test` have the loss and the scores.
Value Elaborator::part_of_run(const Symbol& symbol, const ast::Member& member, const ast::Expr& expression) {
  std::vector<std::string> known;
  if (symbol.name.find('.') == std::string::npos) {
    known.push_back("loss");
    if (Module* scores = modules_.standard("stria.scores"))
      for (const auto& [name, entry] : scores->scope.entries)
        if (entry.item && std::holds_alternative<ast::FnDecl>(entry.item->node)) known.push_back(name);
  }
  if (std::find(known.begin(), known.end(), member.name.text) != known.end())
    return wrap(std::make_shared<const Symbol>(Symbol{symbol.name + "." + member.name.text}),
                expression.range);
  auto& message = report(Kind::unknown_name, member.name.range,
                         fmt::format("`{}` has no `{}`", symbol.name, member.name.text));
  message.mark("not found");
  if (!known.empty()) message.note("it has: " + listed(known));
  if (const auto close = nearest(member.name.text, known))
    message.fix(fmt::format("did you mean `{}`?", *close), {{member.name.range, *close}});
  return {};
}

// ` where n = 3, w = 20ms`: what the names in changes stand for, of a sweep or arguments around, without
// which two changes would read alike. Empty where there are none.
static std::string text_of_local_names(Elaborator& e, const ast::With& with, Scope& scope) {
  std::map<std::string, std::string> values;
  const auto add = [&](const ast::Expr& part) {
    const auto* reference = std::get_if<ast::NameRef>(&part.node);
    if (!reference || values.count(reference->name) > 0) return;
    Scope* home = &scope;
    while (home && !home->find_here(reference->name)) home = home->parent;
    if (!home || !home->module || home == &home->module->scope) return;
    const Value value = e.value_of(*home->find_here(reference->name), reference->name);
    if (!value.is_unknown() && !value.object<Tensor>()) values[reference->name] = stria::text(value);
  };
  for (const auto& field : with.fields) for_each_expression(*field.value, add);
  std::string text;
  for (const auto& [name, value] : values) text += (text.empty() ? " where " : ", ") + name + " = " + value;
  return text;
}

Value Elaborator::amend(const ast::With& with, const ast::Expr& expression, Scope& scope) {
  const Value object = evaluate(with.object, scope);
  if (object.is_unknown()) return {};
  if (const auto* record = object.get<Record>()) {
    Record changed = *record;
    for (const auto& field : with.fields) {
      bool found = false;
      for (auto& [label, value] : changed.fields)
        if (field.path.size() == 1 && label == field.path[0].text) {
          value = evaluate(field.value, scope);
          found = true;
        }
      if (!found)
        report(Kind::unknown_name, field.range,
               fmt::format("there is no field `{}` to change", field.path[0].text))
            .mark("not found");
    }
    return wrap(std::move(changed), expression.range);
  }
  const auto* recipe = object.object<Recipe>();
  if (!recipe || recipe->kind != Recipe::Kind::entity) {
    report(
        Kind::wrong_kind, with.object->range,
        fmt::format("`with` changes an experiment, protocol, model or record, this is {}", describe(object)))
        .mark("cannot be changed so");
    return {};
  }
  auto changed = std::make_shared<Recipe>(*recipe);
  std::string text;
  for (const auto& field : with.fields) {
    changed->amendments.push_back({field.path, field.value, "", &scope, field.range, nullptr});
    text += (text.empty() ? "" : ", ");
    for (size_t i = 0; i < field.path.size(); ++i) text += (i ? "." : "") + field.path[i].text;
    text += " = " + format(*field.value);
  }
  changed->text += " with {" + text + "}" + text_of_local_names(*this, with, scope);
  return wrap(std::shared_ptr<const Recipe>(changed), expression.range);
}

Value Elaborator::pipe(const ast::Pipe& pipe, const ast::Expr& expression, Scope& scope) {
  const Value source = evaluate(pipe.source, scope);
  const auto apply_to_source = [&](const Recipe& recipe) -> Value {
    if (!source.object<Recipe>()) return apply(recipe, {{"", source}}, *pipe.target, scope);
    report(Kind::wrong_kind, pipe.source->range,
           fmt::format("a pipe carries a value into a layer, this is {}", describe(source)))
        .mark("not applied to anything")
        .fix(fmt::format("`chain([{}, {}])` puts layers one behind another", text_of(pipe.source->range),
                         text_of(pipe.target->range)));
    return {};
  };
  // `x |> f(a)`: a function is called with x in front, a recipe is applied to x (vals.8).
  if (const auto* written = std::get_if<ast::Call>(&pipe.target->node)) {
    const Value callee = evaluate(written->callee, scope);
    if (callee.is_unknown()) {
      for (const auto& argument : written->arguments) evaluate(argument.value, scope);
      return {};
    }
    const auto* function = callee.object<Function>();
    const bool makes_recipe =
        function && function->kind == Function::Kind::primitive && function->primitive->makes_recipe;
    if (function && !makes_recipe) return call(callee, *written, expression, scope, &source);
    const Value made = call(callee, *written, *pipe.target, scope);
    if (made.is_unknown()) return {};
    if (const auto* recipe = made.object<Recipe>()) return apply_to_source(*recipe);
    report(Kind::wrong_kind, pipe.target->range, fmt::format("a value is piped into {}", describe(made)))
        .mark("expected a layer, cell, model, chain or function");
    return {};
  }
  const Value target = evaluate(pipe.target, scope);
  if (target.is_unknown()) return {};
  if (target.object<Function>()) {
    ast::Call bare;
    bare.callee = pipe.target;
    return call(target, bare, expression, scope, &source);
  }
  if (const auto* recipe = target.object<Recipe>()) return apply_to_source(*recipe);
  report(Kind::wrong_kind, pipe.target->range, fmt::format("a value is piped into {}", describe(target)))
      .mark("expected a layer, cell, model, chain or function");
  return {};
}

std::optional<std::vector<Value>> Elaborator::elements(const Value& value, Range range) {
  if (value.is_unknown()) return std::nullopt;
  if (const auto* list = value.get<List>()) return list->items;
  if (const auto* record = value.get<Record>()) {
    std::vector<Value> items;
    for (const auto& [label, item] : record->fields) items.push_back(item);
    return items;
  }
  report(Kind::wrong_kind, range, fmt::format("expected a list or a range, this is {}", describe(value)))
      .mark("cannot be gone through one by one");
  return std::nullopt;
}

}  // namespace stria
