#include "runtime/data/model_streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/data/clip_length.h"
#include "runtime/data/trials.h"

namespace stria::data {

namespace {

template <class T>
std::shared_ptr<const T> object_of(const Value& value) {
  const auto* pointer = value.get<DataPointer>();
  return pointer ? std::dynamic_pointer_cast<const T>(*pointer) : nullptr;
}

// A number a bin as frames of one.
std::shared_ptr<const Stream> as_frames(const std::vector<float>& numbers, const Rational& dt) {
  auto frames = std::make_shared<Stream>();
  frames->frames.assign(numbers.begin(), numbers.end());
  frames->n_bins = static_cast<int64_t>(numbers.size());
  frames->n_bands = 1;
  frames->dt = dt;
  return frames;
}

}  // namespace

bool same_steps(const std::vector<FittedStep>& a, const std::vector<FittedStep>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const FittedStep& x, const FittedStep& y) {
    return x.kind == y.kind && x.per_band == y.per_band && x.on_all == y.on_all;
  });
}

std::vector<float> finite_frames(const Stream& stream, int64_t n_bins, const std::string& item,
                                 const std::string& stimulus_name) {
  std::vector<float> values(static_cast<size_t>(n_bins * stream.n_bands));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(stream.frames[i]);
    if (!std::isfinite(values[i]))
      throw DataError(
          fmt::format("{} is not a number in bin {}, band {}{}", item,
                      i / static_cast<size_t>(stream.n_bands), i % static_cast<size_t>(stream.n_bands),
                      stream.source.empty() || stream.source == stimulus_name
                          ? ""
                          : fmt::format(" (from {})", stream.source)),
          "a stimulus needs a number in every bin: mend the file or leave it out");
  }
  return values;
}

ModelStreams::ModelStreams(DataProgram& program, const std::vector<DataStream>& streams)
    : program_(program), known_(streams.size()) {
  for (const DataStream& stream : streams) inputs_.push_back({stream, {}});
}

void ModelStreams::refuse(size_t k, const std::string& why, const std::string& fix) const {
  DataError error(why, fix);
  error.where = program_.place(inputs_[k].stream.name);
  throw error;
}

// "`right` of the stimulus `a`"
std::string ModelStreams::item_name(size_t k, size_t s) const {
  return fmt::format("`{}` of the stimulus `{}`", inputs_[k].stream.name, program_.stimulus_name(s));
}

void ModelStreams::read(size_t s, const std::vector<size_t>& units, const Stream& stimulus, Clip& clip) {
  for (size_t k = 0; k < inputs_.size(); ++k)
    clip.inputs.push_back(inputs_[k].stream.of_units ? of_units(k, s, units, clip)
                                                     : of_stimulus(k, s, stimulus, clip));
}

void ModelStreams::check_step(size_t k, const std::string& item, const Rational& step) const {
  if (step == program_.step()) return;
  refuse(k,
         fmt::format("{} has bins of {:g} ms, the dataset's step is {:g} ms", item, 1e3 * step.value(),
                     1e3 * program_.step().value()),
         "give the same step to the stream and after `every`");
}

std::shared_ptr<const Stream> ModelStreams::frames_of(size_t k, size_t s, const Clip& clip) const {
  const DataStream& stream = inputs_[k].stream;
  const std::string item = item_name(k, s);
  const Value value = program_.stream(stream, std::nullopt, s);
  const auto mean = object_of<MeanOfTrials>(value);
  if (mean) check_step(k, item, mean->trials->dt);
  const auto frames = mean ? as_frames(mean_of(*mean, clip), mean->trials->dt) : object_of<Stream>(value);
  if (!frames)
    refuse(k, fmt::format("{} is {}, not a stream of frames", item, describe(value)),
           fmt::format("end `fn {}` with a cochleagram, or with `psth`", stream.name));
  check_step(k, item, frames->dt);
  return frames;
}

// All stimuli have one size, and so have the stimulus and streams of one dim.
void ModelStreams::take_size(size_t k, const std::string& item, int64_t size, const Stream& stimulus) {
  DataStream& stream = inputs_[k].stream;
  const auto check = [&](const std::string& other, int64_t other_size) {
    if (size != other_size)
      refuse(k, fmt::format("{} has {} bands, and {} {}", item, size, other, other_size),
             fmt::format("the size of {} is one: give another dim to the stream, or it the same bands",
                         stream.dim));
  };
  if (stream.size) check(fmt::format("{} is", stream.dim), *stream.size);
  if (stream.dim == "F") check("the stimulus has", stimulus.n_bands);
  for (size_t i = 0; i < k; ++i)
    if (inputs_[i].stream.dim == stream.dim)
      check(fmt::format("`{}` of that dim has", inputs_[i].stream.name), *inputs_[i].stream.size);
  stream.size = size;
}

void ModelStreams::take_steps(size_t k, const std::string& item, const std::vector<FittedStep>& steps) {
  if (!known_[k].begun) inputs_[k].fitted = steps;
  known_[k].begun = true;
  if (!same_steps(steps, inputs_[k].fitted))
    refuse(k, fmt::format("{} is scaled in another way than that of the first stimulus", item),
           "fit the same steps for all stimuli");
}

