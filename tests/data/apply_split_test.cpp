#include <doctest/doctest.h>

#include <cmath>

#include "runtime/data/prepared.h"
#include "tests/data/data_helpers.h"

using namespace stria;
using namespace stria::data;
using namespace stria::data::testing;

namespace {

// Three clips of two bands: band 1 is ten times band 0.
PreparedData data_of(std::vector<FittedStep> fitted) {
  PreparedData data;
  data.name = "D";
  data.inputs = {{{"stimulus", false, "F", 2}, std::move(fitted)}};
  for (const float base : {1.0F, 3.0F, 100.0F}) {
    Clip clip;
    clip.n_bins = 1;
    clip.inputs = {{base, 10 * base}};
    data.clips.push_back(clip);
  }
  return data;
}

const Split split{{0, 1}, {}, {2}, ""};

FittedStep step(FittedStep::Kind kind, bool per_band = false, bool on_all = false) {
  return {kind, per_band, on_all};
}

}  // namespace

TEST_CASE("data.8: z-score of the training clips alone, one pair over bands and bins") {
  const auto clips = apply_split(data_of({step(FittedStep::Kind::zscore)}), split);
  // Training values 1, 10, 3, 30: mean 11, variance (100 + 1 + 64 + 361) / 4
  const double deviation = std::sqrt(131.5);
  CHECK(clips[0].cochleagram()[0] == doctest::Approx(-10 / deviation));
  CHECK(clips[1].cochleagram()[1] == doctest::Approx(19 / deviation));
  CHECK(clips[2].cochleagram()[0] == doctest::Approx(89 / deviation));
}

TEST_CASE("data.8: per band") {
  const auto clips = apply_split(data_of({step(FittedStep::Kind::zscore, true)}), split);
  for (const size_t band : {0, 1}) {
    CHECK(clips[0].cochleagram()[band] == doctest::Approx(-1));
    CHECK(clips[1].cochleagram()[band] == doctest::Approx(1));
    CHECK(clips[2].cochleagram()[band] == doctest::Approx(98));
  }
}

TEST_CASE("data.8: min-max, and on all clips where that is allowed") {
  const auto clips = apply_split(data_of({step(FittedStep::Kind::minmax)}), split);
  CHECK(clips[0].cochleagram()[0] == 0.0F);
  CHECK(clips[1].cochleagram()[1] == 1.0F);
  CHECK(clips[2].cochleagram()[1] == doctest::Approx(999.0 / 29.0));
  const auto leaked = apply_split(data_of({step(FittedStep::Kind::minmax, false, true)}), split);
  CHECK(leaked[2].cochleagram()[1] == 1.0F);
}

TEST_CASE("data.8: steps apply in order, each to what the one before gave") {
  const auto clips =
      apply_split(data_of({step(FittedStep::Kind::zscore, true), step(FittedStep::Kind::minmax)}), split);
  CHECK(clips[0].cochleagram()[0] == 0.0F);
  CHECK(clips[1].cochleagram()[0] == 1.0F);
  CHECK(clips[2].cochleagram()[0] == doctest::Approx(49.5));
}

TEST_CASE("a stimulus that never changes cannot be scaled") {
  PreparedData data = data_of({step(FittedStep::Kind::zscore, true)});
  for (Clip& clip : data.clips) clip.inputs[0][1] = 5;
  CHECK(contains(message_of([&] { apply_split(data, split); }), "`zscore` cannot scale `D`: band 1"));
}
