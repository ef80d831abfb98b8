// Items of a data program, read, checked and joined to [T, F] and [T, N].
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "runtime/data/clip_length.h"
#include "runtime/data/exact.h"
#include "runtime/data/fingerprint.h"
#include "runtime/data/model_streams.h"
#include "runtime/data/objects.h"
#include "runtime/data/prepared.h"
#include "runtime/data/spike_checks.h"
#include "runtime/data/trials.h"

namespace stria::data {

namespace {

// What one (unit, stimulus) gave: [T] response with NaN where missing, and its trials.
struct Pair {
  bool heard = false;
  std::vector<float> response;
  Trials trials;
};

class Preparation {
 public:
  Preparation(DataProgram& program, const std::vector<size_t>& units, const std::vector<DataStream>& streams)
      : program_(program), units_(units), streams_(program, streams) {
    if (units_.empty()) {
      units_.resize(program.n_units());
      std::iota(units_.begin(), units_.end(), size_t{0});
    }
  }

  PreparedData run() {
    data_.name = program_.name();
    data_.step = program_.step();
    check_inventory();
    for (size_t s = 0; s < program_.n_stimuli(); ++s) read_stimulus(s);
    for (const auto& [u, files] : recorded_) check_spikes(files);
    keep_units();
    keep_clips();
    add_counts();
    const auto& further = streams_.inputs();
    data_.inputs.insert(data_.inputs.end(), further.begin(), further.end());
    data_.sha256 = fingerprint(data_);
    return std::move(data_);
  }

 private:
  void check_inventory() {
    if (program_.n_stimuli() == 0)
      throw DataError(fmt::format("the dataset `{}` has no stimulus", program_.name()),
                      "check what `stimuli` selects");
    if (program_.n_units() == 0)
      throw DataError(fmt::format("the dataset `{}` has no unit", program_.name()),
                      "check what `units` selects");
    if (!program_.has_trials() && !program_.has_response())
      throw DataError(fmt::format("the dataset `{}` has neither `trials` nor `response`", program_.name()),
                      "say what the units did, as `fn trials(u, s): stream [R] every dt = ...`");
    std::set<std::string> names;
    for (size_t s = 0; s < program_.n_stimuli(); ++s) check_name("stimuli", program_.stimulus_name(s), names);
    names.clear();
    for (const size_t u : units_) check_name("units", program_.unit_name(u), names);
  }

  void check_name(const char* what, const std::string& name, std::set<std::string>& names) const {
    if (!names.insert(name).second)
      throw DataError(fmt::format("two {} of `{}` are named `{}`", what, program_.name(), name),
                      fmt::format("names must differ: say `fn {}_name`",
                                  what == std::string("units") ? "unit" : "stimulus"));
  }

  void read_stimulus(size_t s) {
    const std::string name = program_.stimulus_name(s);
    const auto stream = stimulus_stream(program_, s);
    check_stream(*stream, name);
    Clip clip;
    clip.stimulus = name;
    clip.n_bins = clip_length(program_, s, *stream);
    clip.inputs = {finite_frames(*stream, clip.n_bins, fmt::format("the stimulus `{}`", name), name)};
    streams_.read(s, units_, *stream, clip);
    if (stream->attachment) attach(*stream->attachment);
    std::vector<Pair> pairs;
    for (const size_t u : units_) pairs.push_back(read_pair(u, s, clip));
    data_.clips.push_back(std::move(clip));
    pairs_.push_back(std::move(pairs));
  }

  // F, dt and the fitted steps are those of the first stimulus.
  void check_stream(const Stream& stream, const std::string& name) {
    if (!(stream.dt == program_.step()))
      throw DataError(fmt::format("the stimulus `{}` has bins of {:g} ms, the dataset's step is {:g} ms",
                                  name, 1e3 * stream.dt.value(), 1e3 * program_.step().value()),
                      "give the same step to the cochleagram and after `every`");
    if (stream.n_bins < 1 || stream.n_bands < 1)
      throw DataError(fmt::format("the stimulus `{}` has no bins", name),
                      "leave it out, or write the sound again");
    if (data_.clips.empty()) {
      data_.inputs = {{{"stimulus", false, "F", stream.n_bands}, stream.fitted}};
    }
    const auto declared = program_.declared_bands();
    if (declared && *declared != stream.n_bands)
      throw DataError(fmt::format("the stimulus `{}` has {} bands, `[F = {}]` is declared", name,
                                  stream.n_bands, *declared),
                      "correct the declared size, or the number of bands");
    if (stream.n_bands != data_.n_bands())
      throw DataError(fmt::format("the stimulus `{}` has {} bands, `{}` has {}", name, stream.n_bands,
                                  data_.clips.front().stimulus, data_.n_bands()),
                      "all stimuli of a dataset need the same bands");
    if (!same_steps(stream.fitted, data_.inputs.front().fitted))
      throw DataError(fmt::format("the stimulus `{}` is scaled in another way than `{}`", name,
                                  data_.clips.front().stimulus),
                      "fit the same steps for all stimuli");
  }

