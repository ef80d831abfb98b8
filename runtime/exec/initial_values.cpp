#include "runtime/exec/initial_values.h"

#include "runtime/exec/reference.h"

namespace stria::exec {
namespace {

void set(std::span<float> numbers, const Evaluation& values, const std::string& name) {
  const auto found = values.results.find(name);
  if (found == values.results.end()) throw ir::InternalError("graph `init` does not give `" + name + "`");
  if (found->second.values.size() != numbers.size()) {
    throw ir::InternalError("graph `init` gives `" + name + "` with another size");
  }
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(found->second.values[i]);
}

}  // namespace

void draw_initial_values(const ModelProgram& model, uint64_t seed, const ResponseStatistics& statistics,
                         const std::vector<std::span<float>>& parameters,
                         const std::vector<std::span<float>>& buffers) {
  const auto n_units = static_cast<int64_t>(statistics.mean.size());
  const NamedTensors all = {{"train_min", {{n_units}, statistics.minimum}},
                            {"train_mean", {{n_units}, statistics.mean}},
                            {"train_max", {{n_units}, statistics.maximum}}};
  const Evaluation start = evaluate(model.init, all, {Precision::float64, seed, {}, {}});
  for (size_t i = 0; i < parameters.size(); ++i) set(parameters[i], start, model.parameters[i].path);
  for (size_t i = 0; i < buffers.size(); ++i) set(buffers[i], start, "buffer:" + model.buffers[i].path);
}

}  // namespace stria::exec
