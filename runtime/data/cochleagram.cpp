#include "runtime/data/cochleagram.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numbers>

#include "runtime/data/exact.h"
#include "runtime/random/portable_math.h"

namespace stria::data {

namespace {

constexpr int64_t longest_window = 8192;  // samples: the table of the transform grows with its square

// 2595 log10(x) = mel_factor ln(x)
constexpr double mel_factor = 2595.0 / std::numbers::ln10;
double mel_of(double hertz) { return mel_factor * random::portable_log(1.0 + hertz / 700.0); }
double hertz_of(double mel) { return 700.0 * (random::portable_exp(mel / mel_factor) - 1.0); }

// A plain DFT of windowed frames: the window's length is whatever the sound's rate makes it (320, 977, ...),
// the sums run in one order, and a table holds cos and sin of 2 pi k n / W times the Hamming weight of sample
// n.
class WindowedDft {
 public:
  explicit WindowedDft(int64_t window) : window_(window), bins_(window / 2 + 1) {
    std::vector<double> cosine(static_cast<size_t>(window)), sine(cosine.size());  // of n / W turns
    for (int64_t n = 0; n < window; ++n) {
      const double turns = static_cast<double>(n) / static_cast<double>(window);
      cosine[n] = random::portable_cos_turns(turns);
      sine[n] = random::portable_sin_turns(turns);
    }
    cosine_.resize(static_cast<size_t>(window * bins_));
    sine_.resize(cosine_.size());
    for (int64_t n = 0; n < window; ++n) {
      const double hamming = 0.54 - 0.46 * cosine[n];
      for (int64_t k = 0; k < bins_; ++k) {
        cosine_[n * bins_ + k] = hamming * cosine[(k * n) % window];
        sine_[n * bins_ + k] = hamming * sine[(k * n) % window];
      }
    }
    real_.resize(static_cast<size_t>(bins_));
    imaginary_.resize(static_cast<size_t>(bins_));
  }

  // |X|^2 of the `window` samples from `first` on, zeros beyond the sound. power: [window / 2 + 1]
  void power(const std::vector<double>& samples, int64_t first, std::vector<double>& power) {
    std::fill(real_.begin(), real_.end(), 0.0);
    std::fill(imaginary_.begin(), imaginary_.end(), 0.0);
    const int64_t n_samples = static_cast<int64_t>(samples.size());
    for (int64_t n = std::max<int64_t>(0, -first); n < window_ && first + n < n_samples; ++n)
      add_sample(n, samples[static_cast<size_t>(first + n)]);
    for (int64_t k = 0; k < bins_; ++k) power[k] = real_[k] * real_[k] + imaginary_[k] * imaginary_[k];
  }

 private:
  void add_sample(int64_t n, double sample) {
    const double* cosine = &cosine_[n * bins_];
    const double* sine = &sine_[n * bins_];
    double* real = real_.data();
    double* imaginary = imaginary_.data();
    for (int64_t k = 0; k < bins_; ++k) {
      real[k] += sample * cosine[k];
      imaginary[k] += sample * sine[k];
    }
  }