  void attach(const Attachment& attachment) {
    const auto known = std::find_if(data_.attachments.begin(), data_.attachments.end(),
                                    [&](const Attachment& other) { return other.name == attachment.name; });
    if (known == data_.attachments.end()) data_.attachments.push_back(attachment);
  }

  Pair read_pair(size_t u, size_t s, const Clip& clip) {
    Pair pair;
    if (program_.has_trials())
      if (const auto trials = trials_of(program_.trials(u, s), u, s)) {
        pair.trials = realise(*trials, clip.n_bins, binned_);
        if (trials->spikes) note_spikes(*trials, u, s, clip);
        pair.heard = pair.trials.n_trials > 0;
      }
    pair.response = mean_over_trials(pair.trials, clip.n_bins);
    if (program_.has_response()) take_response(pair, u, s, clip);
    return pair;
  }

  void note_spikes(const BinnedTrials& trials, size_t u, size_t s, const Clip& clip) {
    before_onset_ += trials.spikes->n_before_onset;
    RecordedSpikes file = recorded_spikes(trials, clip.n_bins);
    file.unit = program_.unit_name(u);
    file.stimulus = program_.stimulus_name(s);
    recorded_[u].push_back(std::move(file));
  }

  std::string pair_name(size_t u, size_t s) const {
    return fmt::format("unit `{}`, stimulus `{}`", program_.unit_name(u), program_.stimulus_name(s));
  }

  std::shared_ptr<const BinnedTrials> trials_of(const Value& value, size_t u, size_t s) const {
    if (value.is_none()) return nullptr;
    const auto* pointer = value.get<DataPointer>();
    const auto trials = pointer ? std::dynamic_pointer_cast<const BinnedTrials>(*pointer) : nullptr;
    if (!trials)
      throw DataError(fmt::format("the trials of {} are {}", pair_name(u, s), describe(value)),
                      "end `fn trials` with trials in bins, as `spike_times(file) |> bin(dt)`");
    if (!(trials->dt == program_.step()))
      throw DataError(fmt::format("the trials of {} have bins of {:g} ms, the dataset's step is {:g} ms",
                                  pair_name(u, s), 1e3 * trials->dt.value(), 1e3 * program_.step().value()),
                      "give the same step to `bin` and after `every`");
    return trials;
  }

  // An explicit `response` holds over the mean of the trials (data.6).
  void take_response(Pair& pair, size_t u, size_t s, const Clip& clip) {
    const Value value = program_.response(u, s);
    const std::vector<float> usual = std::move(pair.response);
    pair.response.assign(static_cast<size_t>(clip.n_bins), std::nanf(""));
    if (value.is_none()) {
      pair.heard = false;
      pair.trials = {};
      return;
    }
    const auto* pointer = value.get<DataPointer>();
    const auto mean = pointer ? std::dynamic_pointer_cast<const MeanOfTrials>(*pointer) : nullptr;
    const auto trials = mean ? trials_of(make_trials_value(*mean), u, s) : nullptr;
    if (!trials)
      throw DataError(
          fmt::format("the response of {} is {}", pair_name(u, s), describe(value)),
          "end `fn response` with `psth`, or leave it out: the mean over `trials` is the usual response");
    BinningCounts counts;
    const Trials own = realise(*trials, clip.n_bins, program_.has_trials() ? counts : binned_);
    if (!program_.has_trials()) before_onset_ += trials->spikes ? trials->spikes->n_before_onset : 0;
    pair.response = mean_over_trials(own, clip.n_bins);
    pair.heard = own.n_trials > 0;
    if (program_.has_trials() && !same_values(pair.response, usual)) ++other_responses_;
  }

  static Value make_trials_value(const MeanOfTrials& mean) {
    Value value;
    value.value = DataPointer(mean.trials);
    return value;
  }

