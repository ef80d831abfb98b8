// Products over lags by blocks of bins: a fast convolution whose transforms are small products.
//
//   y[t, n] = sum over lags k and features f of x[t - k, f] w[k, f, n]        (or x[t + k, f])
//
// A block of V bins needs a window of M = V + K - 1 bins of x. For even P >= M and the angles
// a_q = (2 q + 1) pi / P, q = 0 ... P / 2 - 1,
//
//   X[q, f] = sum_m x[m, f] e^(-i a_q m)        over the window
//   W[q, f, n] = sum_k w[k, f, n] e^(-i a_q k)  (e^(+i a_q k) where lags look ahead)
//   y[v, n] = 2 / P sum_q Re((sum_f X[q, f] W[q, f, n]) e^(i a_q m(v)))
//
// m(v) = K - 1 + v (or v) being the bin's place in the window. These are the odd ones of 2 P frequencies: the
// convolution they give is cyclic with a change of sign at each turn (skew-cyclic; Nussbaumer, "Fast Fourier
// Transform and Convolution Algorithms", 1982), and no turn reaches the bins of the block. There are P / 2
// complex frequencies and none that is real, so all of it is products of dense real matrices.
//
// Blocks begin at multiples of V, so that results do not hang on how a clip is cut into stretches. Bins of a
// window mix in rounding: what lies behind a clip's end must be zero. So x is an input.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace stria::plan {

struct BlockSizes {
  int64_t block = 0, window = 0, points = 0;  // V, M, P
  int64_t lags() const { return window - block + 1; }
};

// The cheaper of two block lengths, where that beats multiplying lag by lag: for the product itself, and for
// the gradient of its weight.
std::optional<BlockSizes> blocks_for_product(int64_t lags, int64_t features, int64_t rows);
std::optional<BlockSizes> blocks_for_gradient(int64_t lags, int64_t features, int64_t rows);

// Blocks that are worked on at once: so many as small memory holds.
int64_t blocks_at_once(const BlockSizes& sizes, int64_t features, int64_t rows);

// Row-major; rows 2 q and 2 q + 1 (or columns) are real and imaginary part of frequency q.
std::vector<double> window_table(const BlockSizes& sizes);              // [P, M]
std::vector<double> lag_table(const BlockSizes& sizes, bool ahead);     // [P, K]
std::vector<double> result_table(const BlockSizes& sizes, bool ahead);  // [V, P]

}  // namespace stria::plan
