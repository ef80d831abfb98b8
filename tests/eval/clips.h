// Small clips with numbers that can be followed by hand.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "runtime/data/prepared.h"

namespace stria::test {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

using Series = std::vector<float>;
// Trials of one unit in one clip; none: the unit did not hear it.
using UnitTrials = std::vector<Series>;

// A clip of `units.size()` units with the PSTH of the trials as the response, and one band that holds
// `stimulus`.
inline data::Clip make_clip(const std::string& name, const Series& stimulus,
                            const std::vector<UnitTrials>& units) {
  data::Clip clip;
  clip.stimulus = name;
  clip.n_bins = static_cast<int64_t>(stimulus.size());
  clip.inputs = {stimulus};
  const size_t n_units = units.size();
  clip.response.assign(stimulus.size() * n_units, 0.0F);
  clip.present.assign(stimulus.size() * n_units, 0);
  std::vector<data::Trials> all_trials;
  for (size_t u = 0; u < n_units; ++u) {
    data::Trials trials;
    trials.n_trials = static_cast<int64_t>(units[u].size());
    for (const Series& trial : units[u])
      trials.values.insert(trials.values.end(), trial.begin(), trial.end());
    for (size_t t = 0; t < stimulus.size(); ++t) {
      float sum = 0;
      int n = 0;
      for (const Series& trial : units[u])
        if (!std::isnan(trial[t])) {
          sum += trial[t];
          ++n;
        }
      if (n == 0) continue;
      clip.response[t * n_units + u] = sum / static_cast<float>(n);
      clip.present[t * n_units + u] = 1;
    }
    all_trials.push_back(trials);
  }
  clip.trials = data::TrialsOfUnits(std::move(all_trials));
  return clip;
}

// One unit, one band, an empty stimulus.
inline data::Clip one_unit_clip(const UnitTrials& trials) {
  return make_clip("clip", Series(trials.front().size(), 0.0F), {trials});
}

}  // namespace stria::test
