// Derivative rules of pointwise ops. y is the result, g its adjoint; a rule uses y where that spares work.
#include <cmath>
#include <numbers>

#include "compiler/passes/derivative.h"

namespace stria::passes::derivative {

using ir::Op;
using ir::ValueId;

void none(Derivation&) {}

void complex_only(Derivation& d) {
  throw ir::InternalError("op `" + std::string(ir::info(d.node.op).name) +
                          "`: the graph must be split into real values before it is differentiated");
}

// ---------------------------------------------------------------- one operand
void neg(Derivation& d) { d.give(0, d.w.neg(d.adjoint)); }
void exp(Derivation& d) { d.give(0, d.w.times({d.adjoint, d.result()})); }
void log(Derivation& d) { d.give(0, d.w.over({d.adjoint, d.operand(0)})); }

// g / 2y
void sqrt(Derivation& d) { d.give(0, d.w.over({d.adjoint, d.w.times({d.w.constant(2), d.result()})})); }

// g where x > 0, -g where x < 0, 0 at 0
void abs(Derivation& d) {
  const ValueId zero = d.w.constant(0), x = d.operand(0);
  const ValueId negative = d.w.select({d.w.add(Op::less, {x, zero}), d.w.neg(d.adjoint), zero});
  d.give(0, d.w.select({d.w.add(Op::less, {zero, x}), d.adjoint, negative}));
}

// g (1 - y^2)
void tanh(Derivation& d) {
  const ValueId y = d.result();
  d.give(0, d.w.times({d.adjoint, d.w.minus({d.w.constant(1), d.w.times({y, y})})}));
}

// g y (1 - y)
void sigmoid(Derivation& d) {
  const ValueId y = d.result();
  d.give(0, d.w.times({d.adjoint, d.w.times({y, d.w.minus({d.w.constant(1), y})})}));
}

void relu(Derivation& d) {
  const ValueId zero = d.w.constant(0);
  d.give(0, d.w.select({d.w.add(Op::less, {zero, d.operand(0)}), d.adjoint, zero}));
}

void softplus(Derivation& d) { d.give(0, d.w.times({d.adjoint, d.w.add(Op::sigmoid, {d.operand(0)})})); }

// phi'(x) = (e^x - y) / x = y + (1 - y) / x, as e^x = 1 + x y. Near 0 that loses all digits, so Taylor's
// series there: sum of i x^(i-1) / (i + 1)!, to i = 13 exact to double precision for |x| < 1/4.
void expm1_over(Derivation& d) {
  NodeWriter& w = d.w;
  const ValueId x = d.operand(0), y = d.result(), one = w.constant(1);
  const ValueId near = w.add(Op::less, {w.add(Op::abs, {x}), w.constant(0.25)});
  double factorial = std::tgamma(15);  // (i + 1)! for i = 13
  ValueId series = w.constant(13 / factorial);
  for (int i = 12; i >= 1; --i) {
    factorial /= i + 2;
    series = w.plus({w.times({series, x}), w.constant(i / factorial)});
  }
  const ValueId divisor = w.select({near, one, x});
  const ValueId far = w.plus({y, w.over({w.minus({one, y}), divisor})});
  d.give(0, w.times({d.adjoint, w.select({near, series, far})}));
}

// 2 / sqrt(pi) e^(-x^2)
void erf(Derivation& d) {
  const ValueId x = d.operand(0);
  const ValueId bell = d.w.add(Op::exp, {d.w.neg(d.w.times({x, x}))});
  d.give(0, d.w.times({d.adjoint, d.w.times({d.w.constant(2 * std::numbers::inv_sqrtpi), bell})}));
}

void sin(Derivation& d) { d.give(0, d.w.times({d.adjoint, d.w.add(Op::cos, {d.operand(0)})})); }
void cos(Derivation& d) { d.give(0, d.w.neg(d.w.times({d.adjoint, d.w.add(Op::sin, {d.operand(0)})}))); }

// ---------------------------------------------------------------- two and three operands
void add(Derivation& d) {
  if (d.wanted(0)) d.give(0, d.adjoint);
  if (d.wanted(1)) d.give(1, d.adjoint);
}

void sub(Derivation& d) {
  if (d.wanted(0)) d.give(0, d.adjoint);
  if (d.wanted(1)) d.give(1, d.w.neg(d.adjoint));
}

void mul(Derivation& d) {
  if (d.wanted(0)) d.give(0, d.w.times({d.adjoint, d.operand(1)}));
  if (d.wanted(1)) d.give(1, d.w.times({d.adjoint, d.operand(0)}));
}

// g / b and -y (g / b)
void div(Derivation& d) {
  const ValueId part = d.w.over({d.adjoint, d.operand(1)});
  if (d.wanted(0)) d.give(0, part);
  if (d.wanted(1)) d.give(1, d.w.neg(d.w.times({part, d.result()})));
}

// g b a^(b-1), 0 where b is 0; g y log(a), 0 where a is 0 and b at least 0
void pow(Derivation& d) {
  NodeWriter& w = d.w;
  const ValueId a = d.operand(0), b = d.operand(1), zero = w.constant(0);
  if (d.wanted(0)) {
    const ValueId lower = w.add(Op::pow, {a, w.minus({b, w.constant(1)})});
    const ValueId slope = w.times({d.adjoint, w.times({b, lower})});
    d.give(0, w.select({w.add(Op::equal, {b, zero}), zero, slope}));
  }
  if (d.wanted(1)) {
    const ValueId flat =
        w.add(Op::logical_and, {w.add(Op::equal, {a, zero}), w.add(Op::less_equal, {zero, b})});
    const ValueId slope = w.times({d.adjoint, w.times({d.result(), w.add(Op::log, {a})})});
    d.give(1, w.select({flat, zero, slope}));
  }
}

namespace {

// The adjoint goes to operand 1 where `second` holds, else to operand 0.
void give_to_one(Derivation& d, ValueId second) {
  const ValueId zero = d.w.constant(0);
  if (d.wanted(0)) d.give(0, d.w.select({second, zero, d.adjoint}));
  if (d.wanted(1)) d.give(1, d.w.select({second, d.adjoint, zero}));
}

}  // namespace

void min(Derivation& d) { give_to_one(d, d.w.add(Op::less, {d.operand(1), d.operand(0)})); }
void max(Derivation& d) { give_to_one(d, d.w.add(Op::less, {d.operand(0), d.operand(1)})); }

void select(Derivation& d) {
  const ValueId zero = d.w.constant(0), condition = d.operand(0);
  if (d.wanted(1)) d.give(1, d.w.select({condition, d.adjoint, zero}));
  if (d.wanted(2)) d.give(2, d.w.select({condition, zero, d.adjoint}));
}

}  // namespace stria::passes::derivative
