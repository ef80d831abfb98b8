// The functions of the language, as instructions. The one header of this room that shows LLVM's types.
//
// A value is a float, a double, or a vector of either with any number of lanes. Each lane is computed by
// itself: a value's bits do not depend on the number of lanes, only on the target (with or without fused
// multiply-add).
//
// Largest errors, in units in the last place (ulp) of the exact result. float: of all arguments between 2^-8
// and 110 in size; double: of 8 million arguments each. The tests hold a sample of all arguments to 2.
//
//                 float     float    double    double
//                   FMA    no FMA       FMA    no FMA
//   exp            1.02      0.99      1.01      0.98
//   expm1          1.51      1.64      1.53      1.44
//   expm1_over     1.91      1.91      1.93      1.93
//   log            0.83      0.84      0.84      0.84
//   sigmoid        1.48      1.97      1.48      1.90
//   softplus       1.53      1.53      1.50      1.50
//   tanh           1.50      1.97      1.53      1.94
//
// NaN in gives NaN out; infinities and signed zeros are as in the C library. Where e^x would be a subnormal
// number (x < -87.3 in float, -708.4 in double), exp, sigmoid and softplus may give 0: they are off by less
// than the smallest normal number there.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include "compiler/codegen/target.h"
#include "compiler/ir/graph.h"

namespace stria::codegen {

struct Format;  // vector_math_formats.h: constants of float and of double

class VectorMath {
 public:
  using V = llvm::Value*;

  // Emits where `builder` stands. Both must outlive this.
  VectorMath(llvm::IRBuilder<>& builder, const Target& target) : builder_(builder), target_(target) {}

  // True for the ops that apply() takes: real functions of one entry of each operand.
  static bool is_pointwise(ir::Op op);
  // The op of one or two values of the same type (b only where the op has two operands). Throws
  // ir::InternalError for another op, or another number of operands.
  V apply(ir::Op op, V a, V b = nullptr);

  // a b + c: rounded once where the target has a fused multiply-add, twice where not.
  V fma(V a, V b, V c);

  V neg(V x) { return builder_.CreateFNeg(x); }
  V add(V a, V b) { return builder_.CreateFAdd(a, b); }
  V sub(V a, V b) { return builder_.CreateFSub(a, b); }
  V mul(V a, V b) { return builder_.CreateFMul(a, b); }
  V div(V a, V b) { return builder_.CreateFDiv(a, b); }
  V abs(V x);
  V sqrt(V x);
  // The lesser, the greater; a where both are equal; NaN where either is.
  V min(V a, V b);
  V max(V a, V b);
  V relu(V x);  // max(x, 0)

  V exp(V x);
  V expm1(V x);       // e^x - 1
  V expm1_over(V x);  // (e^x - 1) / x, 1 at 0
  V sigmoid(V x);     // 1 / (1 + e^-x)
  V tanh(V x);
  V log(V x);       // NaN below 0, -inf at 0; subnormal arguments are right
  V softplus(V x);  // log(1 + e^x) without overflow, accurate in the ulp for negative x

  // Lane by lane through the C library, in double, then rounded: right but slow.
  V erf(V x);
  V sin(V x);
  V cos(V x);
  V log1p(V x);
  V pow(V a, V b);

 private:
  // x = n ln 2 + r with |r| <= ln 2 / 2, and p = e^r - 1.
  struct Exponential {
    V shifted;  // n in the low bits
    V p;
  };
  enum class Carry { nothing, reduction };  // whether p makes up for the rounding of r

  static const Format& format(V x);
  V constant(V like, double value);
  V integer(V like, uint64_t value);  // of the integer type with the bits of `like`
  V as_integer(V x);
  V as_real(V bits, V like);
  V lesser(V a, V b);                                        // one instruction: b where either is NaN
  V greater(V a, V b);                                       // likewise
  V polynomial(V x, const double* coefficients, int count);  // from the highest power down
  V minus_abs(V x);

  Exponential exponential(V x, Carry carry);
  V power_of_two(V shifted, int add, V like);
  V expm1_scaled(V x, int down);
  V quotient(V num, V num_low, V den, V den_low);
  V log1p_reduced(V f, V add);
  V call_lanes(const char* function, V a, V b = nullptr);

  llvm::IRBuilder<>& builder_;
  const Target& target_;
};

}  // namespace stria::codegen
