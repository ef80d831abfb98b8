#include "runtime/train/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "compiler/sema/value.h"
#include "runtime/random/random.h"

namespace stria::train {

std::vector<const data::Clip*> order_of_epoch(const std::vector<const data::Clip*>& clips, uint64_t seed,
                                              int64_t epoch) {
  std::vector<std::pair<double, size_t>> drawn;  // equal draws: by place in the data
  for (size_t i = 0; i < clips.size(); ++i)
    drawn.emplace_back(
        random::Draws(seed, "order", clips[i]->stimulus).uniform({static_cast<uint32_t>(epoch)}), i);
  std::sort(drawn.begin(), drawn.end());
  std::vector<const data::Clip*> ordered;
  for (const auto& [draw, index] : drawn) ordered.push_back(clips[index]);
  return ordered;
}

std::vector<std::vector<const data::Clip*>> cut_into_batches(const std::vector<const data::Clip*>& clips,
                                                             int64_t size) {
  std::vector<std::vector<const data::Clip*>> batches;
  for (size_t i = 0; i < clips.size(); ++i) {
    if (i % static_cast<size_t>(size) == 0) batches.emplace_back();
    batches.back().push_back(clips[i]);
  }
  return batches;
}

exec::Batch make_batch(const std::vector<const data::Clip*>& clips, bool with_responses) {
  exec::Batch batch;
  batch.n_clips = static_cast<int64_t>(clips.size());
  for (const data::Clip* clip : clips) batch.n_bins = std::max(batch.n_bins, clip->n_bins);
  batch.n_units = static_cast<int64_t>(clips[0]->trials.size());
  const int64_t n_rows = batch.n_clips * batch.n_bins;
  for (const std::vector<float>& input : clips[0]->inputs) {
    const int64_t size = static_cast<int64_t>(input.size()) / clips[0]->n_bins;
    batch.inputs.push_back({size, std::vector<float>(static_cast<size_t>(n_rows * size), 0.0F)});
  }
  batch.valid.assign(n_rows, 0);
  if (with_responses) {
    batch.response.assign(n_rows * batch.n_units, 0.0F);
    batch.present.assign(n_rows * batch.n_units, 0);
  }
  for (size_t i = 0; i < clips.size(); ++i) {
    const data::Clip& clip = *clips[i];
    const int64_t row = static_cast<int64_t>(i) * batch.n_bins;
    for (size_t k = 0; k < batch.inputs.size(); ++k)
      std::copy(clip.inputs[k].begin(), clip.inputs[k].end(),
                batch.inputs[k].values.begin() + row * batch.inputs[k].size);
    std::fill_n(batch.valid.begin() + row, clip.n_bins, uint8_t{1});
    if (!with_responses) continue;
    std::copy(clip.response.begin(), clip.response.end(), batch.response.begin() + row * batch.n_units);
    std::copy(clip.present.begin(), clip.present.end(), batch.present.begin() + row * batch.n_units);
  }
  return batch;
}

JoinedResponses join_responses(const std::vector<const data::Clip*>& clips, int64_t n_units) {
  JoinedResponses joined;
  joined.n_units = n_units;
  for (const data::Clip* clip : clips) {
    joined.n_bins += clip->n_bins;
    joined.response.insert(joined.response.end(), clip->response.begin(), clip->response.end());
    joined.present.insert(joined.present.end(), clip->present.begin(), clip->present.end());
  }
  joined.n_present =
      std::count_if(joined.present.begin(), joined.present.end(), [](uint8_t p) { return p != 0; });
  return joined;
}

std::vector<JoinedResponses> by_unit(const JoinedResponses& joined) {
  std::vector<JoinedResponses> units(static_cast<size_t>(joined.n_units));
  for (size_t unit = 0; unit < units.size(); ++unit) {
    JoinedResponses& own = units[unit];
    own.n_bins = joined.n_bins;
    own.n_units = 1;
    for (size_t i = unit; i < joined.response.size(); i += units.size()) {
      own.response.push_back(joined.response[i]);
      own.present.push_back(joined.present[i]);
      if (joined.present[i] != 0) ++own.n_present;
    }
  }
  return units;
}

exec::ResponseStatistics response_statistics(const data::PreparedData& data,
                                             const std::vector<size_t>& train) {
  exec::ResponseStatistics statistics;
  for (int64_t unit = 0; unit < data.n_units; ++unit) {
    double sum = 0;
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    int64_t n = 0;
    for (size_t index : train) {
      const data::Clip& clip = data.clips[index];
      for (int64_t i = unit; i < clip.n_bins * data.n_units; i += data.n_units) {
        if (clip.present[i] == 0) continue;
        const double value = clip.response[i];
        sum += value;
        low = std::min(low, value);
        high = std::max(high, value);
        ++n;
      }
    }
    if (n == 0)
      throw DataError(
          fmt::format("unit `{}` of {} has no response in any of the {} training stimuli", data.units[unit],
                      data.name, train.size()),
          "leave the unit out of `units`, or give the split another seed or a larger training share");
    statistics.minimum.push_back(low);
    statistics.mean.push_back(sum / static_cast<double>(n));
    statistics.maximum.push_back(high);
  }
  return statistics;
}

}  // namespace stria::train
