#include "compiler/codegen/emitter.h"

namespace stria::codegen {

using plan::BufferKind;

int64_t Emitter::lanes_of(int value) const {
  const plan::Value& described = flat_.values[static_cast<size_t>(value)];
  return described.level == plan::Level::fixed || described.lanes_summed ? 1 : plan_lanes_;
}

const plan::Buffer& Emitter::buffer_of(int value) const {
  return plan_.buffers[static_cast<size_t>(plan_.places[static_cast<size_t>(value)].buffer)];
}

int64_t Emitter::row(const plan::Buffer& buffer) const {
  return buffer.entries *
         (buffer.kind == BufferKind::fixed || buffer.kind == BufferKind::summed ? 1 : plan_lanes_);
}

int64_t Emitter::distance(const plan::View& view, const plan::Axis& axis) const {
  int64_t result = axis.stride * lanes_of(view.value);
  if (axis.bins != 0) result += axis.bins * row(buffer_of(view.value));
  return result;
}

Emitter::V Emitter::base(const plan::Place& place, V bin, int64_t bins, int64_t numbers) {
  const plan::Buffer& buffer = plan_.buffers[static_cast<size_t>(place.buffer)];
  V address = address_of(place.buffer);
  const int64_t shift = bins + place.bins;
  if (buffer.kind == BufferKind::stream) {
    address = offset(address, scaled(add(bin, shift + buffer.before), row(buffer)));
  } else if (buffer.kind == BufferKind::ring) {
    address = offset(address, scaled(builder_.CreateAnd(add(bin, shift), number(1)), row(buffer)));
  }
  const int64_t lanes = row(buffer) / std::max<int64_t>(buffer.entries, 1);
  return offset(address, place.offset * lanes + numbers);
}

Emitter::V Emitter::base(const plan::View& view) {
  const plan::Place& place = plan_.places[static_cast<size_t>(view.value)];
  if (place.buffer < 0) throw ir::InternalError("a value that lies nowhere is read from memory");
  return base(place, bin_, view.bins, view.offset * lanes_of(view.value));
}

llvm::Type* Emitter::vector(int64_t width) {
  return width == 1 ? real_ : llvm::FixedVectorType::get(real_, static_cast<unsigned>(width));
}

Emitter::V Emitter::load(V address, int64_t width) {
  return builder_.CreateAlignedLoad(vector(width), address, llvm::Align(static_cast<uint64_t>(real_bytes_)));
}

void Emitter::store(V value, V address) {
  builder_.CreateAlignedStore(value, address, llvm::Align(static_cast<uint64_t>(real_bytes_)));
}

Emitter::V Emitter::splat(V scalar, int64_t width) {
  return width == 1 ? scalar : builder_.CreateVectorSplat(static_cast<unsigned>(width), scalar);
}

Emitter::V Emitter::real(double value, int64_t width) { return llvm::ConstantFP::get(vector(width), value); }

Emitter::V Emitter::entry(const plan::View& view, V address, int64_t width) {
  if (lanes_ > 1) return lanes_of(view.value) > 1 ? load(address, lanes_) : splat(load(address, 1), lanes_);
  return load(address, width);
}

}  // namespace stria::codegen
