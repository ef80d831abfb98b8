#include "runtime/random/random.h"

#include <llvm/Support/BLAKE3.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "runtime/random/portable_math.h"

namespace stria::random {
namespace {

void hash_number(llvm::BLAKE3& hasher, uint64_t value) {
  std::array<uint8_t, 8> bytes;
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * i));
  hasher.update(llvm::ArrayRef<uint8_t>(bytes));
}

void hash_text(llvm::BLAKE3& hasher, std::string_view text) {
  hash_number(hasher, text.size());
  hasher.update(llvm::StringRef(text.data(), text.size()));
}

uint64_t first_64_bits(llvm::BLAKE3& hasher) {
  const auto hash = hasher.result<8>();
  uint64_t result = 0;
  for (size_t i = 0; i < 8; ++i) result |= static_cast<uint64_t>(hash[i]) << (8 * i);
  return result;
}

// 53 of 64 bits as a number in [0, 1).
double unit_interval(uint32_t low, uint32_t high) {
  const uint64_t bits = (static_cast<uint64_t>(high) << 32) | low;
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

// The least k with P(count <= k) > u, by adding up the probabilities.
int64_t poisson_by_inversion(double u, double mean) {
  // P(count = 0) = exp(-mean) >= 1 - mean: most draws of small means need no more.
  constexpr double rounding = 1e-12;
  if (u < 1.0 - mean - rounding) return 0;
  double probability = portable_exp(-mean);
  double cumulative = probability;
  int64_t k = 0;
  while (u >= cumulative && k < 200) {
    ++k;
    probability = probability * (mean / static_cast<double>(k));
    cumulative = cumulative + probability;
  }
  return k;
}

}  // namespace

Block philox4x32_10(const Block& counter, const std::array<uint32_t, 2>& key) {
  Block c = counter;
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = 0xD2511F53ull * c[0];
    const uint64_t p1 = 0xCD9E8D57ull * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<uint32_t>(p0)};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

uint64_t key_of(uint64_t seed, std::string_view purpose, std::string_view name) {
  llvm::BLAKE3 hasher;
  hash_number(hasher, seed);
  hash_text(hasher, purpose);
  hash_text(hasher, name);
  return first_64_bits(hasher);
}

uint32_t hash32(std::string_view text) {
  llvm::BLAKE3 hasher;
  hasher.update(llvm::StringRef(text.data(), text.size()));
  return static_cast<uint32_t>(first_64_bits(hasher));
}

// Counter words: entry (48 bits) and part (16 bits) in the first two, then a, b.
Block Draws::block(Place place, uint32_t part) const {
  const Block counter = {static_cast<uint32_t>(place.entry),
                         static_cast<uint32_t>(place.entry >> 32 & 0xffff) | (part << 16), place.a, place.b};
  return philox4x32_10(counter, {static_cast<uint32_t>(key_), static_cast<uint32_t>(key_ >> 32)});
}

std::array<double, 2> Draws::two_uniforms(Place place, uint32_t part) const {
  const Block bits = block(place, part);
  return {unit_interval(bits[0], bits[1]), unit_interval(bits[2], bits[3])};
}

double Draws::uniform(Place place) const { return two_uniforms(place, 0)[0]; }

double Draws::uniform(Place place, double low, double high) const {
  return low + (high - low) * uniform(place);
}

double Draws::normal(Place place) const {
  const auto [u, v] = two_uniforms(place, 0);
  return std::sqrt(-2.0 * portable_log(1.0 - u)) * portable_cos_turns(v);
}

double Draws::exponential(Place place) const { return -portable_log(1.0 - uniform(place)); }

double Draws::log_uniform(Place place, double low, double high) const {
  const double log_low = portable_log(low);
  return portable_exp(log_low + (portable_log(high) - log_low) * uniform(place));
}

int64_t Draws::poisson(Place place, double mean) const {
  if (!(mean >= 0 && mean <= 1e9)) throw std::domain_error("the mean of a Poisson draw must be 0 to 1e9");
  if (mean < 10) return poisson_by_inversion(uniform(place), mean);
  // Transformed rejection with squeeze: Hörmann, Insurance: Mathematics and Economics 12 (1993), algorithm
  // PTRS.
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double v_accept = 0.9277 - 3.6224 / (b - 2.0);
  const double log_mean = portable_log(mean);
  for (uint32_t part = 0; part < 0xffff; ++part) {
    const auto [first, v] = two_uniforms(place, part);
    const double u = first - 0.5;
    const double us = 0.5 - std::fabs(u);
    const double k = std::floor((2.0 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= v_accept) return static_cast<int64_t>(k);
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const double left = portable_log(v * inverse_alpha / (a / (us * us) + b));
    if (left <= k * log_mean - mean - portable_log_factorial(k)) return static_cast<int64_t>(k);
  }
  return static_cast<int64_t>(mean);  // 2^16 refusals in a row: probability below 10^-60000
}

std::vector<double> Draws::orthogonal(Place place, int64_t rows, int64_t columns) const {
  const int64_t n_vectors = std::min(rows, columns), length = std::max(rows, columns);
  const bool by_column = rows >= columns;
  std::vector<std::vector<double>> vectors(static_cast<size_t>(n_vectors));
  for (int64_t i = 0; i < n_vectors; ++i) {
    std::vector<double>& vector = vectors[static_cast<size_t>(i)];
    for (int64_t j = 0; j < length; ++j) {
      place.entry = static_cast<uint64_t>(by_column ? j * columns + i : i * columns + j);
      vector.push_back(normal(place));
    }
    const auto dot = [&](const std::vector<double>& a, const std::vector<double>& b) {
      double sum = 0;
      for (size_t j = 0; j < a.size(); ++j) sum = sum + a[j] * b[j];
      return sum;
    };
    for (int pass = 0; pass < 2; ++pass) {
      for (int64_t earlier = 0; earlier < i; ++earlier) {
        const std::vector<double>& other = vectors[static_cast<size_t>(earlier)];
        const double share = dot(vector, other);
        for (size_t j = 0; j < vector.size(); ++j) vector[j] = vector[j] - share * other[j];
      }
    }
    const double norm = std::sqrt(dot(vector, vector));
    for (double& entry : vector) entry = entry / norm;
  }
  std::vector<double> result(static_cast<size_t>(rows * columns));
  for (int64_t i = 0; i < n_vectors; ++i) {
    for (int64_t j = 0; j < length; ++j) {
      result[static_cast<size_t>(by_column ? j * columns + i : i * columns + j)] =
          vectors[static_cast<size_t>(i)][static_cast<size_t>(j)];
    }
  }
  return result;
}

}  // namespace stria::random
