// The plan executor as training and evaluation see it: one member's parameters and buffers, and an arena for
// each of its plans.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "compiler/plan/view.h"
#include "runtime/exec/compiled_model.h"
#include "runtime/exec/executor.h"
#include "runtime/exec/initial_values.h"

namespace stria::exec {
namespace {

// Arrays side by side, each on 64 bytes; vectors may read beyond an array's end.
class Arrays {
 public:
  explicit Arrays(const std::vector<int64_t>& sizes) {
    constexpr size_t line = 16;
    size_t total = line;
    for (const int64_t size : sizes) {
      starts_.push_back(total);
      sizes_.push_back(static_cast<size_t>(size));
      total += (static_cast<size_t>(size) + line - 1) / line * line;
    }
    numbers_.assign(total + 2 * line, 0.0F);
    const auto address = reinterpret_cast<uintptr_t>(numbers_.data()) / sizeof(float);
    shift_ = (line - address % line) % line;
  }
  std::span<float> operator[](size_t i) { return {numbers_.data() + shift_ + starts_.at(i), sizes_[i]}; }
  std::span<const float> operator[](size_t i) const {
    return {numbers_.data() + shift_ + starts_.at(i), sizes_[i]};
  }

 private:
  std::vector<float> numbers_;
  std::vector<size_t> starts_, sizes_;
  size_t shift_ = 0;
};

std::vector<int64_t> parameter_sizes(const ModelProgram& model) {
  std::vector<int64_t> result;
  for (const ParameterInfo& parameter : model.parameters) result.push_back(parameter.count());
  return result;
}

std::vector<int64_t> buffer_sizes(const ModelProgram& model) {
  std::vector<int64_t> result;
  for (const BufferInfo& buffer : model.buffers) {
    result.push_back(plan::product(buffer.sizes));
  }
  return result;
}

// What a graph's inputs are called.
enum class Input { stimulus, valid, response, present, rate };

Input input_of(const std::string& name) {
  if (name == "x") return Input::stimulus;
  if (name == "valid") return Input::valid;
  if (name == "response") return Input::response;
  if (name == "present") return Input::present;
  if (name == "rate") return Input::rate;
  throw ir::InternalError("a graph has an unknown input `" + name + "`");
}

// A plan with an arena that grows with the largest batch, and where its inputs and results are.
struct Runner {
  const PlanProgram* program = nullptr;  // once it was needed
  std::unique_ptr<PlanMemory> memory;
  int64_t max_bins = 0, max_clips = 0;
  std::vector<std::pair<Input, size_t>> inputs;
  std::vector<std::pair<size_t, size_t>> gradients, buffers;  // number in the model, result
  size_t result = 0;                                          // loss or rate
};

class PlanExecutor final : public Executor {
 public:
  PlanExecutor(CompiledModel::Plans& plans, int n_threads)
      : plans_(plans),
        model_(plans.program),
        workers_(n_threads),
        parameters_(parameter_sizes(model_)),
        gradients_(parameter_sizes(model_)),
        buffers_(buffer_sizes(model_)) {}

  void initialise(uint64_t seed, const ResponseStatistics& statistics) override {
    std::vector<std::span<float>> parameters, buffers;
    for (size_t i = 0; i < model_.parameters.size(); ++i) parameters.push_back(parameters_[i]);
    for (size_t i = 0; i < model_.buffers.size(); ++i) buffers.push_back(buffers_[i]);
    draw_initial_values(model_, seed, statistics, parameters, buffers);
  }

  double loss_and_gradients(const Batch& batch) override {
    const int64_t lanes = lanes_for(batch.n_clips);
    Runner& runner = lanes == 1 ? train_ : train_side_by_side_;
    if (!runner.program) runner.program = &plans_.training(lanes);
    make_ready(runner, "loss", batch.n_bins, batch.n_clips);
    set_inputs(runner, batch);
    runner.memory->run(workers_);
    float loss = 0;
    runner.memory->get(runner.result, &loss);
    if (!std::isfinite(loss)) return loss;
    for (const auto& [number, result] : runner.gradients)
      runner.memory->get(result, gradients_[number].data());
    for (const auto& [number, result] : runner.buffers) runner.memory->get(result, buffers_[number].data());
    return loss;
  }

  std::vector<float> predict(const Batch& batch) override {
    if (!predict_.program) predict_.program = &plans_.predicting();
    make_ready(predict_, "rate", batch.n_bins, batch.n_clips);
    set_inputs(predict_, batch);
    predict_.memory->run(workers_);
    std::vector<float> rate(static_cast<size_t>(predict_.memory->numbers("rate")));
    predict_.memory->get(predict_.result, rate.data());
    return rate;
  }

