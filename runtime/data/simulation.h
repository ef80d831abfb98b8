// A simulated population that hears simulated sounds: known receptive fields, threshold and gain adaptation.
//
// Unit n in clip c, with x silence (0) before the clip:
//   d[t] = sum over lags k, bands f of w[k, f] x[t - k, f]      scaled to standard deviation 1 over all clips
//   e[t] = max(d[t] - threshold, 0)
//   r[t] = e[t] / (1 + s_fast a_fast[t] + s_slow a_slow[t])
//   a[t + 1] = z a[t] + (1 - z) e[t], z = exp(-dt / tau), a[0] = 0; tau_fast in 10 .. 50 ms, tau_slow in 0.5
//   .. 2 s expected spikes in bin t = rate dt (r[t] + 0.05 m) / (1.05 m), m the mean of r over all clips
// and Poisson counts in each trial. So a unit's mean rate is exactly the one drawn for it.
#pragma once

#include <string>
#include <vector>

#include "runtime/data/objects.h"

namespace stria::data {

struct SimulationRule {
  int64_t bands = 18, clips = 16, units = 8, trials = 20;
  Rational step, shortest, longest;           // seconds; clips last from shortest to longest
  double lowest_rate = 5, highest_rate = 30;  // spikes/s, mean over all clips
  double adaptation = 1;                      // factor of both strengths; 0: none
  Rational smoothing;  // seconds: width of the Hann window of the trials that ceilings are stated for
  uint64_t seed = 1;
};

class Simulation final : public DataObject {
 public:
  explicit Simulation(const SimulationRule& rule);  // throws DataError
  std::string describe() const override;

  const SimulationRule& rule() const { return rule_; }
  std::string stimulus_name(int64_t clip) const;  // clips and units count from 0
  // "undriven", "delayed" and "uneven" for the last three of the units, from the end; "unit1", ... for the
  // others.
  std::string unit_name(int64_t unit) const;

  std::shared_ptr<const Stream> stimulus(int64_t clip) const;
  std::shared_ptr<const BinnedTrials> trials(int64_t unit, int64_t clip) const;

  // Expected spikes in each bin of a clip: [T].
  std::vector<double> expected(int64_t unit, int64_t clip) const;

 private:
  struct Unit {
    std::vector<double> kernel;  // [K, F], scaled
    double delay = 0;            // seconds
    double threshold = 0, strength_fast = 0, strength_slow = 0, tau_fast = 0, tau_slow = 0;
    double rate = 0;                            // spikes/s
    std::vector<std::vector<double>> expected;  // [clip][T]
    double ceiling = 0;                         // CCmax
  };

  bool has_role(int64_t unit, int64_t place_from_end, int64_t least_units) const;
  bool is_undriven(int64_t unit) const { return has_role(unit, 1, 2); }
  bool is_delayed(int64_t unit) const { return has_role(unit, 2, 3); }
  bool is_uneven(int64_t unit) const { return has_role(unit, 3, 4); }
  int64_t n_trials(int64_t unit, int64_t clip) const;
  int64_t n_bins(int64_t clip) const { return static_cast<int64_t>(clips_[clip].size()) / rule_.bands; }

  void draw_unit(int64_t index, Unit& unit) const;
  void draw_kernel(int64_t index, Unit& unit) const;
  std::vector<std::vector<double>> drive(const std::vector<double>& kernel) const;
  std::vector<double> respond(const Unit& unit, const std::vector<double>& drive) const;
  void finish_unit(int64_t index, Unit& unit) const;
  double ceiling_of(int64_t index, const Unit& unit) const;
  std::shared_ptr<const Attachment> truth() const;

  SimulationRule rule_;
  double dt_ = 0;
  int64_t n_lags_ = 0;                      // K
  std::vector<std::vector<double>> clips_;  // [clip][T * F]
  std::vector<Unit> units_;
  std::shared_ptr<const Attachment> truth_;
};

}  // namespace stria::data
