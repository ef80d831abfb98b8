#include "runtime/data/simulated_sounds.h"

#include <algorithm>
#include <cmath>

#include "runtime/random/portable_math.h"
#include "runtime/random/random.h"

namespace stria::data {

namespace {

using random::portable_cos_turns;
using random::portable_exp;
using random::portable_gaussian;
using random::portable_log;

constexpr double octaves = 5.0;       // that the bands span
constexpr double pause_share = 0.15;  // of the pieces
constexpr double noise_level = 0.05;
constexpr int n_harmonics = 8;

// One piece of a clip, as a level at (time from its start in seconds, place on the frequency axis in 0 .. 1).
class Piece {
 public:
  virtual ~Piece() = default;
  virtual double level(double time, double place) const = 0;
};

// Draws of one clip, one after the other.
class Dice {
 public:
  Dice(uint64_t seed, const std::string& name) : draws_(seed, "simulated.sound", name) {}
  double between(double low, double high) { return draws_.uniform({0, 0, entry_++}, low, high); }
  bool coin() { return between(0.0, 1.0) < 0.5; }

 private:
  random::Draws draws_;
  uint64_t entry_ = 0;
};

// (1 + cos 2 pi (rate t + density octaves)) / 2
class Ripple final : public Piece {
 public:
  explicit Ripple(Dice& dice) {
    const bool rising = dice.coin();
    rate_ = (rising ? 1.0 : -1.0) * dice.between(2.0, 12.0);  // Hz
    density_ = dice.between(0.2, 1.0);                        // cycles an octave
    phase_ = dice.between(0.0, 1.0);
  }
  double level(double time, double place) const override {
    return 0.5 + 0.5 * portable_cos_turns(rate_ * time + density_ * octaves * place + phase_);
  }

 private:
  double rate_, density_, phase_;
};

// A band of sound gliding from one place to another, again and again.
class Chirp final : public Piece {
 public:
  explicit Chirp(Dice& dice)
      : from_(dice.between(0.05, 0.95)),
        to_(dice.between(0.05, 0.95)),
        rate_(dice.between(3.0, 8.0)),
        phase_(dice.between(0.0, 1.0)) {}
  double level(double time, double place) const override {
    const double turns = rate_ * time + phase_;
    const double centre = from_ + (to_ - from_) * (turns - std::floor(turns));
    return 1.3 * portable_gaussian(place - centre, 0.07);
  }

 private:
  double from_, to_, rate_, phase_;
};

// Harmonics of one fundamental, modulated in amplitude together.
class Stack final : public Piece {
 public:
  explicit Stack(Dice& dice)
      : fundamental_(dice.between(0.0, 0.4)),
        rate_(dice.between(3.0, 10.0)),
        phase_(dice.between(0.0, 1.0)) {}
  double level(double time, double place) const override {
    double sum = 0;
    for (int h = 1; h <= n_harmonics; ++h) {
      const double log_h = portable_log(static_cast<double>(h));
      const double centre = fundamental_ + log_h / (portable_log(2.0) * octaves);
      sum += portable_exp(-0.3 * log_h) * portable_gaussian(place - centre, 0.03);
    }
    return 1.2 * sum * (0.55 + 0.45 * portable_cos_turns(rate_ * time + phase_));
  }

 private:
  double fundamental_, rate_, phase_;
};

// Bins [first, first + n) of the clip; the outermost at half the level.
void render(const Piece& piece, double loudness, int64_t first, int64_t n, int64_t n_bands, double dt,
            std::vector<double>& clip) {
  for (int64_t i = 0; i < n; ++i) {
    const double edge = n > 2 && (i == 0 || i == n - 1) ? 0.5 : 1.0;
    for (int64_t f = 0; f < n_bands; ++f) {
      const double place = (static_cast<double>(f) + 0.5) / static_cast<double>(n_bands);
      clip[(first + i) * n_bands + f] = loudness * edge * piece.level(static_cast<double>(i) * dt, place);
    }
  }
}

void draw_piece(Dice& dice, int64_t first, int64_t n, int64_t n_bands, double dt, std::vector<double>& clip) {
  const double loudness = dice.between(0.3, 1.0);
  const double kind = dice.between(0.0, 1.0);
  const double share = (1.0 - pause_share) / 3.0;
  if (kind < share)
    render(Ripple(dice), loudness, first, n, n_bands, dt, clip);
  else if (kind < 2.0 * share)
    render(Chirp(dice), loudness, first, n, n_bands, dt, clip);
  else if (kind < 3.0 * share)
    render(Stack(dice), loudness, first, n, n_bands, dt, clip);
}

int64_t bins_of(double seconds, double dt) {
  return std::max<int64_t>(1, static_cast<int64_t>(seconds / dt + 0.5));
}

}  // namespace

std::vector<double> simulated_sound(uint64_t seed, const std::string& name, int64_t n_bins, int64_t n_bands,
                                    double dt) {
  std::vector<double> clip(static_cast<size_t>(n_bins * n_bands), 0.0);
  Dice dice(seed, name);
  for (int64_t t = bins_of(0.05, dt); t < n_bins;) {
    const int64_t n = std::min(n_bins - t, bins_of(dice.between(0.1, 0.4), dt));
    draw_piece(dice, t, n, n_bands, dt, clip);
    t += n;
  }
  const random::Draws noise(seed, "simulated.noise", name);
  for (size_t i = 0; i < clip.size(); ++i) clip[i] += noise_level * std::fabs(noise.normal({0, 0, i}));
  return clip;
}

}  // namespace stria::data
