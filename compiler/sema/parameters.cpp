// Parameters and buffers: what an application creates (par.1 to par.7).
//
// The graphs take theta and make p of it (par.4), in the unit it is counted in; the rest of the graph sees
// base units:
//   %t = argument "core.tau"         theta: [H]
//   %p = low + (high - low) sigmoid(%t)                  `within 2ms .. 500ms`, in ms
//   %1 = mul %p, 0.001                                   seconds
// The `init` graph gives theta: the start value or draw, divided by the unit, through the inverse.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/sema/elaborator.h"

namespace stria {

namespace {

struct InitMode {
  explicit InitMode(bool& flag) : flag_(flag), before_(flag) { flag_ = true; }
  ~InitMode() { flag_ = before_; }
  InitMode(const InitMode&) = delete;
  bool& flag_;
  bool before_;
};

int64_t product(const Dims& dims, size_t from) {
  int64_t result = 1;
  for (size_t i = from; i < dims.size(); ++i) result *= dims[i]->size.value_or(0);
  return result;
}

std::vector<int64_t> plain_sizes(const Dims& dims) {
  std::vector<int64_t> sizes;
  for (const auto& dim : dims) sizes.push_back(dim->size.value_or(0));
  return sizes;
}

bool is_complex(const ast::TypeExpr& type) { return type.element && type.element->text == "complex"; }

}  // namespace

int64_t ParameterInfo::count() const {
  int64_t count = is_complex ? 2 : 1;
  for (const int64_t size : sizes) count *= size;
  return count;
}

double decay_of(const ParameterInfo& parameter, const OptimizerRule& rule) {
  const bool bounded = parameter.bounds.kind != Bounds::Kind::none;
  return parameter.decay.value_or(bounded ? 0.0 : rule.weight_decay);
}

int64_t ModelProgram::parameter_count() const {
  int64_t count = 0;
  for (const auto& parameter : parameters) count += parameter.count();
  return count;
}

std::optional<Bounds> Elaborator::bounds_of(const ast::ParamDecl& declaration, const Number& unit,
                                            Scope& scope) {
  Bounds bounds;
  if (!declaration.within) return bounds;
  const auto& within = *declaration.within;
  const auto end = [&](const ast::ExprPtr& expression) -> std::optional<double> {
    const Value value = evaluate(expression, scope);
    const auto number = as_number(value);
    if (!number) {
      if (!value.is_unknown())
        report(Kind::wrong_kind, expression->range,
               fmt::format("a bound is a number, this is {}", describe(value)))
            .mark("not a number");
      return std::nullopt;
    }
    if (number->dimension != unit.dimension && !number->is_zero()) {
      report(Kind::unit_mismatch, expression->range,
             fmt::format("the parameter is {}, this bound is {}", unit.dimension.text(),
                         number->dimension.text()))
          .mark("another unit");
      return std::nullopt;
    }
    if (!number->known) return std::nullopt;
    return number->value / unit.value;
  };
  const auto low = end(within.low);
  const auto high = within.high ? end(within.high) : low;
  if (!low || !high) return std::nullopt;
  if (!within.op) {
    bounds = {Bounds::Kind::between, *low, *high};
    if (*low >= *high) {
      report(Kind::outside_bounds, within.range, "the lower bound must be below the upper one")
          .mark(fmt::format("{} .. {}", *low, *high));
      return std::nullopt;
    }
    return bounds;
  }
  switch (*within.op) {
    case ast::CompareOp::greater:
    case ast::CompareOp::greater_equal:
      return Bounds{Bounds::Kind::above, *low, 0};
    case ast::CompareOp::less:
    case ast::CompareOp::less_equal:
      return Bounds{Bounds::Kind::below, 0, *low};
    default:
      break;
  }
  report(Kind::wrong_kind, within.range, "a parameter is held above, below or between values")
      .mark("not such a bound")
      .fix("`within > 0`, `within <= 1`, or `within 0 .. 1`");
  return std::nullopt;
}

// theta whose p is `value` (in the parameter's unit).
static std::optional<ir::ValueId> inverse(Elaborator& elaborator, std::optional<ir::ValueId> value,
                                          const Bounds& bounds) {
  const auto emit = [&](ir::Op op, std::vector<std::optional<ir::ValueId>> operands) {
    return elaborator.emit(op, std::move(operands));
  };
  const auto inverse_softplus = [&](std::optional<ir::ValueId> x) {  // x + log(1 - e^-x)
    const auto decay = emit(ir::Op::exp, {emit(ir::Op::neg, {x})});
    return emit(ir::Op::add, {x, emit(ir::Op::log, {emit(ir::Op::sub, {elaborator.constant(1), decay})})});
  };
  switch (bounds.kind) {
    case Bounds::Kind::none:
      return value;
    case Bounds::Kind::above:
      return inverse_softplus(emit(ir::Op::sub, {value, elaborator.constant(bounds.low)}));
    case Bounds::Kind::below:
      return inverse_softplus(emit(ir::Op::sub, {elaborator.constant(bounds.high), value}));
    case Bounds::Kind::between: {
      const auto above = emit(ir::Op::sub, {value, elaborator.constant(bounds.low)});
      const auto below = emit(ir::Op::sub, {elaborator.constant(bounds.high), value});
      return emit(ir::Op::log, {emit(ir::Op::div, {above, below})});
    }
  }
  return value;
}

static std::optional<ir::ValueId> bounded(Elaborator& elaborator, std::optional<ir::ValueId> theta,
                                          const Bounds& bounds) {
  const auto emit = [&](ir::Op op, std::vector<std::optional<ir::ValueId>> operands) {
    return elaborator.emit(op, std::move(operands));
  };
  switch (bounds.kind) {
    case Bounds::Kind::none:
      return theta;
    case Bounds::Kind::above:
      return emit(ir::Op::add, {elaborator.constant(bounds.low), emit(ir::Op::softplus, {theta})});
    case Bounds::Kind::below:
      return emit(ir::Op::sub, {elaborator.constant(bounds.high), emit(ir::Op::softplus, {theta})});
    case Bounds::Kind::between:
      return emit(ir::Op::add, {elaborator.constant(bounds.low),
                                emit(ir::Op::mul, {elaborator.constant(bounds.high - bounds.low),
                                                   emit(ir::Op::sigmoid, {theta})})});
  }
  return theta;
}

void Elaborator::parameter_options(const ast::ParamDecl& declaration, ParameterInfo& info, Scope& scope) {
  for (const auto& option : declaration.options) {
    const std::string name = option.label ? option.label->text : "";
    const Value value = evaluate(option.value, scope);
    if (value.is_unknown()) continue;
    const auto number = as_number(value);
    if (name == "decay" && number)
      info.decay = number->value;
    else if (name == "lr" && number && number->value >= 0)
      info.learning_rate_factor = number->value;
    else if (name == "freeze" && value.get<bool>())
      info.frozen = *value.get<bool>();
    else {
      auto& message =
          report(Kind::unknown_argument, option.range,
                 name.empty()
                     ? "options of a parameter are given by name"
                     : fmt::format("`{}` is not an option of a parameter, or its value does not fit", name));
      message.mark("not understood")
          .note(
              "the options are: decay (a number), lr (a factor on the learning rate), freeze (true or "
              "false)");
      if (const auto close = nearest(name, {"decay", "lr", "freeze"}); close && *close != name)
        message.fix(fmt::format("did you mean `{}`?", *close));
    }
  }
}

// Products of sizes stay within 64 bits, and a parameter within any machine's memory.
bool Elaborator::check_count(const Dims& dims, Range range) {
  constexpr double most_numbers = 1e10;
  double count = 1;
  for (const auto& dim : dims) count *= static_cast<double>(dim->size.value_or(1));
  if (count <= most_numbers) return true;
  report(Kind::too_much, range,
         fmt::format("this parameter has {:.2g} numbers, at most 1e10 can be held", count))
      .mark(text(dims));
  return false;
}

Value Elaborator::parameter(const ast::ParamDecl& declaration, size_t which, Body& body, Range range) {
  const ast::Name& name = declaration.names[which];
  if (in_init_) {
    report(Kind::run_value, range,
           fmt::format("a start value cannot use the parameter `{}`: parameters get theirs first", name.text))
        .mark("a parameter");
    return {};
  }
  Scope& scope = *body.scope;
  const auto meaning = meant(*declaration.type, scope);
  if (!meaning) return {};
  const auto& type = *meaning->type;
  if (type.kind != ast::TypeExpr::Kind::tensor) {
    report(Kind::wrong_kind, declaration.type->range, "a parameter is declared with its dims")
        .mark("not a shape")
        .fix("`: [H]` for one number an entry of H, `: []` for a single number");
    return {};
  }
  auto unit = unit_of(type.unit, *meaning->scope);
  if (!unit) return {};
  auto dims = dims_of_shape(*type.shape, *meaning->scope);
  Tensor tensor;
  tensor.unit = unit->dimension;
  tensor.element = is_complex(type) ? ir::Element::complex : ir::Element::real;
  if (!dims)
    return {};  // the start draws `fan_in` from the dims: without them it would only bring messages of its
                // own
  tensor.dims = *dims;
  if (!check_count(*dims, type.range)) return {};
  const std::string path = (body.path ? body.path->prefix : "") + name.text;
  ParameterInfo info;
  info.path = path;
  info.sizes = plain_sizes(*dims);
  info.is_complex = tensor.element == ir::Element::complex;
  info.declared = name.range;
  if (!type.unit.empty()) info.unit = text_of_unit(type);
  const auto bounds = unit->known ? bounds_of(declaration, *unit, scope) : std::nullopt;
  if (bounds) info.bounds = *bounds;
  if (info.bounds.kind != Bounds::Kind::none && info.is_complex) {
    report(Kind::wrong_kind, declaration.within->range, "a complex parameter has no order, so no bounds")
        .mark("not for complex numbers");
    return {};
  }
  parameter_options(declaration, info, scope);
  const auto known = made_parameters_.find(path);
  const bool shared = known != made_parameters_.end();
  if (shared && known->second.dims.size() != dims->size()) {
    report(Kind::shape_mismatch, range,
           fmt::format("`{}` is tied, and its applications have different dims", name.text))
        .mark(text(*dims));
    return {};
  }
  if (!shared) {
    start_parameter(declaration, body, tensor, info, *unit);
    if (session.parameters) session.parameters->push_back(info);
  }
  if (session.graph) {
    const auto theta =
        shared ? *known->second.value
               : session.graph->argument(ir::ArgumentKind::parameter, path, {tensor.element, sizes(*dims)});
    tensor.value = theta;
    if (!shared) made_parameters_[path] = tensor;
    tensor.value = bounded(*this, theta, info.bounds);
    if (unit->value != 1) tensor.value = emit(ir::Op::mul, {tensor.value, constant(unit->value)});
  } else if (!shared) {
    made_parameters_[path] = tensor;
  }
  parameter_values_[path] = tensor;
  return make(std::move(tensor), name.range);
}

std::string Elaborator::text_of_unit(const ast::TypeExpr& type) const {
  if (type.unit.empty()) return "";
  return std::string(stria::text_of(join(type.unit.front().range, type.unit.back().range)));
}

// The start value, in the `init` graph.
void Elaborator::start_parameter(const ast::ParamDecl& declaration, Body& body, const Tensor& parameter,
                                 const ParameterInfo& info, const Number& unit) {
  const InitMode mode(in_init_);
  CurrentParameter current;
  current.path = info.path;
  current.dims = parameter.dims;
  current.is_complex = info.is_complex;
  current.unit = unit;
  const bool sizes_known = std::all_of(parameter.dims.begin(), parameter.dims.end(),
                                       [](const DimRef& dim) { return dim->size.has_value(); });
  const auto fan = [&](int64_t value) {
    return sizes_known ? Number::plain(static_cast<double>(value)) : Number::unknown();
  };
  Scope* scope = new_scope(body.scope, &body);
  for (const auto& [port, value] :
       {std::pair{"fan_in", fan(product(parameter.dims, 1))},
        {"fan_out",
         fan(parameter.dims.empty() ? 1 : parameter.dims[0]->size.value_or(0) * product(parameter.dims, 2))}})
    ports[port] = Value{value, declaration.start->range};
  CurrentParameter* const before = parameter_;
  parameter_ = &current;
  const Value start = evaluate(declaration.start, *scope);
  parameter_ = before;
  ports.erase("fan_in");
  ports.erase("fan_out");
  if (start.is_unknown()) return;
  if (declaration.is_random != current.drew) {
    const std::string form = declaration.is_random ? "=" : "~";
    report(Kind::wrong_kind, declaration.start->range,
           declaration.is_random ? "`~` is followed by a random start such as `normal(0, 1)`"
                                 : "a random start is written with `~`")
        .mark(declaration.is_random ? "not random" : "random")
        .fix(fmt::format("`{} {}`", form, text_of(declaration.start->range)));
    return;
  }
  auto tensor = as_tensor(start, declaration.start->range);
  if (!tensor) return;
  if (tensor->has_batch) {
    report(Kind::run_value, declaration.start->range,
           "a start value is known before the model runs, this is not")
        .mark("a run value");
    return;
  }
  const auto* number = start.get<Number>();
  if (tensor->unit != parameter.unit && !(number && number->is_zero())) {
    report(Kind::unit_mismatch, declaration.start->range,
           fmt::format("the parameter is {}, its start is {}", parameter.unit.text(), tensor->unit.text()))
        .mark("another unit")
        .also(declaration.type->range, "declared here");
    return;
  }
  if (number && number->known) check_start(info.bounds, number->value / unit.value, declaration);
  if (current.drew) check_support(info.bounds, current, declaration);
  // The data's N is known to a layer under a name of its own.
  for (auto& dim : tensor->dims) {
    if (std::find(parameter.dims.begin(), parameter.dims.end(), dim) != parameter.dims.end()) continue;
    for (const auto& own : parameter.dims)
      if (dim != own && (outermost(dim) == outermost(own) ||
                         (dim == data_dims["N"] && outermost(own) == own && !own->size)))
        dim = own;
  }
  Tensor shape = parameter;
  std::vector<Tensor> operands{shape, *tensor};
  const auto joined = join_operands(operands, declaration.start->range, "=");
  if (!joined) return;
  if (joined->dims.size() != parameter.dims.size() || !joined->lifted.empty()) {
    report(Kind::shape_mismatch, declaration.start->range,
           fmt::format("the parameter is {}, its start is {}", text(parameter.dims), text(tensor->dims)))
        .mark("other dims")
        .also(declaration.type->range, "declared here");
    return;
  }
  if (!session.init) return;
  auto value = broadcast_to(operands[1], parameter);
  if (unit.value != 1) value = emit(ir::Op::div, {value, constant(unit.value)});
  if (parameter.element == ir::Element::complex && tensor->element == ir::Element::real)
    value = emit(ir::Op::complex, {value, emit(ir::Op::mul, {value, constant(0)})});
  value = inverse(*this, value, info.bounds);
  if (value) session.init->result(info.path, *value);
}

void Elaborator::check_start(const Bounds& bounds, double value, const ast::ParamDecl& declaration) {
  const bool inside = bounds.kind == Bounds::Kind::none ||
                      (bounds.kind == Bounds::Kind::above && value > bounds.low) ||
                      (bounds.kind == Bounds::Kind::below && value < bounds.high) ||
                      (bounds.kind == Bounds::Kind::between && value > bounds.low && value < bounds.high);
  const bool has_unit =
      declaration.type->kind == ast::TypeExpr::Kind::tensor && !declaration.type->unit.empty();
  if (!inside)
    report(Kind::outside_bounds, declaration.start->range, "the start must lie strictly inside the bounds")
        .mark(fmt::format("starts at {:g}{}{}", value, has_unit ? " " : "",
                          has_unit ? text_of_unit(*declaration.type) : ""))
        .also(declaration.within->range, "the bounds");
}

// An initialiser that can leave the bounds is refused: some seed would.
void Elaborator::check_support(const Bounds& bounds, const CurrentParameter& drawn,
                               const ast::ParamDecl& declaration) {
  const double low = drawn.support_low / drawn.unit.value, high = drawn.support_high / drawn.unit.value;
  const bool leaves = (bounds.kind == Bounds::Kind::above && low < bounds.low) ||
                      (bounds.kind == Bounds::Kind::below && high > bounds.high) ||
                      (bounds.kind == Bounds::Kind::between && (low < bounds.low || high > bounds.high));
  if (leaves)
    report(Kind::outside_bounds, declaration.start->range, "this random start can leave the bounds")
        .mark(fmt::format("draws from {:g} to {:g}", low, high))
        .also(declaration.within->range, "the bounds")
        .fix("draw from inside, as `uniform` or `loguniform` can");
}

Value Elaborator::buffer(const ast::BufferDecl& declaration, Body& body, Range range) {
  if (in_init_) {
    report(Kind::run_value, range, "a start value cannot use a buffer").mark("a buffer");
    return {};
  }
  Scope& scope = *body.scope;
  const auto meaning = meant(*declaration.type, scope);
  if (!meaning) return {};
  const auto& type = *meaning->type;
  if (type.kind != ast::TypeExpr::Kind::tensor) {
    report(Kind::wrong_kind, declaration.type->range, "a buffer is declared with its dims")
        .mark("not a shape")
        .fix("`: [C]`");
    return {};
  }
  const auto dims = dims_of_shape(*type.shape, *meaning->scope);
  Value start;
  {
    const InitMode mode(in_init_);
    start = evaluate(declaration.start, scope);
  }
  if (!dims) return {};
  Tensor tensor;
  tensor.dims = *dims;
  tensor.buffer = (body.path ? body.path->prefix : "") + declaration.name.text;
  if (session.buffers) session.buffers->push_back({tensor.buffer, plain_sizes(*dims)});
  if (session.graph)
    tensor.value =
        session.graph->argument(ir::ArgumentKind::buffer, tensor.buffer, {ir::Element::real, sizes(*dims)});
  const InitMode mode(in_init_);
  const auto value = as_tensor(start, declaration.start->range);
  if (value && session.init) {
    std::vector<Tensor> operands{tensor, *value};
    if (join_operands(operands, declaration.start->range, "="))
      if (const auto id = broadcast_to(operands[1], tensor))
        session.init->result("buffer:" + tensor.buffer, *id);
  }
  return make(std::move(tensor), declaration.name.range);
}

}  // namespace stria
