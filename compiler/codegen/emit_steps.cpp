#include <set>

#include "compiler/codegen/emitter.h"
#include "compiler/codegen/jit.h"
#include "compiler/plan/groups.h"
#include "compiler/plan/view.h"

namespace stria::codegen {

using plan::Instruction;
using plan::Step;
using plan::StepKind;
using plan::Work;

Emitter::Emitter(const plan::Plan& plan, const Target& target, Precision precision, llvm::Module& module)
    : plan_(plan),
      flat_(plan.flat),
      target_(target),
      module_(module),
      builder_(module.getContext()),
      math_(builder_, target),
      real_(precision == Precision::float32 ? builder_.getFloatTy() : builder_.getDoubleTy()),
      plan_lanes_(plan.options.lanes),
      real_bytes_(precision == Precision::float32 ? 4 : 8) {}

void Emitter::begin_function(const std::string& name) {
  auto* pointer = builder_.getPtrTy();
  auto* word = builder_.getInt64Ty();
  auto* type = llvm::FunctionType::get(builder_.getVoidTy(), {pointer, word, word, word, word, word}, false);
  function_ = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module_);
  set_attributes(*function_, target_);
  builder_.SetInsertPoint(llvm::BasicBlock::Create(module_.getContext(), "entry", function_));
  begin_ = function_->getArg(1);
  end_ = function_->getArg(2);
  total_ = function_->getArg(3);
  piece_ = function_->getArg(4);
  pieces_ = function_->getArg(5);
  addresses_.assign(plan_.buffers.size(), nullptr);
}

// At the function's entry, so that all of it can use it.
Emitter::V Emitter::address_of(int buffer) {
  V& address = addresses_[static_cast<size_t>(buffer)];
  if (address != nullptr) return address;
  llvm::BasicBlock& entry = function_->getEntryBlock();
  llvm::IRBuilder<> builder(&entry, entry.begin());
  V at = builder.CreateGEP(builder.getPtrTy(), function_->getArg(0), number(buffer));
  return address = builder.CreateLoad(builder.getPtrTy(), at);
}

void Emitter::emit(size_t index, const std::string& name) {
  const Step& step = plan_.steps[index];
  lanes_ = step.kind == StepKind::fixed ? 1 : plan_lanes_;
  bin_ = nullptr;
  begin_function(name);
  switch (step.kind) {
    case StepKind::fixed:
    case StepKind::clip:
      for (const plan::Group& each : step.groups) group(each);
      break;
    case StepKind::frames:
      frames(step);
      break;
    case StepKind::dot:
    case StepKind::outer:
      for (const plan::Group& each : step.groups) {
        for (const int i : each.instructions) {
          const Instruction& made = flat_.instructions[static_cast<size_t>(i)];
          if (step.kind == StepKind::outer) {
            made.work == Work::outer ? outer(made, step.reverse) : correlate(made, step.reverse);
            continue;
          }
          const int buffer = plan_.places[static_cast<size_t>(made.result)].buffer;
          clear_rows(plan_.buffers[static_cast<size_t>(buffer)], buffer);
          made.work == Work::dot ? dot_stage(made) : convolve(made);
        }
      }
      break;
  }
  builder_.CreateRetVoid();
}

void Emitter::frames(const Step& step) {
  std::set<int> streams;
  for (const plan::Group& each : step.groups) {
    for (const int i : each.instructions) {
      const int result = flat_.instructions[static_cast<size_t>(i)].result;
      streams.insert(plan_.places[static_cast<size_t>(result)].buffer);
    }
  }
  streams.erase(-1);
  for (const int index : streams) clear_rows(plan_.buffers[static_cast<size_t>(index)], index);
  V first = step.reverse ? builder_.CreateICmpEQ(end_, total_) : builder_.CreateICmpEQ(begin_, number(0));
  when(first, [&] { start_clip(step); });
  const auto bin = [&](V t) {
    bin_ = t;
    for (const plan::Group& each : step.groups) group(each);
  };
  if (step.reverse) {
    loop(add(end_, -1), begin_, -1, bin);
  } else {
    loop(begin_, end_, 1, bin);
  }
  bin_ = nullptr;
}

// Sums at zero, and states' starts in the row beyond the first bin.
void Emitter::start_clip(const Step& step) {
  for (const plan::Group& each : step.groups) {
    for (const int i : each.instructions) {
      const Instruction& made = flat_.instructions[static_cast<size_t>(i)];
      if (made.work != Work::accumulate) continue;
      clear(plan_.places[static_cast<size_t>(made.result)],
            flat_.values[static_cast<size_t>(made.result)].entries, false, plan::start_of(made.reduction));
    }
  }
  bin_ = step.reverse ? total_ : number(-1);
  for (const int scan : step.scans) {
    for (const plan::State& state : flat_.scans[static_cast<size_t>(scan)].states) {
      Instruction copy;
      copy.work = Work::nest;
      copy.operands = {state.start};
      nest(copy, plan::whole(state.next.value, state.start.sizes()));
    }
  }
  bin_ = nullptr;
}

void Emitter::clear(const plan::Place& place, int64_t entries, bool one_lane, double value) {
  const int64_t numbers = entries * (one_lane ? 1 : plan_lanes_);
  const plan::Cover cover(numbers, plan_.options.width);
  V to = base(place, bin_, 0, 0);
  count(numbers / cover.width,
        [&](V vector) { store(real(value, cover.width), offset(to, scaled(vector, cover.width))); });
  if (numbers % cover.width != 0) store(real(value, cover.width), offset(to, cover.start(cover.vectors - 1)));
}

// Rows outside the clip at zero, where the bins at hand border on them.
void Emitter::clear_rows(const plan::Buffer& buffer, int index) {
  if (buffer.kind != plan::BufferKind::stream) return;
  const auto clear_row = [&](V bin) {
    bin_ = bin;
    clear(plan::Place{index, 0, 0}, buffer.entries, false);
  };
  if (buffer.before > 0) {
    when(builder_.CreateICmpEQ(begin_, number(0)),
         [&] { loop(number(-buffer.before), number(0), 1, clear_row); });
  }
  if (buffer.after > 0) {
    when(builder_.CreateICmpEQ(end_, total_), [&] { loop(total_, add(total_, buffer.after), 1, clear_row); });
  }
  bin_ = nullptr;
}

void Emitter::group(const plan::Group& group) {
  if (group.entries >= 0) return by_entries(group);
  for (const int i : group.instructions) instruction(flat_.instructions[static_cast<size_t>(i)]);
}

void Emitter::instruction(const Instruction& i) {
  switch (i.work) {
    case Work::nest:
      return nest(i);
    case Work::join:
      return join(i);
    case Work::frame:
      return frame(i);
    case Work::dot:
      return dot(i);
    case Work::combine:
      return combine(i);
    case Work::pack:
      return pack(i);
    default:
      throw ir::InternalError("an instruction in a step of another kind");
  }
}

}  // namespace stria::codegen