  double loss(int64_t n_bins, int64_t n_units, std::span<const float> rate, std::span<const float> response,
              std::span<const uint8_t> present) override {
    if (!loss_.program) loss_.program = &plans_.losing();
    make_ready(loss_, "loss", n_bins, 1);
    const auto numbers = static_cast<size_t>(n_bins * n_units);
    for (const auto& [input, index] : loss_.inputs) {
      if (input == Input::rate) set(loss_, index, rate, numbers);
      if (input == Input::response) set(loss_, index, response, numbers);
      if (input == Input::present) set(loss_, index, present, numbers);
    }
    loss_.memory->run(workers_);
    float result = 0;
    loss_.memory->get(loss_.result, &result);
    return result;
  }

  std::span<float> parameter(size_t index) override { return parameters_[index]; }
  std::span<const float> gradient(size_t index) const override { return gradients_[index]; }
  std::span<float> buffer(size_t index) override { return buffers_[index]; }

 private:
  void make_ready(Runner& runner, const char* result, int64_t n_bins, int64_t n_clips) {
    if (!runner.memory || n_bins > runner.max_bins || n_clips > runner.max_clips) {
      runner.max_bins = std::max(runner.max_bins, n_bins);
      runner.max_clips = std::max(runner.max_clips, n_clips);
      runner.memory.reset();  // before the new one is asked for
      runner.memory = std::make_unique<PlanMemory>(*runner.program, runner.max_bins, runner.max_clips);
      connect(runner, result);
    }
    runner.memory->set_batch(n_bins, n_clips);
  }

  void connect(Runner& runner, const char* result) {
    PlanMemory& memory = *runner.memory;
    runner.inputs.clear();
    runner.gradients.clear();
    runner.buffers.clear();
    for (const plan::FlatArgument& argument : runner.program->plan().flat.arguments) {
      if (argument.kind == ir::ArgumentKind::input) {
        runner.inputs.emplace_back(input_of(argument.name), memory.input_index(argument.name));
      } else {
        memory.bind(argument.name, stored(argument.name));
      }
    }
    runner.result = memory.result_index(result);
    for (size_t i = 0; i < model_.parameters.size(); ++i) {
      const std::string name = "gradient:" + model_.parameters[i].path;
      if (memory.has(name)) runner.gradients.emplace_back(i, memory.result_index(name));
    }
    for (size_t i = 0; i < model_.buffers.size(); ++i) {
      const std::string name = "buffer:" + model_.buffers[i].path;
      if (memory.has(name)) runner.buffers.emplace_back(i, memory.result_index(name));
    }
  }

  float* stored(const std::string& name) {
    for (size_t i = 0; i < model_.parameters.size(); ++i) {
      if (model_.parameters[i].path == name) return parameters_[i].data();
    }
    for (size_t i = 0; i < model_.buffers.size(); ++i) {
      if (model_.buffers[i].path == name) return buffers_[i].data();
    }
    throw ir::InternalError("a graph has an unknown argument `" + name + "`");
  }

  template <typename Values>
  void set(Runner& runner, size_t input, const Values& values, size_t numbers) {
    if (values.size() != numbers) {
      throw ir::InternalError("an input of another number of entries than its batch's sizes");
    }
    runner.memory->set_input(input, values.data(), workers_);
  }

  void set_inputs(Runner& runner, const Batch& batch) {
    const auto frames = static_cast<size_t>(batch.n_clips * batch.n_bins);
    const auto bands = static_cast<size_t>(batch.n_bands), units = static_cast<size_t>(batch.n_units);
    for (const auto& [input, index] : runner.inputs) {
      if (input == Input::stimulus) set(runner, index, batch.stimulus, frames * bands);
      if (input == Input::valid) set(runner, index, batch.valid, frames);
      if (input == Input::response) set(runner, index, batch.response, frames * units);
      if (input == Input::present) set(runner, index, batch.present, frames * units);
    }
  }

  CompiledModel::Plans& plans_;
  const ModelProgram& model_;
  Workers workers_;
  Arrays parameters_, gradients_, buffers_;
  Runner train_, train_side_by_side_, predict_, loss_;
};

}  // namespace

std::unique_ptr<Executor> make_plan_executor(const CompiledModel& model, int n_threads) {
  return std::make_unique<PlanExecutor>(model.plans(), n_threads);
}

}  // namespace stria::exec
