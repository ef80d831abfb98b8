#include "runtime/train/adamw.h"

#include <cmath>

namespace stria::train {

void AdamWState::step(std::span<float> parameter, std::span<const float> gradient) {
  first_moment_.resize(parameter.size(), 0.0F);
  second_moment_.resize(parameter.size(), 0.0F);
  ++n_steps_;
  const double t = static_cast<double>(n_steps_);
  const float shrink = static_cast<float>(1 - learning_rate_ * decay_);
  const float weight_first = static_cast<float>(1 - rule_.beta1);
  const float keep_second = static_cast<float>(rule_.beta2);
  const float weight_second = static_cast<float>(1 - rule_.beta2);
  const float step_size = static_cast<float>(learning_rate_ / (1 - std::pow(rule_.beta1, t)));
  const float correction = static_cast<float>(std::sqrt(1 - std::pow(rule_.beta2, t)));
  const float epsilon = static_cast<float>(rule_.epsilon);
  for (size_t i = 0; i < parameter.size(); ++i) {
    const float g = gradient[i];
    float& m = first_moment_[i];
    float& v = second_moment_[i];
    float p = parameter[i] * shrink;
    m += weight_first * (g - m);
    v = v * keep_second + weight_second * g * g;
    p -= step_size * (m / (std::sqrt(v) / correction + epsilon));
    parameter[i] = p;
  }
}

Optimizer::Optimizer(const OptimizerRule& rule, const std::vector<ParameterInfo>& parameters) {
  for (const ParameterInfo& parameter : parameters) {
    const bool bounded = parameter.bounds.kind != Bounds::Kind::none;
    const double decay = parameter.decay.value_or(bounded ? 0.0 : rule.weight_decay);
    states_.emplace_back(rule, rule.learning_rate * parameter.learning_rate_factor, decay);
    frozen_.push_back(parameter.frozen);
  }
}

void Optimizer::step(exec::Executor& executor) {
  for (size_t i = 0; i < states_.size(); ++i)
    if (!frozen_[i]) states_[i].step(executor.parameter(i), executor.gradient(i));
}

}  // namespace stria::train
