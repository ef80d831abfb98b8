#include "runtime/data/fingerprint.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/SHA256.h>

#include <bit>

namespace stria::data {

namespace {

static_assert(std::endian::native == std::endian::little, "hashes are over little-endian numbers");

// Lengths go before texts and arrays, so that no two data give the same bytes.
class Hash {
 public:
  void add(std::string_view text) {
    add(static_cast<int64_t>(text.size()));
    bytes(text.data(), text.size());
  }
  void add(int64_t number) { bytes(&number, sizeof number); }
  template <class T>
  void add(const std::vector<T>& values) {
    add(static_cast<int64_t>(values.size()));
    bytes(values.data(), values.size() * sizeof(T));
  }
  std::string hex() { return llvm::toHex(llvm::ArrayRef<uint8_t>(sha_.final()), true); }

 private:
  void bytes(const void* data, size_t size) {
    sha_.update(llvm::StringRef(static_cast<const char*>(data), size));
  }
  llvm::SHA256 sha_;
};

}  // namespace

std::string sha256(std::string_view bytes) {
  llvm::SHA256 sha;
  sha.update(llvm::StringRef(bytes.data(), bytes.size()));
  return llvm::toHex(llvm::ArrayRef<uint8_t>(sha.final()), true);
}

static void add_steps(Hash& hash, const PreparedInput& input) {
  for (const FittedStep& step : input.fitted)
    hash.add(static_cast<int64_t>(step.kind) * 4 + (step.per_band ? 2 : 0) + (step.on_all ? 1 : 0));
}

// After all else, so that data without further streams keep their hash.
static void add_stream(Hash& hash, const PreparedData& data, size_t input) {
  hash.add(data.inputs[input].stream.name);
  add_steps(hash, data.inputs[input]);
  for (const Clip& clip : data.clips) hash.add(clip.inputs[input]);
}

std::string fingerprint(const PreparedData& data) {
  Hash hash;
  hash.add(data.name);
  hash.add(data.step.numerator());
  hash.add(data.step.denominator());
  hash.add(data.n_bands());
  for (const std::string& unit : data.units) hash.add(unit);
  add_steps(hash, data.inputs.front());
  for (const Clip& clip : data.clips) {
    hash.add(clip.stimulus);
    hash.add(clip.cochleagram());
    hash.add(clip.response);
    hash.add(clip.present);
    for (const Trials& trials : clip.trials) {
      hash.add(trials.n_trials);
      hash.add(trials.values);
    }
  }
  for (size_t i = 1; i < data.inputs.size(); ++i) add_stream(hash, data, i);
  return hash.hex();
}

std::string fingerprint(const std::vector<std::vector<std::string>>& parts) {
  Hash hash;
  for (const auto& part : parts) {
    hash.add(static_cast<int64_t>(part.size()));
    for (const std::string& name : part) hash.add(name);
  }
  return hash.hex();
}

}  // namespace stria::data
