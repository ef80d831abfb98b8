#include "runtime/data/spike_checks.h"

#include <doctest/doctest.h>

#include "tests/data/data_helpers.h"

using namespace stria;
using namespace stria::data;
using namespace stria::data::testing;

namespace {

// Spikes every `every` ms up to `until` ms, two trials, in clips of 1 s.
RecordedSpikes recorded(const std::string& stimulus, int64_t every, int64_t until) {
  auto times = std::make_shared<SpikeTimes>();
  times->trials.resize(2);
  times->file = "spike_" + stimulus;
  for (int64_t t = every; t <= until; t += every)
    for (auto& trial : times->trials) trial.push_back(ms(t));
  BinnedTrials trials;
  trials.dt = ms(10);
  trials.spikes = times;
  RecordedSpikes file = recorded_spikes(trials, 100);
  file.unit = "u";
  file.stimulus = stimulus;
  return file;
}

std::string refused_files(const std::vector<RecordedSpikes>& files) {
  return message_of([&] { check_spikes(files); });
}

}  // namespace

TEST_CASE("recorded_spikes: what lies in the clip and what after it") {
  const RecordedSpikes file = recorded("a", 300, 1500);
  CHECK(file.end == doctest::Approx(1));
  CHECK(file.n_inside == 6);
  CHECK(file.n_after == 4);
  CHECK(file.last_inside == doctest::Approx(0.9));
  CHECK(file.last == doctest::Approx(1.5));
}

TEST_CASE("data.5: a file whose spikes mostly come after its clip is refused, a few are left out") {
  CHECK(refused_files({recorded("a", 50, 1200), recorded("b", 50, 1000), recorded("c", 50, 1000)}).empty());
  const std::string message = refused_files({recorded("a", 50, 1000), recorded("b", 50, 2500)});
  CHECK(contains(message, "of the 100 spikes of `spike_b` (unit `u`, stimulus `b`) come after the end"));
  CHECK(contains(message, "2500 ms of 1000 ms"));
}

TEST_CASE("a spike file shorter than its clip, where the unit's others are not, is refused") {
  const auto whole = recorded("a", 50, 1000), other = recorded("b", 50, 950);
  const std::string message = refused_files({whole, other, recorded("c", 25, 400)});
  CHECK(contains(message, "`spike_c` (unit `u`, stimulus `c`) end at 400 ms, the clip at 1000 ms"));
  // A few spikes may be early by chance, and a unit that answers to onsets only is early in every clip.
  CHECK(refused_files({whole, other, recorded("c", 100, 400)}).empty());
  CHECK(refused_files({recorded("a", 25, 400), recorded("b", 25, 400), recorded("c", 25, 400)}).empty());
  CHECK(refused_files({whole, other, recorded("c", 50, 0)}).empty());
}

TEST_CASE("times in seconds, read as milliseconds, are found") {
  CHECK(contains(refused_files({recorded("a", 1, 8), recorded("b", 1, 9)}),
                 "the first hundredth of their clips"));
  CHECK(refused_files({recorded("a", 1, 8), recorded("b", 1, 20)}).empty());
}
