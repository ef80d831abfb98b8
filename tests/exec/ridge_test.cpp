#include "runtime/exec/ridge.h"

#include <doctest/doctest.h>

#include <cmath>

#include "compiler/sema/value.h"
#include "runtime/random/random.h"

using namespace stria;
using namespace stria::exec;

namespace {

constexpr int64_t F = 3, K = 4, N = 2, D = F * K;

struct Recording {
  std::vector<float> stimulus, response;
  std::vector<uint8_t> present;
  int64_t n_bins = 0;
  RidgeClip view() const { return {n_bins, stimulus, response, present}; }
};

float true_kernel(int64_t n, int64_t f, int64_t k) {
  return static_cast<float>(std::sin(1.0 + static_cast<double>(7 * n + 3 * f + k)));
}

// Responses of known kernels and the offset n + 1, with this much noise. Unit 1 misses every third bin of
// clips with an odd seed.
Recording recording(uint64_t seed, int64_t n_bins, double noise) {
  Recording made;
  made.n_bins = n_bins;
  const random::Draws draws(seed, "test", "ridge");
  for (int64_t i = 0; i < n_bins * F; ++i)
    made.stimulus.push_back(static_cast<float>(draws.normal({0, 0, static_cast<uint64_t>(i)})));
  for (int64_t t = 0; t < n_bins; ++t)
    for (int64_t n = 0; n < N; ++n) {
      double sum = static_cast<double>(n + 1);
      for (int64_t f = 0; f < F; ++f)
        for (int64_t k = 0; k <= std::min(K - 1, t); ++k)
          sum += true_kernel(n, f, k) * made.stimulus[(t - k) * F + f];
      sum += noise * draws.normal({0, 1, static_cast<uint64_t>(t * N + n)});
      const bool missing = n == 1 && seed % 2 == 1 && t % 3 == 0;
      made.response.push_back(missing ? 1e6F : static_cast<float>(sum));
      made.present.push_back(missing ? 0 : 1);
    }
  return made;
}

RidgeProblem problem_of(const std::vector<Recording>& train, const std::vector<Recording>& valid,
                        RidgeRule rule) {
  RidgeProblem problem{F, K, N, std::move(rule), {}, {}};
  for (const Recording& each : train) problem.train.push_back(each.view());
  for (const Recording& each : valid) problem.valid.push_back(each.view());
  return problem;
}

// What is minimised, for one unit.
double objective(const RidgeProblem& problem, int64_t unit, const std::vector<double>& w, double offset,
                 double strength) {
  double error = 0, roughness = 0, power = 0, trace = 0;
  std::vector<double> mean(D, 0.0);
  double n_bins = 0;
  std::vector<std::vector<double>> rows;
  for (const RidgeClip& clip : problem.train)
    for (int64_t t = 0; t < clip.n_bins; ++t) {
      if (clip.present[t * N + unit] == 0) continue;
      std::vector<double> row(D, 0.0);
      double rate = offset;
      for (int64_t f = 0; f < F; ++f)
        for (int64_t k = 0; k <= std::min(K - 1, t); ++k) {
          row[f * K + k] = clip.stimulus[(t - k) * F + f];
          rate += w[f * K + k] * row[f * K + k];
        }
      error += std::pow(clip.response[t * N + unit] - rate, 2);
      for (int64_t d = 0; d < D; ++d) mean[d] += row[d];
      rows.push_back(row);
      n_bins += 1;
    }
  for (const auto& row : rows)
    for (int64_t d = 0; d < D; ++d) power += std::pow(row[d] - mean[d] / n_bins, 2);
  const RidgeRule& rule = problem.rule;
  for (int64_t f = 0; f < F; ++f)
    for (int64_t k = 0; k < K; ++k) {
      const double here = w[f * K + k];
      roughness += here * here;
      trace += 1;
      if (k + 1 < K) roughness += rule.time * std::pow(w[f * K + k + 1] - here, 2), trace += 2 * rule.time;
      if (f + 1 < F)
        roughness += rule.bands * std::pow(w[(f + 1) * K + k] - here, 2), trace += 2 * rule.bands;
    }
  return error + strength * power / trace * roughness;
}

}  // namespace

TEST_CASE("ridge: without noise and with hardly a penalty, kernels and offsets are the true ones") {
  const std::vector<Recording> train = {recording(2, 90, 0), recording(3, 60, 0)},
                               valid = {recording(4, 40, 0)};
  const RidgeSolution found = solve_ridge(problem_of(train, valid, {1, 1, {1e-9, 1}}));
  for (int64_t n = 0; n < N; ++n) {
    CHECK(found.strengths[n] == 1e-9);
    CHECK(found.offsets[n] == doctest::Approx(n + 1.0).epsilon(1e-4));
    for (int64_t f = 0; f < F; ++f)
      for (int64_t k = 0; k < K; ++k)
        CHECK(found.kernels[(n * F + f) * K + k] == doctest::Approx(true_kernel(n, f, k)).epsilon(1e-4));
  }
}

TEST_CASE("ridge: no small step away from the solution lowers what is minimised") {
  const std::vector<Recording> train = {recording(5, 50, 0.5), recording(6, 21, 0.5)},
                               valid = {recording(7, 30, 0.5)};
  const RidgeProblem problem = problem_of(train, valid, {2, 0.5, {0.3}});
  const RidgeSolution found = solve_ridge(problem);
  for (int64_t n = 0; n < N; ++n) {
    std::vector<double> w(D);
    for (int64_t d = 0; d < D; ++d) w[d] = found.kernels[n * D + d];
    const double least = objective(problem, n, w, found.offsets[n], 0.3);
    for (int64_t d = 0; d <= D; ++d)
      for (const double step : {-1e-3, 1e-3}) {
        std::vector<double> moved = w;
        if (d < D) moved[d] += step;
        CHECK(objective(problem, n, moved, found.offsets[n] + (d == D ? step : 0), 0.3) > least);
      }
  }
}

TEST_CASE("ridge: each unit takes the strength that predicts its validation clips best") {
  const std::vector<Recording> train = {recording(8, 40, 3)}, valid = {recording(10, 200, 3)};
  const std::vector<double> strengths = {1e-6, 0.3, 1e4};
  const RidgeProblem problem = problem_of(train, valid, {0, 0, strengths});
  const RidgeSolution found = solve_ridge(problem);
  for (int64_t n = 0; n < N; ++n) {
    std::vector<double> errors;
    for (const double strength : strengths) {
      const RidgeProblem one = problem_of(train, valid, {0, 0, {strength}});
      const std::vector<float> rates = linear_rates(one, solve_ridge(one), valid[0].view());
      double error = 0;
      for (int64_t t = 0; t < valid[0].n_bins; ++t)
        error += std::pow(rates[t * N + n] - valid[0].response[t * N + n], 2);
      errors.push_back(error);
    }
    const auto best = std::min_element(errors.begin(), errors.end()) - errors.begin();
    CHECK(found.strengths[n] == strengths[static_cast<size_t>(best)]);
  }
}

TEST_CASE("ridge: a kernel too large for a matrix of its entries is refused") {
  const std::vector<Recording> clips = {recording(2, 10, 0)};
  RidgeProblem problem = problem_of(clips, clips, {1, 1, {1}});
  problem.n_lags = 5000;
  CHECK_THROWS_AS(solve_ridge(problem), DataError);
}
