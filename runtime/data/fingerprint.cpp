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

std::string fingerprint(const PreparedData& data) {
  Hash hash;
  hash.add(data.name);
  hash.add(data.step.numerator());
  hash.add(data.step.denominator());
  hash.add(data.n_bands);
  for (const std::string& unit : data.units) hash.add(unit);
  for (const FittedStep& step : data.fitted)
    hash.add(static_cast<int64_t>(step.kind) * 4 + (step.per_band ? 2 : 0) + (step.on_all ? 1 : 0));
  for (const Clip& clip : data.clips) {
    hash.add(clip.stimulus);
    hash.add(clip.cochleagram);
    hash.add(clip.response);
    hash.add(clip.present);
    for (const Trials& trials : clip.trials) {
      hash.add(trials.n_trials);
      hash.add(trials.values);
    }
  }
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
