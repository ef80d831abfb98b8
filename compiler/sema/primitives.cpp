// The table of built-in functions, and how their arguments are read.
#include <fmt/format.h>

#include <cmath>

#include "compiler/sema/elaborator.h"
#include "compiler/sema/other_libraries.h"
#include "compiler/sema/primitive_rows.h"

namespace stria {

const std::vector<Primitive>& primitives() {
  static const std::vector<Primitive> rows = [] {
    std::vector<Primitive> all;
    for (const auto& part :
         {pointwise_primitives(), tensor_primitives(), start_primitives(), list_primitives(),
          conv_primitives(), constant_primitives(), penalty_primitives(), later_primitives()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return rows;
}

Elaborator::Elaborator(Modules& modules, Diagnostics& diagnostics)
    : modules_(modules), diagnostics_(diagnostics) {
  const auto bind = [this](const std::string& name, Value value) {
    Entry entry;
    entry.kind = Entry::Kind::bound;
    entry.value[0] = entry.value[1] = std::move(value);
    entry.state[0] = entry.state[1] = Entry::State::done;
    root_.entries[name] = entry;
  };
  for (const char* module : {"stria.math", "stria.init"})
    if (Module* standard = modules_.standard(module))
      for (const auto& [name, entry] : standard->scope.entries)
        if (entry.kind == Entry::Kind::item) root_.entries[name] = entry;
  for (const auto& primitive : primitives()) {
    auto function = std::make_shared<Function>();
    function->kind = Function::Kind::primitive;
    function->name = primitive.name;
    function->primitive = &primitive;
    bind(primitive.name, Value{std::shared_ptr<const Function>(function), {}});
  }
  bind("pi", Value{Number::plain(3.141592653589793238462643383279502884), {}});
}

Value Elaborator::call_primitive(const Primitive& primitive, const ast::Call& call,
                                 const ast::Expr& expression, Scope& scope, const Value* piped) {
  PrimitiveCall bound{*this, expression,
                      scope, std::vector<const ast::Expr*>(primitive.formals.size(), nullptr),
                      piped, &call};
  size_t next = piped ? 1 : 0;
  std::string takes;
  std::vector<std::string> names;
  for (const auto& formal : primitive.formals) {
    names.push_back(formal.ends_with('?') ? formal.substr(0, formal.size() - 1) : formal);
    takes += (takes.empty() ? "" : ", ") + names.back();
  }
  bool fine = true;
  const ast::Argument* named = nullptr;
  for (const auto& argument : call.arguments) {
    size_t at = names.size();
    if (argument.label) named = &argument;
    if (!argument.label && named) {
      report_unnamed(argument, *named);
      fine = false;
      continue;
    }
    if (argument.label) {
      at = static_cast<size_t>(std::find(names.begin(), names.end(), argument.label->text) - names.begin());
    } else {
      at = next++;
    }
    const bool again = at < names.size() && (bound.written[at] || (at == 0 && piped));
    if (at >= names.size() || again) {
      auto& message = report(
          Kind::unknown_argument, argument.range,
          again            ? fmt::format("`{}` is given twice to `{}`", names[at], primitive.name)
          : argument.label ? fmt::format("`{}` has no argument `{}`", primitive.name, argument.label->text)
                           : fmt::format("`{}` takes {} argument{}, this is one too many", primitive.name,
                                         names.size(), names.size() == 1 ? "" : "s"));
      message.mark("no place for this").note("it takes: " + takes);
      if (argument.label && !again)
        if (const auto close = named_like(argument.label->text, names))
          message.fix(fmt::format("did you mean `{}`?", *close), {{argument.label->range, *close}});
      fine = false;
      continue;
    }
    bound.written[at] = argument.value.get();
  }
  if (!fine) return {};
  for (size_t i = 0; i < names.size(); ++i)
    if (!bound.given(i) && !primitive.formals[i].ends_with('?')) {
      report(Kind::missing_argument, expression.range,
             fmt::format("`{}` needs `{}`", primitive.name, names[i]))
          .mark("not given")
          .note("it takes: " + takes);
      return {};
    }
  Value result = primitive.run(bound);
  if (!result.is_unknown()) result.origin = expression.range;
  return result;
}

Value PrimitiveCall::value(size_t formal) {
  if (formal == 0 && piped) return *piped;
  return written[formal] ? elaborator.evaluate(*written[formal], scope) : Value{None{}, expression.range};
}

Range PrimitiveCall::range(size_t formal) const {
  if (formal == 0 && piped) return piped->origin.known() ? piped->origin : expression.range;
  return written[formal] ? written[formal]->range : expression.range;
}

std::optional<Tensor> PrimitiveCall::tensor(size_t formal) {
  const Value given_value = value(formal);
  if (given_value.is_unknown()) return std::nullopt;
  return elaborator.as_tensor(given_value, range(formal));
}

std::optional<Number> PrimitiveCall::number(size_t formal) {
  const Value given_value = value(formal);
  if (given_value.is_unknown()) return std::nullopt;
  const auto number = elaborator.as_number(given_value);
  if (!number) {
    elaborator
        .report(given_value.object<Tensor>() ? Kind::run_value : Kind::wrong_kind, range(formal),
                fmt::format("a number that is known before the model runs is wanted, this is {}",
                            describe(given_value)))
        .mark("not such a number");
    return std::nullopt;
  }
  if (!number->known) return std::nullopt;
  return number;
}

std::optional<int64_t> PrimitiveCall::whole(size_t formal) {
  const auto given_number = number(formal);
  if (!given_number) return std::nullopt;
  if (!given_number->is_whole || !given_number->dimension.is_plain()) {
    auto& message =
        elaborator.report(Kind::wrong_kind, range(formal),
                          fmt::format("a whole number is wanted, this is {}", given_number->text()));
    message.mark("not a whole number");
    Dimension time;
    time.exponents[Dimension::time] = 1;
    if (given_number->dimension == time)
      message.fix(fmt::format("`{} // dt` counts the bins in it", given_number->text()));
    return std::nullopt;
  }
  return given_number->exact->numerator();
}

// A dim or a list of dims, `over = [F, K]`; nothing where not known.
std::optional<Dims> PrimitiveCall::dims(size_t formal) {
  const Value given_value = elaborator.dim_argument(*written[formal], scope);
  Dims result;
  if (given_value.is_unknown() || given_value.is_none()) return std::nullopt;
  if (const auto* one = given_value.object<DimValue>()) return Dims{one->dim};
  for (const auto& item : given_value.get<List>()->items) {
    const auto* dim = item.object<DimValue>();
    if (!dim) {
      if (!item.is_unknown())
        elaborator
            .report(Kind::wrong_kind, range(formal), fmt::format("expected dims, this is {}", describe(item)))
            .mark("not a dim");
      return std::nullopt;
    }
    result.push_back(dim->dim);
  }
  return result;
}

}  // namespace stria
