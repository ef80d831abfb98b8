#include "runtime/data/trials.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/data/data_helpers.h"

using namespace stria;
using namespace stria::data;
using namespace stria::data::testing;

namespace {

std::shared_ptr<BinnedTrials> binned(const std::vector<std::vector<Rational>>& trials, const Rational& dt) {
  auto spikes = std::make_shared<SpikeTimes>();
  spikes->trials = trials;
  auto result = std::make_shared<BinnedTrials>();
  result->spikes = spikes;
  result->dt = dt;
  return result;
}

std::vector<float> smoothed(std::vector<float> values, const Rational& width, const Rational& dt) {
  smooth(values, 1, static_cast<int64_t>(values.size()), hann_taps(width, dt));
  return values;
}

}  // namespace

TEST_CASE("data.9: a spike on an edge opens the later bin, by exact arithmetic") {
  BinningCounts counts;
  // 0.3 s / 0.1 s is 2.9999999999999996 in doubles, 3 exactly.
  const auto trials = binned({{ratio(3, 10), ratio(29, 100), Rational(0)}}, ratio(1, 10));
  const Trials result = realise(*trials, 4, counts);
  CHECK(result.values == std::vector<float>{1, 0, 1, 1});
  CHECK(counts.spikes == 3);
}

TEST_CASE("data.9: counts, not 0 or 1; a step that is no whole number of ms") {
  BinningCounts counts;
  const auto trials = binned({{ms(1), ms(2), ms(3)}, {}}, ratio(1, 300));
  const Trials result = realise(*trials, 2, counts);
  CHECK(result.n_trials == 2);
  CHECK(result.values == std::vector<float>{3, 0, 0, 0});
}

TEST_CASE("data.5: spikes at and after the clip's end are left out and counted") {
  BinningCounts counts;
  const auto trials = binned({{ms(0), ms(19), ms(20), ms(500)}}, ms(10));
  CHECK(realise(*trials, 2, counts).values == std::vector<float>{1, 1});
  CHECK(counts.after_end == 2);
  CHECK(counts.spikes == 2);
}

TEST_CASE("data.5: `to` before the clip's end leaves the rest missing") {
  BinningCounts counts;
  auto trials = binned({{ms(0), ms(15), ms(20)}}, ms(10));
  trials->end = ms(20);
  const Trials result = realise(*trials, 3, counts);
  CHECK(result.values[0] == 1);
  CHECK(result.values[1] == 1);
  CHECK(std::isnan(result.values[2]));
  CHECK(counts.after_end == 1);
}

TEST_CASE("data.5: counts that end early are missing from there on, longer ones are refused") {
  BinningCounts counts;
  const Trials result = realise(*counts_of({{1, 2}, {3, 4}}, ms(10)), 3, counts);
  CHECK(result.values[1] == 2);
  CHECK(std::isnan(result.values[2]));
  CHECK(result.values[3] == 3);
  CHECK(contains(message_of([&] {
                   realise(*counts_of({{1, 2, 3}}, ms(10)), 2, counts);
                 }),
                 "have 3 bins, their stimulus 2"));
}

TEST_CASE("Hann: 21 ms at 5 ms is 0.003, 0.258, 0.479, 0.258, 0.003") {
  const std::vector<double> taps = hann_taps(ms(21), ms(5));
  REQUIRE(taps.size() == 5);
  // (1 + cos(2 pi 10/21)) / 2 = 0.005585, (1 + cos(2 pi 5/21)) / 2 = 0.537365, 1; sum 2.085899
  CHECK(taps[0] == doctest::Approx(0.005585 / 2.085899).epsilon(1e-4));
  CHECK(taps[1] == doctest::Approx(0.537365 / 2.085899).epsilon(1e-5));
  CHECK(taps[2] == doctest::Approx(1.0 / 2.085899).epsilon(1e-5));
  CHECK(std::round(1000 * taps[0]) == 3);
  CHECK(std::round(1000 * taps[1]) == 258);
  CHECK(std::round(1000 * taps[2]) == 479);
  CHECK(taps[3] == taps[1]);
  CHECK(taps[4] == taps[0]);
}

