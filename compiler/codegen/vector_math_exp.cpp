// exp and what is made of it: expm1, sigmoid, tanh.
//
// Reduction: n = round(x / ln 2) by adding 1.5 * 2^23 (2^52), which leaves n in the low bits as well; then
// r = x - n ln2_high - n ln2_low, the first product exact. Then e^r = 1 + p, p = r + r^2 q(r), q a polynomial
// of degree 4 (9), and e^x = 2^n + 2^n p.
#include "compiler/codegen/vector_math.h"
#include "compiler/codegen/vector_math_formats.h"

#include <llvm/IR/Intrinsics.h>

#include <cmath>
#include <limits>

namespace stria::codegen {

using V = VectorMath::V;

VectorMath::Exponential VectorMath::exponential(V x, Carry carry) {
  const Format& format = VectorMath::format(x);
  const V shifter = constant(x, format.shifter);
  const V shifted = fma(x, constant(x, 1 / std::log(2.0)), shifter);
  const V n = builder_.CreateFSub(shifted, shifter);
  const V high = fma(n, constant(x, -format.ln2_high), x);
  const V low_part = constant(x, -format.ln2_low);
  const V r = fma(n, low_part, high);
  const V q = polynomial(r, format.exp_tail.data(), format.exp_terms);
  const V square = builder_.CreateFMul(r, r);
  if (carry == Carry::nothing) return {shifted, fma(q, square, r)};
  // What r lost to rounding is added to the small part of p.
  const V r_low = fma(n, low_part, builder_.CreateFSub(high, r));
  return {shifted, builder_.CreateFAdd(r, fma(q, square, r_low))};
}

// 2^(n + add), n in the low bits of `shifted`; 0 where n + add is -bias. Right from there up to bias.
V VectorMath::power_of_two(V shifted, int add, V like) {
  const Format& format = VectorMath::format(like);
  const V n = builder_.CreateShl(as_integer(shifted), format.mantissa_bits);
  const uint64_t one = static_cast<uint64_t>(format.bias + add) << format.mantissa_bits;
  return as_real(builder_.CreateAdd(n, integer(like, one)), like);
}

// (num + num_low) / (den + den_low), the low parts far smaller: the rounding of a denominator such as 1 + e^x
// is what costs most, so that its lost part is carried into the last step. With a fused multiply-add the
// remainder of the division is exact; without, the division itself must be.
V VectorMath::quotient(V num, V num_low, V den, V den_low) {
  const V inverse = builder_.CreateFDiv(constant(den, 1), den);
  const V q = target_.fma ? builder_.CreateFMul(num, inverse) : builder_.CreateFDiv(num, den);
  V rest = target_.fma ? fma(builder_.CreateFNeg(den), q, num) : nullptr;
  if (num_low) rest = rest ? builder_.CreateFAdd(rest, num_low) : num_low;
  rest = rest ? fma(builder_.CreateFNeg(den_low), q, rest)
              : builder_.CreateFMul(builder_.CreateFNeg(den_low), q);
  return fma(rest, inverse, q);
}

// 1 + p is between 0.7 and 1.42, so that adding n to its exponent gives e^x wherever that is a normal number.
V VectorMath::exp(V x) {
  const Format& format = VectorMath::format(x);
  const Exponential e = exponential(x, Carry::nothing);
  const V mantissa = builder_.CreateFAdd(e.p, constant(x, 1));
  const V n = builder_.CreateShl(as_integer(e.shifted), format.mantissa_bits);
  const V result = as_real(builder_.CreateAdd(as_integer(mantissa), n), x);
  const V flushed =
      builder_.CreateSelect(builder_.CreateFCmpOLT(x, constant(x, format.exp_least)), constant(x, 0), result);
  // inf for what is too large, NaN for NaN.
  const V beyond = builder_.CreateFMul(x, constant(x, std::numeric_limits<double>::infinity()));
  return builder_.CreateSelect(builder_.CreateFCmpOLE(x, constant(x, format.exp_greatest)), flushed, beyond);
}

// 2^-down (e^x - 1) = 2^(n - down) - 2^-down + 2^(n - down) p, for x >= -64 and down >= 1: near 0, n is 0 and
// it is 2^-down p.
V VectorMath::expm1_scaled(V x, int down) {
  const Exponential e = exponential(x, Carry::reduction);
  const V scale = power_of_two(e.shifted, -down, x);
  return fma(e.p, scale, builder_.CreateFSub(scale, constant(x, std::ldexp(1.0, -down))));
}

// Half of it, doubled: 2^n may then be as large as e^x gets.
V VectorMath::expm1(V x) {
  const V within = greater(constant(x, -64), lesser(constant(x, VectorMath::format(x).expm1_greatest), x));
  const V half = expm1_scaled(within, 1);
  return builder_.CreateFAdd(half, half);
}

// The quotient is finite a little further than e^x is: both sides of it are taken times 2^-16.
V VectorMath::expm1_over(V x) {
  const Format& format = VectorMath::format(x);
  const V bounded = lesser(constant(x, format.expm1_over_greatest), x);
  const V ratio = builder_.CreateFDiv(expm1_scaled(greater(constant(x, -64), bounded), 16),
                                      builder_.CreateFMul(bounded, constant(x, 0x1p-16)));
  const V tiny = builder_.CreateFCmpOLT(abs(x), constant(x, format.expm1_over_tiny));
  return builder_.CreateSelect(tiny, constant(x, 1), ratio);
}

// From e = e^-|x| <= 1, which never overflows: 1 / (1 + e), or e / (1 + e) for negative x.
V VectorMath::sigmoid(V x) {
  const V one = constant(x, 1);
  const V argument = greater(constant(x, VectorMath::format(x).exp_flat), minus_abs(x));
  const Exponential parts = exponential(argument, Carry::reduction);
  const V scale = power_of_two(parts.shifted, 0, x);
  const V e = fma(parts.p, scale, scale);
  const V den = builder_.CreateFAdd(one, e);
  const V den_low = builder_.CreateFSub(e, builder_.CreateFSub(den, one));
  const V num = builder_.CreateSelect(builder_.CreateFCmpOLT(x, constant(x, 0)), e, one);
  return quotient(num, nullptr, den, den_low);
}

// From m = e^-2|x| - 1 in (-1, 0]: m / (2 + m) has the size of tanh x, whose sign is that of x. What m loses
// to rounding is carried in the numerator, where it counts most.
V VectorMath::tanh(V x) {
  const V two = constant(x, 2);
  const V argument =
      greater(constant(x, VectorMath::format(x).exp_flat), builder_.CreateFMul(abs(x), constant(x, -2)));
  const Exponential parts = exponential(argument, Carry::reduction);
  const V scale = power_of_two(parts.shifted, 0, x);
  const V scale_less_one = builder_.CreateFSub(scale, constant(x, 1));
  const V m = fma(parts.p, scale, scale_less_one);
  const V m_low = fma(parts.p, scale, builder_.CreateFSub(scale_less_one, m));
  const V den = builder_.CreateFAdd(two, m);
  const V den_low = builder_.CreateFSub(m, builder_.CreateFSub(den, two));
  return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, quotient(m, m_low, den, den_low), x);
}

}  // namespace stria::codegen
