// Arrays in NumPy's formats: .npy (NEP 1, version 1.0) and .npz, an uncompressed zip of them with fixed
// times, so that the same arrays give the same bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/data/prepared.h"

namespace stria::data {

// One array as .npy bytes.
struct NpyArray {
  std::string name;
  std::string bytes;
};

// Row-major; the product of `shape` must be the number of values.
NpyArray npy(std::string name, const std::vector<int64_t>& shape, std::span<const float> values);
NpyArray npy(std::string name, const std::vector<int64_t>& shape, std::span<const double> values);
NpyArray npy(std::string name, const std::vector<int64_t>& shape, std::span<const int64_t> values);
NpyArray npy(std::string name, const std::vector<std::string>& texts);  // UTF-8 in, one dim

// Written to a temporary name, then renamed. Throws DataError where the disk refuses.
void write_npz(const std::string& path, const std::vector<NpyArray>& arrays);
void write_npz(const std::string& folder, const Attachment& attachment);  // folder / attachment.name

}  // namespace stria::data
