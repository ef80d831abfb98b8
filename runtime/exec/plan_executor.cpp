// The plan executor as training and evaluation see it: one member's parameters and buffers, and an arena for
// each of its plans.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "compiler/plan/view.h"
#include "runtime/exec/adamw.h"
#include "runtime/exec/arrays.h"
#include "runtime/exec/compiled_model.h"
#include "runtime/exec/executor.h"
#include "runtime/exec/initial_values.h"

namespace stria::exec {
namespace {

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

// What a graph's inputs are called: what the model sees (by its number in ModelProgram::inputs), and the
// rest.
struct Input {
  enum class Kind { seen, valid, response, present, rate } kind = Kind::seen;
  size_t number = 0;
};

Input input_of(const ModelProgram& model, const std::string& name) {
  for (size_t i = 0; i < model.inputs.size(); ++i)
    if (model.inputs[i].argument == name) return {Input::Kind::seen, i};
  if (name == "valid") return {Input::Kind::valid};
  if (name == "response") return {Input::Kind::response};
  if (name == "present") return {Input::Kind::present};
  if (name == "rate") return {Input::Kind::rate};
  throw ir::InternalError("a graph has an unknown input `" + name + "`");
}

// What the optimiser holds of each parameter.
struct Trained {
  Arrays values, first, second;
  explicit Trained(const std::vector<int64_t>& sizes) : values(sizes), first(sizes), second(sizes) {}
};

// Their names in the graphs of passes/optimise.h: as they are read, and as they are made.
struct RenewedName {
  Arrays Trained::*kind;
  std::string argument, made;
};
const RenewedName renewed_names[] = {{&Trained::values, "", "update:"},
                                     {&Trained::first, "first:", "first:"},
                                     {&Trained::second, "second:", "second:"}};

// One array of a model (a parameter's or a moment's): where a plan reads it and where it makes the next.
struct Renewed {
  Arrays Trained::*kind;
  size_t number;  // of the parameter
  std::optional<size_t> argument;
  size_t result;
  bool in_place;  // made where it belongs; else copied there
};

// A plan with an arena that grows with the largest batch, and where its inputs and results are.
struct Runner {
  const PlanProgram* program = nullptr;  // once it was needed
  std::unique_ptr<PlanMemory> memory;
  int64_t max_bins = 0, max_clips = 0;
  std::vector<std::pair<Input, size_t>> inputs;
  std::vector<std::pair<size_t, size_t>> gradients, buffers;  // number in the model, result
  std::vector<std::pair<size_t, size_t>> parameters;          // number in the model, argument
  std::vector<Renewed> renewed;                               // by an optimiser's step
  size_t result = 0;                                          // loss or rate
};

class PlanExecutor final : public Executor {
 public:
  PlanExecutor(CompiledModel::Plans& plans, int n_threads)
      : plans_(plans),
        model_(plans.program),
        workers_(n_threads),
        gradients_(parameter_sizes(model_)),
        buffers_(buffer_sizes(model_)) {}

  void set_keep(plan::Keep keep) override { keep_ = keep; }

  void initialise(uint64_t seed, const ResponseStatistics& statistics) override {
    std::vector<std::span<float>> parameters, buffers;
    for (size_t i = 0; i < model_.parameters.size(); ++i) parameters.push_back(parameter(i));
    for (size_t i = 0; i < model_.buffers.size(); ++i) buffers.push_back(buffers_[i]);
    draw_initial_values(model_, seed, statistics, parameters, buffers);
  }

  double loss_and_gradients(const Batch& batch) override {
    const int64_t lanes = lanes_for(batch.n_clips);
    Runner& runner = lanes == 1 ? derivatives_ : derivatives_side_by_side_;
    if (!runner.program) runner.program = &plans_.training(lanes);
    const double loss = run(runner, batch);
    if (!std::isfinite(loss)) return loss;
    for (const auto& [number, result] : runner.gradients)
      runner.memory->get(result, gradients_[number].data());
    keep_buffers(runner);
    return loss;
  }

  void begin_training(const OptimizerRule& rule) override {
    rule_ = rule;
    n_steps_ = 0;
    for (Trained& trained : trained_) {
      trained.first.clear();
      trained.second.clear();
    }
    step_ = Runner();
    step_side_by_side_ = Runner();
  }

