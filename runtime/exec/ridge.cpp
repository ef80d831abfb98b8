#include "runtime/exec/ridge.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <limits>
#include <map>

#include "compiler/sema/value.h"
#include "runtime/exec/program.h"

namespace stria::exec {
namespace {

using at::Tensor;

constexpr int64_t most_entries = 12000;  // of a kernel: a matrix of them takes 1.2 GB

const auto real = at::TensorOptions(at::kDouble);

// Rows [present bins, F K] of one clip, entry f K + k the level of band f k bins before, and the responses of
// these units there.
struct Rows {
  Tensor stimulus;   // [n, F K]
  Tensor responses;  // [n, units]
};

Rows rows_of(const RidgeProblem& problem, const RidgeClip& clip, const std::vector<int64_t>& units) {
  const int64_t F = problem.n_bands, K = problem.n_lags, N = problem.n_units;
  std::vector<int64_t> bins;
  for (int64_t t = 0; t < clip.n_bins; ++t)
    if (clip.present[t * N + units.front()] != 0) bins.push_back(t);
  const auto n = static_cast<int64_t>(bins.size());
  Rows rows{at::zeros({n, F * K}, real), at::zeros({n, static_cast<int64_t>(units.size())}, real)};
  auto* x = rows.stimulus.data_ptr<double>();
  auto* r = rows.responses.data_ptr<double>();
  for (const int64_t t : bins) {
    for (int64_t f = 0; f < F; ++f)
      for (int64_t k = 0; k < std::min(K, t + 1); ++k) x[f * K + k] = clip.stimulus[(t - k) * F + f];
    x += F * K;
    for (const int64_t unit : units) *r++ = clip.response[t * N + unit];
  }
  return rows;
}

// P = 1 + time Dt' Dt + bands Df' Df, [F K, F K].
Tensor penalty(const RidgeProblem& problem) {
  const int64_t F = problem.n_bands, K = problem.n_lags;
  Tensor result = at::eye(F * K, real);
  auto entries = result.accessor<double, 2>();
  const auto neighbours = [&](int64_t a, int64_t b, double weight) {
    entries[a][a] += weight;
    entries[b][b] += weight;
    entries[a][b] -= weight;
    entries[b][a] -= weight;
  };
  for (int64_t f = 0; f < F; ++f)
    for (int64_t k = 0; k < K; ++k) {
      if (k + 1 < K) neighbours(f * K + k, f * K + k + 1, problem.rule.time);
      if (f + 1 < F) neighbours(f * K + k, (f + 1) * K + k, problem.rule.bands);
    }
  return result;
}

// Units whose responses are present in the same bins.
std::vector<std::vector<int64_t>> groups_of(const RidgeProblem& problem) {
  std::map<std::vector<bool>, std::vector<int64_t>> by_bins;
  for (int64_t unit = 0; unit < problem.n_units; ++unit) {
    std::vector<bool> bins;
    for (const auto* clips : {&problem.train, &problem.valid})
      for (const RidgeClip& clip : *clips)
        for (int64_t t = 0; t < clip.n_bins; ++t)
          bins.push_back(clip.present[t * problem.n_units + unit] != 0);
    by_bins[bins].push_back(unit);
  }
  std::vector<std::vector<int64_t>> groups;
  for (auto& [bins, units] : by_bins) groups.push_back(std::move(units));
  return groups;
}

// The solutions of one group for every strength: kernels U (U' X' r / (e + s g)), U and e from
// X' X u = e P u.
class Group {
 public:
  Group(const RidgeProblem& problem, const Tensor& root, std::vector<int64_t> units)
      : problem_(problem), units_(std::move(units)) {
    const int64_t D = problem.n_bands * problem.n_lags, n_units = static_cast<int64_t>(units_.size());
    Tensor moments = at::zeros({D, D}, real), products = at::zeros({D, n_units}, real);
    stimulus_sum_ = at::zeros({D}, real);
    response_sum_ = at::zeros({n_units}, real);
    for (const RidgeClip& clip : problem.train) {
      const Rows rows = rows_of(problem, clip, units_);
      moments.addmm_(rows.stimulus.t(), rows.stimulus);
      products.addmm_(rows.stimulus.t(), rows.responses);
      stimulus_sum_ += rows.stimulus.sum(0);
      response_sum_ += rows.responses.sum(0);
      n_ += static_cast<double>(rows.stimulus.size(0));
    }
    moments.sub_(at::outer(stimulus_sum_, stimulus_sum_).div(n_));
    products.sub_(at::outer(stimulus_sum_, response_sum_).div(n_));
    decompose(root, moments);
    projected_ = at::mm(basis_.t(), products);
    for (const double strength : problem.rule.strengths) solutions_.push_back(at_strength(strength));
  }

  // Kernels [F K, units] and offsets [units], by strength.
  const std::vector<std::pair<Tensor, Tensor>>& solutions() const { return solutions_; }

