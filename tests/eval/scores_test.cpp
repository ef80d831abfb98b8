#include "runtime/eval/scores.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/eval/clips.h"

using namespace stria;
using namespace stria::eval;
using doctest::Approx;
using test::missing;
using test::one_unit_clip;
using test::Series;
using test::UnitTrials;

namespace {

using Predictions = std::vector<Series>;

SetScores score(const std::vector<data::Clip>& clips, const Predictions& predictions,
                ScoreChoice choice = {}) {
  std::vector<const data::Clip*> pointers;
  for (const data::Clip& clip : clips) pointers.push_back(&clip);
  std::vector<std::string> names;
  for (size_t u = 0; u < clips.front().trials.size(); ++u) names.push_back("u" + std::to_string(u));
  return Scorer(pointers, names, choice).score(predictions);
}
UnitScore score_one(const std::vector<data::Clip>& clips, const Predictions& predictions) {
  return score(clips, predictions).units.at(0);
}

// Trials 0 3 2 5 and 2 3 2 3: PSTH 1 3 2 4 with variance 1.25 and signal power 0.75 (signal_power_test).
const UnitTrials two_trials = {{0, 3, 2, 5}, {2, 3, 2, 3}};
const Series ramp = {1, 2, 3, 4};  // variance 1.25, covariance with the PSTH 1

// Weights 1/4, 1/2, 1/4, at the ends over the bins that exist.
Series smoothed(const Series& x) {
  Series y;
  for (size_t t = 0; t < x.size(); ++t) {
    float sum = 0.5F * x[t];
    float weight = 0.5F;
    if (t > 0) sum += 0.25F * x[t - 1], weight += 0.25F;
    if (t + 1 < x.size()) sum += 0.25F * x[t + 1], weight += 0.25F;
    y.push_back(sum / weight);
  }
  return y;
}

}  // namespace

TEST_CASE("CCraw, CCnorm, signal power and ceiling of one clip") {
  const UnitScore found = score_one({one_unit_clip(two_trials)}, {ramp});
  CHECK(*found.cc_raw == Approx(1 / 1.25));
  CHECK(*found.cc_norm == Approx(1 / std::sqrt(0.75 * 1.25)));
  CHECK(*found.signal_power == Approx(0.75));
  CHECK(*found.cc_max == Approx(std::sqrt(0.75 / 1.25)));
  CHECK(*found.cc_raw / *found.cc_max == Approx(*found.cc_norm));
  CHECK(found.reason.empty());
  CHECK(found.n_trials == 2);
  CHECK(found.n_clips == 1);
}

TEST_CASE("CCnorm beyond one is kept and counted") {
  const SetScores found = score({one_unit_clip(two_trials)}, {ramp});
  CHECK(*found.cc_norm.mean == Approx(1.0327955590));
  CHECK(found.cc_norm.n_beyond == 1);
  CHECK(found.cc_raw.n_beyond == 0);
}

TEST_CASE("scores do not change with the scale and offset of a prediction, but with its sign and its time") {
  const data::Clip clip = one_unit_clip(two_trials);
  const UnitScore found = score_one({clip}, {ramp});
  const UnitScore scaled = score_one({clip}, {{110, 120, 130, 140}});
  CHECK(*scaled.cc_raw == Approx(*found.cc_raw));
  CHECK(*scaled.cc_norm == Approx(*found.cc_norm));
  CHECK(*score_one({clip}, {{4, 3, 2, 1}}).cc_raw == Approx(-*found.cc_raw));
  // One bin late: 0 1 2 3 without its tail becomes 1 1 2 3: covariance 0.625, variance 0.6875.
  CHECK(*score_one({clip}, {{1, 1, 2, 3}}).cc_raw == Approx(0.625 / std::sqrt(0.6875 * 1.25)));
}

TEST_CASE("clips are joined in time, not scored one by one") {
  // Within each clip the prediction is opposite (-1), but the clip means go along: deviations -5.5
  // -4.5 4.5 5.5 against -4.5 -5.5 5.5 4.5: covariance 24.75, variances 25.25.
  const std::vector<data::Clip> clips = {one_unit_clip({{1, 0}}), one_unit_clip({{11, 10}})};
  const UnitScore found = score_one(clips, {{0, 1}, {10, 11}});
  CHECK(*found.cc_raw == Approx(24.75 / 25.25));
  CHECK(found.n_clips == 2);
}