  StepOutcome step(const Batch& batch, double learning_rate) override {
    const int64_t lanes = lanes_for(batch.n_clips);
    Runner& runner = lanes == 1 ? step_ : step_side_by_side_;
    if (!runner.program) runner.program = &plans_.stepping(lanes, rule_);
    const Corrections correct = corrections(rule_, ++n_steps_);
    rate_ = static_cast<float>(learning_rate);
    first_correction_ = static_cast<float>(correct.first);
    second_correction_ = static_cast<float>(correct.second);
    StepOutcome outcome{run(runner, batch, milliseconds_), std::nullopt};
    renew(runner);
    if (!std::isfinite(outcome.loss)) return outcome;
    keep_buffers(runner);
    for (const Renewed& each : runner.renewed) {
      // Finite as long as all derivatives were.
      if (each.kind == &Trained::first && !outcome.broken_gradient &&
          !all_finite(trained_[now_].first[each.number])) {
        outcome.broken_gradient = each.number;
      }
    }
    return outcome;
  }

  void time_plan_steps(std::vector<double>* milliseconds) override { milliseconds_ = milliseconds; }

  std::vector<float> predict(const Batch& batch) override {
    if (!predict_.program) predict_.program = &plans_.predicting();
    make_ready(predict_, "rate", batch.n_bins, batch.n_clips);
    bind_parameters(predict_);
    set_inputs(predict_, batch);
    predict_.memory->run(workers_);
    std::vector<float> rate(static_cast<size_t>(predict_.memory->numbers("rate")));
    predict_.memory->get(predict_.result, rate.data());
    return rate;
  }

  double loss(int64_t n_bins, int64_t n_units, std::span<const float> rate, std::span<const float> response,
              std::span<const uint8_t> present) override {
    Runner& runner = n_units == model_.n_units ? loss_ : unit_loss_;
    if (!runner.program) runner.program = &plans_.losing(n_units);
    make_ready(runner, "loss", n_bins, 1);
    bind_parameters(runner);
    const auto numbers = static_cast<size_t>(n_bins * n_units);
    for (const auto& [input, index] : runner.inputs) {
      if (input.kind == Input::Kind::rate) set(runner, index, rate, numbers);
      if (input.kind == Input::Kind::response) set(runner, index, response, numbers);
      if (input.kind == Input::Kind::present) set(runner, index, present, numbers);
    }
    return run_to_loss(runner);
  }

  std::span<float> parameter(size_t index) override { return trained_[place_of(index)].values[index]; }
  std::span<const float> gradient(size_t index) const override { return gradients_[index]; }
  std::span<float> buffer(size_t index) override { return buffers_[index]; }

 private:
  // A step reads one of `trained_` and makes the other; frozen parameters stay in the first.
  size_t place_of(size_t parameter) const { return model_.parameters[parameter].frozen ? 0 : now_; }

  void make_ready(Runner& runner, const char* result, int64_t n_bins, int64_t n_clips) {
    if (!runner.memory || n_bins > runner.max_bins || n_clips > runner.max_clips) {
      runner.max_bins = std::max(runner.max_bins, n_bins);
      runner.max_clips = std::max(runner.max_clips, n_clips);
      runner.memory.reset();  // before the new one is asked for
      runner.memory = std::make_unique<PlanMemory>(*runner.program, runner.max_bins, runner.max_clips, keep_,
                                                   workers_.n_threads());
      connect(runner, result);
    }
    runner.memory->set_batch(n_bins, n_clips);
  }

  void connect(Runner& runner, const char* result) {
    PlanMemory& memory = *runner.memory;
    runner.inputs.clear();
    runner.gradients.clear();
    runner.buffers.clear();
    runner.parameters.clear();
    runner.renewed.clear();
    for (const plan::FlatArgument& argument : runner.program->plan().flat.arguments) {
      connect_argument(runner, argument, memory.argument_index(argument.name));
    }
    runner.result = memory.result_index(result);
    for (size_t i = 0; i < model_.parameters.size(); ++i) {
      const std::string& path = model_.parameters[i].path;
      if (memory.has("gradient:" + path))
        runner.gradients.emplace_back(i, memory.result_index("gradient:" + path));
      for (const auto& [kind, argument, made] : renewed_names) {
        if (memory.has(made + path)) connect_renewed(runner, kind, i, argument + path, made + path);
      }
    }
    for (size_t i = 0; i < model_.buffers.size(); ++i) {
      const std::string name = "buffer:" + model_.buffers[i].path;
      if (memory.has(name)) runner.buffers.emplace_back(i, memory.result_index(name));
    }
  }

  void connect_argument(Runner& runner, const plan::FlatArgument& argument, size_t index) {
    if (argument.kind == ir::ArgumentKind::input) {
      runner.inputs.emplace_back(input_of(model_, argument.name), index);
    } else if (argument.kind == ir::ArgumentKind::parameter) {
      runner.parameters.emplace_back(parameter_number(argument.name), index);
    } else if (float* numbers = model_buffer(argument.name); numbers != nullptr) {
      runner.memory->bind(index, numbers);
    }
  }
  void connect_renewed(Runner& runner, Arrays Trained::*kind, size_t number, const std::string& argument,
                       const std::string& made) {
    const auto& arguments = runner.program->plan().flat.arguments;
    const bool read = std::any_of(arguments.begin(), arguments.end(),
                                  [&](const plan::FlatArgument& a) { return a.name == argument; });
    const PlanMemory& memory = *runner.memory;
    const size_t result = memory.result_index(made);
    runner.renewed.push_back({kind, number,
                              read ? std::optional(memory.argument_index(argument)) : std::nullopt, result,
                              memory.can_bind(result)});
  }

