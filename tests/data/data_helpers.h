// What the tests of runtime/data share: scratch folders, calls of natives, data programs made by hand.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "compiler/sema/program.h"
#include "runtime/data/native_host.h"
#include "runtime/data/objects.h"

namespace stria::data::testing {

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "stria_data_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

inline Rational ratio(int64_t numerator, int64_t denominator) {
  return *Rational::make(numerator, denominator);
}
inline Rational ms(int64_t n) { return ratio(n, 1000); }

inline Value none() { return make_value(None{}); }
inline Value text_value(const std::string& text) { return make_value(Text{text}); }
inline Value path_value(const std::string& path) { return make_value(Path{path}); }
inline Value number(double value) {
  Number result;
  result.value = value;
  return make_value(result);
}
inline Value whole(int64_t value) {
  Number result;
  result.value = static_cast<double>(value);
  result.exact = Rational(value);
  result.is_whole = true;
  return make_value(result);
}
inline Value time(const Rational& seconds) {
  Number result;
  result.value = seconds.value();
  result.exact = seconds;
  result.dimension.exponents[Dimension::time] = 1;
  return make_value(result);
}

using Arguments = std::vector<std::pair<std::string, Value>>;

inline Value call(const std::string& name, Arguments arguments) {
  static NativeDataHost host;
  return host.call("stria.data." + name, NativeArguments(name, std::move(arguments), {}));
}

template <class T>
std::shared_ptr<const T> object(const Value& value) {
  const auto* pointer = value.get<DataPointer>();
  return pointer ? std::dynamic_pointer_cast<const T>(*pointer) : nullptr;
}

// The message of the DataError that `action` throws; empty where it throws none.
inline std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const DataError& error) {
    return error.what();
  }
  return {};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A data program out of functions.
class HandMadeProgram final : public DataProgram {
 public:
  std::string program_name = "Hand";
  std::vector<std::string> stimuli, units;
  Rational dt = ms(10);
  std::optional<int64_t> bands;
  std::function<Value(size_t)> stimulus_item;
  std::function<Value(size_t, size_t)> trials_item, response_item;
  std::function<std::optional<Value>(size_t)> length_item;
  std::function<Value(const DataStream&, std::optional<size_t>, size_t)> stream_item;

  const std::string& name() const override { return program_name; }
  const std::string& text() const override { return program_name; }
  size_t n_stimuli() const override { return stimuli.size(); }
  size_t n_units() const override { return units.size(); }
  std::string stimulus_name(size_t s) const override { return stimuli[s]; }
  std::string unit_name(size_t u) const override { return units[u]; }
  Rational step() const override { return dt; }
  std::optional<int64_t> declared_bands() const override { return bands; }
  Value stimulus(size_t s) override { return stimulus_item(s); }
  bool has_trials() const override { return static_cast<bool>(trials_item); }
  Value trials(size_t u, size_t s) override { return trials_item(u, s); }
  bool has_response() const override { return static_cast<bool>(response_item); }
  Value response(size_t u, size_t s) override { return response_item(u, s); }
  std::optional<Value> length(size_t s) override { return length_item ? length_item(s) : std::nullopt; }
  Value stream(const DataStream& stream, std::optional<size_t> u, size_t s) override {
    return stream_item ? stream_item(stream, u, s) : DataProgram::stream(stream, u, s);
  }
  Range place(std::string_view) const override { return {}; }
};

// Frames [T, F] at a step.
inline std::shared_ptr<Stream> stream_of(const std::vector<double>& frames, int64_t n_bands,
                                         const Rational& dt) {
  auto stream = std::make_shared<Stream>();
  stream->frames = frames;
  stream->n_bands = n_bands;
  stream->n_bins = static_cast<int64_t>(frames.size()) / n_bands;
  stream->dt = dt;
  return stream;
}

// Trials given as counts [n_trials][n_bins].
inline std::shared_ptr<BinnedTrials> counts_of(const std::vector<std::vector<float>>& trials,
                                               const Rational& dt) {
  auto binned = std::make_shared<BinnedTrials>();
  binned->dt = dt;
  binned->n_trials = static_cast<int64_t>(trials.size());
  binned->n_bins = trials.empty() ? 0 : static_cast<int64_t>(trials.front().size());
  for (const auto& trial : trials) binned->counts.insert(binned->counts.end(), trial.begin(), trial.end());
  return binned;
}

}  // namespace stria::data::testing
