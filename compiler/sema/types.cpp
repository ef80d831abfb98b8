// Types as written: dims of shapes, and what a value must be to pass as one.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "compiler/sema/dims.h"
#include "compiler/sema/elaborator.h"
#include "compiler/sema/words.h"
#include "compiler/syntax/parse.h"

namespace stria {

// No machine holds more along one dim; products of sizes stay within 64 bits.
constexpr double largest_size = 1e9;

namespace {

bool is_word(const ast::TypeExpr& type, std::string_view word) {
  return type.kind == ast::TypeExpr::Kind::unit && type.unit.size() == 1 && type.unit[0].name == word &&
         type.unit[0].power == 1;
}

Value dim_value(DimRef dim, Range range) {
  return Value{std::make_shared<const DimValue>(DimValue{std::move(dim)}), range};
}

DimRef nameless(std::optional<int64_t> size, Range range = {}) {
  return std::make_shared<const DimInfo>(DimInfo{"", size, range});
}

std::optional<ast::EntityKind> entity_word(const ast::TypeExpr& type) {
  for (const auto kind :
       {ast::EntityKind::layer, ast::EntityKind::cell, ast::EntityKind::model, ast::EntityKind::dataset,
        ast::EntityKind::protocol, ast::EntityKind::experiment, ast::EntityKind::analysis})
    if (is_word(type, ast::word(kind))) return kind;
  return std::nullopt;
}

bool recipe_fits(const Recipe& recipe, ast::EntityKind wanted) {
  const bool applied =
      wanted == ast::EntityKind::layer || wanted == ast::EntityKind::cell || wanted == ast::EntityKind::model;
  if (recipe.kind != Recipe::Kind::entity) return applied;
  const auto kind = recipe.entity().kind;
  const bool is_applied =
      kind == ast::EntityKind::layer || kind == ast::EntityKind::cell || kind == ast::EntityKind::model;
  return applied ? is_applied : kind == wanted;
}

}  // namespace

const ast::Entity& Recipe::entity() const { return std::get<ast::Entity>(item->node); }
std::string Recipe::name() const {
  return kind == Kind::entity ? entity().name.text : kind == Kind::chain ? "chain" : "function";
}

// ---------------------------------------------------------------- dims
DimRef Elaborator::dim_of(const ast::Expr& expression, Scope& scope) {
  const auto* reference = std::get_if<ast::NameRef>(&expression.node);
  Body* body = scope.body;
  const bool of_alias = reference && scope.is_of_alias(reference->name);
  if (reference && body && !of_alias) {
    const auto known = body->dims.find(reference->name);
    if (known != body->dims.end()) return known->second;
  }
  const Value value = evaluate(expression, scope);
  if (value.is_unknown()) return nullptr;
  DimRef dim;
  const auto* given = value.object<DimValue>();
  const auto number = as_number(value);
  if (!number || !number->is_whole || !number->dimension.is_plain()) {
    report(Kind::wrong_kind, expression.range,
           fmt::format("expected a dim or a whole number, this is {}", describe(value)))
        .mark("not a size");
    return nullptr;
  }
  if (number->known && number->value < 1) {
    report_bad_size(expression, scope, *number);
    return nullptr;
  }
  if (number->known && number->value > largest_size) {
    report(Kind::too_much, expression.range,
           fmt::format("a size is at most 1,000,000,000, this is {}", number->text()))
        .mark("too large");
    return nullptr;
  }
  if (!reference)
    return given ? given->dim
                 : nameless(number->known ? std::optional(number->exact->numerator()) : std::nullopt,
                            expression.range);
  if (given) return given->dim;
  Entry* entry = look_up(reference->name, scope);
  if (!body || !entry || of_alias || entry->kind == Entry::Kind::module)
    return nameless(number->known ? std::optional(number->exact->numerator()) : std::nullopt);
  DimInfo own{reference->name, number->known ? std::optional(number->exact->numerator()) : std::nullopt,
              entry->declared};
  dim = std::make_shared<const DimInfo>(own);
  body->dims[reference->name] = dim;
  return dim;
}

void Elaborator::report_bad_size(const ast::Expr& expression, Scope& scope, const Number& size) {
  const std::string written(stria::text_of(expression.range));
  auto& message = report_value(Kind::bad_size, expression, scope,
                               fmt::format("a size must be at least 1, this is {}", size.text()),
                               fmt::format("`{}` is {}", written, size.text()));
  message.mark("no entry would be left");
  const auto* reference = std::get_if<ast::NameRef>(&expression.node);
  Entry* entry = reference ? look_up(reference->name, scope) : nullptr;
  const auto* let = entry && entry->item ? std::get_if<ast::LetDecl>(&entry->item->node) : nullptr;
  if (!let || entry->part >= 0) return;
  message.note(fmt::format("{} = {}", reference->name, stria::text_of(let->value->range)));
  note_values(message, *let->value, *entry->scope);
  entry->value[0] = entry->value[1] = Value{};  // what else it is used for would say the same again
}

Value Elaborator::dim_argument(const ast::Expr& expression, Scope& scope) {
  if (const auto* list = std::get_if<ast::List>(&expression.node)) {
    List dims;
    for (const auto& item : list->items) {
      const DimRef dim = dim_of(*item, scope);
      if (!dim) return {};
      dims.items.push_back(dim_value(dim, item->range));
    }
    return Value{std::move(dims), expression.range};
  }
  if (const auto* reference = std::get_if<ast::NameRef>(&expression.node)) {
    const bool own_dim = scope.body && scope.body->dims.contains(reference->name);
    if (!own_dim && look_up(reference->name, scope)) {
      const Value value = evaluate(expression, scope);
      if (value.is_unknown() || value.is_none() || value.get<List>()) return value;
    }
  } else {
    const Value value = evaluate(expression, scope);
    if (value.is_unknown() || value.is_none() || value.get<List>()) return value;
  }
  const DimRef dim = dim_of(expression, scope);
  if (!dim) return {};
  return dim_value(dim, expression.range);
}

std::optional<Dims> Elaborator::dims_of_shape(const std::vector<ast::DimItem>& shape, Scope& scope) {
  Dims dims;
  bool known = true;
  for (const auto& item : shape) {
    if (item.kind == ast::DimItem::Kind::splice) {
      if (!item.name) return std::nullopt;
      ast::Expr reference;
      reference.range = item.name->range;
      reference.node = ast::NameRef{item.name->text};
      const Value value = dim_argument(reference, scope);
      const auto* list = value.get<List>();
      const auto* one = value.object<DimValue>();
      if (!list && !one) {
        if (!value.is_unknown())
          report(Kind::wrong_kind, item.range,
                 fmt::format("`...{}` takes a list of dims, this is {}", item.name->text, describe(value)))
              .mark("not a list of dims");
        known = false;
        continue;
      }
      if (one) dims.push_back(one->dim);
      if (list)
        for (const auto& part : list->items) {
          const auto* dim = part.object<DimValue>();
          if (dim)
            dims.push_back(dim->dim);
          else
            known = false;
        }
      continue;
    }
    const DimRef dim = item.value ? dim_of(*item.value, scope) : nullptr;
    known = known && dim;
    if (dim) dims.push_back(dim);
  }
  if (!known) return std::nullopt;
  return dims;
}

// ---------------------------------------------------------------- values as a type
Value Elaborator::open_value(const ast::TypeExpr* written, Scope& scope, const std::string& name) {
  const auto meaning = written ? meant(*written, scope) : std::nullopt;
  if (!meaning) return {};
  const ast::TypeExpr* type = meaning->type;
  if (is_word(*type, "dim"))
    return dim_value(std::make_shared<const DimInfo>(DimInfo{name, std::nullopt, type->range}), type->range);
  if (is_word(*type, "int")) return Value{Number::unknown({}, true), type->range};
  if (is_word(*type, "real")) return Value{Number::unknown(), type->range};
  for (const char* word : {"bool", "text", "path", "any", "unit"})
    if (is_word(*type, word)) return {};
  if (entity_word(*type) || type->kind != ast::TypeExpr::Kind::unit) return {};
  const auto unit = unit_of(type->unit, *meaning->scope);
  return unit ? Value{Number::unknown(unit->dimension), type->range} : Value{};
}

Value Elaborator::coerce(Value value, const ast::TypeExpr& written, Scope& around, const std::string& what,
                         Range range) {
  using Form = ast::TypeExpr::Kind;
  if (value.is_unknown()) return value;
  const auto meaning = meant(written, around);
  if (!meaning) return {};
  const ast::TypeExpr& type = *meaning->type;
  Scope& scope = *meaning->scope;
  const auto refuse = [&](const std::string& wanted) -> Value {
    report(Kind::wrong_kind, range, fmt::format("{} takes {}, this is {}", what, wanted, describe(value)))
        .mark("expected " + wanted)
        .also(type.range, "declared here");
    return {};
  };
  switch (type.kind) {
    case Form::one_of: {
      std::vector<std::string> choices;
      for (const auto& choice : type.choices) {
        const Value allowed = evaluate(choice, scope);
        const Value same = allowed.value.index() == value.value.index()
                               ? compare(ast::CompareOp::equal, value, allowed, range)
                               : Value{false, range};
        if (const bool* truth = same.get<bool>(); truth && *truth) return value;
        choices.push_back(text(allowed));
      }
      std::string list;
      for (const auto& choice : choices) list += (list.empty() ? "" : ", ") + choice;
      auto& message = report(Kind::wrong_kind, range,
                             fmt::format("{} is one of {}; this is {}", what, list, text(value)));
      message.mark("not one of them").also(type.range, "declared here");
      if (const auto close = nearest(text(value), choices))
        message.fix(fmt::format("did you mean {}?", *close), {{range, *close}});
      return {};
    }
    case Form::list: {
      const auto* list = value.get<List>();
      if (!list) return value.get<DataPointer>() ? value : refuse("a list");
      List items;
      for (const auto& item : list->items)
        items.items.push_back(coerce(item, *type.of, scope, what, item.origin.known() ? item.origin : range));
      return Value{std::move(items), value.origin};
    }
    case Form::function:
      return value.object<Function>() ? value : refuse("a function");
    case Form::tensor:
    case Form::stream:
      return coerce_tensor(std::move(value), type, scope, what, range);
    case Form::unit:
      break;
  }
  if (const auto wanted = entity_word(type)) {
    const auto* recipe = value.object<Recipe>();
    if (recipe && recipe_fits(*recipe, *wanted)) return value;
    const bool applied = *wanted == ast::EntityKind::layer || *wanted == ast::EntityKind::cell ||
                         *wanted == ast::EntityKind::model;
    if (applied && value.object<Function>()) return value;
    return refuse(with_article(ast::word(*wanted)));
  }
  if (is_word(type, "any")) return value;
  if (is_word(type, "unit")) return coerce_unit_of_data(value, refuse);
  if (is_word(type, "bool")) return value.get<bool>() ? value : refuse("true or false");
  if (is_word(type, "text"))
    return value.get<Text>() || value.get<Path>() ? value : refuse("a text in quotes");
  if (is_word(type, "path")) {
    if (value.get<Path>()) return value;
    const auto* words = value.get<Text>();
    if (!words) return refuse("a path in quotes");
    // vals.10: relative to the folder of the file it is written in.
    namespace fs = std::filesystem;
    fs::path path(words->text);
    const SourceFile* file = value.origin.file;
    if (path.is_relative() && file && file->path != "--set") path = fs::path(file->path).parent_path() / path;
    return Value{Path{path.lexically_normal().string()}, value.origin};
  }
  const auto number = as_number(value);
  if (is_word(type, "dim")) {
    if (value.object<DimValue>()) return value;
    if (!number || !number->is_whole || !number->dimension.is_plain())
      return refuse("a dim or a whole number");
    if (number->known && number->value < 1) {
      report(Kind::bad_size, range,
             fmt::format("{} is a size and must be at least 1, this is {}", what, number->text()))
          .mark("no entry would be left");
      return {};
    }
    if (number->known && number->value > largest_size) {
      report(Kind::too_much, range,
             fmt::format("{} is a size and is at most 1,000,000,000, this is {}", what, number->text()))
          .mark("too large");
      return {};
    }
    return dim_value(
        nameless(number->known ? std::optional(number->exact->numerator()) : std::nullopt, range),
        value.origin);
  }
  if (is_word(type, "int")) {
    if (number && number->is_whole) return Value{*number, value.origin};
    if (number && number->known && number->exact && number->exact->is_whole() && number->dimension.is_plain())
      return Value{Number::whole(number->exact->numerator()), value.origin};
    return number && !number->known ? value : refuse("a whole number");
  }
  if (is_word(type, "real")) {
    if (number && number->dimension.is_plain()) return Value{*number, value.origin};
    if (value.object<Tensor>()) return value;
    return refuse("a plain number");
  }
  const auto unit = unit_of(type.unit, scope);
  if (!unit) return {};
  const std::string wanted = unit->dimension.text();
  if (number) {
    if (number->dimension == unit->dimension || number->is_zero()) {
      Number counted = *number;
      counted.dimension = unit->dimension;
      return Value{counted, value.origin};
    }
    auto& message =
        report(Kind::unit_wanted, range,
               fmt::format("{} takes {}, {} is {}", what, wanted, number->text(), number->dimension.text()));
    message.mark("expected " + text_of_type(type)).also(type.range, "declared here");
    Dimension time;
    time.exponents[Dimension::time] = 1;
    if (number->dimension.is_plain() && unit->dimension == time && number->known) {
      const std::string quantity = fmt::format("`{}{}`", number->text(), text_of_type(type));
      message.fix(what == "`dt`"
                      ? quantity
                      : fmt::format("`{}bin` for that many steps of whatever length the data have, or {}",
                                    number->text(), quantity));
    }
    return {};
  }
  if (const auto* tensor = value.object<Tensor>()) {
    if (tensor->unit == unit->dimension) return value;
    report(Kind::unit_wanted, range,
           fmt::format("{} takes {}, this is {}", what, wanted, tensor->unit.text()))
        .mark("another unit")
        .also(type.range, "declared here");
    return {};
  }
  if (value.get<DataPointer>()) return value;
  return refuse(wanted);
}

// What a dataset's `units` hold: numbers, texts, files, records, data that were read. Which dataset's is only
// known where the functions of that dataset use it.
Value Elaborator::coerce_unit_of_data(Value value, const std::function<Value(const std::string&)>& refuse) {
  const auto* number = value.get<Number>();
  const bool plain = number && number->dimension.is_plain();
  const bool fits =
      plain || value.get<Text>() || value.get<Path>() || value.get<Record>() || value.get<DataPointer>();
  return fits ? value : refuse("a unit of a dataset");
}

std::string Elaborator::text_of_type(const ast::TypeExpr& type) const {
  return std::string(stria::text_of(type.range));
}

Value Elaborator::coerce_tensor(Value value, const ast::TypeExpr& type, Scope& scope, const std::string& what,
                                Range range) {
  // In a data program the values are the runtime's: their frames are checked when they are read.
  if (value.get<DataPointer>() || value.get<Path>() || value.is_none()) return value;
  auto tensor = as_tensor(value, range);
  if (!tensor) return {};
  if (type.kind == ast::TypeExpr::Kind::stream && !tensor->is_stream && !in_scan()) {
    report(Kind::stream_wanted, range, fmt::format("{} is declared as a stream, this has no time", what))
        .mark("the same for every bin")
        .also(type.range, "declared here");
    return {};
  }
  Dimension unit;
  if (!type.unit.empty()) {
    const auto declared = unit_of(type.unit, scope);
    if (!declared) return {};
    unit = declared->dimension;
  }
  const auto* number = value.get<Number>();
  if (tensor->unit != unit && !(number && number->is_zero())) {
    report(Kind::unit_mismatch, range,
           fmt::format("{} is declared as {}, this is {}", what, unit.text(), tensor->unit.text()))
        .mark("another unit")
        .also(type.range, "declared here");
    return {};
  }
  tensor->unit = unit;
  if (!type.shape) return make(std::move(*tensor), value.origin);
  for (const auto& item : *type.shape)
    if (item.kind == ast::DimItem::Kind::splice && !item.name) return make(std::move(*tensor), value.origin);
  const auto declared = dims_of_shape(*type.shape, scope);
  if (!declared) return make(std::move(*tensor), value.origin);
  return take_dims(std::move(*tensor), *declared, what, type.range, range);
}

// The tensor with its dims in the declared order and under the declared names.
Value Elaborator::take_dims(Tensor tensor, const Dims& declared, const std::string& what, Range type_range,
                            Range range) {
  const auto refuse = [&](const std::string& why) -> Value {
    report(Kind::shape_mismatch, range,
           fmt::format("{} is declared as {}, this is {}", what, text(declared), text(tensor.dims)))
        .mark(why)
        .also(type_range, "declared here");
    return {};
  };
  if (tensor.dims.size() != declared.size())
    return refuse(fmt::format("{} instead of {}", counted(tensor.dims.size(), "dim"), declared.size()));
  Dims order(declared.size());
  std::vector<bool> taken(declared.size(), false);
  const auto give = [&](size_t i, size_t j) {
    order[i] = tensor.dims[j];
    taken[j] = true;
  };
  for (size_t i = 0; i < declared.size(); ++i)
    for (size_t j = 0; j < declared.size(); ++j)
      if (!taken[j] && !order[i] && tensor.dims[j] == declared[i]) give(i, j);
  for (size_t i = 0; i < declared.size(); ++i) {
    if (order[i]) continue;
    std::vector<size_t> candidates;
    for (size_t j = 0; j < declared.size(); ++j) {
      const bool nameless_side = tensor.dims[j]->is_nameless() || declared[i]->is_nameless();
      if (!taken[j] && nameless_side && sizes_may_agree(tensor.dims[j], declared[i])) candidates.push_back(j);
    }
    if (candidates.empty()) return refuse(fmt::format("there is no {} here", declared[i]->text()));
    // Nameless dims are taken in order where that fits: a shape is read from left to right.
    give(i, std::find(candidates.begin(), candidates.end(), i) != candidates.end() ? i : candidates[0]);
  }
  Tensor result = tensor;
  result.dims = order;
  result.value = aligned(tensor, axes(result));
  result.dims = declared;
  for (size_t i = 0; i < declared.size(); ++i)
    if (!declared[i]->size && order[i]->size) {
      DimInfo sized = *declared[i];
      sized.size = order[i]->size;
      if (declared[i]->is_nameless()) result.dims[i] = std::make_shared<const DimInfo>(sized);
    }
  return make(std::move(result), range);
}

bool Elaborator::check_bound(const Value& value, const ast::Bound& bound, Scope& scope,
                             const std::string& what, Range range) {
  const auto number = as_number(value);
  if (!number || !number->known) return true;
  const auto outside = [&](const std::string& rule) {
    report(Kind::outside_bounds, range, fmt::format("{} must be {}, this is {}", what, rule, number->text()))
        .mark("outside")
        .also(bound.range, "the bound");
    return false;
  };
  const Value low = bound.low ? evaluate(bound.low, scope) : Value{};
  const Value high = bound.high ? evaluate(bound.high, scope) : Value{};
  if (!bound.op) {
    for (const auto& [op, end] :
         {std::pair{ast::CompareOp::greater_equal, low}, {ast::CompareOp::less_equal, high}}) {
      const Value inside = compare(op, value, end, range);
      if (const bool* truth = inside.get<bool>(); truth && !*truth)
        return outside(fmt::format("in {} .. {}", text(low), text(high)));
    }
    return true;
  }
  const Value inside = compare(*bound.op, value, low, range);
  const bool* truth = inside.get<bool>();
  return !truth || *truth || outside(std::string(text_of(bound.range)));
}

// ---------------------------------------------------------------- tensors out of other values
std::optional<Tensor> Elaborator::as_tensor(const Value& value, Range range) {
  if (const auto* tensor = value.object<Tensor>()) return *tensor;
  if (const auto number = as_number(value)) {
    Tensor tensor;
    tensor.unit = number->dimension;
    if (number->known) tensor.value = constant(number->value);
    return tensor;
  }
  if (const auto* index = value.object<AffineIndex>()) {
    Tensor sum;
    sum.value = constant(static_cast<double>(index->constant));
    for (const auto& [dim, coefficient] : index->terms) {
      Tensor term;
      term.lifted = {dim};
      term.value = emit(ir::Op::iota, {}, {{"size", dim->size.value_or(0)}});
      if (coefficient != 1)
        term.value = emit(ir::Op::mul, {term.value, constant(static_cast<double>(coefficient))});
      Tensor joined;
      joined.lifted = sum.lifted;
      joined.lifted.push_back(dim);
      joined.value = emit(ir::Op::add, {aligned(sum, joined.lifted), aligned(term, joined.lifted)});
      sum = joined;
    }
    return sum;
  }
  if (const auto* list = value.get<List>()) {
    std::vector<double> numbers;
    Dimension unit;
    bool known = true;
    for (const auto& item : list->items) {
      const auto number = as_number(item);
      if (!number) {
        if (item.is_unknown()) return std::nullopt;
        report(Kind::wrong_kind, range,
               fmt::format("a list of numbers stands for a tensor; one entry is {}", describe(item)))
            .mark("not all numbers");
        return std::nullopt;
      }
      known = known && number->known;
      unit = number->dimension;
      numbers.push_back(number->value);
    }
    Tensor tensor;
    tensor.unit = unit;
    tensor.dims = {nameless(static_cast<int64_t>(numbers.size()), range)};
    if (known && emitting())
      tensor.value = emit(ir::Op::table, {},
                          {{"sizes", std::vector<ir::Dim>{ir::dim(static_cast<int64_t>(numbers.size()))}},
                           {"values", numbers}});
    return tensor;
  }
  if (!value.is_unknown())
    report(Kind::wrong_kind, range, fmt::format("expected a number or a tensor, this is {}", describe(value)))
        .mark("cannot be computed with")
        .fix(value.object<Recipe>() ? "apply it first: `x |> layer`"
                                    : "compute with numbers, parameters, inputs and states");
  return std::nullopt;
}

}  // namespace stria
