// A small experiment without files or language: made-up sounds, units that follow them, a linear model.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "compiler/sema/value.h"
#include "runtime/data/objects.h"
#include "runtime/random/random.h"
#include "runtime/report/run.h"
#include "tests/train/linear_executor.h"

namespace stria::test {

// Ten clips of unlike lengths; unit u's rate is 2 + (u + 1) x, three trials with noise. The last of
// several units heard no more than two clips.
class MadeUpData : public DataProgram {
 public:
  explicit MadeUpData(size_t n_units, std::string name = "MadeUp")
      : n_units_(n_units), name_(std::move(name)) {
    text_ = name_ + "(" + std::to_string(n_units) + ")";
  }
  const std::string& name() const override { return name_; }
  const std::string& text() const override { return text_; }
  size_t n_stimuli() const override { return 10; }
  size_t n_units() const override { return n_units_; }
  std::string stimulus_name(size_t stimulus) const override { return "stim" + std::to_string(stimulus); }
  std::string unit_name(size_t unit) const override { return "u" + std::to_string(unit); }
  Rational step() const override { return *Rational::make(1, 200); }
  std::optional<int64_t> declared_bands() const override { return std::nullopt; }
  bool has_trials() const override { return true; }
  bool has_response() const override { return false; }
  Value response(size_t, size_t) override { return {None{}, {}}; }
  std::optional<Value> length(size_t) override { return std::nullopt; }
  Range place(std::string_view) const override { return {}; }

  Value stimulus(size_t stimulus) override {
    auto stream = std::make_shared<data::Stream>();
    stream->source = stimulus_name(stimulus);
    stream->n_bins = n_bins(stimulus);
    stream->n_bands = 1;
    stream->dt = step();
    for (int64_t t = 0; t < stream->n_bins; ++t) stream->frames.push_back(level(stimulus, t));
    auto truth = std::make_shared<data::Attachment>();
    truth->name = "truth.npz";
    truth->arrays["kernel"] = {{2}, {1.0, 2.0}};
    stream->attachment = truth;
    return {DataPointer(stream), {}};
  }
  Value trials(size_t unit, size_t stimulus) override {
    if (n_units_ > 1 && unit == n_units_ - 1 && stimulus > 1) return {None{}, {}};
    auto trials = std::make_shared<data::BinnedTrials>();
    trials->dt = step();
    trials->n_trials = 3;
    trials->n_bins = n_bins(stimulus);
    const random::Draws noise(7, "noise", stimulus_name(stimulus) + unit_name(unit));
    for (uint64_t m = 0; m < 3; ++m)
      for (int64_t t = 0; t < trials->n_bins; ++t)
        trials->counts.push_back(
            static_cast<float>(2 + static_cast<double>(unit + 1) * level(stimulus, t) +
                               0.3 * noise.normal({0, 0, 1000 * m + static_cast<uint64_t>(t)})));
    return {DataPointer(trials), {}};
  }

 private:
  static int64_t n_bins(size_t stimulus) { return 12 + 4 * static_cast<int64_t>(stimulus % 3); }
  static double level(size_t stimulus, int64_t bin) {
    return std::sin(0.9 * static_cast<double>(bin) + static_cast<double>(stimulus));
  }
  size_t n_units_;
  std::string name_, text_;
};

inline Member member(const std::string& model, uint64_t seed, std::shared_ptr<DataProgram> data,
                     std::vector<size_t> units = {}) {
  Member member;
  member.name = model + "." + std::to_string(seed);
  member.sweep = {{"model", model}, {"seed", std::to_string(seed)}};
  member.model_label = model;
  member.data = std::move(data);
  member.units = std::move(units);
  member.specialise = [model](const DataSizes& sizes) {
    return std::make_shared<const ModelProgram>(linear_program(sizes.n_bands, sizes.n_units, model));
  };
  member.protocol.split = {*Rational::make(7, 10), *Rational::make(1, 10), *Rational::make(2, 10), seed};
  member.protocol.optimizer.learning_rate = 0.05;
  member.protocol.stop = {5, 60};
  member.protocol.scores_raw = member.protocol.scores_normalised = true;
  return member;
}

// Models A and B, seeds 0 and 1, of the first of two units.
inline Experiment small_experiment() {
  auto data = std::make_shared<MadeUpData>(2);
  Experiment experiment;
  experiment.name = "Small";
  for (const char* model : {"A", "B"})
    for (uint64_t seed : {0, 1}) experiment.members.push_back(member(model, seed, data, {0}));
  return experiment;
}

inline report::RunOptions options_for(const std::filesystem::path& folder) {
  report::RunOptions options;
  options.folder = folder;
  options.n_threads = 1;
  options.make_executor = [](const ModelProgram& program) {
    return std::make_unique<LinearExecutor>(program);
  };
  options.specs = {{"small.stria", "experiment Small {}\n"}, {"stria/fit.stria", "stria 0.1\n"}};
  options.overrides = {"Small.data.root=\"x\""};
  return options;
}

}  // namespace stria::test