TEST_CASE("one trial in every clip: CCnorm is CCraw and the result says so") {
  const UnitScore found = score_one({one_unit_clip({{1, 3, 2, 4}})}, {ramp});
  CHECK(*found.cc_raw == Approx(0.8));
  CHECK(*found.cc_norm == Approx(0.8));
  CHECK(!found.signal_power);
  CHECK(!found.cc_max);
  CHECK(found.reason == "one trial in every clip: CCnorm is CCraw");
}

TEST_CASE("a clip with one trial leaves CCnorm alone where others have more, but enters CCraw") {
  const data::Clip several = one_unit_clip(two_trials);
  const data::Clip single = one_unit_clip({{9, 0, 9, 0}});
  const UnitScore alone = score_one({several}, {ramp});
  const UnitScore both = score_one({several, single}, {ramp, {-3, 5, 7, 0}});
  CHECK(*both.cc_norm == Approx(*alone.cc_norm));
  CHECK(*both.signal_power == Approx(*alone.signal_power));
  // p: 1 2 3 4 -3 5 7 0, mean 2.375; r: 1 3 2 4 9 0 9 0, mean 3.5; sum of products 1+6+6+16-27+0+63+0 = 65.
  // Cov 65/8 - 8.3125 = -0.1875; Var p 113/8 - 5.640625 = 8.484375; Var r 192/8 - 12.25 = 11.75.
  CHECK(*both.cc_raw == Approx(-0.1875 / std::sqrt(8.484375 * 11.75)));
  CHECK(both.n_trials == 1);
  CHECK(both.n_trials_most == 2);
}

TEST_CASE("unequal trial counts") {
  // signal_power_test: PSTH 1 3 5 7 (variance 5), signal power 4.875. Prediction 1 2 3 4: covariance 2.5.
  const std::vector<data::Clip> clips = {one_unit_clip({{0, 2}, {2, 4}}),
                                         one_unit_clip({{3, 6}, {6, 6}, {6, 9}})};
  const UnitScore found = score_one(clips, {{1, 2}, {3, 4}});
  CHECK(*found.signal_power == Approx(4.875));
  CHECK(*found.cc_norm == Approx(2.5 / std::sqrt(4.875 * 1.25)));
  CHECK(*found.cc_max == Approx(std::sqrt(4.875 / 5)));
}

TEST_CASE("missing bins never enter") {
  SUBCASE("a bin without any trial") {
    const UnitScore found =
        score_one({one_unit_clip({{0, 3, missing, 2, 5}, {2, 3, missing, 2, 3}})}, {{1, 2, 1000, 3, 4}});
    CHECK(*found.cc_raw == Approx(0.8));
    CHECK(*found.cc_norm == Approx(1 / std::sqrt(0.75 * 1.25)));
  }
  SUBCASE("a trial that ends early: the mean over the others in CCraw, the common bins in CCnorm") {
    const UnitScore found =
        score_one({one_unit_clip({{0, 3, 2, 5, missing}, {2, 3, 2, 3, 10}})}, {{1, 2, 3, 4, 0}});
    CHECK(*found.cc_norm == Approx(1 / std::sqrt(0.75 * 1.25)));
    // p: 1 2 3 4 0, mean 2, variance 2; r: 1 3 2 4 10, mean 4, variance 10; products 1+6+6+16+0 = 29: 5.8 - 8
    // = -2.2.
    CHECK(*found.cc_raw == Approx(-2.2 / std::sqrt(20.0)));
  }
}

TEST_CASE("the padding of shorter clips and other units' bins do not enter") {
  // Two units: the first heard the first clip alone. Predictions [T, N].
  const data::Clip first = test::make_clip("a", {0, 0, 0, 0}, {two_trials, {{5, 5, 5, 6}}});
  const data::Clip second = test::make_clip("b", {0, 0}, {{}, {{1, 2}}});
  const SetScores found = score({first, second}, {{1, 0, 2, 0, 3, 0, 4, 9}, {77, 1, -77, 1}});
  CHECK(*found.units[0].cc_raw == Approx(0.8));
  CHECK(found.units[0].n_clips == 1);
  CHECK(found.units[1].n_clips == 2);
  CHECK(*found.cc_raw.mean == Approx((*found.units[0].cc_raw + *found.units[1].cc_raw) / 2));
}