  // Squared errors on the validation clips, [strengths, units], and the bins of each unit there.
  Tensor errors(double& n_bins) const {
    Tensor result = at::zeros({static_cast<int64_t>(solutions_.size()), response_sum_.size(0)}, real);
    n_bins = 0;
    for (const RidgeClip& clip : problem_.valid) {
      const Rows rows = rows_of(problem_, clip, units_);
      n_bins += static_cast<double>(rows.stimulus.size(0));
      for (size_t s = 0; s < solutions_.size(); ++s) {
        const auto& [kernels, offsets] = solutions_[s];
        const Tensor off = rows.responses.sub(at::mm(rows.stimulus, kernels)).sub(offsets);
        result[static_cast<int64_t>(s)] += off.square().sum(0);
      }
    }
    return result;
  }
  const std::vector<int64_t>& units() const { return units_; }

 private:
  // root: P = root root'.
  void decompose(const Tensor& root, const Tensor& moments) {
    const auto divided = [&](const Tensor& by) { return at::linalg_solve_triangular(root, by, false); };
    const Tensor whitened = divided(divided(moments).t());
    auto [powers, vectors] = at::linalg_eigh(whitened.add(whitened.t()).div(2));
    powers_ = powers.clamp_min(0);
    basis_ = at::linalg_solve_triangular(root.t(), vectors, true);
    power_ = moments.diagonal().sum().item<double>() / root.square().sum().item<double>();
    tiny_ = std::numeric_limits<double>::epsilon() * (powers_.max().item<double>() + 1e-300);
  }

  std::pair<Tensor, Tensor> at_strength(double strength) const {
    const Tensor held = powers_.add(strength * power_).clamp_min(tiny_).unsqueeze(1);
    const Tensor kernels = at::mm(basis_, projected_.div(held));
    const Tensor explained = at::mm(stimulus_sum_.unsqueeze(0), kernels).squeeze(0);
    return {kernels, response_sum_.sub(explained).div(n_)};
  }

  const RidgeProblem& problem_;
  std::vector<int64_t> units_;
  std::vector<std::pair<Tensor, Tensor>> solutions_;
  Tensor stimulus_sum_, response_sum_, powers_, basis_, projected_;
  double n_ = 0, power_ = 0, tiny_ = 0;
};

// Of the group's unit at this place: its solution at strength number s.
void write(const RidgeProblem& problem, const Group& group, size_t place, size_t s, RidgeSolution& solution) {
  const auto& [kernels, offsets] = group.solutions()[s];
  const int64_t D = problem.n_bands * problem.n_lags;
  const auto unit = static_cast<size_t>(group.units()[place]);
  const Tensor kernel = kernels.select(1, static_cast<int64_t>(place)).contiguous();
  const auto* weights = kernel.const_data_ptr<double>();
  std::copy(weights, weights + D, solution.kernels.begin() + static_cast<int64_t>(unit) * D);
  solution.offsets[unit] = static_cast<float>(offsets[static_cast<int64_t>(place)].item<double>());
  solution.strengths[unit] = problem.rule.strengths[s];
}

}  // namespace

RidgeSolution solve_ridge(const RidgeProblem& problem) {
  const int64_t D = problem.n_bands * problem.n_lags;
  if (D > most_entries)
    throw DataError(
        fmt::format("a kernel of {} bands and {} lags has {} entries; in closed form it may have {}",
                    problem.n_bands, problem.n_lags, D, most_entries),
        "take a shorter window, or longer bins");
  use_one_library_thread();
  const c10::InferenceMode guard;
  const Tensor root = at::linalg_cholesky(penalty(problem));
  const auto& strengths = problem.rule.strengths;
  std::vector<Group> groups;
  std::vector<Tensor> errors;
  std::vector<double> n_bins;
  Tensor pooled = at::zeros({static_cast<int64_t>(strengths.size())}, real);
  for (std::vector<int64_t>& units : groups_of(problem)) {
    groups.emplace_back(problem, root, std::move(units));
    n_bins.push_back(0);
    errors.push_back(groups.back().errors(n_bins.back()));
    pooled += errors.back().sum(1);
  }
  RidgeSolution solution{std::vector<float>(static_cast<size_t>(problem.n_units * D)),
                         std::vector<float>(static_cast<size_t>(problem.n_units)),
                         std::vector<double>(static_cast<size_t>(problem.n_units))};
  for (size_t g = 0; g < groups.size(); ++g) {
    const Tensor judged = n_bins[g] > 0 ? errors[g] : pooled.unsqueeze(1).expand_as(errors[g]);
    const Tensor best = judged.argmin(0);
    for (size_t s = 0; s < strengths.size(); ++s) {
      for (size_t place = 0; place < groups[g].units().size(); ++place)
        if (best[static_cast<int64_t>(place)].item<int64_t>() == static_cast<int64_t>(s))
          write(problem, groups[g], place, s, solution);
    }
  }
  return solution;
}

std::vector<float> linear_rates(const RidgeProblem& problem, const RidgeSolution& solution,
                                const RidgeClip& clip) {
  const int64_t F = problem.n_bands, K = problem.n_lags, N = problem.n_units;
  std::vector<float> rates(static_cast<size_t>(clip.n_bins * N));
  for (int64_t t = 0; t < clip.n_bins; ++t)
    for (int64_t n = 0; n < N; ++n) {
      double sum = solution.offsets[n];
      for (int64_t f = 0; f < F; ++f)
        for (int64_t k = 0; k < std::min(K, t + 1); ++k)
          sum += double{solution.kernels[(n * F + f) * K + k]} * clip.stimulus[(t - k) * F + f];
      rates[t * N + n] = static_cast<float>(sum);
    }
  return rates;
}

}  // namespace stria::exec
