// Built-in functions of one entry at a time.
#include <cmath>

#include "compiler/sema/primitive_rows.h"

namespace stria {

namespace {

// A function of numbers known beforehand and of run values alike.
template <ir::Op op, double (*of_number)(double)>
Value unary(PrimitiveCall& call) {
  const Value x = call.value(0);
  if (x.is_unknown()) return {};
  const auto number = call.elaborator.as_number(x);
  const bool keeps_unit = op == ir::Op::abs || op == ir::Op::relu;
  if (number && (number->dimension.is_plain() || keeps_unit)) {
    if (!number->known) return Value{Number::unknown(number->dimension), call.expression.range};
    Number result = *number;
    result.value = of_number(number->value);
    const bool exact_stays = keeps_unit && result.value == number->value;
    if (keeps_unit && !exact_stays && number->exact)
      result.exact = result.value == 0 ? Rational(0) : number->exact->negated();
    else if (!exact_stays)
      result.exact.reset();
    result.is_whole = number->is_whole && keeps_unit;
    if (!std::isfinite(result.value)) {
      call.elaborator.report(Kind::not_finite, call.expression.range, "this number is not finite")
          .mark("not defined for " + number->text());
      return {};
    }
    return Value{result, call.expression.range};
  }
  return call.elaborator.pointwise(op, {x}, call.expression.range, std::string(ir::info(op).name));
}

template <ir::Op op>
Value of_tensor(PrimitiveCall& call) {
  return call.elaborator.pointwise(op, {call.value(0)}, call.expression.range,
                                   std::string(ir::info(op).name));
}

double relu(double x) { return x > 0 ? x : 0; }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return x > 30 ? x : std::log1p(std::exp(x)); }

Value where(PrimitiveCall& call) {
  const Value condition = call.value(0), then = call.value(1), otherwise = call.value(2);
  if (const bool* known = condition.get<bool>()) return *known ? then : otherwise;
  return call.elaborator.pointwise(ir::Op::select, {condition, then, otherwise}, call.expression.range,
                                   "where");
}

// min(a, b), or min(x, over = D).
template <ir::Op pair, ir::Op along, bool greater>
Value extremum(PrimitiveCall& call) {
  const char* name = greater ? "max" : "min";
  if (!call.given(1)) {
    const Value x = call.value(0);
    if (const auto* list = x.get<List>()) {
      if (list->items.empty()) {
        call.elaborator.report(Kind::wrong_kind, call.range(0), std::string("the list is empty"))
            .mark("has no entry");
        return {};
      }
      Value best = list->items.front();
      for (const auto& item : list->items) {
        const Value better = call.elaborator.compare(greater ? ast::CompareOp::greater : ast::CompareOp::less,
                                                     item, best, call.range(0), name);
        if (better.is_unknown()) return {};
        if (const bool* truth = better.get<bool>(); truth && *truth) best = item;
      }
      return best;
    }
    const auto tensor = call.tensor(0);
    if (!tensor) return {};
    if (!call.given(2)) return call.elaborator.reduce(along, *tensor, tensor->dims, call.expression.range);
    const auto over = call.dims(2);
    return over ? call.elaborator.reduce(along, *tensor, *over, call.expression.range) : Value{};
  }
  const Value a = call.value(0), b = call.value(1);
  if (a.is_unknown() || b.is_unknown()) return {};
  if (call.elaborator.as_number(a) && call.elaborator.as_number(b)) {
    const Value first =
        call.elaborator.compare(greater ? ast::CompareOp::greater_equal : ast::CompareOp::less_equal, a, b,
                                call.expression.range, name);
    if (first.is_unknown()) return {};
    return *first.get<bool>() ? a : b;
  }
  return call.elaborator.pointwise(pair, {a, b}, call.expression.range, name);
}

}  // namespace

std::vector<Primitive> pointwise_primitives() {
  return {
      {"exp", {"x"}, "e to the power x; real or complex", unary<ir::Op::exp, std::exp>},
      {"log", {"x"}, "natural logarithm", unary<ir::Op::log, std::log>},
      {"sqrt", {"x"}, "square root", unary<ir::Op::sqrt, std::sqrt>},
      {"abs", {"x"}, "size of a number, real or complex", unary<ir::Op::abs, std::fabs>},
      {"tanh", {"x"}, "hyperbolic tangent", unary<ir::Op::tanh, std::tanh>},
      {"sigmoid", {"x"}, "1 / (1 + exp(-x))", unary<ir::Op::sigmoid, sigmoid>},
      {"relu", {"x"}, "x where positive, else 0", unary<ir::Op::relu, relu>},
      {"softplus", {"x"}, "log(1 + exp(x)), a smooth relu", unary<ir::Op::softplus, softplus>},
      {"erf", {"x"}, "error function", unary<ir::Op::erf, std::erf>},
      {"sin", {"x"}, "sine", unary<ir::Op::sin, std::sin>},
      {"cos", {"x"}, "cosine", unary<ir::Op::cos, std::cos>},
      {"re", {"x"}, "real part", of_tensor<ir::Op::re>},
      {"im", {"x"}, "imaginary part", of_tensor<ir::Op::im>},
      {"conj", {"x"}, "complex conjugate", of_tensor<ir::Op::conj>},
      {"complex",
       {"re", "im"},
       "re + i im",
       [](PrimitiveCall& call) {
         return call.elaborator.pointwise(ir::Op::complex, {call.value(0), call.value(1)},
                                          call.expression.range, "complex");
       }},
      {"stop_gradient", {"x"}, "x, taken as a constant in derivatives", of_tensor<ir::Op::stop_gradient>},
      {"where", {"condition", "then", "otherwise"}, "for each entry, one of two values", where},
      {"min",
       {"a", "b?", "over?"},
       "the lesser of two, or the least along dims",
       extremum<ir::Op::min, ir::Op::reduce_min, false>},
      {"max",
       {"a", "b?", "over?"},
       "the greater of two, or the greatest along dims",
       extremum<ir::Op::max, ir::Op::reduce_max, true>},
  };
}

}  // namespace stria
