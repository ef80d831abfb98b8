// Spike times that cannot be what they are taken for: a file cut short, one of another sound, times in other
// units.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/data/objects.h"

namespace stria::data {

// What one file of spike times holds, beside its clip.
struct RecordedSpikes {
  std::string unit, stimulus, file;
  double end = 0;  // of what was recorded, seconds: the clip's, or an earlier `to`
  int64_t n_inside = 0, n_after = 0;
  double last_inside = 0;  // seconds; 0 where there is none
  double last = 0;         // after the end
};
RecordedSpikes recorded_spikes(const BinnedTrials& trials, int64_t n_bins);

// Throws DataError for the first file that is beyond doubt wrong. `of_unit`: all files of one unit.
void check_spikes(const std::vector<RecordedSpikes>& of_unit);

}  // namespace stria::data
