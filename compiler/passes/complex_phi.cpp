// phi(z) = (e^z - 1) / z, 1 at 0, for z = x + iy in real ops.
//
// Far from 0, with no difference of near numbers:
//   e^z - 1 = (e^x - 1) cos y - 2 sin^2(y / 2) + i e^x sin y,   e^x - 1 = x phi(x)
// Near 0 that is as good, but its derivative by the chain rule, (e^z - phi) / z, is not; so there Taylor's
// series, sum of z^k / (k + 1)!, exact to double precision for |z| < 1/4 up to k = 12. A polynomial with real
// coefficients a_k costs two real products a term (Knuth, The Art of Computer Programming 2, section 4.6.4):
//   b_k = a_k + 2x b_(k+1) - |z|^2 b_(k+2),   value = a_0 + x b_1 - |z|^2 b_2 + i y b_1
// Each form is given harmless numbers where the other is taken, so that neither's derivative is 0 times
// infinity.
#include "compiler/passes/complex_rule.h"

namespace stria::passes {

using ir::Op;
using ir::ValueId;

namespace {

Parts series(NodeWriter& w, ValueId x, ValueId y) {
  const ValueId twice = w.times({w.constant(2), x});
  const ValueId square = w.plus({w.times({x, x}), w.times({y, y})});
  double factorial = 1;
  for (int k = 2; k <= 13; ++k) factorial *= k;
  ValueId later = w.constant(1 / factorial);  // b_12
  factorial /= 13;
  ValueId last = w.plus({w.constant(1 / factorial), w.times({twice, later})});  // b_11
  for (int k = 10; k >= 1; --k) {
    factorial /= k + 2;
    const ValueId term = w.plus({w.constant(1 / factorial), w.times({twice, last})});
    later = std::exchange(last, w.minus({term, w.times({square, later})}));
  }
  const ValueId real = w.plus({w.constant(1), w.times({x, last})});
  return {w.minus({real, w.times({square, later})}), w.times({y, last})};
}

Parts quotient(NodeWriter& w, ValueId x, ValueId y) {
  const ValueId half = w.add(Op::sin, {w.times({w.constant(0.5), y})});
  const ValueId grown = w.times({w.times({x, w.add(Op::expm1_over, {x})}), w.add(Op::cos, {y})});
  const ValueId re = w.minus({grown, w.times({w.constant(2), w.times({half, half})})});
  const ValueId im = w.times({w.add(Op::exp, {x}), w.add(Op::sin, {y})});
  return divide(w, {re, im}, {x, y});
}

}  // namespace

Parts phi_of(NodeWriter& w, ValueId x, ValueId y) {
  const ValueId square = w.plus({w.times({x, x}), w.times({y, y})});
  const ValueId near = w.add(Op::less, {square, w.constant(0.0625)}), zero = w.constant(0);
  const Parts small = series(w, w.select({near, x, zero}), w.select({near, y, zero}));
  const Parts large = quotient(w, w.select({near, w.constant(1), x}), w.select({near, zero, y}));
  return {w.select({near, small.re, large.re}), w.select({near, *small.im, *large.im})};
}

}  // namespace stria::passes
