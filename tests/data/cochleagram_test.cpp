#include "runtime/data/cochleagram.h"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>

#include "tests/data/data_helpers.h"

using namespace stria;
using namespace stria::data;
using namespace stria::data::testing;

namespace {

constexpr double pi = 3.14159265358979323846;

Sound noise(int64_t rate, int64_t n) {
  Sound sound;
  sound.file = "noise.wav";
  sound.rate = rate;
  uint32_t state = 1;
  for (int64_t i = 0; i < n; ++i) {
    state = state * 1664525U + 1013904223U;
    sound.samples.push_back(static_cast<double>(state) / 4294967296.0 - 0.5);
  }
  return sound;
}

MelRule rule_of(int64_t bands, double to, const Rational& step, const Rational& window = ms(10)) {
  MelRule rule;
  rule.bands = bands;
  rule.to = to;
  rule.step = step;
  rule.window = window;
  return rule;
}

// The definition of datasets.md word by word: `first` is the window's first sample.
std::vector<double> straightforward(const Sound& sound, int64_t first, int64_t W, int64_t bands, double from,
                                    double to) {
  const auto mel = [](double f) { return 2595.0 * std::log10(1.0 + f / 700.0); };
  const auto hertz = [](double m) { return 700.0 * (std::pow(10.0, m / 2595.0) - 1.0); };
  std::vector<double> result(static_cast<size_t>(bands), 0.0);
  for (int64_t k = 0; k <= W / 2; ++k) {
    std::complex<double> X = 0;
    for (int64_t n = 0; n < W; ++n) {
      const int64_t at = first + n;
      const double x = at < 0 || at >= static_cast<int64_t>(sound.samples.size()) ? 0.0 : sound.samples[at];
      const double hamming = 0.54 - 0.46 * std::cos(2 * pi * n / W);
      X += x * hamming * std::polar(1.0, -2 * pi * k * n / W);
    }
    const double frequency = static_cast<double>(k) * sound.rate / W;
    for (int64_t b = 0; b < bands; ++b) {
      const auto edge = [&](int64_t i) { return hertz(mel(from) + (mel(to) - mel(from)) * i / (bands + 1)); };
      const double low = edge(b), centre = edge(b + 1), high = edge(b + 2);
      double weight = 0;
      if (frequency > low && frequency <= centre) weight = (frequency - low) / (centre - low);
      if (frequency > centre && frequency < high) weight = (high - frequency) / (high - centre);
      result[b] += weight * std::norm(X);
    }
  }
  return result;
}

}  // namespace

TEST_CASE("mel cochleagram: agrees with the definition computed another way, at the ends and inside") {
  const Sound sound = noise(32000, 3333);
  const MelRule rule = rule_of(32, 16000, ms(5));
  const auto stream = mel_cochleagram(sound, rule);
  CHECK(stream->n_bins == 20);  // floor(3333 / 160)
  CHECK(stream->n_bands == 32);
  CHECK(stream->dt == ms(5));
  for (const int64_t t : {0, 1, 7, 19}) {
    const std::vector<double> expected = straightforward(sound, 160 * t - 160, 320, 32, 0, 16000);
    for (int64_t f = 0; f < 32; ++f)
      CHECK(stream->frames[t * 32 + f] == doctest::Approx(expected[f]).epsilon(1e-9));
  }
}

TEST_CASE("mel cochleagram: a causal window ends with its bin") {
  const Sound sound = noise(32000, 3200);
  MelRule rule = rule_of(32, 16000, ms(5));
  rule.causal = true;
  const auto stream = mel_cochleagram(sound, rule);
  const std::vector<double> expected = straightforward(sound, 160 * 8 - 320, 320, 32, 0, 16000);
  for (int64_t f = 0; f < 32; ++f)
    CHECK(stream->frames[7 * 32 + f] == doctest::Approx(expected[f]).epsilon(1e-9));
  // It sees nothing of what comes after.
  Sound cut = sound;
  cut.samples.resize(160 * 8);
  const auto before = mel_cochleagram(cut, rule);
  CHECK(std::equal(before->frames.begin(), before->frames.end(), stream->frames.begin()));
}

