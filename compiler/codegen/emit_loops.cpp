#include "compiler/codegen/emitter.h"

namespace stria::codegen {

Emitter::V Emitter::scaled(V a, int64_t by) {
  if (by == 1) return a;
  return builder_.CreateMul(a, number(by));
}

Emitter::Values Emitter::loop(V from, V to, int64_t step, Values carried,
                              const std::function<Values(V, Values)>& body, bool always) {
  llvm::LLVMContext& context = module_.getContext();
  auto* before = builder_.GetInsertBlock();
  auto* inside = llvm::BasicBlock::Create(context, "loop", function_);
  auto* after = llvm::BasicBlock::Create(context, "after", function_);
  const auto goes_on = [&](V i) {
    return step > 0 ? builder_.CreateICmpSLT(i, to) : builder_.CreateICmpSGE(i, to);
  };
  if (always) {
    builder_.CreateBr(inside);
  } else {
    builder_.CreateCondBr(goes_on(from), inside, after);
  }
  builder_.SetInsertPoint(inside);
  auto* i = builder_.CreatePHI(builder_.getInt64Ty(), 2);
  i->addIncoming(from, before);
  std::vector<llvm::PHINode*> phis;
  Values values;
  for (V value : carried) {
    phis.push_back(builder_.CreatePHI(value->getType(), 2));
    phis.back()->addIncoming(value, before);
    values.push_back(phis.back());
  }
  const Values next = body(i, values);
  V next_i = builder_.CreateAdd(i, number(step));
  auto* end = builder_.GetInsertBlock();
  i->addIncoming(next_i, end);
  for (size_t k = 0; k < phis.size(); ++k) phis[k]->addIncoming(next[k], end);
  builder_.CreateCondBr(goes_on(next_i), inside, after);
  builder_.SetInsertPoint(after);
  if (always) return next;
  Values result;
  for (size_t k = 0; k < carried.size(); ++k) {
    auto* phi = builder_.CreatePHI(carried[k]->getType(), 2);
    phi->addIncoming(carried[k], before);
    phi->addIncoming(next[k], end);
    result.push_back(phi);
  }
  return result;
}

void Emitter::loop(V from, V to, int64_t step, const std::function<void(V)>& body) {
  loop(
      from, to, step, {},
      [&](V i, const Values&) {
        body(i);
        return Values{};
      },
      false);
}

void Emitter::when(V condition, const std::function<void()>& body) {
  auto* inside = llvm::BasicBlock::Create(module_.getContext(), "when", function_);
  auto* after = llvm::BasicBlock::Create(module_.getContext(), "after", function_);
  builder_.CreateCondBr(condition, inside, after);
  builder_.SetInsertPoint(inside);
  body();
  builder_.CreateBr(after);
  builder_.SetInsertPoint(after);
}

void Emitter::count(int64_t n, const std::function<void(V)>& body) {
  if (n <= 0) return;
  if (n == 1) return body(number(0));
  loop(
      number(0), number(n), 1, {},
      [&](V i, const Values&) {
        body(i);
        return Values{};
      },
      true);
}

void Emitter::covered(int64_t n, int64_t at_once, const std::function<void(V)>& body) {
  const int64_t last = n - at_once;
  count((n + at_once - 1) / at_once, [&](V index) {
    V start = scaled(index, at_once);
    if (last > 0 && n % at_once != 0) {
      start = builder_.CreateSelect(builder_.CreateICmpSLT(start, number(last)), start, number(last));
    }
    body(start);
  });
}

}  // namespace stria::codegen
