// Weights in the safetensors format (huggingface/safetensors, README, "Format"): 8 bytes of header length, a
// JSON header, then the values, little endian. Float32 alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace stria::data {

struct SafeTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;  // row-major
};

struct SafeTensors {
  std::map<std::string, std::string> metadata;
  std::vector<SafeTensor> tensors;  // in the order of the values in the file
};

// Written to a temporary name, then renamed. Throws DataError where the disk refuses, std::logic_error for a
// shape that does not fit its values and for two tensors of one name.
void write_safetensors(const std::string& path, const SafeTensors& file);

// Throws DataError, with the file, where it is no such file, is cut short, or holds another type than F32.
SafeTensors read_safetensors(const std::string& path);

}  // namespace stria::data
