// Arrays of numbers that plans read and write in place. Internal to runtime/exec.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace stria::exec {

// Side by side in one block, each on 64 bytes; vectors may read beyond an array's end.
class Arrays {
 public:
  explicit Arrays(const std::vector<int64_t>& sizes);
  std::span<float> operator[](size_t i) { return {numbers_.data() + shift_ + starts_.at(i), sizes_[i]}; }
  std::span<const float> operator[](size_t i) const {
    return {numbers_.data() + shift_ + starts_.at(i), sizes_[i]};
  }
  size_t size() const { return sizes_.size(); }
  void clear();

 private:
  std::vector<float> numbers_;
  std::vector<size_t> starts_, sizes_;
  size_t shift_ = 0;
};

}  // namespace stria::exec
