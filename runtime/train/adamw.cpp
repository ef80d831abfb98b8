#include "runtime/train/adamw.h"

#include <cmath>

namespace stria::train {

namespace {

struct Constants {
  float shrink, weight_first, keep_second, weight_second, step_size, correction, epsilon;
};

// Plain arithmetic, square roots and quotients are the same bits in vectors of any width.
__attribute__((target_clones("avx2", "default"), optimize("O3", "no-math-errno"))) void update(
    size_t n, float* __restrict parameter, const float* __restrict gradient, float* __restrict first_moment,
    float* __restrict second_moment, const Constants c) {
  for (size_t i = 0; i < n; ++i) {
    const float g = gradient[i];
    const float m = first_moment[i] + c.weight_first * (g - first_moment[i]);
    const float v = second_moment[i] * c.keep_second + c.weight_second * g * g;
    first_moment[i] = m;
    second_moment[i] = v;
    parameter[i] =
        parameter[i] * c.shrink - c.step_size * (m / (__builtin_sqrtf(v) / c.correction + c.epsilon));
  }
}

}  // namespace

void AdamWState::step(std::span<float> parameter, std::span<const float> gradient) {
  first_moment_.resize(parameter.size(), 0.0F);
  second_moment_.resize(parameter.size(), 0.0F);
  ++n_steps_;
  const double t = static_cast<double>(n_steps_);
  Constants c{};
  c.shrink = static_cast<float>(1 - learning_rate_ * decay_);
  c.weight_first = static_cast<float>(1 - rule_.beta1);
  c.keep_second = static_cast<float>(rule_.beta2);
  c.weight_second = static_cast<float>(1 - rule_.beta2);
  c.step_size = static_cast<float>(learning_rate_ / (1 - std::pow(rule_.beta1, t)));
  c.correction = static_cast<float>(std::sqrt(1 - std::pow(rule_.beta2, t)));
  c.epsilon = static_cast<float>(rule_.epsilon);
  update(parameter.size(), parameter.data(), gradient.data(), first_moment_.data(), second_moment_.data(), c);
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
