// Complex rules of ops that are not (e^z - 1) / z.
#include "compiler/passes/complex_rule.h"

namespace stria::passes {

using ir::Op;
using ir::ValueId;

namespace {

constexpr ComplexRule rules[] = {
#define STRIA_OP(name, least, most, attributes, shape_rule, cost_rule, complex_rule, derivative_rule, kept, \
                 doc)                                                                                       \
  splitting::complex_rule,
#include "compiler/ir/ops.def"
#undef STRIA_OP
};

// The greater part's size, 1 where both are 0: a number by which both are divided before they are squared. No
// result hangs on it, so no derivative does.
struct Scaled {
  ValueId is_zero, scale, re, im, squares;
};
Scaled scaled(NodeWriter& w, ValueId re, ValueId im) {
  const ValueId greater = w.add(Op::max, {w.add(Op::abs, {re}), w.add(Op::abs, {im})});
  const ValueId fixed = w.add(Op::stop_gradient, {greater});
  const ValueId is_zero = w.add(Op::equal, {fixed, w.constant(0)});
  const ValueId scale = w.select({is_zero, w.constant(1), fixed});
  const ValueId u = w.over({re, scale}), v = w.over({im, scale});
  return {is_zero, scale, u, v, w.plus({w.times({u, u}), w.times({v, v})})};
}

// a * b by `times`, any product that is linear in both.
template <typename Times>
Parts multiply(NodeWriter& w, const Parts& a, const Parts& b, const Times& times) {
  if (!b.im) return {times(a.re, b.re), times(*a.im, b.re)};
  if (!a.im) return {times(a.re, b.re), times(a.re, *b.im)};
  return {w.minus({times(a.re, b.re), times(*a.im, *b.im)}),
          w.plus({times(a.re, *b.im), times(*a.im, b.re)})};
}

}  // namespace

ComplexRule complex_rule(Op op) { return rules[static_cast<size_t>(op)]; }

// With b / s = (u, v), s the greater part: a / b = a (u - iv) / ((u^2 + v^2) s)
Parts divide(NodeWriter& w, const Parts& a, const Parts& b) {
  const Scaled by = scaled(w, b.re, *b.im);
  const ValueId divisor = w.times({by.squares, by.scale});
  const Parts product = multiply(w, a, {by.re, w.neg(by.im)}, [&](ValueId p, ValueId q) {
    return w.times({p, q});
  });
  return {w.over({product.re, divisor}), w.over({*product.im, divisor})};
}

namespace splitting {

Parts unchanged(const Splitting& s) {
  throw ir::InternalError("op `" + std::string(ir::info(s.node.op).name) + "` has no complex form");
}

Parts scan(const Splitting&) { throw ir::InternalError("op `scan` is split with its region"); }

Parts each_part(const Splitting& s) {
  std::vector<ValueId> re, im;
  for (const Parts& operand : s.operands) {
    re.push_back(operand.re);
    im.push_back(operand.im ? *operand.im : operand.re);  // a mask
  }
  const ValueId real = s.same(std::move(re));
  return {real, s.same(std::move(im))};
}

Parts real_part(const Splitting& s) { return {s.operands[0].re, std::nullopt}; }
Parts imaginary_part(const Splitting& s) { return {*s.operands[0].im, std::nullopt}; }
Parts conjugate(const Splitting& s) { return {s.operands[0].re, s.w.neg(*s.operands[0].im)}; }

Parts join_parts(const Splitting& s) {
  const ValueId re = s.w.broadcast(s.operands[0].re, s.result.dims);
  return {re, s.w.broadcast(s.operands[1].re, s.result.dims)};
}

Parts sum_parts(const Splitting& s) {
  const Parts &a = s.operands[0], &b = s.operands[1];
  const ValueId re = s.same({a.re, b.re});
  if (a.im && b.im) return {re, s.same({*a.im, *b.im})};
  const ValueId alone = a.im ? *a.im : s.node.op == Op::sub ? s.w.neg(*b.im) : *b.im;
  return {re, s.w.broadcast(alone, s.result.dims)};
}

Parts product(const Splitting& s) {
  return multiply(s.w, s.operands[0], s.operands[1], [&](ValueId p, ValueId q) { return s.same({p, q}); });
}

Parts quotient(const Splitting& s) {
  const Parts &a = s.operands[0], &b = s.operands[1];
  if (!b.im) return {s.same({a.re, b.re}), s.same({*a.im, b.re})};
  return divide(s.w, a, b);
}

Parts choice(const Splitting& s) {
  const ValueId condition = s.operands[0].re, zero = s.w.constant(0);
  const Parts &a = s.operands[1], &b = s.operands[2];
  const ValueId re = s.same({condition, a.re, b.re});
  return {re, s.w.broadcast(s.same({condition, a.im.value_or(zero), b.im.value_or(zero)}), s.result.dims)};
}

// e^x (cos y + i sin y)
Parts exponential(const Splitting& s) {
  const ValueId size = s.same({s.operands[0].re}), y = *s.operands[0].im;
  return {s.w.times({size, s.w.add(Op::cos, {y})}), s.w.times({size, s.w.add(Op::sin, {y})})};
}

// The root is taken of 1 where both parts are 0, so that the slope there is 0.
Parts absolute(const Splitting& s) {
  NodeWriter& w = s.w;
  const Scaled z = scaled(w, s.operands[0].re, *s.operands[0].im);
  const ValueId root = w.add(Op::sqrt, {w.select({z.is_zero, w.constant(1), z.squares})});
  return {w.select({z.is_zero, w.constant(0), w.times({z.scale, root})}), std::nullopt};
}

Parts phi(const Splitting& s) { return phi_of(s.w, s.operands[0].re, *s.operands[0].im); }

}  // namespace splitting
}  // namespace stria::passes