TEST_CASE("mel cochleagram: a tone is greatest in the band of its frequency, and scales with power") {
  Sound sound = noise(16000, 0);
  for (int i = 0; i < 1600; ++i) sound.samples.push_back(0.25 * std::sin(2 * pi * 2000 * i / 16000.0));
  const MelRule rule = rule_of(16, 8000, ms(10));
  const auto quiet = mel_cochleagram(sound, rule);
  const double* frame = &quiet->frames[5 * 16];
  // Centres are at 17 equal steps of mel(8000) = 2840; mel(2000) = 1521.4, the 9.1st of them.
  CHECK(std::max_element(frame, frame + 16) - frame == 8);
  for (double& sample : sound.samples) sample *= 2;
  CHECK(mel_cochleagram(sound, rule)->frames[5 * 16 + 8] == doctest::Approx(4 * frame[8]));
}

TEST_CASE("mel cochleagram: a rate that the step does not divide keeps exact time") {
  const Sound sound = noise(22050, 22050);
  const MelRule rule = rule_of(20, 8000, ms(5));  // 110.25 samples a bin
  const auto stream = mel_cochleagram(sound, rule);
  CHECK(stream->n_bins == 200);
  // Frame 199 is centred on sample round(199 * 110.25) = 21940, not on 199 * 110; round(220.5) samples are
  // 221.
  const std::vector<double> expected = straightforward(sound, 21940 - 110, 221, 20, 0, 8000);
  for (int64_t f = 0; f < 20; ++f)
    CHECK(stream->frames[199 * 20 + f] == doctest::Approx(expected[f]).epsilon(1e-9));
}

TEST_CASE("mel filters: 32 bands at 10 ms and 32 kHz have none empty, 64 have") {
  CHECK(mel_filters(rule_of(32, 16000, ms(5)), 320, 32000).size() == 32 * 161);
  CHECK(contains(message_of([] { mel_filters(rule_of(64, 16000, ms(5)), 320, 32000); }),
                 "has no bin of the 320-sample transform"));
}

TEST_CASE("mel filters: peak 1, nothing outside the neighbours' centres") {
  const std::vector<double> filters = mel_filters(rule_of(4, 8000, ms(5)), 1600, 16000);
  const int64_t bins = 801;
  for (int64_t f = 0; f < 4; ++f) {
    const double* row = &filters[f * bins];
    CHECK(*std::max_element(row, row + bins) == doctest::Approx(1.0).epsilon(0.03));
    CHECK(row[0] == 0.0);
    CHECK(row[bins - 1] == 0.0);
  }
  // Between two centres the two filters add up to 1.
  CHECK(filters[1 * bins + 150] + filters[2 * bins + 150] == doctest::Approx(1.0));
}

TEST_CASE("cochleagram: what cannot be made is refused with a reason") {
  const Sound sound = noise(32000, 3200);
  const auto refused = [](const Sound& sound, const MelRule& rule) {
    return message_of([&] { mel_cochleagram(sound, rule); });
  };
  CHECK(
      contains(refused(noise(32000, 100), rule_of(32, 16000, ms(5))), "`noise.wav` is shorter than one bin"));
  CHECK(contains(refused(sound, rule_of(32, 17000, ms(5))), "ends at 16000 Hz"));
  CHECK(contains(refused(sound, rule_of(0, 16000, ms(5))), "`bands` is 0"));
  CHECK(contains(refused(sound, rule_of(32, 0, ms(5))), "no width"));
  CHECK(contains(refused(sound, rule_of(32, 16000, Rational(0))), "not longer than 0"));
  CHECK(contains(refused(sound, rule_of(32, 16000, ms(5), ratio(1, 100000))), "0 samples"));
  CHECK(contains(refused(sound, rule_of(32, 16000, ms(5), Rational(1))), "32000 samples"));
  CHECK(contains(refused(sound, rule_of(32, 16000, ratio(1, 1'000'000))), "shorter than a sample"));
}
