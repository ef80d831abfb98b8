// Basics, the table of ops, and the functions that go through the C library.
#include "compiler/codegen/vector_math.h"

#include <fmt/format.h>
#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <iterator>

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

// In the form that x86 has one instruction for. Of two equal values (zeros of either sign) it gives the
// second.
V VectorMath::lesser(V a, V b) { return builder_.CreateSelect(builder_.CreateFCmpOLT(a, b), a, b); }
V VectorMath::greater(V a, V b) { return builder_.CreateSelect(builder_.CreateFCmpOGT(a, b), a, b); }

namespace {

// The constant that all lanes of x are, or null.
const llvm::ConstantFP* number(const V x) {
  const auto* constant = llvm::dyn_cast<llvm::Constant>(x);
  if (constant && x->getType()->isVectorTy()) constant = constant->getSplatValue();
  return llvm::dyn_cast_or_null<llvm::ConstantFP>(constant);
}

bool may_be_nan(const V x) { return !number(x) || number(x)->isNaN(); }

}  // namespace

V VectorMath::min(V a, V b) {
  const V least = lesser(b, a);  // a where a is NaN
  if (!may_be_nan(b)) return least;
  return builder_.CreateSelect(builder_.CreateFCmpUNO(b, b), b, least);
}

V VectorMath::max(V a, V b) {
  const V most = greater(b, a);
  if (!may_be_nan(b)) return most;
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
  if (number(b) && number(b)->isExactlyValue(2.0)) return builder_.CreateFMul(a, a);
  return call_lanes("pow", a, b);
}

namespace {

// Each pointwise op and its function.
struct Row {
  ir::Op op;
  V (VectorMath::*of_one)(V);
  V (VectorMath::*of_two)(V, V);
};

constexpr Row rows[] = {
    {ir::Op::neg, &VectorMath::neg, nullptr},
    {ir::Op::exp, &VectorMath::exp, nullptr},
    {ir::Op::log, &VectorMath::log, nullptr},
    {ir::Op::sqrt, &VectorMath::sqrt, nullptr},
    {ir::Op::abs, &VectorMath::abs, nullptr},
    {ir::Op::tanh, &VectorMath::tanh, nullptr},
    {ir::Op::sigmoid, &VectorMath::sigmoid, nullptr},
    {ir::Op::relu, &VectorMath::relu, nullptr},
    {ir::Op::softplus, &VectorMath::softplus, nullptr},
    {ir::Op::expm1_over, &VectorMath::expm1_over, nullptr},
    {ir::Op::erf, &VectorMath::erf, nullptr},
    {ir::Op::sin, &VectorMath::sin, nullptr},
    {ir::Op::cos, &VectorMath::cos, nullptr},
    {ir::Op::add, nullptr, &VectorMath::add},
    {ir::Op::sub, nullptr, &VectorMath::sub},
    {ir::Op::mul, nullptr, &VectorMath::mul},
    {ir::Op::div, nullptr, &VectorMath::div},
    {ir::Op::pow, nullptr, &VectorMath::pow},
    {ir::Op::min, nullptr, &VectorMath::min},
    {ir::Op::max, nullptr, &VectorMath::max},
};

const Row* row_of(ir::Op op) {
  const Row* row = std::find_if(std::begin(rows), std::end(rows), [op](const Row& r) { return r.op == op; });
  return row == std::end(rows) ? nullptr : row;
}

}  // namespace

bool VectorMath::is_pointwise(ir::Op op) { return row_of(op) != nullptr; }

V VectorMath::apply(ir::Op op, V a, V b) {
  const Row* row = row_of(op);
  if (!row || (row->of_two != nullptr) != (b != nullptr)) {
    throw ir::InternalError(
        fmt::format("code generation: {} is no pointwise op of {} operands", ir::info(op).name, b ? 2 : 1));
  }
  return row->of_two ? (this->*row->of_two)(a, b) : (this->*row->of_one)(a);
}

}  // namespace stria::codegen
