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

// One of the inputs [T, D] of all clips.
struct InputOfClips {
  std::vector<Clip>& clips;
  size_t input;
  int64_t size;  // D
};

// All values of one band, or of all bands (band < 0), in the clips named.
template <class Visit>
void for_each_value(const InputOfClips& of, const std::vector<size_t>& which, int64_t band,
                    const Visit& visit) {
  for (const size_t c : which) {
    const std::vector<float>& values = of.clips[c].inputs[of.input];
    const int64_t step = band < 0 ? 1 : of.size;
    for (int64_t i = std::max<int64_t>(band, 0); i < static_cast<int64_t>(values.size()); i += step)
      visit(static_cast<double>(values[static_cast<size_t>(i)]));
  }
}

// Mean and standard deviation, dividing by n.
Scaling fit_zscore(const InputOfClips& of, const std::vector<size_t>& which, int64_t band) {
  double sum = 0, squares = 0;
  int64_t n = 0;
  for_each_value(of, which, band, [&](double x) {
    sum += x;
    ++n;
  });
  const double mean = sum / static_cast<double>(n);
  for_each_value(of, which, band, [&](double x) { squares += (x - mean) * (x - mean); });
  return {mean, std::sqrt(squares / static_cast<double>(n))};
}

Scaling fit_minmax(const InputOfClips& of, const std::vector<size_t>& which, int64_t band) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for_each_value(of, which, band, [&](double x) {
    low = std::min(low, x);
    high = std::max(high, x);
  });
  return {low, high - low};
}

void apply(const InputOfClips& of, int64_t band, const Scaling& scaling) {
  for (Clip& clip : of.clips) {
    std::vector<float>& values = clip.inputs[of.input];
    for (int64_t i = std::max<int64_t>(band, 0); i < static_cast<int64_t>(values.size());
         i += band < 0 ? 1 : of.size) {
      float& value = values[static_cast<size_t>(i)];
      value = static_cast<float>((static_cast<double>(value) - scaling.shift) / scaling.scale);
    }
  }
}

void apply_step(const PreparedData& data, const FittedStep& step, const std::vector<size_t>& which,
                const InputOfClips& of) {
  const bool zscore = step.kind == FittedStep::Kind::zscore;
  for (int64_t band = step.per_band ? 0 : -1; band < (step.per_band ? of.size : 0); ++band) {
    const Scaling scaling = zscore ? fit_zscore(of, which, band) : fit_minmax(of, which, band);
    if (!(scaling.scale > 0)) {
      const std::string stream =
          of.input == 0 ? "the stimulus" : "`" + data.inputs[of.input].stream.name + "`";
      const std::string place = of.input == 0 ? "" : " of " + stream;
      throw DataError(fmt::format("`{}` cannot scale `{}`: {} of the {} clips it is fitted on never changes",
                                  zscore ? "zscore" : "minmax", data.name,
                                  band < 0 ? stream : fmt::format("band {}{}", band, place), which.size()),
                      "check that the sounds are not silent, or leave the step out");
    }
    apply(of, band, scaling);
  }
}

}  // namespace

std::vector<Clip> apply_split(const PreparedData& data, const Split& split) {
  std::vector<Clip> clips = data.clips;
  std::vector<size_t> all(clips.size());
  std::iota(all.begin(), all.end(), size_t{0});
  for (size_t i = 0; i < data.inputs.size(); ++i)
    for (const FittedStep& step : data.inputs[i].fitted)
      apply_step(data, step, step.on_all ? all : split.train, {clips, i, *data.inputs[i].stream.size});
  return clips;
}

}  // namespace stria::data
