// The reference executor as training and evaluation see it: one model's parameters and buffers, and its
// graphs.
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/view_as_complex.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <cmath>

#include "compiler/passes/hoist_scan.h"
#include "runtime/exec/adamw.h"
#include "runtime/exec/initial_values.h"
#include "runtime/exec/program.h"

namespace stria::exec {
namespace {

std::span<float> span_of(const at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel())};
}

// A view of numbers that outlive the run.
at::Tensor view_of(const std::vector<float>& values, std::vector<int64_t> sizes) {
  return at::from_blob(const_cast<float*>(values.data()), sizes, at::TensorOptions(at::kFloat));
}
at::Tensor view_of(std::span<const float> values, std::vector<int64_t> sizes) {
  return at::from_blob(const_cast<float*>(values.data()), sizes, at::TensorOptions(at::kFloat));
}
at::Tensor view_of(std::span<const uint8_t> values, std::vector<int64_t> sizes) {
  return at::from_blob(const_cast<uint8_t*>(values.data()), sizes, at::TensorOptions(at::kBool));
}

int64_t product(const std::vector<int64_t>& sizes) {
  int64_t result = 1;
  for (const int64_t size : sizes) result *= size;
  return result;
}

class ReferenceExecutor final : public PlainExecutor {
 public:
  explicit ReferenceExecutor(const ModelProgram& model)
      : PlainExecutor(model),
        model_(model),
        train_(passes::hoist_scan(model.train), Precision::float32),
        predict_(passes::hoist_scan(model.predict), Precision::float32),
        loss_(model.loss, Precision::float32) {
    if (!model.unit_loss.results.empty()) unit_loss_.emplace(model.unit_loss, Precision::float32);
    for (const ParameterInfo& parameter : model.parameters) {
      std::vector<int64_t> sizes = parameter.sizes;
      if (parameter.is_complex) sizes.push_back(2);
      parameters_.push_back(at::zeros(sizes, at::TensorOptions(at::kFloat)));
      parameters_.back().requires_grad_(!parameter.frozen);
      gradients_.push_back(at::zeros(sizes, at::TensorOptions(at::kFloat)));
      if (!parameter.frozen) trained_.push_back(parameters_.back());
    }
    for (const BufferInfo& buffer : model.buffers) {
      buffers_.push_back(at::zeros(buffer.sizes, at::TensorOptions(at::kFloat)));
    }
  }

  void initialise(uint64_t seed, const ResponseStatistics& statistics) override {
    std::vector<std::span<float>> parameters, buffers;
    for (const at::Tensor& parameter : parameters_) parameters.push_back(span_of(parameter));
    for (const at::Tensor& buffer : buffers_) buffers.push_back(span_of(buffer));
    draw_initial_values(model_, seed, statistics, parameters, buffers);
  }

  double loss_and_gradients(const Batch& batch) override {
    use_one_library_thread();
    const std::vector<at::Tensor> results = train_.run(arguments(train_, batch));
    double loss = 0;
    at::Tensor differentiated;
    for (size_t i = 0; i < results.size(); ++i) {
      if (train_.results()[i].name != "loss") continue;
      differentiated = results[i];
      loss = results[i].item<double>();
    }
    if (!std::isfinite(loss)) return loss;
    for (size_t i = 0; i < parameters_.size(); ++i) {
      gradients_[i].zero_();
      if (parameters_[i].requires_grad()) parameters_[i].mutable_grad() = gradients_[i];
    }
    differentiate(differentiated, trained_);
    keep_buffers(results);
    return loss;
  }

  std::vector<float> predict(const Batch& batch) override {
    use_one_library_thread();
    const c10::InferenceMode guard;
    const std::vector<at::Tensor> results = predict_.run(arguments(predict_, batch));
    for (size_t i = 0; i < results.size(); ++i) {
      if (predict_.results()[i].name != "rate") continue;
      const at::Tensor rate = results[i].contiguous();
      const float* data = rate.const_data_ptr<float>();
      return {data, data + rate.numel()};
    }
    throw ir::InternalError("graph `predict` has no result `rate`");
  }

