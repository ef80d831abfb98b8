#include "runtime/data/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/data/exact.h"
#include "runtime/data/simulated_sounds.h"
#include "runtime/data/trials.h"
#include "runtime/random/portable_math.h"
#include "runtime/random/random.h"

namespace stria::data {

namespace {

using random::portable_exp;
using random::portable_gaussian;
using random::portable_log;

constexpr double memory = 0.2;        // seconds that a kernel spans
constexpr double known_delay = 0.05;  // seconds, of the unit "delayed"
constexpr double spontaneous = 0.05;  // of the mean driven rate
constexpr double threshold = -0.5;    // standard deviations of the drive
constexpr double strength_fast = 4, strength_slow = 25;
constexpr int64_t most_values = int64_t{1} << 30;

// (t / peak)^2 exp(2 - 2 t / peak): 0 before 0, 1 at its peak
double alpha(double time, double peak) {
  const double z = time / peak;
  return z <= 0 ? 0.0 : z * z * portable_exp(2.0 * (1.0 - z));
}

// [bands, bins] of a clip [bins, bands].
std::vector<double> transposed(const std::vector<double>& clip, int64_t n_bins, int64_t n_bands) {
  std::vector<double> result(clip.size());
  for (int64_t t = 0; t < n_bins; ++t)
    for (int64_t f = 0; f < n_bands; ++f) result[f * n_bins + t] = clip[t * n_bands + f];
  return result;
}

void check(const SimulationRule& rule) {
  const std::pair<const char*, int64_t> sizes[] = {
      {"bands", rule.bands}, {"clips", rule.clips}, {"units", rule.units}, {"trials", rule.trials}};
  for (const auto& [name, size] : sizes)
    if (size < 1)
      throw DataError(fmt::format("`{}` of `simulate` is {}", name, size), "it must be 1 at least");
  if (rule.step.numerator() <= 0)
    throw DataError("`dt` of `simulate` is not longer than 0", "as `dt = 10ms`");
  if (compare(rule.shortest, rule.step) < 0 || compare(rule.shortest, rule.longest) > 0)
    throw DataError(fmt::format("clips from {:g} to {:g} s in bins of {:g} s cannot be made",
                                rule.shortest.value(), rule.longest.value(), rule.step.value()),
                    "`shortest` must be one bin at least and no longer than `longest`");
  if (!(rule.lowest_rate > 0 && rule.lowest_rate <= rule.highest_rate &&
        rule.highest_rate * rule.step.value() < 1e3))
    throw DataError(fmt::format("mean rates from {:g} to {:g} spikes/s cannot be made", rule.lowest_rate,
                                rule.highest_rate),
                    "`lowest_rate` must be above 0 and not above `highest_rate`");
  if (!(rule.adaptation >= 0 && rule.adaptation < 1e6))
    throw DataError(fmt::format("`adaptation` is {:g}", rule.adaptation), "0 is none, 1 the usual strength");
  if (rule.smoothing.numerator() <= 0)
    throw DataError("`smoothing` is not longer than 0", "as `smoothing = 21ms`");
  const double bins = static_cast<double>(rule.clips) * (rule.longest.value() / rule.step.value());
  const double columns =
      static_cast<double>(rule.bands) + static_cast<double>(rule.units) * static_cast<double>(rule.trials);
  if (!(bins * columns < static_cast<double>(most_values)))
    throw DataError("this simulation is too large to hold in memory",
                    "take fewer clips, bands, units or trials");
}

}  // namespace

Simulation::Simulation(const SimulationRule& rule) : rule_(rule), dt_(rule.step.value()) {
  check(rule);
  n_lags_ = std::max<int64_t>(2, static_cast<int64_t>(memory / dt_ + 0.5));
  for (int64_t c = 0; c < rule.clips; ++c) {
    const random::Draws length(rule.seed, "simulated.length", stimulus_name(c));
    const int64_t least = bin_of(rule.shortest, rule.step), most = bin_of(rule.longest, rule.step);
    const int64_t bins =
        least + static_cast<int64_t>(length.uniform({}) * static_cast<double>(most - least + 1));
    clips_.push_back(simulated_sound(rule.seed, stimulus_name(c), bins, rule.bands, dt_));
  }
  units_.resize(static_cast<size_t>(rule.units));
  for (int64_t u = 0; u < rule.units; ++u) {
    draw_unit(u, units_[u]);
    finish_unit(u, units_[u]);
    units_[u].ceiling = ceiling_of(u, units_[u]);
  }
  truth_ = truth();
}

std::string Simulation::describe() const {
  return fmt::format("a simulation of {} units and {} clips", rule_.units, rule_.clips);
}

std::string Simulation::stimulus_name(int64_t clip) const { return fmt::format("clip{}", clip + 1); }

std::string Simulation::unit_name(int64_t unit) const {
  if (is_undriven(unit)) return "undriven";
  if (is_delayed(unit)) return "delayed";
  if (is_uneven(unit)) return "uneven";
  return fmt::format("unit{}", unit + 1);
}

bool Simulation::has_role(int64_t unit, int64_t place_from_end, int64_t least_units) const {
  return rule_.units >= least_units && unit == rule_.units - place_from_end;
}

// The uneven unit has all trials of every third clip, three quarters and half of the others.
int64_t Simulation::n_trials(int64_t unit, int64_t clip) const {
  const int64_t quarters = is_uneven(unit) ? 4 - clip % 3 : 4;
  return std::max<int64_t>(1, rule_.trials * quarters / 4);
}

// Best places are spread over the bands and mean rates over their range, so that few units already show both.
void Simulation::draw_unit(int64_t index, Unit& unit) const {
  const random::Draws draws(rule_.seed, "simulated.unit", unit_name(index));
  unit.threshold = threshold;
  unit.strength_fast = rule_.adaptation * strength_fast;
  unit.strength_slow = rule_.adaptation * strength_slow;
  unit.tau_fast = draws.log_uniform({0, 0, 0}, 0.01, 0.05);
  unit.tau_slow = draws.log_uniform({0, 0, 1}, 0.5, 2.0);
  const double golden = 0.6180339887498949 * static_cast<double>(index + 1);
  const double spread = golden - std::floor(golden);
  unit.rate = rule_.lowest_rate * portable_exp(spread * portable_log(rule_.highest_rate / rule_.lowest_rate));
  unit.delay = is_delayed(index) ? known_delay : 0.0;
  draw_kernel(index, unit);
}

// Excitation around a best place, followed by broader, slower inhibition.
void Simulation::draw_kernel(int64_t index, Unit& unit) const {
  const random::Draws draws(rule_.seed, "simulated.kernel", unit_name(index));
  unit.kernel.assign(static_cast<size_t>(n_lags_ * rule_.bands), 0.0);
  if (is_undriven(index)) return;
  const double stratum =
      (static_cast<double>(index) + draws.uniform({0, 0, 0}, 0.2, 0.8)) / static_cast<double>(rule_.units);
  const double best = 0.1 + 0.8 * stratum;
  const double width = draws.uniform({0, 0, 1}, 0.05, 0.1);
  const double peak = draws.uniform({0, 0, 2}, 0.015, 0.03);
  const double inhibition = draws.uniform({0, 0, 3}, 0.3, 0.7);
  const double later = draws.uniform({0, 0, 4}, 0.03, 0.05);
  for (int64_t k = 0; k < n_lags_; ++k)
    for (int64_t f = 0; f < rule_.bands; ++f) {
      const double time = static_cast<double>(k) * dt_ - unit.delay;
      const double place = (static_cast<double>(f) + 0.5) / static_cast<double>(rule_.bands);
      unit.kernel[k * rule_.bands + f] =
          portable_gaussian(place - best, width) * alpha(time, peak) -
          inhibition * portable_gaussian(place - best, 1.6 * width) * alpha(time - later, 1.5 * peak);
    }
}

// d[t] of every clip: each sum over lags and bands in their order, all bins of a clip side by side.
std::vector<std::vector<double>> Simulation::drive(const std::vector<double>& kernel) const {
  std::vector<std::vector<double>> result;
  for (size_t c = 0; c < clips_.size(); ++c) {
    const int64_t n = n_bins(c);
    const std::vector<double> by_band = transposed(clips_[c], n, rule_.bands);
    std::vector<double>& d = result.emplace_back(static_cast<size_t>(n), 0.0);
    for (int64_t k = 0; k < std::min(n_lags_, n); ++k)
      for (int64_t f = 0; f < rule_.bands; ++f) {
        const double weight = kernel[k * rule_.bands + f];
        const double* level = by_band.data() + f * n;
        for (int64_t t = k; t < n; ++t) d[t] += weight * level[t - k];
      }
  }
  return result;
}

// r[t] of one clip.
std::vector<double> Simulation::respond(const Unit& unit, const std::vector<double>& drive) const {
  const double keep_fast = portable_exp(-dt_ / unit.tau_fast), keep_slow = portable_exp(-dt_ / unit.tau_slow);
  double fast = 0, slow = 0;
  std::vector<double> response;
  for (const double d : drive) {
    const double e = std::max(d - unit.threshold, 0.0);
    response.push_back(e / (1.0 + unit.strength_fast * fast + unit.strength_slow * slow));
    fast = keep_fast * fast + (1.0 - keep_fast) * e;
    slow = keep_slow * slow + (1.0 - keep_slow) * e;
  }
  return response;
}

namespace {

struct Moments {
  double mean = 0, deviation = 0;
};

Moments moments(const std::vector<std::vector<double>>& clips) {
  double sum = 0, squares = 0, n = 0;
  for (const auto& clip : clips)
    for (const double x : clip) {
      sum += x;
      n += 1;
    }
  for (const auto& clip : clips)
    for (const double x : clip) squares += (x - sum / n) * (x - sum / n);
  return {sum / n, std::sqrt(squares / n)};
}

}  // namespace

void Simulation::finish_unit(int64_t index, Unit& unit) const {
  auto clips = drive(unit.kernel);
  const double deviation = moments(clips).deviation;
  if (deviation > 0) {
    for (double& weight : unit.kernel) weight /= deviation;
    for (auto& clip : clips)
      for (double& d : clip) d /= deviation;
  }
  for (auto& clip : clips) {
    if (is_undriven(index) || !(deviation > 0))
      std::fill(clip.begin(), clip.end(), 1.0);
    else
      clip = respond(unit, clip);
  }
  const double mean = moments(clips).mean;
  for (auto& clip : clips)
    for (double& r : clip) r = unit.rate * dt_ * (r + spontaneous * mean) / ((1.0 + spontaneous) * mean);
  unit.expected = std::move(clips);
}

// CCmax = sqrt(SP / (SP + NP)): SP the variance of the smoothed expected counts over all bins, NP the mean
// variance of the smoothed Poisson counts averaged over trials.
double Simulation::ceiling_of(int64_t index, const Unit& unit) const {
  const std::vector<double> taps = hann_taps(rule_.smoothing, rule_.step);
  const int64_t half = static_cast<int64_t>(taps.size() / 2);
  std::vector<std::vector<double>> signal;
  double noise = 0, bins = 0;
  for (size_t c = 0; c < unit.expected.size(); ++c) {
    const std::vector<double>& p = unit.expected[c];
    const int64_t T = static_cast<int64_t>(p.size());
    signal.emplace_back();
    for (int64_t t = 0; t < T; ++t) {
      double sum = 0, variance = 0, weight = 0;
      for (int64_t k = std::max(-half, -t); k <= std::min(half, T - 1 - t); ++k) {
        const double tap = taps[static_cast<size_t>(k + half)];
        sum += tap * p[t + k];
        variance += tap * tap * p[t + k];
        weight += tap;
      }
      signal.back().push_back(sum / weight);
      noise += variance / (weight * weight) / static_cast<double>(n_trials(index, static_cast<int64_t>(c)));
      bins += 1;
    }
  }
  if (is_undriven(index)) return 0;
  const double deviation = moments(signal).deviation;
  return std::sqrt(deviation * deviation / (deviation * deviation + noise / bins));
}

std::shared_ptr<const Stream> Simulation::stimulus(int64_t clip) const {
  auto stream = std::make_shared<Stream>();
  stream->source = stimulus_name(clip);
  stream->n_bins = n_bins(clip);
  stream->n_bands = rule_.bands;
  stream->dt = rule_.step;
  stream->frames = clips_[clip];
  stream->attachment = truth_;
  return stream;
}

std::shared_ptr<const BinnedTrials> Simulation::trials(int64_t unit, int64_t clip) const {
  const random::Draws spikes(rule_.seed, "simulated.spikes", unit_name(unit));
  const uint32_t stimulus = random::hash32(stimulus_name(clip));
  const std::vector<double>& expected = units_[unit].expected[clip];
  auto trials = std::make_shared<BinnedTrials>();
  trials->source = fmt::format("{}, {}", unit_name(unit), stimulus_name(clip));
  trials->dt = rule_.step;
  trials->n_trials = n_trials(unit, clip);
  trials->n_bins = static_cast<int64_t>(expected.size());
  for (int64_t r = 0; r < trials->n_trials; ++r)
    for (size_t t = 0; t < expected.size(); ++t)
      trials->counts.push_back(
          static_cast<float>(spikes.poisson({static_cast<uint32_t>(r), stimulus, t}, expected[t])));
  return trials;
}

std::vector<double> Simulation::expected(int64_t unit, int64_t clip) const {
  return units_[unit].expected[clip];
}

// Arrays of "truth.npz", units and clips in the dataset's order. expected_counts: all clips joined in time.
std::shared_ptr<const Attachment> Simulation::truth() const {
  auto truth = std::make_shared<Attachment>();
  truth->name = "truth.npz";
  const int64_t N = rule_.units;
  auto& kernels = truth->arrays["kernels"];
  kernels.first = {N, n_lags_, rule_.bands};
  const auto column = [&](const char* name, auto&& get) {
    auto& array = truth->arrays[name];
    array.first = {N};
    for (const Unit& unit : units_) array.second.push_back(get(unit));
  };
  for (const Unit& unit : units_)
    kernels.second.insert(kernels.second.end(), unit.kernel.begin(), unit.kernel.end());
  column("delay_seconds", [](const Unit& unit) { return unit.delay; });
  column("mean_rate", [](const Unit& unit) { return unit.rate; });
  column("threshold", [](const Unit& unit) { return unit.threshold; });
  column("strength_fast", [](const Unit& unit) { return unit.strength_fast; });
  column("strength_slow", [](const Unit& unit) { return unit.strength_slow; });
  column("tau_fast_seconds", [](const Unit& unit) { return unit.tau_fast; });
  column("tau_slow_seconds", [](const Unit& unit) { return unit.tau_slow; });
  column("cc_max", [](const Unit& unit) { return unit.ceiling; });
  auto& lengths = truth->arrays["clip_bins"];
  auto& counts = truth->arrays["expected_counts"];
  lengths.first = {rule_.clips};
  for (size_t c = 0; c < clips_.size(); ++c) {
    lengths.second.push_back(static_cast<double>(n_bins(c)));
    for (int64_t t = 0; t < n_bins(c); ++t)
      for (const Unit& unit : units_) counts.second.push_back(unit.expected[c][t]);
  }
  counts.first = {static_cast<int64_t>(counts.second.size()) / N, N};
  return truth;
}

}  // namespace stria::data
