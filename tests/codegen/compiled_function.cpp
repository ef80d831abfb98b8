#include "tests/codegen/compiled_function.h"

namespace stria::test {

void emit_map(ModuleParts& parts, const codegen::Target& target, const std::string& name, bool is_double,
              unsigned lanes, const Emit& emit) {
  llvm::IRBuilder<> builder(*parts.context);
  llvm::Type* scalar = is_double ? builder.getDoubleTy() : builder.getFloatTy();
  llvm::Type* type = lanes == 1 ? scalar : llvm::FixedVectorType::get(scalar, lanes);
  llvm::Type* pointer = builder.getPtrTy();
  llvm::Type* i64 = builder.getInt64Ty();
  auto* function = llvm::Function::Create(
      llvm::FunctionType::get(builder.getVoidTy(), {pointer, pointer, pointer, i64}, false),
      llvm::Function::ExternalLinkage, name, *parts.module);
  codegen::set_attributes(*function, target);
  auto* entry = llvm::BasicBlock::Create(*parts.context, "entry", function);
  auto* loop = llvm::BasicBlock::Create(*parts.context, "loop", function);
  auto* done = llvm::BasicBlock::Create(*parts.context, "done", function);
  builder.SetInsertPoint(entry);
  builder.CreateBr(loop);
  builder.SetInsertPoint(loop);
  auto* index = builder.CreatePHI(i64, 2);
  index->addIncoming(builder.getInt64(0), entry);
  const auto at = [&](unsigned argument) {
    return builder.CreateGEP(scalar, function->getArg(argument), index);
  };
  const llvm::Align align(is_double ? 8 : 4);
  codegen::VectorMath math(builder, target);
  llvm::Value* a = builder.CreateAlignedLoad(type, at(0), align);
  llvm::Value* b = builder.CreateAlignedLoad(type, at(1), align);
  builder.CreateAlignedStore(emit(math, a, b), at(2), align);
  llvm::Value* next = builder.CreateAdd(index, builder.getInt64(lanes));
  index->addIncoming(next, builder.GetInsertBlock());
  builder.CreateCondBr(builder.CreateICmpULT(next, function->getArg(3)), loop, done);
  builder.SetInsertPoint(done);
  builder.CreateRetVoid();
}

}  // namespace stria::test
