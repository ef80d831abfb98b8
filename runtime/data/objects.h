// What the natives of data programs pass to each other and to `prepare`: opaque to the compiler.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/sema/value.h"
#include "runtime/data/prepared.h"

namespace stria::data {

class Sound final : public DataObject {
 public:
  std::string file;
  int64_t rate = 0;             // samples a second
  std::vector<double> samples;  // one channel
  std::string describe() const override;
};

// A cochleagram or another stimulus: frames [T, F], row-major, with the fitted steps that come after it.
class Stream final : public StreamObject {
 public:
  std::string source;  // "stim3.wav": for messages
  int64_t n_bins = 0, n_bands = 0;
  Rational dt;
  std::vector<double> frames;
  std::vector<FittedStep> fitted;
  std::shared_ptr<const Attachment> attachment;  // a file for the run folder
  std::string describe() const override;
  std::vector<int64_t> frame_sizes() const override { return {n_bands}; }
  Rational step() const override { return dt; }
};

// A smoothing window: weights (1 + cos(2 pi t / width)) / 2 at bin centres |t| < width / 2.
class HannWindow final : public DataObject {
 public:
  Rational width;  // seconds
  std::string describe() const override;
};

// Spike times of the trials of one unit for one stimulus, in seconds from onset, none negative.
class SpikeTimes final : public DataObject {
 public:
  std::string source, file;  // "spike3", and its path
  std::vector<std::vector<Rational>> trials;
  int64_t n_before_onset = 0;  // negative times, left out
  std::string describe() const override;
};

// Trials on a grid of bins: spike times to be counted once the length is known, or counts; then smoothing in
// order.
class BinnedTrials final : public DataObject {
 public:
  std::string source;
  Rational dt;
  std::shared_ptr<const SpikeTimes> spikes;  // null: `counts`
  std::optional<Rational> end;               // `to`: an own end in seconds; none: the stimulus's
  int64_t n_trials = 0, n_bins = 0;          // of `counts`
  std::vector<float> counts;                 // [n_trials, n_bins]
  std::vector<Rational> smoothing;           // widths of Hann windows, seconds
  std::string describe() const override;
};

// The mean over trials, as an explicit response.
class MeanOfTrials final : public DataObject {
 public:
  std::shared_ptr<const BinnedTrials> trials;
  std::string describe() const override { return "the mean of " + trials->describe(); }
};

}  // namespace stria::data
