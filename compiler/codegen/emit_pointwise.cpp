#include "compiler/codegen/emitter.h"
#include "compiler/plan/groups.h"
#include "compiler/plan/view.h"

namespace stria::codegen {

using plan::Instruction;
using plan::View;

namespace {
// Vectors that are computed side by side, instruction by instruction: while one waits for a result, the
// others go on.
constexpr int64_t side_by_side = 3;
}  // namespace

Emitter::Piece Emitter::piece(V row, int64_t row_entries, V column, int64_t repeated) {
  return {builder_.CreateAdd(scaled(row, row_entries), column), repeated, row, column, {}};
}

void Emitter::by_entries(const plan::Group& group) {
  if (group.entries == 0) return;
  const int64_t columns = plan::row_entries(flat_, group), rows = group.entries / columns;
  const plan::Cover cover(columns, lanes_ > 1 ? 1 : plan_.options.width);
  const int64_t wide = lanes_ > 1 ? lanes_ : cover.width;
  const int64_t rounds = (cover.vectors - 1) / side_by_side, first_last = rounds * side_by_side;
  start_rows(group, columns);
  // Short rows: several at a time.
  blocks(rows, rounds > 0 ? 1 : std::max<int64_t>(1, side_by_side / cover.vectors), [&](V first, int64_t n) {
    count(rounds, [&](V round) {
      std::vector<Piece> pieces;
      V start = scaled(round, side_by_side * cover.width);
      for (int64_t k = 0; k < side_by_side; ++k)
        pieces.push_back(piece(first, columns, add(start, k * cover.width), 0));
      entries_side_by_side(group, pieces, wide);
    });
    std::vector<Piece> last;
    for (int64_t r = 0; r < n; ++r) {
      for (int64_t vector = first_last; vector < cover.vectors; ++vector)
        last.push_back(piece(add(first, r), columns, number(cover.start(vector)), cover.repeated(vector)));
    }
    entries_side_by_side(group, last, wide);
  });
}

// What rows are reduced to, before the first one.
void Emitter::start_rows(const plan::Group& group, int64_t columns) {
  for (const int index : group.instructions) {
    const Instruction& i = flat_.instructions[static_cast<size_t>(index)];
    if (i.work != plan::Work::nest) continue;
    clear(plan_.places[static_cast<size_t>(i.result)], columns, lanes_of(i.result) == 1,
          plan::start_of(i.reduction));
  }
}

void Emitter::entries_side_by_side(const plan::Group& group, std::vector<Piece>& pieces, int64_t width) {
  for (const int index : group.instructions) {
    const Instruction& i = flat_.instructions[static_cast<size_t>(index)];
    for (Piece& piece : pieces) {
      if (i.work == plan::Work::nest) {  // reduces the rows of a value
        const int value = i.operands[0].value;
        const View entries = plan::whole(value, {flat_.values[static_cast<size_t>(value)].entries});
        accumulate(i, piece, piece.column, operand(entries, piece, width), width);
        continue;
      }
      Values operands;
      for (const View& view : i.operands) operands.push_back(operand(view, piece, width));
      if (i.work == plan::Work::accumulate) {
        accumulate(i, piece, piece.start, operands[0], width);
        continue;
      }
      V result = apply(i, operands, width);
      piece.registers[i.result] = result;
      const plan::Place& place = plan_.places[static_cast<size_t>(i.result)];
      if (place.buffer < 0) continue;
      if (flat_.values[static_cast<size_t>(i.result)].boolean) result = as_number(result);
      store(result, offset(base(place, bin_, 0, 0), scaled(piece.start, lanes_of(i.result))));
    }
  }
}

void Emitter::accumulate(const Instruction& i, const Piece& piece, V entry, V term, int64_t width) {
  V address = offset(base(plan_.places[static_cast<size_t>(i.result)], bin_, 0, 0), scaled(entry, lanes_));
  if (term->getType()->getScalarType()->isIntegerTy(1)) term = as_number(term);
  if (piece.repeated > 0) {
    term = builder_.CreateSelect(own_entries(width, piece.repeated), term,
                                 real(plan::start_of(i.reduction), width));
  }
  store(joined(i.reduction, load(address, width), term), address);
}

Emitter::V Emitter::operand(const View& view, const Piece& piece, int64_t width) {
  const plan::Value& value = flat_.values[static_cast<size_t>(view.value)];
  if (value.constant) {
    return value.boolean
               ? V(llvm::ConstantInt::getBool(
                     llvm::VectorType::get(builder_.getInt1Ty(), static_cast<unsigned>(width), false),
                     *value.constant != 0))
               : real(*value.constant, width);
  }
  if (const auto found = piece.registers.find(view.value);
      found != piece.registers.end() && plan::is_direct(flat_, view)) {
    return found->second;
  }
  V at = view.repeated() ? number(0) : piece.start;
  bool one_entry = view.repeated();
  if (!one_entry && !view.plain()) {
    one_entry = plan::repeats(view).value().along_row;
    at = one_entry ? piece.row : piece.column;
  }
  V address = offset(base(view), scaled(at, lanes_of(view.value)));
  V result;
  if (one_entry) {
    const bool all_lanes = lanes_ > 1 && lanes_of(view.value) > 1;
    result = all_lanes ? load(address, lanes_) : splat(load(address, 1), width);
  } else {
    result = entry(view, address, width);
  }
  return value.boolean ? truth(result) : result;
}

Emitter::V Emitter::own_entries(int64_t width, int64_t repeated) {
  std::vector<llvm::Constant*> own;
  for (int64_t k = 0; k < width; ++k) own.push_back(builder_.getInt1(k >= repeated));
  return llvm::ConstantVector::get(own);
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
