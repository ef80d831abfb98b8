#include "runtime/exec/adamw.h"

#include <algorithm>
#include <cmath>

namespace stria::exec {

Corrections corrections(const OptimizerRule& rule, int64_t step) {
  const auto t = static_cast<double>(step);
  return {1 / (1 - std::pow(rule.beta1, t)), 1 / std::sqrt(1 - std::pow(rule.beta2, t))};
}

void AdamWState::step(std::span<float> parameter, std::span<const float> gradient, double learning_rate,
                      float scale) {
  first_moment_.resize(parameter.size(), 0.0F);
  second_moment_.resize(parameter.size(), 0.0F);
  const Corrections correct = corrections(rule_, ++n_steps_);
  const auto shrink = static_cast<float>(1 - learning_rate * decay_);
  const auto weight_first = static_cast<float>(1 - rule_.beta1);
  const auto keep_second = static_cast<float>(rule_.beta2);
  const auto weight_second = static_cast<float>(1 - rule_.beta2);
  const auto step_size = static_cast<float>(learning_rate * correct.first);
  const auto correct_second = static_cast<float>(correct.second);
  const auto epsilon = static_cast<float>(rule_.epsilon);
  for (size_t i = 0; i < parameter.size(); ++i) {
    const float g = gradient[i] * scale;
    float& m = first_moment_[i];
    float& v = second_moment_[i];
    m += weight_first * (g - m);
    v = keep_second * v + weight_second * g * g;
    parameter[i] = parameter[i] * shrink - step_size * (m / (correct_second * std::sqrt(v) + epsilon));
  }
}

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

Optimizer::Optimizer(const OptimizerRule& rule, const std::vector<ParameterInfo>& parameters)
    : clip_norm_(rule.clip_norm) {
  for (const ParameterInfo& parameter : parameters) {
    states_.emplace_back(rule, decay_of(parameter, rule));
    rate_factors_.push_back(parameter.learning_rate_factor);
    frozen_.push_back(parameter.frozen);
  }
}

// Summed in double and in the order of the parameters.
float Optimizer::scale_of_gradients(const Executor& executor) const {
  if (!clip_norm_) return 1;
  double squares = 0;
  for (size_t i = 0; i < states_.size(); ++i) {
    if (frozen_[i]) continue;
    for (const float g : executor.gradient(i)) squares += static_cast<double>(g) * static_cast<double>(g);
  }
  const double norm = std::sqrt(squares);
  return norm > *clip_norm_ ? static_cast<float>(*clip_norm_ / norm) : 1.0F;
}

void Optimizer::step(Executor& executor, double learning_rate) {
  const float scale = scale_of_gradients(executor);
  for (size_t i = 0; i < states_.size(); ++i) {
    if (frozen_[i]) continue;
    states_[i].step(executor.parameter(i), executor.gradient(i), learning_rate * rate_factors_[i], scale);
  }
}

StepOutcome PlainExecutor::step(const Batch& batch, double learning_rate) {
  StepOutcome outcome{loss_and_gradients(batch), std::nullopt};
  if (!std::isfinite(outcome.loss)) return outcome;
  for (size_t i = 0; i < program_.parameters.size() && !outcome.broken_gradient; ++i) {
    if (!program_.parameters[i].frozen && !all_finite(gradient(i))) outcome.broken_gradient = i;
  }
  if (outcome.finite()) optimizer_.value().step(*this, learning_rate);
  return outcome;
}

}  // namespace stria::exec
