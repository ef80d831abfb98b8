#include "runtime/eval/scores.h"

#include <algorithm>
#include <cmath>

#include "runtime/eval/signal_power.h"
#include "runtime/eval/statistics.h"

namespace stria::eval {
namespace {

constexpr double constant_response = 1e-9;    // sd of a constant response, of its root mean square, at most
constexpr double constant_prediction = 1e-6;  // likewise of a prediction
constexpr double no_signal_power = 1e-12;     // SP of Var r that is rounding, at most

bool is_constant(double mean, double variance, double bound) {
  return std::sqrt(variance) <= bound * std::sqrt(mean * mean + variance);
}

bool present(const data::Clip& clip, size_t unit, int64_t bin) {
  const size_t n_units = clip.trials.size();
  return clip.present[bin * n_units + unit] != 0;
}

bool all_trials_present(const data::Clip& clip, size_t unit, int64_t bin) {
  const data::Trials& trials = clip.trials[unit];
  for (int64_t m = 0; m < trials.n_trials; ++m)
    if (std::isnan(trials.values[m * clip.n_bins + bin])) return false;
  return true;
}

bool heard(const data::Clip& clip, size_t unit) {
  for (int64_t t = 0; t < clip.n_bins; ++t)
    if (present(clip, unit, t)) return true;
  return false;
}

// The trials of a clip in the bins in which all are present.
ClipTrials complete_trials(const data::Clip& clip, size_t unit) {
  ClipTrials result;
  const data::Trials& trials = clip.trials[unit];
  std::vector<int64_t> bins;
  for (int64_t t = 0; t < clip.n_bins; ++t)
    if (present(clip, unit, t) && all_trials_present(clip, unit, t)) bins.push_back(t);
  result.n_trials = trials.n_trials;
  result.n_bins = static_cast<int64_t>(bins.size());
  for (int64_t m = 0; m < trials.n_trials; ++m)
    for (int64_t t : bins) result.values.push_back(trials.values[m * clip.n_bins + t]);
  return result;
}

void add_reason(std::string& reason, const std::string& text) {
  if (!reason.empty()) reason += "; ";
  reason += text;
}

}  // namespace

Scorer::Scorer(std::vector<const data::Clip*> clips, std::vector<std::string> unit_names, ScoreChoice choice)
    : clips_(std::move(clips)), names_(std::move(unit_names)), choice_(choice) {
  for (size_t unit = 0; unit < names_.size(); ++unit) units_.push_back(prepare_unit(unit));
}

Scorer::Window Scorer::window(size_t unit, bool normalised, int64_t least_trials) const {
  Window result;
  for (size_t c = 0; c < clips_.size(); ++c) {
    const data::Clip& clip = *clips_[c];
    if (normalised && clip.trials[unit].n_trials < least_trials) continue;
    for (int64_t t = 0; t < clip.n_bins; ++t) {
      if (!present(clip, unit, t) || (normalised && !all_trials_present(clip, unit, t))) continue;
      result.clip.push_back(static_cast<uint32_t>(c));
      result.bin.push_back(static_cast<uint32_t>(t));
      result.response.push_back(clip.response[t * static_cast<int64_t>(names_.size()) + unit]);
    }
  }
  if (!result.response.empty()) {
    const Moments known = moments(result.response);
    result.mean = known.mean;
    result.variance = known.variance;
  }
  return result;
}

Scorer::Unit Scorer::prepare_unit(size_t index) const {
  Unit unit;
  unit.known.id = names_[index];
  for (const data::Clip* clip : clips_) {
    if (!heard(*clip, index)) continue;
    const int64_t n_trials = clip->trials[index].n_trials;
    UnitScore& known = unit.known;
    known.n_trials = known.n_clips == 0 ? n_trials : std::min(known.n_trials, n_trials);
    known.n_trials_most = std::max(known.n_trials_most, n_trials);
    ++known.n_clips;
  }
  unit.raw = window(index, false, 0);
  if (unit.known.n_trials_most > 1) {
    unit.norm = window(index, true, 2);
    unit.norm_is_raw = unit.norm.response.size() == unit.raw.response.size();
    if (unit.norm_is_raw) unit.norm = Window();
    set_signal_power(unit, index);
  }
  return unit;
}

void Scorer::set_signal_power(Unit& unit, size_t index) const {
  std::vector<ClipTrials> trials;
  for (const data::Clip* clip : clips_) {
    if (clip->trials[index].n_trials < 2 || !heard(*clip, index)) continue;
    ClipTrials complete = complete_trials(*clip, index);
    if (complete.n_bins > 0) trials.push_back(std::move(complete));
  }
  if (trials.empty()) return;
  const double power = signal_power(trials);
  unit.known.signal_power = power;
  const Window& window = unit.normalised();
  if (power > 0 && !is_constant(window.mean, window.variance, constant_response))
    unit.known.cc_max = std::sqrt(power / window.variance);
}

// Mean and variance of a prediction p over a window, and Cov(p, r).
struct Scorer::Joint {
  Moments prediction;
  double covariance = 0;

