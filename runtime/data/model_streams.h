// Streams of a data program beside its stimulus: what a model's further inputs see.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/data/objects.h"
#include "runtime/data/prepared.h"

namespace stria::data {

class ModelStreams {
 public:
  // Streams of the stimulus take any fitted steps, those of units none.
  ModelStreams(DataProgram& program, const std::vector<DataStream>& streams);

  // Appends each stream's frames to the inputs of a clip: [T, D], or [T, units asked for] with NaN where a
  // unit's stream has no number. `stimulus`: its own frames, before `fn length` cut them. Throws DataError
  // where a stream is of another step, length or size than its stimulus, its declaration or the streams
  // before it, and where a stream of the stimulus is not a number.
  void read(size_t s, const std::vector<size_t>& units, const Stream& stimulus, Clip& clip);

  // Leaves the columns of units that are kept, counts what is missing there and makes it 0.
  void keep(const std::vector<size_t>& kept, Clip& clip);

  const std::vector<PreparedInput>& inputs() const { return inputs_; }
  std::vector<LoadCount> counts() const;

 private:
  struct Known {
    bool begun = false;  // its fitted steps are those of the first stimulus
    int64_t missing_pairs = 0, missing_bins = 0;
  };
  std::vector<float> of_stimulus(size_t k, size_t s, const Stream& stimulus, const Clip& clip);
  std::vector<float> of_units(size_t k, size_t s, const std::vector<size_t>& units, const Clip& clip);
  std::vector<float> of_unit(size_t k, size_t s, size_t unit, const Clip& clip) const;
  std::shared_ptr<const Stream> frames_of(size_t k, size_t s, const Clip& clip) const;
  void take_size(size_t k, const std::string& item, int64_t size, const Stream& stimulus);
  void take_steps(size_t k, const std::string& item, const std::vector<FittedStep>& steps);
  void check_step(size_t k, const std::string& item, const Rational& step) const;
  std::vector<float> mean_of(const MeanOfTrials& mean, const Clip& clip) const;
  [[noreturn]] void refuse(size_t k, const std::string& why, const std::string& fix) const;
  std::string item_name(size_t k, size_t s) const;

  DataProgram& program_;
  std::vector<PreparedInput> inputs_;  // one a stream
  std::vector<Known> known_;           // likewise
};

// The streams at their declared sizes, or those that they have for the first stimulus. Throws DataError.
std::vector<DataStream> with_sizes(DataProgram& program, std::vector<DataStream> streams);

bool same_steps(const std::vector<FittedStep>& a, const std::vector<FittedStep>& b);

// The first n_bins frames. Throws DataError where one holds what is not a number; `item`: "the stimulus `a`".
std::vector<float> finite_frames(const Stream& stream, int64_t n_bins, const std::string& item,
                                 const std::string& stimulus_name);

// In each bin over the trials present there; NaN where there is none. [n_bins]
std::vector<float> mean_over_trials(const Trials& trials, int64_t n_bins);

}  // namespace stria::data
