#include "runtime/train/absorb.h"

#include <cmath>
#include <optional>
#include <span>
#include <vector>

#include "compiler/passes/find_batch_norms.h"

namespace stria::train {
namespace {

// The arrays of one norm and of the product before it.
struct Arrays {
  std::span<float> weights, bias, scale, shift, mean, variance;
  std::vector<int64_t> weight_sizes, bias_sizes;
};

size_t number_of(const ModelProgram& program, const std::string& path) {
  for (size_t i = 0; i < program.parameters.size(); ++i)
    if (program.parameters[i].path == path) return i;
  throw ir::InternalError("a graph has an unknown parameter `" + path + "`");
}

// Nothing where one of the parameters has bounds.
std::optional<Arrays> arrays_of(const passes::FoundNorm& norm, const ModelProgram& program,
                                exec::Executor& executor) {
  Arrays arrays;
  for (const auto& [name, into] :
       {std::pair{&norm.weights, &arrays.weights}, std::pair{&norm.bias, &arrays.bias},
        std::pair{&norm.scale, &arrays.scale}, std::pair{&norm.shift, &arrays.shift}}) {
    const size_t i = number_of(program, *name);
    if (program.parameters[i].bounds.kind != Bounds::Kind::none) return std::nullopt;
    *into = executor.parameter(i);
  }
  arrays.weight_sizes = program.parameters[number_of(program, norm.weights)].sizes;
  arrays.bias_sizes = program.parameters[number_of(program, norm.bias)].sizes;
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    if (program.buffers[i].path == norm.mean) arrays.mean = executor.buffer(i);
    if (program.buffers[i].path == norm.variance) arrays.variance = executor.buffer(i);
  }
  return arrays;
}

// Calls change(entry, entry of the norm) for each entry of an array.
template <typename Change>
void each(const std::vector<int64_t>& sizes, const std::vector<int64_t>& steps, std::span<float> numbers,
          const Change& change) {
  for (size_t entry = 0; entry < numbers.size(); ++entry) {
    int64_t rest = static_cast<int64_t>(entry), of_norm = 0;
    for (size_t axis = sizes.size(); axis-- > 0; rest /= sizes[axis])
      of_norm += rest % sizes[axis] * steps[axis];
    change(numbers[entry], static_cast<size_t>(of_norm));
  }
}

// In the order of operations of passes/absorb_batch_norm, in single precision, so that predictions keep their
// bits where that pass ran.
void absorb(const passes::FoundNorm& norm, const Arrays& of) {
  std::vector<float> inverse;
  for (const float variance : of.variance)
    inverse.push_back(1.0F / std::sqrt(variance + static_cast<float>(norm.epsilon)));
  each(of.weight_sizes, norm.weight_steps, of.weights,
       [&](float& w, size_t i) { w = w * inverse[i] * of.scale[i]; });
  each(of.bias_sizes, norm.bias_steps, of.bias,
       [&](float& b, size_t i) { b = (b - of.mean[i]) * inverse[i] * of.scale[i] + of.shift[i]; });
  std::fill(of.scale.begin(), of.scale.end(), 1.0F);
  std::fill(of.shift.begin(), of.shift.end(), 0.0F);
  std::fill(of.mean.begin(), of.mean.end(), 0.0F);
  std::fill(of.variance.begin(), of.variance.end(), static_cast<float>(1 - norm.epsilon));
}

}  // namespace

int64_t absorb_batch_norms(const ModelProgram& program, exec::Executor& executor) {
  int64_t n_absorbed = 0;
  for (const passes::FoundNorm& norm : passes::find_batch_norms(program.predict)) {
    const std::optional<Arrays> arrays = arrays_of(norm, program, executor);
    if (!arrays) continue;
    absorb(norm, *arrays);
    ++n_absorbed;
  }
  return n_absorbed;
}

}  // namespace stria::train