std::vector<float> ModelStreams::of_stimulus(size_t k, size_t s, const Stream& stimulus, const Clip& clip) {
  const std::string item = item_name(k, s);
  const auto frames = frames_of(k, s, clip);
  // As long as the stimulus, with or without what `fn length` cuts off both.
  if (frames->n_bins != stimulus.n_bins && frames->n_bins != clip.n_bins)
    refuse(k, fmt::format("{} has {} bins, and the stimulus {}", item, frames->n_bins, clip.n_bins),
           "a model needs a frame in every bin of the stimulus, and none beyond");
  take_size(k, item, frames->n_bands, stimulus);
  take_steps(k, item, frames->fitted);
  try {
    return finite_frames(*frames, clip.n_bins, item, clip.stimulus);
  } catch (const DataError& error) {
    refuse(k, error.what(), error.fix);
  }
}

std::vector<float> ModelStreams::mean_of(const MeanOfTrials& mean, const Clip& clip) const {
  BinningCounts ignored;  // the spikes of `trials` are counted where they are the response
  return mean_over_trials(realise(*mean.trials, clip.n_bins, ignored), clip.n_bins);
}

std::vector<float> ModelStreams::of_unit(size_t k, size_t s, size_t unit, const Clip& clip) const {
  const std::string item = fmt::format("`{}` of unit `{}`, stimulus `{}`", inputs_[k].stream.name,
                                       program_.unit_name(unit), clip.stimulus);
  const Value value = program_.stream(inputs_[k].stream, unit, s);
  if (value.is_none()) return std::vector<float>(static_cast<size_t>(clip.n_bins), std::nanf(""));
  if (const auto mean = object_of<MeanOfTrials>(value)) {
    check_step(k, item, mean->trials->dt);
    return mean_of(*mean, clip);
  }
  refuse(k, fmt::format("{} is {}, not a number a bin", item, describe(value)),
         fmt::format("end `fn {}` with `psth`, the mean over trials", inputs_[k].stream.name));
}

std::vector<float> ModelStreams::of_units(size_t k, size_t s, const std::vector<size_t>& units,
                                          const Clip& clip) {
  std::vector<float> result(static_cast<size_t>(clip.n_bins) * units.size());
  for (size_t n = 0; n < units.size(); ++n) {
    const std::vector<float> numbers = of_unit(k, s, units[n], clip);
    for (size_t t = 0; t < numbers.size(); ++t) result[t * units.size() + n] = numbers[t];
  }
  return result;
}

void ModelStreams::keep(const std::vector<size_t>& kept, Clip& clip) {
  for (size_t k = 0; k < inputs_.size(); ++k) {
    if (!inputs_[k].stream.of_units) continue;
    std::vector<float>& values = clip.inputs[1 + k];
    const auto bins = static_cast<size_t>(clip.n_bins);
    const size_t asked = values.size() / bins;
    std::vector<float> left(bins * kept.size());
    for (size_t n = 0; n < kept.size(); ++n) {
      int64_t missing = 0;
      for (size_t t = 0; t < bins; ++t) {
        const float number = values[t * asked + kept[n]];
        missing += std::isnan(number) ? 1 : 0;
        left[t * kept.size() + n] = std::isnan(number) ? 0.0F : number;
      }
      if (missing == clip.n_bins)
        ++known_[k].missing_pairs;
      else
        known_[k].missing_bins += missing;
    }
    values = std::move(left);
    inputs_[k].stream.size = static_cast<int64_t>(kept.size());
  }
}

std::vector<LoadCount> ModelStreams::counts() const {
  std::vector<LoadCount> counts;
  for (size_t k = 0; k < inputs_.size(); ++k) {
    const std::string& name = inputs_[k].stream.name;
    if (known_[k].missing_pairs > 0)
      counts.push_back({fmt::format("pairs of unit and stimulus without `{}`, taken as 0", name),
                        known_[k].missing_pairs});
    if (known_[k].missing_bins > 0)
      counts.push_back({fmt::format("bins without `{}`, taken as 0", name), known_[k].missing_bins});
  }
  return counts;
}

std::vector<DataStream> with_sizes(DataProgram& program, std::vector<DataStream> streams) {
  const auto stimulus = stimulus_stream(program, 0);
  ModelStreams reader(program, streams);
  Clip first;
  first.stimulus = program.stimulus_name(0);
  first.n_bins = clip_length(program, 0, *stimulus);
  reader.read(0, {}, *stimulus, first);
  for (size_t k = 0; k < streams.size(); ++k) streams[k].size = reader.inputs()[k].stream.size;
  return streams;
}

std::vector<float> mean_over_trials(const Trials& trials, int64_t n_bins) {
  std::vector<float> mean(static_cast<size_t>(n_bins), std::nanf(""));
  for (int64_t t = 0; t < n_bins; ++t) {
    double sum = 0;
    int64_t present = 0;
    for (int64_t r = 0; r < trials.n_trials; ++r) {
      const float value = trials.values[static_cast<size_t>(r * n_bins + t)];
      if (std::isnan(value)) continue;
      sum += static_cast<double>(value);
      ++present;
    }
    if (present > 0) mean[static_cast<size_t>(t)] = static_cast<float>(sum / static_cast<double>(present));
  }
  return mean;
}

}  // namespace stria::data
