// Random starts of parameters (par.3, rand.2): `param w: [H] ~ normal(0, 1)`.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "compiler/sema/primitive_rows.h"

namespace stria {

struct StartDraw {
  const char* distribution;
  double a = 0, b = 0;  // base units
  double support_low, support_high;
};

// A tensor of the parameter's dims, drawn under its path. A complex one takes two draws an entry, real part
// first.
Value draw(PrimitiveCall& call, const StartDraw& law) {
  return call.elaborator.draw_start(call, law.distribution, law.a, law.b, law.support_low, law.support_high);
}

Value Elaborator::draw_start(PrimitiveCall& call, const char* distribution, double a, double b,
                             double support_low, double support_high) {
  if (!parameter_) {
    report(Kind::wrong_kind, call.expression.range,
           fmt::format("`{}` draws the start of a parameter", distribution))
        .mark("not the start of a parameter")
        .fix("`param w: [H] ~ ...`");
    return {};
  }
  parameter_->drew = true;
  parameter_->support_low = support_low;
  parameter_->support_high = support_high;
  Tensor result;
  result.dims = parameter_->dims;
  result.unit = parameter_->unit.dimension;
  result.element = parameter_->is_complex ? ir::Element::complex : ir::Element::real;
  if (!session.init) return make(std::move(result), call.expression.range);
  auto shape = sizes(result.dims);
  if (parameter_->is_complex) shape.push_back(ir::dim(2));
  const double scale = parameter_->is_complex ? std::sqrt(0.5) : 1;
  auto value = emit(ir::Op::random, {},
                    {{"distribution", std::string(distribution)},
                     {"sizes", shape},
                     {"a", a},
                     {"b", parameter_->is_complex ? b * scale : b},
                     {"purpose", std::string("init")},
                     {"name", parameter_->path}});
  if (parameter_->is_complex) {
    const auto last = static_cast<int64_t>(shape.size()) - 1;
    const auto part = [&](int64_t which) {
      const auto cut = emit(ir::Op::slice, {value},
                            {{"axis", last}, {"start", which}, {"size", int64_t{1}}, {"step", int64_t{1}}});
      return emit(ir::Op::reshape, {cut}, {{"sizes", sizes(result.dims)}});
    };
    value = emit(ir::Op::complex, {part(0), part(1)});
  }
  result.value = value;
  return make(std::move(result), call.expression.range);
}

namespace {

constexpr double endless = std::numeric_limits<double>::infinity();

// A number of the parameter's unit, in base units.
std::optional<double> argument(PrimitiveCall& call, size_t formal, bool plain = false) {
  const auto number = call.number(formal);
  if (!number) return std::nullopt;
  const Dimension wanted = plain ? Dimension{} : call.elaborator.unit_of_start();
  if (number->dimension != wanted && !number->is_zero()) {
    call.elaborator
        .report(Kind::unit_mismatch, call.range(formal),
                fmt::format("the parameter is {}, this is {}", wanted.text(), number->dimension.text()))
        .mark("another unit");
    return std::nullopt;
  }
  return number->value;
}

Value unknown_numbers(PrimitiveCall& call, const char* distribution) {
  // Arguments that only data will tell: the draw is made for the parameter's shape, its numbers stay unknown.
  draw(call, {distribution, 0, 0, -endless, endless});
  return {};
}

Value uniform(PrimitiveCall& call) {
  const auto low = argument(call, 0), high = argument(call, 1);
  if (!low || !high) return unknown_numbers(call, "uniform");
  if (*low > *high) {
    call.elaborator
        .report(Kind::wrong_kind, call.expression.range,
                "`uniform(a, b)` draws from a to b, and a is above b here")
        .mark(fmt::format("{:g} to {:g}", *low, *high));
    return {};
  }
  return draw(call, {"uniform", *low, *high, *low, *high});
}

Value normal(PrimitiveCall& call) {
  const auto mean = argument(call, 0), deviation = argument(call, 1);
  if (!mean || !deviation) return unknown_numbers(call, "normal");
  if (*deviation < 0) {
    call.elaborator.report(Kind::wrong_kind, call.range(1), "a standard deviation is not negative")
        .mark("below 0");
    return {};
  }
  return draw(call, {"normal", *mean, *deviation, -endless, endless});
}

Value loguniform(PrimitiveCall& call) {
  const auto low = argument(call, 0), high = argument(call, 1);
  if (!low || !high) return unknown_numbers(call, "loguniform");
  if (*low <= 0 || *low > *high) {
    call.elaborator.report(Kind::wrong_kind, call.expression.range, "`loguniform(a, b)` needs 0 < a <= b")
        .mark(fmt::format("{:g} to {:g}", *low, *high));
    return {};
  }
  return draw(call, {"loguniform", *low, *high, *low, *high});
}

Value exponential(PrimitiveCall& call) {
  const auto mean = argument(call, 0);
  if (!mean) return unknown_numbers(call, "exponential");
  if (*mean <= 0) {
    call.elaborator.report(Kind::wrong_kind, call.range(0), "the mean of an exponential draw is positive")
        .mark("not above 0");
    return {};
  }
  return draw(call, {"exponential", *mean, 0, 0, endless});
}

Value orthogonal(PrimitiveCall& call) {
  const auto gain = call.given(0) ? argument(call, 0, true) : std::optional(1.0);
  if (!gain) return unknown_numbers(call, "orthogonal");
  return draw(call, {"orthogonal", *gain, 0, -endless, endless});
}

}  // namespace

std::vector<Primitive> start_primitives() {
  return {
      {"uniform", {"low", "high"}, "a start drawn evenly between two numbers", uniform},
      {"normal",
       {"mean", "deviation"},
       "a start drawn from a normal distribution; complex: each part with deviation / sqrt(2)",
       normal},
      {"loguniform", {"low", "high"}, "a start whose logarithm is drawn evenly", loguniform},
      {"exponential", {"mean"}, "a start drawn from an exponential distribution", exponential},
      {"orthogonal", {"gain?"}, "a start with orthonormal rows or columns, times the gain", orthogonal},
  };
}

}  // namespace stria
