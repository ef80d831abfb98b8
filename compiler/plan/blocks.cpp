#include "compiler/plan/blocks.h"

#include <algorithm>
#include <cmath>

#include "compiler/plan/tiles.h"

namespace stria::plan {
namespace {

constexpr double pi = 3.14159265358979323846;
int64_t vectors(int64_t entries) { return (entries + long_vector - 1) / long_vector; }

// Vectors of rows, narrower ones where there are few.
int64_t row_vectors(int64_t rows) { return Cover(rows, long_vector).vectors; }

// Small products keep less of a core busy than large ones do.
constexpr double slower = 1.5;
// Bins over which the transforms of the weight, once a step, are spread.
constexpr double bins_of_a_step = 1000;
// Numbers that the windows and products of the blocks at hand may take: they lie on the stack.
constexpr int64_t most_numbers = int64_t{1} << 17;
constexpr int64_t fewest_features = 8;

int64_t numbers_of_block(const BlockSizes& sizes, int64_t features, int64_t rows) {
  return sizes.points * (2 * features + rows);
}

BlockSizes sizes_of(int64_t block, int64_t lags) {
  const int64_t window = block + lags - 1;
  return {block, window, (window + 1) / 2 * 2};
}

// Vector operations a bin.
double operations(const BlockSizes& sizes, int64_t features, int64_t rows) {
  const auto points = static_cast<double>(sizes.points), block = static_cast<double>(sizes.block);
  const auto n = static_cast<double>(row_vectors(rows)), f = static_cast<double>(vectors(features));
  const double window = points * static_cast<double>(sizes.window) * f / block;
  const double product = points * 2 * static_cast<double>(features) * n / block;
  const double result = points * n;
  const double weight =
      points * static_cast<double>(sizes.lags() * vectors(features * rows)) / bins_of_a_step;
  return window + product + result + weight;
}

std::optional<BlockSizes> cheapest(int64_t lags, int64_t features, int64_t rows, double lag_by_lag) {
  std::optional<BlockSizes> best;
  double least = lag_by_lag / slower;
  for (const int64_t block : {32, 64}) {
    const BlockSizes sizes = sizes_of(block, lags);
    const double cost = operations(sizes, features, rows);
    if (cost >= least || numbers_of_block(sizes, features, rows) > most_numbers) continue;
    best = sizes;
    least = cost;
  }
  return features < fewest_features ? std::nullopt : best;
}

double angle(const BlockSizes& sizes, int64_t frequency, int64_t place) {
  // Whole turns off first: the product is exact, so that large places lose nothing.
  const int64_t turn = 2 * sizes.points, steps = (2 * frequency + 1) * place % turn;
  return pi * static_cast<double>(steps) / static_cast<double>(sizes.points);
}

// Row 2 q and 2 q + 1: real and imaginary part of e^(-i a_q place), place by place; conjugated where asked
// for.
std::vector<double> waves(const BlockSizes& sizes, int64_t n_places, bool conjugated) {
  std::vector<double> result(static_cast<size_t>(sizes.points * n_places));
  for (int64_t q = 0; q < sizes.points / 2; ++q) {
    for (int64_t place = 0; place < n_places; ++place) {
      const double a = angle(sizes, q, place);
      result[static_cast<size_t>(2 * q * n_places + place)] = std::cos(a);
      result[static_cast<size_t>((2 * q + 1) * n_places + place)] = conjugated ? std::sin(a) : -std::sin(a);
    }
  }
  return result;
}

}  // namespace

std::optional<BlockSizes> blocks_for_product(int64_t lags, int64_t features, int64_t rows) {
  return cheapest(lags, features, rows, static_cast<double>(lags * features * row_vectors(rows)));
}

std::optional<BlockSizes> blocks_for_gradient(int64_t lags, int64_t features, int64_t rows) {
  const int64_t products = std::min(vectors(features) * rows, features * row_vectors(rows));
  return cheapest(lags, features, rows, static_cast<double>(lags * products));
}

int64_t blocks_at_once(const BlockSizes& sizes, int64_t features, int64_t rows) {
  constexpr int64_t most = 4;
  return std::clamp<int64_t>(most_numbers / numbers_of_block(sizes, features, rows), 1, most);
}

std::vector<double> window_table(const BlockSizes& sizes) { return waves(sizes, sizes.window, false); }

std::vector<double> lag_table(const BlockSizes& sizes, bool ahead) {
  return waves(sizes, sizes.lags(), ahead);
}

std::vector<double> result_table(const BlockSizes& sizes, bool ahead) {
  const int64_t first = ahead ? 0 : sizes.lags() - 1;
  const double scale = 2 / static_cast<double>(sizes.points);
  std::vector<double> result;
  for (int64_t v = 0; v < sizes.block; ++v) {
    for (int64_t q = 0; q < sizes.points / 2; ++q) {
      const double a = angle(sizes, q, first + v);
      result.push_back(scale * std::cos(a));
      result.push_back(-scale * std::sin(a));
    }
  }
  return result;
}

}  // namespace stria::plan
