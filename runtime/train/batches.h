// Which clips make a batch, and what a batch holds (rand.3, run.1).
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/data/prepared.h"
#include "runtime/exec/executor.h"

namespace stria::train {

// The training clips in the order of one epoch (from 1): by the draw of (epoch, stimulus) for the seed, so
// that one more clip leaves the order of the others alone.
std::vector<const data::Clip*> order_of_epoch(const std::vector<const data::Clip*>& clips, uint64_t seed,
                                              int64_t epoch);

// Consecutive batches of `size` clips; a smaller last one is kept.
std::vector<std::vector<const data::Clip*>> cut_into_batches(const std::vector<const data::Clip*>& clips,
                                                             int64_t size);

// Clips padded on the right with zeros to the longest, all that a model sees of them; without responses for
// predict.
exec::Batch make_batch(const std::vector<const data::Clip*>& clips, bool with_responses);

// The clips of a set joined in time: response and present [total T, N].
struct JoinedResponses {
  int64_t n_bins = 0, n_units = 0;
  std::vector<float> response;
  std::vector<uint8_t> present;
  int64_t n_present = 0;  // entries of `present` that are 1
};
JoinedResponses join_responses(const std::vector<const data::Clip*>& clips, int64_t n_units);
// Each unit's alone, [total T, 1].
std::vector<JoinedResponses> by_unit(const JoinedResponses& joined);

// Minimum, mean and maximum of each unit's response over its present training bins. Throws DataError, which
// names the unit and dataset, where a unit has none.
exec::ResponseStatistics response_statistics(const data::PreparedData& data,
                                             const std::vector<size_t>& train);

}  // namespace stria::train