  bool constant() const { return is_constant(prediction.mean, prediction.variance, constant_prediction); }
  // Cov(p, r) / sqrt(power Var p); 0 for a constant prediction.
  double correlation(double power) const {
    return constant() ? 0.0 : covariance / std::sqrt(power * prediction.variance);
  }
};

Scorer::Joint Scorer::joint(const Window& window, size_t unit,
                            const std::vector<std::vector<float>>& predictions) const {
  const size_t n_units = names_.size();
  std::vector<double> p(window.response.size());
  for (size_t i = 0; i < p.size(); ++i) p[i] = predictions[window.clip[i]][window.bin[i] * n_units + unit];
  Joint result{moments(p), 0};
  for (size_t i = 0; i < p.size(); ++i)
    result.covariance += (p[i] - result.prediction.mean) * (window.response[i] - window.mean);
  result.covariance /= static_cast<double>(p.size());
  return result;
}

std::string Scorer::why_no_normalised(const Unit& unit) {
  const Window& window = unit.normalised();
  if (unit.known.n_trials_most == 0) return "no single trials, which CCnorm needs";
  if (unit.known.n_trials_most == 1) return "";
  if (!unit.known.signal_power) return "no bin in which all trials of a clip are present";
  if (is_constant(window.mean, window.variance, constant_response))
    return "the response is constant in the clips with several trials";
  if (*unit.known.signal_power <= no_signal_power * window.variance)
    return "the signal power is not above zero: the trials share no signal";
  return "";
}

UnitScore Scorer::score_unit(size_t index, const std::vector<std::vector<float>>& predictions) const {
  const Unit& unit = units_[index];
  UnitScore score = unit.known;
  if (!choice_.raw) add_reason(score.reason, "the protocol does not ask for CCraw");
  if (!choice_.normalised) add_reason(score.reason, "the protocol does not ask for CCnorm");
  if (unit.raw.response.empty()) {
    add_reason(score.reason, "the unit heard none of the clips");
    return score;
  }
  if (is_constant(unit.raw.mean, unit.raw.variance, constant_response)) {
    add_reason(score.reason, "the response is constant");
    return score;
  }
  const Joint raw = joint(unit.raw, index, predictions);
  if (!std::isfinite(raw.prediction.variance)) {
    add_reason(score.reason, "the prediction is not finite");
    return score;
  }
  if (raw.constant()) add_reason(score.reason, "the prediction is constant: counted as 0");
  if (choice_.raw) score.cc_raw = raw.correlation(unit.raw.variance);
  if (!choice_.normalised) return score;

  const std::string obstacle = why_no_normalised(unit);
  if (!obstacle.empty()) {
    add_reason(score.reason, obstacle);
  } else if (score.n_trials_most == 1) {
    add_reason(score.reason, "one trial in every clip: CCnorm is CCraw");
    score.cc_norm = raw.correlation(unit.raw.variance);
  } else {
    const Joint normalised = unit.norm_is_raw ? raw : joint(unit.norm, index, predictions);
    score.cc_norm = normalised.correlation(*score.signal_power);
  }
  return score;
}

SetScores Scorer::score(const std::vector<std::vector<float>>& predictions) const {
  SetScores result;
  for (size_t unit = 0; unit < names_.size(); ++unit) result.units.push_back(score_unit(unit, predictions));
  result.cc_raw = mean_over_units(result.units, &UnitScore::cc_raw);
  result.cc_norm = mean_over_units(result.units, &UnitScore::cc_norm);
  return result;
}

MeanScore mean_over_units(const std::vector<UnitScore>& units, std::optional<double> UnitScore::*score) {
  MeanScore result;
  double sum = 0;
  for (const UnitScore& unit : units) {
    const std::optional<double>& value = unit.*score;
    if (!value) {
      ++result.n_null;
      continue;
    }
    sum += *value;
    ++result.n_units;
    if (std::abs(*value) > 1) ++result.n_beyond;
  }
  if (result.n_units > 0) result.mean = sum / static_cast<double>(result.n_units);
  return result;
}

}  // namespace stria::eval
