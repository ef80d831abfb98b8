// Fitted steps: numbers from the training clips, applied to all (data.8).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "runtime/data/prepared.h"

namespace stria::data {

namespace {

// x -> (x - shift) / scale
struct Scaling {
  double shift = 0, scale = 1;
};

// All values of one band, or of all bands (band < 0), in the clips named.
template <class Visit>
void for_each_value(const std::vector<Clip>& clips, const std::vector<size_t>& which, int64_t F, int64_t band,
                    const Visit& visit) {
  for (const size_t c : which) {
    const std::vector<float>& values = clips[c].cochleagram;
    const int64_t step = band < 0 ? 1 : F;
    for (int64_t i = std::max<int64_t>(band, 0); i < static_cast<int64_t>(values.size()); i += step)
      visit(static_cast<double>(values[static_cast<size_t>(i)]));
  }
}

// Mean and standard deviation, dividing by n.
Scaling fit_zscore(const std::vector<Clip>& clips, const std::vector<size_t>& which, int64_t F,
                   int64_t band) {
  double sum = 0, squares = 0;
  int64_t n = 0;
  for_each_value(clips, which, F, band, [&](double x) {
    sum += x;
    ++n;
  });
  const double mean = sum / static_cast<double>(n);
  for_each_value(clips, which, F, band, [&](double x) { squares += (x - mean) * (x - mean); });
  return {mean, std::sqrt(squares / static_cast<double>(n))};
}

Scaling fit_minmax(const std::vector<Clip>& clips, const std::vector<size_t>& which, int64_t F,
                   int64_t band) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for_each_value(clips, which, F, band, [&](double x) {
    low = std::min(low, x);
    high = std::max(high, x);
  });
  return {low, high - low};
}

void apply(std::vector<Clip>& clips, int64_t F, int64_t band, const Scaling& scaling) {
  for (Clip& clip : clips)
    for (int64_t i = std::max<int64_t>(band, 0); i < static_cast<int64_t>(clip.cochleagram.size());
         i += band < 0 ? 1 : F) {
      float& value = clip.cochleagram[static_cast<size_t>(i)];
      value = static_cast<float>((static_cast<double>(value) - scaling.shift) / scaling.scale);
    }
}

void apply_step(const PreparedData& data, const FittedStep& step, const std::vector<size_t>& which,
                std::vector<Clip>& clips) {
  const bool zscore = step.kind == FittedStep::Kind::zscore;
  for (int64_t band = step.per_band ? 0 : -1; band < (step.per_band ? data.n_bands : 0); ++band) {
    const Scaling scaling =
        zscore ? fit_zscore(clips, which, data.n_bands, band) : fit_minmax(clips, which, data.n_bands, band);
    if (!(scaling.scale > 0))
      throw DataError(fmt::format("`{}` cannot scale `{}`: {} of the {} clips it is fitted on never changes",
                                  zscore ? "zscore" : "minmax", data.name,
                                  band < 0 ? "the stimulus" : fmt::format("band {}", band), which.size()),
                      "check that the sounds are not silent, or leave the step out");
    apply(clips, data.n_bands, band, scaling);
  }
}

}  // namespace

std::vector<Clip> apply_split(const PreparedData& data, const Split& split) {
  std::vector<Clip> clips = data.clips;
  std::vector<size_t> all(clips.size());
  std::iota(all.begin(), all.end(), size_t{0});
  for (const FittedStep& step : data.fitted) apply_step(data, step, step.on_all ? all : split.train, clips);
  return clips;
}

}  // namespace stria::data
