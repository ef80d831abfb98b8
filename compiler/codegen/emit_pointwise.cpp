#include "compiler/codegen/emitter.h"
#include "compiler/plan/groups.h"

namespace stria::codegen {

using plan::Instruction;
using plan::View;

namespace {
// So many vectors are written out one by one; more go in a loop of two at a time.
constexpr int64_t most_written_out = 4;
}  // namespace

void Emitter::by_entries(const plan::Group& group) {
  if (lanes_ > 1) {
    const int64_t at_once = group.entries % 2 == 0 ? 2 : 1;
    count(group.entries / at_once, [&](V i) {
      for (int64_t k = 0; k < at_once; ++k) vector_of_entries(group, add(scaled(i, at_once), k), lanes_, 0);
    });
    return;
  }
  const plan::Cover cover(group.entries, plan_.options.width);
  const auto one = [&](int64_t vector) {
    vector_of_entries(group, number(cover.start(vector)), cover.width, cover.repeated(vector));
  };
  int64_t done = 0;
  if (cover.vectors > most_written_out) {
    done = (cover.vectors - 1) / 2 * 2;
    count(done / 2, [&](V i) {
      for (int64_t k = 0; k < 2; ++k) {
        vector_of_entries(group, add(scaled(i, 2 * cover.width), k * cover.width), cover.width, 0);
      }
    });
  }
  for (int64_t vector = done; vector < cover.vectors; ++vector) one(vector);
}

// start: the first entry; repeated: how many of the entries belong to the vector before.
void Emitter::vector_of_entries(const plan::Group& group, V start, int64_t width, int64_t repeated) {
  std::map<int, V> registers;
  const V numbers = scaled(start, lanes_);
  for (const int index : group.instructions) {
    const Instruction& i = flat_.instructions[static_cast<size_t>(index)];
    Values operands;
    for (const View& view : i.operands) operands.push_back(operand(view, start, width, registers));
    const plan::Place& place = plan_.places[static_cast<size_t>(i.result)];
    if (i.work == plan::Work::accumulate) {
      V address = offset(base(place, bin_, 0, 0), numbers);
      V term = operands[0];
      if (term->getType()->getScalarType()->isIntegerTy(1)) term = as_number(term);
      if (repeated > 0) {
        std::vector<llvm::Constant*> counts;
        for (int64_t k = 0; k < width; ++k) counts.push_back(builder_.getInt1(k >= repeated));
        term = builder_.CreateSelect(llvm::ConstantVector::get(counts), term,
                                     real(plan::start_of(i.reduction), width));
      }
      store(joined(i.reduction, load(address, width), term), address);
      continue;
    }
    V result = apply(i, operands, width);
    registers[i.result] = result;
    if (place.buffer < 0) continue;
    if (flat_.values[static_cast<size_t>(i.result)].boolean) result = as_number(result);
    const int64_t lanes = lanes_of(i.result);
    store(result, offset(base(place, bin_, 0, 0), lanes == lanes_ ? numbers : start));
  }
}

Emitter::V Emitter::operand(const View& view, V start, int64_t width, const std::map<int, V>& registers) {
  const plan::Value& value = flat_.values[static_cast<size_t>(view.value)];
  if (value.constant) {
    return value.boolean
               ? V(llvm::ConstantInt::getBool(
                     llvm::VectorType::get(builder_.getInt1Ty(), static_cast<unsigned>(width), false),
                     *value.constant != 0))
               : real(*value.constant, width);
  }
  if (const auto found = registers.find(view.value);
      found != registers.end() && plan::is_direct(flat_, view)) {
    return found->second;
  }
  V address = base(view);
  V result;
  if (view.repeated()) {
    const bool all_lanes = lanes_ > 1 && lanes_of(view.value) > 1;
    result = all_lanes ? load(address, lanes_) : splat(load(address, 1), width);
  } else {
    result = entry(view, offset(address, scaled(start, lanes_of(view.value))), width);
  }
  return value.boolean ? truth(result) : result;
}

Emitter::V Emitter::truth(V x) {
  return builder_.CreateFCmpUNE(x, llvm::Constant::getNullValue(x->getType()));
}

Emitter::V Emitter::as_number(V x) {
  auto* type = llvm::dyn_cast<llvm::FixedVectorType>(x->getType());
  const int64_t width = type == nullptr ? 1 : type->getNumElements();
  return builder_.CreateSelect(x, real(1, width), real(0, width));
}

Emitter::V Emitter::apply(const Instruction& i, const Values& operands, int64_t width) {
  using ir::Op;
  const auto& a = operands;
  switch (i.op) {
    case Op::add:
      return builder_.CreateFAdd(a[0], a[1]);
    case Op::sub:
      return builder_.CreateFSub(a[0], a[1]);
    case Op::mul:
      return builder_.CreateFMul(a[0], a[1]);
    case Op::div:
      return builder_.CreateFDiv(a[0], a[1]);
    case Op::less:
      return builder_.CreateFCmpOLT(a[0], a[1]);
    case Op::less_equal:
      return builder_.CreateFCmpOLE(a[0], a[1]);
    case Op::equal:
      return builder_.CreateFCmpOEQ(a[0], a[1]);
    case Op::logical_and:
      return builder_.CreateAnd(a[0], a[1]);
    case Op::logical_or:
      return builder_.CreateOr(a[0], a[1]);
    case Op::logical_not:
      return builder_.CreateNot(a[0]);
    case Op::to_real:
      return builder_.CreateSelect(a[0], real(1, width), real(0, width));
    case Op::select:
      return builder_.CreateSelect(a[0], a[1], a[2]);
    default:
      break;
  }
  if (!VectorMath::is_pointwise(i.op)) {
    throw ir::InternalError("no code for op " + std::string(ir::info(i.op).name));
  }
  return math_.apply(i.op, a[0], a.size() > 1 ? a[1] : nullptr);
}

}  // namespace stria::codegen