  static bool same_values(const std::vector<float>& a, const std::vector<float>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](float x, float y) { return x == y || (std::isnan(x) && std::isnan(y)); });
  }

  static bool has_response(const Pair& pair) {
    return pair.heard &&
           std::any_of(pair.response.begin(), pair.response.end(), [](float r) { return !std::isnan(r); });
  }

  // A unit with no response in any stimulus leaves.
  void keep_units() {
    for (size_t i = 0; i < units_.size(); ++i) {
      const bool kept =
          std::any_of(pairs_.begin(), pairs_.end(), [&](const auto& row) { return has_response(row[i]); });
      if (!kept) {
        ++silent_units_;
        continue;
      }
      kept_.push_back(i);
      data_.units.push_back(program_.unit_name(units_[i]));
      data_.unit_index.push_back(units_[i]);
    }
    data_.n_units = static_cast<int64_t>(kept_.size());
    if (kept_.empty())
      throw DataError(fmt::format("no unit of `{}` has a response to any stimulus", program_.name()),
                      "check where `trials` looks for the responses");
  }

  // Likewise a stimulus that no kept unit heard.
  void keep_clips() {
    std::vector<Clip> clips;
    for (size_t s = 0; s < data_.clips.size(); ++s) {
      std::vector<Pair>& row = pairs_[s];
      if (std::none_of(kept_.begin(), kept_.end(), [&](size_t i) { return has_response(row[i]); })) {
        ++unheard_stimuli_;
        continue;
      }
      join(row, data_.clips[s]);
      streams_.keep(kept_, data_.clips[s]);
      clips.push_back(std::move(data_.clips[s]));
    }
    data_.clips = std::move(clips);
  }

  void join(std::vector<Pair>& row, Clip& clip) {
    const size_t N = kept_.size();
    clip.response.assign(static_cast<size_t>(clip.n_bins) * N, 0.0F);
    clip.present.assign(clip.response.size(), 0);
    std::vector<Trials> trials;
    for (size_t n = 0; n < N; ++n) {
      Pair& pair = row[kept_[n]];
      if (!pair.heard) {
        trials.emplace_back();
        ++missing_pairs_;
        continue;
      }
      for (size_t t = 0; t < static_cast<size_t>(clip.n_bins); ++t)
        if (!std::isnan(pair.response[t])) {
          clip.response[t * N + n] = pair.response[t];
          clip.present[t * N + n] = 1;
        }
      trials.push_back(std::move(pair.trials));
    }
    clip.trials = TrialsOfUnits(std::move(trials));
  }

  void add_counts() {
    const std::pair<const char*, int64_t> counts[] = {
        {"spikes", binned_.spikes},
        {"spikes before onset, left out", before_onset_},
        {"spikes after the end of their clip, left out", binned_.after_end},
        {"pairs of unit and stimulus that were not recorded", missing_pairs_},
        {"units without any response, left out", static_cast<int64_t>(silent_units_)},
        {"stimuli that no kept unit heard, left out", unheard_stimuli_},
        {"responses that are not the mean of their trials", other_responses_}};
    for (const auto& [what, count] : counts)
      if (count > 0) data_.counts.push_back({what, count});
    for (LoadCount& count : streams_.counts()) data_.counts.push_back(std::move(count));
  }

  DataProgram& program_;
  std::vector<size_t> units_;  // of the program
  ModelStreams streams_;
  PreparedData data_;
  std::vector<std::vector<Pair>> pairs_;                    // [stimulus][index into units_]
  std::vector<size_t> kept_;                                // indices into units_
  std::map<size_t, std::vector<RecordedSpikes>> recorded_;  // by unit: what files of spike times hold
  BinningCounts binned_;
  int64_t before_onset_ = 0, missing_pairs_ = 0, unheard_stimuli_ = 0, other_responses_ = 0;
  size_t silent_units_ = 0;
};

}  // namespace

PreparedData prepare(DataProgram& program, const std::vector<size_t>& units,
                     const std::vector<DataStream>& streams) {
  return Preparation(program, units, streams).run();
}

DataSizes PreparedData::sizes() const {
  DataSizes sizes{n_bands(), n_units, {}};
  for (size_t i = 1; i < inputs.size(); ++i) sizes.streams.push_back(inputs[i].stream);
  return sizes;
}

}  // namespace stria::data
