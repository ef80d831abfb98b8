// A dataset as models see it: every stimulus and response of a data program, read, checked and on one grid of
// bins.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compiler/sema/program.h"

namespace stria::data {

// The trials of one unit for one stimulus, after smoothing: [n_trials, n_bins], row-major; a bin may be
// missing (NaN) where a trace ended early.
struct Trials {
  int64_t n_trials = 0;
  std::vector<float> values;
};

// Of each unit. They are most of what a clip takes, and nothing changes them once they are read: copies of a
// clip, one for each member that trains, share them.
class TrialsOfUnits {
 public:
  explicit TrialsOfUnits(std::vector<Trials> units = {})
      : units_(std::make_shared<const std::vector<Trials>>(std::move(units))) {}

  size_t size() const { return units_->size(); }
  const Trials& operator[](size_t unit) const { return (*units_)[unit]; }
  auto begin() const { return units_->begin(); }
  auto end() const { return units_->end(); }

 private:
  std::shared_ptr<const std::vector<Trials>> units_;
};

struct Clip {
  std::string stimulus;
  int64_t n_bins = 0;  // T
  // What models see, as PreparedData::inputs: [T, D] each, before fitted steps. First the cochleagram [T, F].
  std::vector<std::vector<float>> inputs;
  std::vector<float> response;   // [T, N]: the PSTH (or `response`); 0 where not present
  std::vector<uint8_t> present;  // [T, N]: 1 where the unit heard the clip and the bin is inside it
  TrialsOfUnits trials;          // one a unit; n_trials = 0 where the pair is missing

  const std::vector<float>& cochleagram() const { return inputs.at(0); }
};

// A step whose numbers are fitted on some of the clips (data.8): applied by `apply_split`.
struct FittedStep {
  enum class Kind { zscore, minmax } kind = Kind::zscore;
  bool per_band = false;  // one pair of numbers a band, or one for all
  bool on_all = false;    // fit_on = "all" (a leak, allowed by name)
};

// One of the inputs that models see.
struct PreparedInput {
  DataStream stream;  // its size is known; "stimulus" of dim F for the first
  std::vector<FittedStep> fitted;
};

// A file of named arrays that the run folder gets: true kernels and ceilings of simulated units.
struct Attachment {
  std::string name;  // "truth.npz"
  std::map<std::string, std::pair<std::vector<int64_t>, std::vector<double>>> arrays;
};

struct LoadCount {
  std::string what;
  int64_t count = 0;
};  // "spikes after the end of their clip": 48

struct PreparedData {
  std::string name;                   // "Simulated"
  std::string sha256;                 // of everything above it: clips, responses, trials, names
  std::vector<PreparedInput> inputs;  // the stimulus, then the streams asked for
  int64_t n_units = 0;
  Rational step;                   // seconds
  std::vector<std::string> units;  // names of the kept units
  std::vector<size_t> unit_index;  // of each kept unit in the data program
  std::vector<Clip> clips;
  std::vector<LoadCount> counts;  // what was left out or dropped, and how many
  std::vector<Attachment> attachments;

  int64_t n_bands() const { return inputs.at(0).stream.size.value(); }
  DataSizes sizes() const;  // of a model that takes all inputs
};

// Reads all items of a data program for the units asked for (indices into the program; empty: all), and those
// of the streams that models take beside the stimulus. Throws DataError: file or stimulus and unit, place,
// what to do. Units with no response in any stimulus, and stimuli no kept unit heard, are left out and
// counted; so is what a stream of units lacks, which is 0.
PreparedData prepare(DataProgram& program, const std::vector<size_t>& units,
                     const std::vector<DataStream>& streams = {});

struct Split {
  std::vector<size_t> train, valid, test;  // indices into PreparedData::clips, in the data's order
  std::string sha256;                      // of the stimulus names of the three parts
};
// rand.3 and datasets.md, "Splits": ranks stimuli by their draw, largest remainders, at least one each.
// Throws DataError where a part would be empty.
Split split_by_stimulus(const PreparedData& data, const SplitRule& rule);

// The clips of `data` with fitted steps fitted on the training clips and applied: what a member trains on.
std::vector<Clip> apply_split(const PreparedData& data, const Split& split);

}  // namespace stria::data
