// Penalties of a loss on parameters (par.8), named by path: `1e-4 * l2("core.W*")`. They act on p, in base
// units.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/primitive_rows.h"

namespace stria {

namespace {

// `*` stands for any part of the path.
bool fits(std::string_view pattern, std::string_view path) {
  if (pattern.empty()) return path.empty();
  if (pattern.front() == '*') {
    for (size_t taken = 0; taken <= path.size(); ++taken)
      if (fits(pattern.substr(1), path.substr(taken))) return true;
    return false;
  }
  return !path.empty() && pattern.front() == path.front() && fits(pattern.substr(1), path.substr(1));
}

// Sum of |p|, p^2 or (p[i + 1] - p[i])^2 of one parameter; a complex one counts its size.
using Penalty = std::function<Value(const Tensor& parameter, Range range)>;

Value sum_of_all(Elaborator& e, const Value& value, Range range) {
  const auto* tensor = value.object<Tensor>();
  return tensor ? e.reduce(ir::Op::reduce_sum, *tensor, tensor->dims, range) : Value{};
}

Value squares(Elaborator& e, const Tensor& p, Range range) {
  const Value value = e.make(p, range);
  const Value size =
      p.element == ir::Element::complex ? e.pointwise(ir::Op::abs, {value}, range, "abs") : value;
  return sum_of_all(e, e.binary(ast::BinaryOp::multiply, size, size, range, range, range), range);
}

Value sizes(Elaborator& e, const Tensor& p, Range range) {
  return sum_of_all(e, e.pointwise(ir::Op::abs, {e.make(p, range)}, range, "abs"), range);
}

// Both ends of each pair of neighbours along one dim.
Value differences(Elaborator& e, const Tensor& p, const DimRef& along, Range range) {
  const Dims axes = e.axes(p);
  const int64_t axis = std::find(axes.begin(), axes.end(), along) - axes.begin();
  const int64_t n = along->size.value_or(2) - 1;
  const DimRef pairs =
      std::make_shared<const DimInfo>(DimInfo{"", along->size ? std::optional(n) : std::nullopt, range});
  const auto part = [&](int64_t start) {
    Tensor result = p;
    std::replace(result.dims.begin(), result.dims.end(), along, pairs);
    result.value = e.emit(ir::Op::slice, {p.value},
                          {{"axis", axis}, {"start", start}, {"size", n}, {"step", int64_t{1}}});
    return e.make(std::move(result), range);
  };
  const Value difference = e.binary(ast::BinaryOp::subtract, part(1), part(0), range, range, range);
  const auto* tensor = difference.object<Tensor>();
  return tensor ? squares(e, *tensor, range) : Value{};
}

// The penalty of all parameters that the first argument names.
Value sum_over_named(PrimitiveCall& call, const Penalty& penalty) {
  Elaborator& e = call.elaborator;
  const Value pattern = call.value(0);
  if (pattern.is_unknown()) return {};
  const auto* text = pattern.get<Text>();
  if (!text) {
    e.report(Kind::wrong_kind, call.range(0), "parameters are named in quotes, by path below the model")
        .mark(describe(pattern))
        .fix("`l2(\"core.W*\")`");
    return {};
  }
  using Penalties = GraphSession::Penalties;
  if (e.session.penalties == Penalties::open) return Value{Number::unknown(), call.expression.range};
  if (e.session.penalties == Penalties::left_out) return Value{Number::whole(0), call.expression.range};
  Value sum{Number::whole(0), call.expression.range};
  std::vector<std::string> paths;
  size_t found = 0;
  for (const auto& [path, parameter] : e.parameter_values()) {
    paths.push_back(path);
    if (!fits(text->text, path)) continue;
    ++found;
    Tensor plain = parameter;  // penalties of parameters of several units are added as numbers
    plain.unit = {};
    const Range range = call.expression.range;
    sum = e.binary(ast::BinaryOp::add, sum, penalty(plain, range), range, range, range);
  }
  if (found > 0) return sum;
  auto& message =
      e.report(Kind::unknown_name, call.range(0), fmt::format("no parameter is named `{}`", text->text));
  message.mark("names none");
  if (const auto close = nearest(text->text, paths))
    message.fix(fmt::format("did you mean `\"{}\"`?", *close));
  return {};
}

Value smooth(PrimitiveCall& call) {
  Elaborator& e = call.elaborator;
  const Value along = call.value(1);
  if (along.is_unknown()) return {};
  const auto* name = along.get<Text>();
  if (!name) {
    e.report(Kind::wrong_kind, call.range(1), "the dim is named in quotes, as the parameter declares it")
        .mark(describe(along))
        .fix("`along = \"K\"`");
    return {};
  }
  return sum_over_named(call, [&](const Tensor& parameter, Range range) -> Value {
    for (const DimRef& dim : parameter.dims)
      if (dim->name == name->text && dim->size.value_or(2) > 1) return differences(e, parameter, dim, range);
    e.report(Kind::unknown_dim, call.range(1), fmt::format("there is no {} to be smooth along", name->text))
        .mark(fmt::format("the parameter is {}", text(parameter.dims)));
    return {};
  });
}

}  // namespace

std::vector<Primitive> penalty_primitives() {
  return {
      {"penalty_l1",
       {"path"},
       "sum of |p| over the parameters that a path names, in a loss",
       [](PrimitiveCall& call) {
         return sum_over_named(
             call, [&](const Tensor& p, Range range) { return sizes(call.elaborator, p, range); });
       }},
      {"penalty_l2",
       {"path"},
       "sum of p^2 over the parameters that a path names, in a loss",
       [](PrimitiveCall& call) {
         return sum_over_named(
             call, [&](const Tensor& p, Range range) { return squares(call.elaborator, p, range); });
       }},
      {"penalty_smooth",
       {"path", "along"},
       "sum of squared differences of neighbours along a dim of the parameters that a path names, in a loss",
       smooth},
  };
}

}  // namespace stria