TEST_CASE("scores that do not exist are left out, counted and explained") {
  SUBCASE("a constant response") {
    const UnitScore found = score_one({one_unit_clip({{0.1F, 0.1F, 0.1F}, {0.1F, 0.1F, 0.1F}})}, {{1, 2, 3}});
    CHECK(!found.cc_raw);
    CHECK(!found.cc_norm);
    CHECK(found.reason == "the response is constant");
  }
  SUBCASE("trials that share nothing: no CCnorm, but a CCraw") {
    // Trials 1 0 1 0 and 1 1 0 0: uncorrelated, SP = (0.5 - 0.5) / 2 = 0.
    const SetScores found = score({one_unit_clip({{1, 0, 1, 0}, {1, 1, 0, 0}})}, {{2, 1, 1, 0}});
    CHECK(*found.units[0].cc_raw == Approx(1));
    CHECK(!found.units[0].cc_norm);
    CHECK(found.units[0].reason == "the signal power is not above zero: the trials share no signal");
    CHECK(found.cc_norm.n_null == 1);
    CHECK(!found.cc_norm.mean);
    CHECK(found.cc_raw.n_null == 0);
  }
  SUBCASE("trials that contradict each other: a signal power below zero") {
    const UnitScore found = score_one({one_unit_clip({{1, 0, 1, 0.5F}, {0, 1, 0, 1}})}, {{0, 0, 0, 1}});
    CHECK(*found.signal_power < 0);
    CHECK(!found.cc_norm);
    CHECK(!found.cc_max);
  }
  SUBCASE("a unit that heard nothing") {
    const data::Clip clip = test::make_clip("a", {0, 0, 0, 0}, {two_trials, {}});
    const SetScores found = score({clip}, {{1, 0, 2, 0, 3, 0, 4, 0}});
    CHECK(!found.units[1].cc_raw);
    CHECK(found.units[1].reason == "the unit heard none of the clips");
    CHECK(found.cc_raw.n_null == 1);
    CHECK(*found.cc_raw.mean == Approx(0.8));
  }
  SUBCASE("a prediction that is not finite") {
    const UnitScore found = score_one({one_unit_clip(two_trials)}, {{1, 2, missing, 4}});
    CHECK(!found.cc_raw);
    CHECK(found.reason == "the prediction is not finite");
  }
  SUBCASE("a response without trials") {
    data::Clip clip = one_unit_clip({{1, 3, 2, 4}});
    clip.trials = data::TrialsOfUnits(std::vector<data::Trials>(1));
    const UnitScore found = score_one({clip}, {ramp});
    CHECK(*found.cc_raw == Approx(0.8));
    CHECK(!found.cc_norm);
    CHECK(found.reason == "no single trials, which CCnorm needs");
  }
}

TEST_CASE("a constant prediction scores 0, so that a dead fit lowers the mean") {
  for (const Series& constant : {Series{0, 0, 0, 0}, Series{3, 3, 3, 3}, Series{1, 1.0000002F, 1, 1}}) {
    const UnitScore found = score_one({one_unit_clip(two_trials)}, {constant});
    CHECK(*found.cc_raw == 0);
    CHECK(*found.cc_norm == 0);
    CHECK(found.reason == "the prediction is constant: counted as 0");
  }
  // A small modulation on a mean of 1 is no constant.
  CHECK(*score_one({one_unit_clip(two_trials)}, {{1.0001F, 1.0002F, 1.0003F, 1.0004F}}).cc_raw > 0.79);
}

TEST_CASE("scores that the protocol does not ask for") {
  const SetScores found = score({one_unit_clip(two_trials)}, {ramp}, {true, false});
  CHECK(found.units[0].cc_raw);
  CHECK(!found.units[0].cc_norm);
  CHECK(found.units[0].reason == "the protocol does not ask for CCnorm");
  CHECK(!score({one_unit_clip(two_trials)}, {ramp}, {false, true}).units[0].cc_raw);
}

TEST_CASE("planted fault: CCnorm from unsmoothed trials is another number") {
  const UnitTrials spikes = {{0, 1, 0, 0, 1, 1, 0, 0}, {0, 1, 0, 0, 0, 1, 0, 1}, {1, 1, 0, 0, 1, 1, 0, 0}};
  UnitTrials alike;
  for (const Series& trial : spikes) alike.push_back(smoothed(trial));
  const Series prediction = {0.3F, 0.5F, 0.2F, 0.1F, 0.4F, 0.6F, 0.3F, 0.1F};
  const UnitScore right = score_one({one_unit_clip(alike)}, {prediction});
  data::Clip mixed = one_unit_clip(alike);      // the response smoothed,
  mixed.trials = one_unit_clip(spikes).trials;  // its trials not
  const UnitScore wrong = score_one({mixed}, {prediction});
  // Worked out apart from this program, in exact fractions.
  CHECK(*right.cc_norm == Approx(1.330938961875383).epsilon(1e-6));
  CHECK(*wrong.cc_norm == Approx(0.4916796028596457).epsilon(1e-6));
}
