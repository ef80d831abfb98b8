// A small model with gradients written out by hand: rate[t, n] = sum_f w[n, f] (x[t, f] - m) + b[n], where m
// is the mean of the valid stimulus entries of the batch in training, and the running mean (momentum 0.1,
// from 0) in evaluation. The loss is the mean squared error over the present entries.
#pragma once

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "runtime/exec/adamw.h"
#include "runtime/random/random.h"

namespace stria::test {

inline ModelProgram linear_program(int64_t n_bands, int64_t n_units, const std::string& name = "Linear") {
  ModelProgram program;
  program.name = name;
  program.text = name + "()";
  program.inputs = {{stimulus_argument, n_bands}};
  program.n_units = n_units;
  program.parameters.resize(2);
  program.parameters[0].path = "w";
  program.parameters[0].sizes = {n_units, n_bands};
  program.parameters[1].path = "b";
  program.parameters[1].sizes = {n_units};
  program.buffers = {{"mean", {1}}};
  return program;
}

// What may be wrong with an executor, so that tests can see that they notice.
enum class Fault {
  none,
  training_statistics_in_evaluation,
  no_gradient,
  nan_loss,
  nan_gradient,
  nan_prediction
};

class LinearExecutor : public exec::PlainExecutor {
 public:
  explicit LinearExecutor(const ModelProgram& program, Fault fault = Fault::none)
      : exec::PlainExecutor(program),
        n_bands_(program.n_bands()),
        n_units_(program.n_units),
        fault_(fault),
        w_(n_units_ * n_bands_),
        b_(n_units_),
        mean_(1) {}

  // Starts from these values instead of drawn ones.
  void start_from(std::vector<float> w, std::vector<float> b) {
    w_ = std::move(w);
    b_ = std::move(b);
    drawn_ = false;
  }
  // The step, from 1, at which a fault of a NaN shows.
  void fail_at_step(int64_t step) { failing_step_ = step; }

  void initialise(uint64_t seed, const exec::ResponseStatistics& statistics) override {
    if (drawn_) {
      const random::Draws draws(seed, "init", "w");
      for (size_t i = 0; i < w_.size(); ++i) w_[i] = static_cast<float>(0.1 * draws.normal({0, 0, i}));
      for (size_t n = 0; n < b_.size(); ++n) b_[n] = static_cast<float>(statistics.mean[n]);
    }
    mean_[0] = 0;
  }

  double loss_and_gradients(const exec::Batch& batch) override {
    ++n_steps_;
    const bool failing = n_steps_ >= failing_step_;
    if (fault_ == Fault::nan_loss && failing) return std::numeric_limits<double>::quiet_NaN();
    const double m = batch_mean(batch);
    mean_[0] = static_cast<float>(0.9 * mean_[0] + 0.1 * m);
    const std::vector<float> rate = rates(batch, m);
    w_gradient_.assign(w_.size(), 0.0F);
    b_gradient_.assign(b_.size(), 0.0F);
    double n = 0;
    for (uint8_t present : batch.present) n += present;
    for (size_t entry = 0; entry < rate.size(); ++entry) {
      if (batch.present[entry] == 0) continue;
      const double slope = 2 * (rate[entry] - batch.response[entry]) / n;
      const size_t unit = entry % n_units_;
      b_gradient_[unit] += static_cast<float>(slope);
      for (int64_t f = 0; f < n_bands_; ++f)
        w_gradient_[unit * n_bands_ + f] +=
            static_cast<float>(slope * (batch.inputs[0].values[entry / n_units_ * n_bands_ + f] - m));
    }
    if (fault_ == Fault::no_gradient)
      w_gradient_.assign(w_.size(), 0.0F), b_gradient_.assign(b_.size(), 0.0F);
    if (fault_ == Fault::nan_gradient && failing) w_gradient_[0] = std::numeric_limits<float>::quiet_NaN();
    return mean_squared_error(rate, batch.response, batch.present);
  }

  std::vector<float> predict(const exec::Batch& batch) override {
    const bool training = fault_ == Fault::training_statistics_in_evaluation;
    std::vector<float> rate = rates(batch, training ? batch_mean(batch) : mean_[0]);
    if (fault_ == Fault::nan_prediction) rate[0] = std::numeric_limits<float>::quiet_NaN();
    return rate;
  }

  double loss(int64_t, int64_t, std::span<const float> rate, std::span<const float> response,
              std::span<const uint8_t> present) override {
    return mean_squared_error(rate, response, present);
  }

  std::span<float> parameter(size_t index) override { return index == 0 ? w_ : b_; }
  std::span<const float> gradient(size_t index) const override {
    return index == 0 ? w_gradient_ : b_gradient_;
  }
  std::span<float> buffer(size_t) override { return mean_; }

  static double mean_squared_error(std::span<const float> rate, std::span<const float> response,
                                   std::span<const uint8_t> present) {
    double sum = 0;
    double n = 0;
    for (size_t i = 0; i < rate.size(); ++i) {
      if (present[i] == 0) continue;
      sum += (static_cast<double>(rate[i]) - response[i]) * (static_cast<double>(rate[i]) - response[i]);
      n += 1;
    }
    return sum / n;
  }

 private:
  double batch_mean(const exec::Batch& batch) const {
    double sum = 0;
    double n = 0;
    const std::vector<float>& stimulus = batch.inputs[0].values;
    for (size_t i = 0; i < stimulus.size(); ++i) {
      if (batch.valid[i / n_bands_] == 0) continue;
      sum += stimulus[i];
      n += 1;
    }
    return sum / n;
  }
  std::vector<float> rates(const exec::Batch& batch, double m) const {
    std::vector<float> rate(batch.n_clips * batch.n_bins * n_units_);
    for (size_t entry = 0; entry < rate.size(); ++entry) {
      const size_t unit = entry % n_units_;
      double sum = b_[unit];
      for (int64_t f = 0; f < n_bands_; ++f)
        sum += w_[unit * n_bands_ + f] * (batch.inputs[0].values[entry / n_units_ * n_bands_ + f] - m);
      rate[entry] = static_cast<float>(sum);
    }
    return rate;
  }

  int64_t n_bands_, n_units_;
  Fault fault_;
  bool drawn_ = true;
  int64_t n_steps_ = 0, failing_step_ = 1;
  std::vector<float> w_, b_, mean_;
  std::vector<float> w_gradient_, b_gradient_;
};

}  // namespace stria::test
