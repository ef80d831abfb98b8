// The plan executor as training and evaluation see it: one member's parameters and buffers, and an arena for
// each of its plans.
#include <algorithm>
#include <cmath>
#include <cstring>

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
    int64_t size = 1;
    for (const int64_t each : buffer.sizes) size *= each;
    result.push_back(size);
  }
  return result;
}

// A plan with an arena that grows with the largest batch.
class Runner {
 public:
  PlanMemory& with(const PlanProgram& program, int64_t n_bins, int64_t n_clips,
                   const std::function<void(PlanMemory&)>& bind) {
    if (!memory_ || n_bins > max_bins_ || n_clips > max_clips_) {
      max_bins_ = std::max(max_bins_, n_bins);
      max_clips_ = std::max(max_clips_, n_clips);
      memory_.reset();
      memory_ = std::make_unique<PlanMemory>(program, max_bins_, max_clips_);
      bind(*memory_);
    }
    memory_->set_batch(n_bins, n_clips);
    return *memory_;
  }

 private:
  std::unique_ptr<PlanMemory> memory_;
  int64_t max_bins_ = 0, max_clips_ = 0;
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
    const PlanProgram& program = plans_.training(lanes);
    PlanMemory& memory =
        with(lanes == 1 ? train_ : train_side_by_side_, program, batch.n_bins, batch.n_clips);
    set_inputs(memory, program, batch);
    memory.run(workers_);
    float loss = 0;
    memory.get("loss", &loss);
    if (!std::isfinite(loss)) return loss;
    for (size_t i = 0; i < model_.parameters.size(); ++i) {
      if (!model_.parameters[i].frozen)
        memory.get("gradient:" + model_.parameters[i].path, gradients_[i].data());
    }
    for (size_t i = 0; i < model_.buffers.size(); ++i) {
      const std::string name = "buffer:" + model_.buffers[i].path;
      if (memory.has(name)) memory.get(name, buffers_[i].data());
    }
    return loss;
  }

  std::vector<float> predict(const Batch& batch) override {
    const PlanProgram& program = plans_.predicting();
    PlanMemory& memory = with(predict_, program, batch.n_bins, batch.n_clips);
    set_inputs(memory, program, batch);
    memory.run(workers_);
    std::vector<float> rate(static_cast<size_t>(memory.numbers("rate")));
    memory.get("rate", rate.data());
    return rate;
  }

  double loss(int64_t n_bins, int64_t n_units, std::span<const float> rate, std::span<const float> response,
              std::span<const uint8_t> present) override {
    const size_t numbers = static_cast<size_t>(n_bins * n_units);
    if (rate.size() != numbers || response.size() != numbers || present.size() != numbers) {
      throw ir::InternalError("a loss of another number of entries than its sizes");
    }
    const PlanProgram& program = plans_.losing();
    PlanMemory& memory = loss_.with(program, n_bins, 1, [](PlanMemory&) {});
    for (const plan::FlatArgument& argument : program.plan().flat.arguments) {
      if (argument.name == "rate") memory.set_input(argument.name, rate.data());
      if (argument.name == "response") memory.set_input(argument.name, response.data());
      if (argument.name == "present") memory.set_input(argument.name, present.data());
    }
    memory.run(workers_);
    float result = 0;
    memory.get("loss", &result);
    return result;
  }

  std::span<float> parameter(size_t index) override { return parameters_[index]; }
  std::span<const float> gradient(size_t index) const override { return gradients_[index]; }
  std::span<float> buffer(size_t index) override { return buffers_[index]; }

 private:
  PlanMemory& with(Runner& runner, const PlanProgram& program, int64_t n_bins, int64_t n_clips) {
    return runner.with(program, n_bins, n_clips, [&](PlanMemory& memory) {
      for (const plan::FlatArgument& argument : program.plan().flat.arguments) {
        if (argument.kind != ir::ArgumentKind::input) memory.bind(argument.name, stored(argument.name));
      }
    });
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

  static void set_inputs(PlanMemory& memory, const PlanProgram& program, const Batch& batch) {
    const auto frames = static_cast<size_t>(batch.n_clips * batch.n_bins);
    const auto set = [&](const std::string& name, const auto& values, int64_t entries) {
      if (values.size() != frames * static_cast<size_t>(entries)) {
        throw ir::InternalError("a batch's `" + name + "` has another number of entries than its sizes");
      }
      memory.set_input(name, values.data());
    };
    for (const plan::FlatArgument& argument : program.plan().flat.arguments) {
      if (argument.kind != ir::ArgumentKind::input) continue;
      if (argument.name == "x") {
        set(argument.name, batch.stimulus, batch.n_bands);
      } else if (argument.name == "valid") {
        set(argument.name, batch.valid, 1);
      } else if (argument.name == "response") {
        set(argument.name, batch.response, batch.n_units);
      } else if (argument.name == "present") {
        set(argument.name, batch.present, batch.n_units);
      } else {
        throw ir::InternalError("a graph has an unknown input `" + argument.name + "`");
      }
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