TEST_CASE("Hann: always an odd number of taps; a window of two bins or less smooths nothing") {
  CHECK(hann_taps(ms(20), ms(5)).size() == 3);  // |t| < 10 ms: the taps at 10 ms are out
  CHECK(hann_taps(ms(21), ms(1)).size() == 21);
  CHECK(hann_taps(ms(21), ms(10)).size() == 3);
  CHECK(hann_taps(ms(10), ms(5)) == std::vector<double>{1.0});
  CHECK(hann_taps(ms(1), ms(5)) == std::vector<double>{1.0});
  for (const int64_t width : {7, 12, 20, 33}) {
    const std::vector<double> taps = hann_taps(ms(width), ms(2));
    CHECK(taps.size() % 2 == 1);
    double sum = 0;
    for (const double tap : taps) sum += tap;
    CHECK(sum == doctest::Approx(1.0));
  }
}

TEST_CASE("Hann: smoothing is centred: an impulse stays where it is, and its two sides are equal") {
  std::vector<float> impulse(11, 0.0F);
  impulse[5] = 1.0F;
  const std::vector<float> response = smoothed(impulse, ms(21), ms(5));
  double centre = 0, sum = 0;
  for (size_t t = 0; t < response.size(); ++t) {
    centre += static_cast<double>(t) * static_cast<double>(response[t]);
    sum += static_cast<double>(response[t]);
  }
  CHECK(sum == doctest::Approx(1.0));
  CHECK(centre / sum == doctest::Approx(5.0).epsilon(1e-6));
  CHECK(response[4] == response[6]);
  CHECK(response[3] == response[7]);
  CHECK(response[5] == doctest::Approx(0.4794).epsilon(1e-3));
}

TEST_CASE("Hann: at a clip's ends over the bins that exist, divided by their sum again") {
  const std::vector<float> constant = smoothed(std::vector<float>(4, 2.0F), ms(21), ms(5));
  for (const float value : constant) CHECK(value == doctest::Approx(2.0));
  const std::vector<double> taps = hann_taps(ms(21), ms(5));
  const std::vector<float> edge = smoothed({1, 0, 0, 0, 0, 0}, ms(21), ms(5));
  CHECK(edge[0] == doctest::Approx(taps[2] / (taps[2] + taps[3] + taps[4])));
  CHECK(edge[1] == doctest::Approx(taps[1] / (taps[1] + taps[2] + taps[3] + taps[4])));
  CHECK(edge[2] == doctest::Approx(taps[0]));
  CHECK(edge[3] == 0.0F);
}

TEST_CASE("Hann: a missing bin stays missing and spoils no other") {
  const float nan = std::nanf("");
  const std::vector<float> values = smoothed({1, 1, nan, 1, 1}, ms(21), ms(5));
  CHECK(std::isnan(values[2]));
  for (const size_t t : {0, 1, 3, 4}) CHECK(values[t] == doctest::Approx(1.0));
}

TEST_CASE("bin and smooth as natives: steps are kept until the length is known") {
  auto spikes = std::make_shared<SpikeTimes>();
  spikes->trials = {{ms(7)}};
  const Value trials = call("bin", {{"trials", make_data(spikes)}, {"dt", time(ms(5))}, {"to", none()}});
  const Value smooth =
      call("smooth", {{"trials", trials}, {"window", call("hann", {{"width", time(ms(21))}})}});
  BinningCounts counts;
  const Trials result = realise(*object<BinnedTrials>(smooth), 6, counts);
  CHECK(result.values.size() == 6);
  CHECK(result.values[1] > result.values[2]);
  CHECK(contains(message_of([&] {
                   call("bin", {{"trials", make_data(spikes)}, {"dt", time(Rational(0))}, {"to", none()}});
                 }),
                 "`dt` of `bin` is not longer than 0"));
  CHECK(contains(message_of([&] {
                   call("smooth", {{"trials", make_data(spikes)}, {"window", smooth}});
                 }),
                 "`window`"));
  CHECK(contains(message_of([&] {
                   call("smooth", {{"trials", trials},
                                   {"window", call("hann", {{"width", time(Rational(1'000'000))}})}});
                 }),
                 "too long"));
}
