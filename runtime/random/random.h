// Draws that depend on what they are for, never on when or where they are taken (rand.1).
//
// Generator: Philox 4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC
// 2011). Key: the first 64 bits of BLAKE3 over (seed, purpose, name). Counter: (a, b, entry number).
// Everything here gives the same bits on every machine (rand.4).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace stria::random {

using Block = std::array<uint32_t, 4>;

// One application of the generator.
Block philox4x32_10(const Block& counter, const std::array<uint32_t, 2>& key);

// BLAKE3 over seed (8 bytes), then purpose and name, each after its length (8 bytes); all little endian.
uint64_t key_of(uint64_t seed, std::string_view purpose, std::string_view name);
// The first 32 bits of BLAKE3 over a text: a stimulus's number as `b` of a Place.
uint32_t hash32(std::string_view text);

// Which draw: a is an epoch, b the hash of a stimulus, where the purpose has them (rand.2); entry < 2^48.
struct Place {
  uint32_t a = 0;
  uint32_t b = 0;
  uint64_t entry = 0;
};

// All draws of one (seed, purpose, name). Two kinds of draw at one place use the same bits: take another name
// for a second quantity.
class Draws {
 public:
  Draws(uint64_t seed, std::string_view purpose, std::string_view name) : key_(key_of(seed, purpose, name)) {}

  double uniform(Place place) const;                               // in [0, 1), a multiple of 2^-53
  double uniform(Place place, double low, double high) const;      // low + (high - low) u
  double normal(Place place) const;                                // mean 0, deviation 1 (Box & Muller 1958)
  double exponential(Place place) const;                           // mean 1
  double log_uniform(Place place, double low, double high) const;  // 0 < low, high
  // Counts of mean `mean`, 0 .. 1e9: inversion below 10, else rejection (PTRS of Hörmann 1993); both exact.
  // Throws std::domain_error for another mean.
  int64_t poisson(Place place, double mean) const;

  // A [rows, columns] matrix, row-major, of orthonormal columns (rows if there are fewer), uniform over such:
  // Gram & Schmidt on normal draws, twice. Entries are counted from 0 in row-major order, so `place.entry`
  // must be 0.
  std::vector<double> orthogonal(Place place, int64_t rows, int64_t columns) const;

  // 128 bits of a place; further ones by `part`, which counts from 0.
  Block block(Place place, uint32_t part = 0) const;

 private:
  std::array<double, 2> two_uniforms(Place place, uint32_t part) const;

  uint64_t key_;
};

}  // namespace stria::random
