// log and softplus.
//
// log(1 + f) for f between sqrt(1/2) - 1 and sqrt(2) - 1, with s = f / (2 + f): it is 2 atanh(s) = 2 s + s R,
// R = s^2 times a polynomial in s^2. Since 2 s = f - s f, with h = f^2 / 2 it equals f - (h - s (h + R)): the
// leading part is exact, what is rounded is small beside it. (The form of fdlibm's e_log.c, Sun Microsystems
// 1993.)
#include "compiler/codegen/vector_math.h"
#include "compiler/codegen/vector_math_formats.h"

#include <limits>

namespace stria::codegen {

using V = VectorMath::V;

// log(1 + f) + add, for a small `add`.
V VectorMath::log1p_reduced(V f, V add) {
  const Format& format = VectorMath::format(f);
  const V s = builder_.CreateFDiv(f, builder_.CreateFAdd(f, constant(f, 2)));
  const V z = builder_.CreateFMul(s, s);
  const V half_square = builder_.CreateFMul(builder_.CreateFMul(f, constant(f, 0.5)), f);
  const V tail = fma(z, polynomial(z, format.atanh_tail.data(), format.atanh_terms), half_square);
  return builder_.CreateFSub(f, builder_.CreateFSub(half_square, fma(s, tail, add)));
}

// x = 2^n (1 + f), by the bits of x; log x = n ln2_high + (log(1 + f) + n ln2_low), the product exact.
V VectorMath::log(V x) {
  const Format& format = VectorMath::format(x);
  const int bits = format.mantissa_bits;
  const double infinity = std::numeric_limits<double>::infinity();
  const V zero = constant(x, 0);
  // Subnormal numbers have no leading one: made normal, and the exponent corrected.
  const V small = builder_.CreateFCmpOLT(x, constant(x, format.smallest_normal));
  const double up = static_cast<double>(uint64_t{1} << bits);
  const V normal = builder_.CreateSelect(small, builder_.CreateFMul(x, constant(x, up)), x);
  const V moved = builder_.CreateAdd(as_integer(normal), integer(x, format.one_bits - format.sqrt_half_bits));
  const V fraction = builder_.CreateAnd(moved, integer(x, (uint64_t{1} << bits) - 1));
  const V mantissa = as_real(builder_.CreateAdd(fraction, integer(x, format.sqrt_half_bits)), x);
  const V f = builder_.CreateFSub(mantissa, constant(x, 1));
  // The exponent as a real number: as low bits of the shifter, which is then taken off together with the
  // bias.
  const V biased = builder_.CreateAdd(builder_.CreateLShr(moved, bits), integer(x, format.shifter_bits));
  const V off = builder_.CreateSelect(small, constant(x, format.shifter + format.bias + bits),
                                      constant(x, format.shifter + format.bias));
  const V n = builder_.CreateFSub(as_real(biased, x), off);
  const V sum = log1p_reduced(f, builder_.CreateFMul(n, constant(x, format.ln2_low)));
  const V result = fma(n, constant(x, format.ln2_high), sum);
  // Not positive, infinite or NaN.
  const V plain =
      builder_.CreateAnd(builder_.CreateFCmpOGT(x, zero), builder_.CreateFCmpOLT(x, constant(x, infinity)));
  const V negative = builder_.CreateSelect(builder_.CreateFCmpOLT(x, zero),
                                           constant(x, std::numeric_limits<double>::quiet_NaN()), x);
  const V other = builder_.CreateSelect(builder_.CreateFCmpOEQ(x, zero), constant(x, -infinity), negative);
  return builder_.CreateSelect(plain, result, other);
}

// max(x, 0) + log(1 + e), e = e^-|x| <= 1. Where 1 + e > sqrt(2): ln 2 + log(1 + (e - 1) / 2).
V VectorMath::softplus(V x) {
  const Format& format = VectorMath::format(x);
  const V zero = constant(x, 0), one = constant(x, 1), half = constant(x, 0.5);
  const V argument = greater(constant(x, format.exp_flat), minus_abs(x));
  const Exponential parts = exponential(argument, Carry::reduction);
  const V scale = power_of_two(parts.shifted, 0, x);
  const V e = fma(parts.p, scale, scale);
  const V e_low = fma(parts.p, scale, builder_.CreateFSub(scale, e));
  const V large = builder_.CreateFCmpOGT(e, constant(x, 0.41421356237309505));
  const V f = builder_.CreateSelect(large, builder_.CreateFMul(builder_.CreateFSub(e, one), half), e);
  const V weight = builder_.CreateSelect(large, half, one);
  const V ln2 = builder_.CreateSelect(large, constant(x, format.ln2), zero);
  const V ln2_rest = builder_.CreateSelect(large, constant(x, format.ln2_rest), zero);
  const V log1p = builder_.CreateFAdd(ln2, log1p_reduced(f, fma(e_low, weight, ln2_rest)));
  return builder_.CreateFAdd(greater(x, zero), log1p);
}

}  // namespace stria::codegen