  double loss(int64_t n_bins, int64_t n_units, std::span<const float> rate, std::span<const float> response,
              std::span<const uint8_t> present) override {
    use_one_library_thread();
    const c10::InferenceMode guard;
    const std::vector<int64_t> sizes = {1, n_bins, n_units};
    const Program& program = n_units == model_.n_units ? loss_ : unit_loss_.value();
    std::vector<at::Tensor> given;
    for (const ir::Argument& argument : program.arguments()) {
      if (argument.name == "rate") {
        given.push_back(view_of(rate, sizes));
      } else if (argument.name == "response") {
        given.push_back(view_of(response, sizes));
      } else if (argument.name == "present") {
        given.push_back(view_of(present, sizes));
      } else {
        throw ir::InternalError("graph `loss` has an unknown argument `" + argument.name + "`");
      }
    }
    return program.run(given).at(0).item<double>();
  }

  std::span<float> parameter(size_t index) override { return span_of(parameters_.at(index)); }
  std::span<const float> gradient(size_t index) const override { return span_of(gradients_.at(index)); }
  std::span<float> buffer(size_t index) override { return span_of(buffers_.at(index)); }

 private:
  at::Tensor stored(const ir::Argument& argument) const {
    for (size_t i = 0; i < parameters_.size(); ++i) {
      if (model_.parameters[i].path != argument.name) continue;
      return model_.parameters[i].is_complex ? at::view_as_complex(parameters_[i]) : parameters_[i];
    }
    for (size_t i = 0; i < buffers_.size(); ++i) {
      if (model_.buffers[i].path == argument.name) return buffers_[i];
    }
    throw ir::InternalError("a graph has an unknown argument `" + argument.name + "`");
  }

  at::Tensor input(const Batch& batch, const std::string& name) const {
    const std::vector<int64_t> frame = {batch.n_clips, batch.n_bins};
    const std::vector<int64_t> answered = {batch.n_clips, batch.n_bins, batch.n_units};
    const auto checked = [&](const auto& values, const std::vector<int64_t>& sizes) {
      if (static_cast<int64_t>(values.size()) != product(sizes)) {
        throw ir::InternalError("a batch's `" + name + "` has another number of entries than its sizes");
      }
      return view_of(values, sizes);
    };
    for (size_t i = 0; i < model_.inputs.size(); ++i)
      if (model_.inputs[i].argument == name)
        return checked(batch.inputs.at(i).values, {batch.n_clips, batch.n_bins, model_.inputs[i].size});
    if (name == "valid") return checked(std::span<const uint8_t>(batch.valid), frame);
    if (name == "response") return checked(batch.response, answered);
    if (name == "present") return checked(std::span<const uint8_t>(batch.present), answered);
    throw ir::InternalError("a graph has an unknown input `" + name + "`");
  }

  std::vector<at::Tensor> arguments(const Program& program, const Batch& batch) const {
    std::vector<at::Tensor> result;
    for (const ir::Argument& argument : program.arguments()) {
      result.push_back(argument.kind == ir::ArgumentKind::input ? input(batch, argument.name)
                                                                : stored(argument));
    }
    return result;
  }

  void keep_buffers(const std::vector<at::Tensor>& results) {
    for (size_t i = 0; i < results.size(); ++i) {
      for (size_t k = 0; k < buffers_.size(); ++k) {
        if (train_.results()[i].name == "buffer:" + model_.buffers[k].path)
          buffers_[k].copy_(results[i].detach());
      }
    }
  }

  const ModelProgram& model_;
  Program train_, predict_, loss_;
  std::optional<Program> unit_loss_;
  std::vector<at::Tensor> parameters_, gradients_, buffers_;
  std::vector<at::Tensor> trained_;  // the parameters that are not frozen
};

}  // namespace

std::unique_ptr<Executor> make_reference_executor(const ModelProgram& program) {
  use_one_library_thread();
  return std::make_unique<ReferenceExecutor>(program);
}

}  // namespace stria::exec