  size_t parameter_number(const std::string& name) const {
    for (size_t i = 0; i < model_.parameters.size(); ++i) {
      if (model_.parameters[i].path == name) return i;
    }
    throw ir::InternalError("a graph has an unknown parameter `" + name + "`");
  }
  // nullptr: a moment, of connect_renewed().
  float* model_buffer(const std::string& name) {
    if (name == "step:rate") return &rate_;
    if (name == "step:first_correction") return &first_correction_;
    if (name == "step:second_correction") return &second_correction_;
    for (size_t i = 0; i < model_.buffers.size(); ++i) {
      if (model_.buffers[i].path == name) return buffers_[i].data();
    }
    return nullptr;
  }

  void bind_parameters(Runner& runner) {
    for (const auto& [number, argument] : runner.parameters)
      runner.memory->bind(argument, parameter(number).data());
  }
  // Moments too, and where the new values go.
  void bind_renewed(Runner& runner) {
    for (const Renewed& each : runner.renewed) {
      if (each.argument) runner.memory->bind(*each.argument, (trained_[now_].*each.kind)[each.number].data());
      if (each.in_place)
        runner.memory->bind_result(each.result, (trained_[1 - now_].*each.kind)[each.number].data());
    }
  }
  void renew(Runner& runner) {
    now_ = 1 - now_;
    for (const Renewed& each : runner.renewed) {
      if (!each.in_place) runner.memory->get(each.result, (trained_[now_].*each.kind)[each.number].data());
    }
  }

  double run(Runner& runner, const Batch& batch, std::vector<double>* milliseconds = nullptr) {
    make_ready(runner, "loss", batch.n_bins, batch.n_clips);
    bind_parameters(runner);
    bind_renewed(runner);
    set_inputs(runner, batch);
    return run_to_loss(runner, milliseconds);
  }
  double run_to_loss(Runner& runner, std::vector<double>* milliseconds = nullptr) {
    runner.memory->run(workers_, milliseconds);
    float loss = 0;
    runner.memory->get(runner.result, &loss);
    return loss;
  }
  void keep_buffers(Runner& runner) {
    for (const auto& [number, result] : runner.buffers) runner.memory->get(result, buffers_[number].data());
  }

  template <typename Values>
  void set(Runner& runner, size_t input, const Values& values, size_t numbers) {
    if (values.size() != numbers) {
      throw ir::InternalError("an input of another number of entries than its batch's sizes");
    }
    runner.memory->set_input(input, values.data(), workers_);
  }

  void set_seen(Runner& runner, size_t index, size_t number, const Batch& batch) {
    const auto frame = static_cast<size_t>(model_.inputs[number].size);
    set(runner, index, batch.inputs.at(number).values,
        static_cast<size_t>(batch.n_clips * batch.n_bins) * frame);
  }

  void set_inputs(Runner& runner, const Batch& batch) {
    const auto frames = static_cast<size_t>(batch.n_clips * batch.n_bins);
    const auto units = static_cast<size_t>(batch.n_units);
    for (const auto& [input, index] : runner.inputs) {
      if (input.kind == Input::Kind::seen) set_seen(runner, index, input.number, batch);
      if (input.kind == Input::Kind::valid) set(runner, index, batch.valid, frames);
      if (input.kind == Input::Kind::response) set(runner, index, batch.response, frames * units);
      if (input.kind == Input::Kind::present) set(runner, index, batch.present, frames * units);
    }
  }

  CompiledModel::Plans& plans_;
  const ModelProgram& model_;
  Workers workers_;
  plan::Keep keep_ = plan::Keep::between_phases;
  Trained trained_[2] = {Trained(parameter_sizes(model_)), Trained(parameter_sizes(model_))};
  size_t now_ = 0;
  Arrays gradients_, buffers_;
  std::vector<double>* milliseconds_ = nullptr;  // of the steps of step()'s plans, where wanted
  OptimizerRule rule_;
  int64_t n_steps_ = 0;
  float rate_ = 0, first_correction_ = 0, second_correction_ = 0;
  Runner derivatives_, derivatives_side_by_side_, step_, step_side_by_side_, predict_, loss_, unit_loss_;
};

}  // namespace

std::unique_ptr<Executor> make_plan_executor(const CompiledModel& model, int n_threads) {
  return std::make_unique<PlanExecutor>(model.plans(), n_threads);
}

}  // namespace stria::exec
