// Basics, the table of ops, and the functions that go through the C library.
#include "compiler/codegen/vector_math.h"

#include <fmt/format.h>
#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/Module.h>

#include <string>

#include "compiler/codegen/vector_math_formats.h"

namespace stria::codegen {

using V = VectorMath::V;

const Format& VectorMath::format(V x) {
  return x->getType()->getScalarType()->isFloatTy() ? float_format : double_format;
}

V VectorMath::constant(V like, double value) { return llvm::ConstantFP::get(like->getType(), value); }

V VectorMath::integer(V like, uint64_t value) {
  return llvm::ConstantInt::get(as_integer(constant(like, 0))->getType(), value);
}

V VectorMath::as_integer(V x) {
  llvm::Type* type = builder_.getIntNTy(x->getType()->getScalarSizeInBits());
  if (const auto* vector = llvm::dyn_cast<llvm::VectorType>(x->getType())) {
    type = llvm::VectorType::get(type, vector->getElementCount());
  }
  return builder_.CreateBitCast(x, type);
}

V VectorMath::as_real(V bits, V like) { return builder_.CreateBitCast(bits, like->getType()); }

V VectorMath::fma(V a, V b, V c) {
  if (!target_.fma) return builder_.CreateFAdd(builder_.CreateFMul(a, b), c);
  return builder_.CreateIntrinsic(llvm::Intrinsic::fma, {a->getType()}, {a, b, c});
}

V VectorMath::abs(V x) { return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x); }
V VectorMath::sqrt(V x) { return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, x); }
V VectorMath::minus_abs(V x) { return builder_.CreateFNeg(abs(x)); }

// In the form that x86 has one instruction for.
V VectorMath::lesser(V a, V b) { return builder_.CreateSelect(builder_.CreateFCmpOLT(a, b), a, b); }
V VectorMath::greater(V a, V b) { return builder_.CreateSelect(builder_.CreateFCmpOGT(a, b), a, b); }

namespace {

bool is_number(const V x) {
  const auto* constant = llvm::dyn_cast<llvm::Constant>(x);
  if (constant && x->getType()->isVectorTy()) constant = constant->getSplatValue();
  const auto* number = llvm::dyn_cast_or_null<llvm::ConstantFP>(constant);
  return number && !number->isNaN();
}

bool is_exactly(const V x, double value) {
  const auto* constant = llvm::dyn_cast<llvm::Constant>(x);
  if (constant && x->getType()->isVectorTy()) constant = constant->getSplatValue();
  const auto* number = llvm::dyn_cast_or_null<llvm::ConstantFP>(constant);
  return number && number->isExactlyValue(value);
}

}  // namespace

V VectorMath::min(V a, V b) {
  const V least = lesser(b, a);  // a where a is NaN
  if (is_number(b)) return least;
  return builder_.CreateSelect(builder_.CreateFCmpUNO(b, b), b, least);
}

V VectorMath::max(V a, V b) {
  const V most = greater(b, a);
  if (is_number(b)) return most;
  return builder_.CreateSelect(builder_.CreateFCmpUNO(b, b), b, most);
}

V VectorMath::relu(V x) { return greater(constant(x, 0), x); }

// Horner's scheme: few registers, and the loops around it run several values side by side.
V VectorMath::polynomial(V x, const double* coefficients, int count) {
  V sum = constant(x, coefficients[0]);
  for (int i = 1; i < count; ++i) sum = fma(sum, x, constant(x, coefficients[i]));
  return sum;
}

V VectorMath::call_lanes(const char* function, V a, V b) {
  llvm::Type* f64 = builder_.getDoubleTy();
  llvm::Module* module = builder_.GetInsertBlock()->getModule();
  const llvm::FunctionCallee callee = b ? module->getOrInsertFunction(function, f64, f64, f64)
                                        : module->getOrInsertFunction(function, f64, f64);
  const auto one = [&](V x, V y) {
    llvm::Type* own = x->getType();
    llvm::SmallVector<V, 2> arguments = {builder_.CreateFPExt(x, f64)};
    if (y) arguments.push_back(builder_.CreateFPExt(y, f64));
    return builder_.CreateFPTrunc(builder_.CreateCall(callee, arguments), own);
  };
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(a->getType());
  if (!vector) return one(a, b);
  V result = llvm::PoisonValue::get(a->getType());
  for (uint64_t lane = 0; lane < vector->getNumElements(); ++lane) {
    const V y = b ? builder_.CreateExtractElement(b, lane) : nullptr;
    result = builder_.CreateInsertElement(result, one(builder_.CreateExtractElement(a, lane), y), lane);
  }
  return result;
}

V VectorMath::erf(V x) { return call_lanes("erf", x); }
V VectorMath::sin(V x) { return call_lanes("sin", x); }
V VectorMath::cos(V x) { return call_lanes("cos", x); }
V VectorMath::log1p(V x) { return call_lanes("log1p", x); }

// x^2 is one rounding either way; it is what models write most.
V VectorMath::pow(V a, V b) {
  if (is_exactly(b, 2)) return builder_.CreateFMul(a, a);
  return call_lanes("pow", a, b);
}

bool VectorMath::is_pointwise(ir::Op op) {
  using ir::Op;
  switch (op) {
    case Op::neg:
    case Op::exp:
    case Op::log:
    case Op::sqrt:
    case Op::abs:
    case Op::tanh:
    case Op::sigmoid:
    case Op::relu:
    case Op::softplus:
    case Op::expm1_over:
    case Op::erf:
    case Op::sin:
    case Op::cos:
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::pow:
    case Op::min:
    case Op::max:
      return true;
    default:
      return false;
  }
}

V VectorMath::apply(ir::Op op, V a, V b) {
  using ir::Op;
  switch (op) {
    case Op::neg:
      return neg(a);
    case Op::exp:
      return exp(a);
    case Op::log:
      return log(a);
    case Op::sqrt:
      return sqrt(a);
    case Op::abs:
      return abs(a);
    case Op::tanh:
      return tanh(a);
    case Op::sigmoid:
      return sigmoid(a);
    case Op::relu:
      return relu(a);
    case Op::softplus:
      return softplus(a);
    case Op::expm1_over:
      return expm1_over(a);
    case Op::erf:
      return erf(a);
    case Op::sin:
      return sin(a);
    case Op::cos:
      return cos(a);
    case Op::add:
      return builder_.CreateFAdd(a, b);
    case Op::sub:
      return builder_.CreateFSub(a, b);
    case Op::mul:
      return builder_.CreateFMul(a, b);
    case Op::div:
      return builder_.CreateFDiv(a, b);
    case Op::pow:
      return pow(a, b);
    case Op::min:
      return min(a, b);
    case Op::max:
      return max(a, b);
    default:
      throw ir::InternalError(fmt::format("code generation: op {} is not pointwise", static_cast<int>(op)));
  }
}

}  // namespace stria::codegen
