// Linear receptive fields in closed form: ridge regression with smoothness along lags and along bands.
//
// For each unit, over its present training bins t, with x_k[t] the frame k bins before t (0 before the clip):
//   minimise  sum_t (r[t] - b - sum_fk w[f, k] x_k[t, f])^2 + s g w' P w,
//   P = 1 + time Dt' Dt + bands Df' Df,  D differences of neighbouring lags or bands
//   g = trace(X' X) / trace(P): the strength s is relative to the stimulus' own power
// Of the strengths, each unit takes the one of least squared error on the validation clips (Hoerl & Kennard,
// Technometrics 12:55, 1970; smoothness as in Machens, Wehr & Zador, J. Neurosci. 24:1089, 2004).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compiler/sema/program.h"

namespace stria::exec {

struct RidgeClip {
  int64_t n_bins = 0;
  std::span<const float> stimulus;   // [T, F]
  std::span<const float> response;   // [T, N]
  std::span<const uint8_t> present;  // [T, N]
};

struct RidgeProblem {
  int64_t n_bands = 0, n_lags = 0, n_units = 0;
  RidgeRule rule;
  std::vector<RidgeClip> train, valid;
};

struct RidgeSolution {
  std::vector<float> kernels;     // [N, F, K], K lags, the present bin first
  std::vector<float> offsets;     // [N]
  std::vector<double> strengths;  // [N], each of the rule's
};

// In double precision. Units that heard the same bins share one decomposition. A unit without validation bins
// takes the strength that is best for the others. Throws DataError where the kernel has too many entries for
// matrices of them.
RidgeSolution solve_ridge(const RidgeProblem& problem);

// b + sum_fk w[f, k] x_k[t, f] for all units: [T, N].
std::vector<float> linear_rates(const RidgeProblem& problem, const RidgeSolution& solution,
                                const RidgeClip& clip);

}  // namespace stria::exec