  int64_t window_, bins_;
  std::vector<double> cosine_, sine_;  // [W, W / 2 + 1]
  std::vector<double> real_, imaginary_;
};

void check(const MelRule& rule, const Sound& sound, int64_t window, int64_t bins) {
  if (rule.step.numerator() <= 0)
    throw DataError("`dt` of `cochleagram` is not longer than 0", "give the length of a bin, as `dt = 5ms`");
  if (window < 2)
    throw DataError(fmt::format("a window of {:g} ms is {} samples at {} Hz", 1e3 * rule.window.value(),
                                window, sound.rate),
                    "take a longer `window`, as 10ms");
  if (window > longest_window)
    throw DataError(
        fmt::format("a window of {:g} s is {} samples at {} Hz", rule.window.value(), window, sound.rate),
        fmt::format("take a `window` of at most {} samples", longest_window));
  if (nearest_sample(rule.step, sound.rate) < 1)
    throw DataError(fmt::format("bins of {:g} ms are shorter than a sample at {} Hz", 1e3 * rule.step.value(),
                                sound.rate),
                    "take a longer `dt`, as 5ms");
  if (bins < 1)
    throw DataError(fmt::format("`{}` is shorter than one bin of {:g} ms: {} samples at {} Hz", sound.file,
                                1e3 * rule.step.value(), sound.samples.size(), sound.rate),
                    "leave the sound out, or take a shorter `dt`");
}

}  // namespace

std::vector<double> mel_filters(const MelRule& rule, int64_t window, int64_t rate) {
  if (rule.bands < 1)
    throw DataError(fmt::format("`bands` is {}", rule.bands), "at least one band is needed");
  if (!(rule.from >= 0 && rule.from < rule.to))
    throw DataError(fmt::format("a cochleagram from {:g} to {:g} Hz has no width", rule.from, rule.to),
                    "`from` must be at least 0 Hz and below `to`");
  if (2 * rule.to > static_cast<double>(rate))
    throw DataError(
        fmt::format("`to` is {:g} Hz; a sound of {} Hz ends at {:g} Hz", rule.to, rate, 0.5 * rate),
        fmt::format("take `to = {:g}Hz` or less", 0.5 * rate));
  const double low = mel_of(rule.from), high = mel_of(rule.to);
  std::vector<double> edges(static_cast<size_t>(rule.bands + 2));
  for (size_t i = 0; i < edges.size(); ++i)
    edges[i] = hertz_of(low + (high - low) * static_cast<double>(i) / static_cast<double>(rule.bands + 1));
  edges.front() = rule.from;
  edges.back() = rule.to;
  const int64_t bins = window / 2 + 1;
  std::vector<double> filters(static_cast<size_t>(rule.bands * bins), 0.0);
  for (int64_t f = 0; f < rule.bands; ++f) {
    bool empty = true;
    for (int64_t k = 0; k < bins; ++k) {
      const double hertz = static_cast<double>(k) * static_cast<double>(rate) / static_cast<double>(window);
      const double rise = (hertz - edges[f]) / (edges[f + 1] - edges[f]);
      const double fall = (edges[f + 2] - hertz) / (edges[f + 2] - edges[f + 1]);
      filters[f * bins + k] = std::max(0.0, std::min(rise, fall));
      empty = empty && filters[f * bins + k] == 0.0;
    }
    if (empty)
      throw DataError(
          fmt::format("band {} of {}, from {:.1f} to {:.1f} Hz, has no bin of the {}-sample transform, which "
                      "are {:.1f} Hz apart",
                      f, rule.bands, edges[f], edges[f + 2], window,
                      static_cast<double>(rate) / static_cast<double>(window)),
          "take fewer bands or a longer `window`");
  }
  return filters;
}

std::shared_ptr<Stream> mel_cochleagram(const Sound& sound, const MelRule& rule) {
  const int64_t window = nearest_sample(rule.window, sound.rate);
  const int64_t n_bins =
      rule.step.numerator() > 0 ? whole_bins(sound.samples.size(), rule.step, sound.rate) : 0;
  check(rule, sound, window, n_bins);
  const std::vector<double> filters = mel_filters(rule, window, sound.rate);
  WindowedDft dft(window);
  auto stream = std::make_shared<Stream>();
  stream->source = std::filesystem::path(sound.file).filename().string();
  stream->n_bins = n_bins;
  stream->n_bands = rule.bands;
  stream->dt = rule.step;
  stream->frames.resize(static_cast<size_t>(n_bins * rule.bands));
  const int64_t bins = window / 2 + 1;
  std::vector<double> power(static_cast<size_t>(bins));
  for (int64_t t = 0; t < n_bins; ++t) {
    const Rational time = *Rational::make(
        static_cast<__int128>(t + (rule.causal ? 1 : 0)) * rule.step.numerator(), rule.step.denominator());
    dft.power(sound.samples, nearest_sample(time, sound.rate) - (rule.causal ? window : window / 2), power);
    for (int64_t f = 0; f < rule.bands; ++f) {
      double sum = 0;
      for (int64_t k = 0; k < bins; ++k) sum += filters[f * bins + k] * power[k];
      stream->frames[t * rule.bands + f] = sum;
    }
  }
  return stream;
}

}  // namespace stria::data
