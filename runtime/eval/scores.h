// Scores of predictions against recorded responses, per unit and set: CCraw, CCnorm, signal power, ceiling.
//
// In one set (training, validation or test) the clips that a unit heard are joined in time; variances divide
// by n; bins beyond a clip's end and bins without a trial never enter. All arithmetic is double, in one fixed
// order.
//   CCraw  = Cov(p, r) / sqrt(Var p Var r)      p: prediction, r: PSTH, the mean over the trials present in a
//   bin CCnorm = Cov(p, r) / sqrt(SP Var p)         SP: signal power (Schoppe et al., Front. Comput.
//   Neurosci. 2016, eq. 7) CCmax  = sqrt(SP / Var r)                   the CCraw of a perfect prediction
// SP comes from the trials as the data program gives them, r is the response that models are trained on:
// their mean, or a `response` of its own (data.6), which must be processed as the trials are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/data/prepared.h"

namespace stria::eval {

// Clips used for CCnorm, its covariance and SP: those with more than one trial, where there are any. In them,
// the bins in which every trial is present.
struct UnitScore {
  std::string id;
  std::optional<double> cc_raw, cc_norm;
  std::string reason;         // why a number is missing, or is not what its name says; empty otherwise
  int64_t n_trials = 0;       // trials in the clip with the fewest
  int64_t n_trials_most = 0;  // and with the most
  int64_t n_clips = 0;        // clips of the set that the unit heard
  std::optional<double> signal_power;  // response units squared; none with one trial a clip
  std::optional<double> cc_max;
};

// Mean over the units that have the score; the others are left out and counted.
struct MeanScore {
  std::optional<double> mean;
  int64_t n_units = 0;  // units in the mean
  int64_t n_null = 0;
  int64_t n_beyond = 0;  // units in the mean whose score is beyond -1 or 1
};

struct SetScores {
  std::vector<UnitScore> units;
  MeanScore cc_raw, cc_norm;
};

// Which scores the protocol asks for; the others are none, with that as the reason.
struct ScoreChoice {
  bool raw = true, normalised = true;
};

// What does not depend on the prediction is worked out once: a set is scored after every epoch.
class Scorer {
 public:
  // clips: those of the set, in order; they must outlive the scorer. unit_names: one for each unit of the
  // clips.
  Scorer(std::vector<const data::Clip*> clips, std::vector<std::string> unit_names, ScoreChoice choice);

  // predictions: one a clip, [T, N], in the order of the clips.
  //   no clip heard, constant response (sd < 1e-9 of its size), prediction not finite: both scores none
  //   SP not above zero (1e-12 of Var r): CCnorm none; only a mean response and no trials: CCnorm none
  //   constant prediction (sd < 1e-6 of its size): both 0, so that a dead fit lowers the mean
  //   one trial in every clip: CCnorm is CCraw
  // "size" is the root mean square.
  SetScores score(const std::vector<std::vector<float>>& predictions) const;

 private:
  // The bins of one unit that enter a score, joined over clips.
  struct Window {
    std::vector<uint32_t> clip, bin;
    std::vector<double> response;   // r in these bins
    double mean = 0, variance = 0;  // of r
  };
  struct Unit {
    UnitScore known;  // counts, signal power, ceiling, reason
    Window raw, norm;
    bool norm_is_raw = true;  // the same bins: `norm` stays empty
    const Window& normalised() const { return norm_is_raw ? raw : norm; }
  };
  Unit prepare_unit(size_t unit) const;
  Window window(size_t unit, bool normalised, int64_t least_trials) const;
  void set_signal_power(Unit& unit, size_t index) const;
  struct Joint;
  Joint joint(const Window& window, size_t unit, const std::vector<std::vector<float>>& predictions) const;
  UnitScore score_unit(size_t unit, const std::vector<std::vector<float>>& predictions) const;
  // Why CCnorm does not exist for a unit whose CCraw does; empty where it does.
  static std::string why_no_normalised(const Unit& unit);

  std::vector<const data::Clip*> clips_;
  std::vector<std::string> names_;
  ScoreChoice choice_;
  std::vector<Unit> units_;
};

// Mean over units of one score.
MeanScore mean_over_units(const std::vector<UnitScore>& units, std::optional<double> UnitScore::*score);

}  // namespace stria::eval
