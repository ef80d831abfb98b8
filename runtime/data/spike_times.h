// Spike times as text, one line a trial (the layout of CRCNS aa-1; datasets.md, "AA1").
#pragma once

#include <memory>
#include <string>

#include "runtime/data/objects.h"

namespace stria::data {

// Times from onset, counted in `unit` (seconds), separated by blanks. A line without times is a trial without
// spikes; the last line end opens no further trial. Negative times lie before onset: left out and counted.
// Throws DataError with file, line and column where a word is no time, and where there is no line at all.
std::shared_ptr<SpikeTimes> read_spike_times(const std::string& file, const Rational& unit);

}  // namespace stria::data
