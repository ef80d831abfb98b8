#include "runtime/data/prepared.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/data/data_helpers.h"

using namespace stria;
using namespace stria::data;
using namespace stria::data::testing;

namespace {

// Two stimuli of 3 and 2 bins, one band; two units with one trial each that counts 10 u + s, plus the bin.
HandMadeProgram program() {
  HandMadeProgram p;
  p.stimuli = {"a", "b"};
  p.units = {"u", "v"};
  p.stimulus_item = [](size_t s) {
    return make_data(stream_of(s == 0 ? std::vector<double>{1, 2, 3} : std::vector<double>{4, 5}, 1, ms(10)));
  };
  p.trials_item = [](size_t u, size_t s) {
    std::vector<float> trial;
    for (size_t t = 0; t < (s == 0 ? 3U : 2U); ++t) trial.push_back(static_cast<float>(10 * u + s + t));
    return make_data(counts_of({trial}, ms(10)));
  };
  return p;
}

int64_t count_of(const PreparedData& data, const std::string& what) {
  for (const LoadCount& count : data.counts)
    if (contains(count.what, what)) return count.count;
  return 0;
}

std::string refused(HandMadeProgram p) {
  return message_of([&] { prepare(p, {}); });
}

}  // namespace

TEST_CASE("prepare: stimuli [T, F], responses [T, N] and trials of every pair") {
  HandMadeProgram p = program();
  const PreparedData data = prepare(p, {});
  CHECK(data.name == "Hand");
  CHECK(data.n_bands() == 1);
  CHECK(data.n_units == 2);
  CHECK(data.step == ms(10));
  CHECK(data.units == std::vector<std::string>{"u", "v"});
  CHECK(data.unit_index == std::vector<size_t>{0, 1});
  REQUIRE(data.clips.size() == 2);
  CHECK(data.clips[0].stimulus == "a");
  CHECK(data.clips[0].cochleagram() == std::vector<float>{1, 2, 3});
  CHECK(data.clips[0].response == std::vector<float>{0, 10, 1, 11, 2, 12});
  CHECK(data.clips[1].response == std::vector<float>{1, 11, 2, 12});
  CHECK(data.clips[1].present == std::vector<uint8_t>{1, 1, 1, 1});
  CHECK(data.clips[1].trials[1].values == std::vector<float>{11, 12});
}

TEST_CASE("prepare: a chosen unit alone") {
  HandMadeProgram p = program();
  const PreparedData data = prepare(p, {1});
  CHECK(data.units == std::vector<std::string>{"v"});
  CHECK(data.unit_index == std::vector<size_t>{1});
  CHECK(data.clips[0].response == std::vector<float>{10, 11, 12});
}

TEST_CASE("data.6: the response is the mean over trials in the same bin; a shift by one bin would show") {
  HandMadeProgram p = program();
  p.trials_item = [](size_t, size_t s) {
    return make_data(s == 0 ? counts_of({{0, 3, 0}, {0, 0, 1}, {0, 3, 0}}, ms(10))
                            : counts_of({{0, 1}}, ms(10)));
  };
  const PreparedData data = prepare(p, {0});
  CHECK(data.clips[0].response == std::vector<float>{0, 2, 1.0F / 3.0F});
  CHECK(data.clips[1].response == std::vector<float>{0, 1});
  CHECK(data.clips[0].trials[0].n_trials == 3);
  CHECK(data.clips[1].trials[0].n_trials == 1);
}

TEST_CASE("data.9: a spike lands in the bin of its time, at the same place as the stimulus") {
  HandMadeProgram p = program();
  p.trials_item = [](size_t, size_t) {
    auto spikes = std::make_shared<SpikeTimes>();
    spikes->trials = {{ms(10)}, {ms(19)}};
    return call("bin", {{"trials", make_data(spikes)}, {"dt", time(ms(10))}, {"to", none()}});
  };
  const PreparedData data = prepare(p, {0});
  CHECK(data.clips[0].response == std::vector<float>{0, 1, 0});
}

TEST_CASE("data.4: none is a missing pair, zero spikes is a response of zero") {
  HandMadeProgram p = program();
  p.trials_item = [](size_t u, size_t s) {
    if (u == 0 && s == 0) return none();
    return make_data(counts_of({std::vector<float>(s == 0 ? 3 : 2, 0.0F)}, ms(10)));
  };
  const PreparedData data = prepare(p, {});
  CHECK(data.clips[0].present == std::vector<uint8_t>{0, 1, 0, 1, 0, 1});
  CHECK(data.clips[0].trials[0].n_trials == 0);
  CHECK(data.clips[1].present == std::vector<uint8_t>{1, 1, 1, 1});
  CHECK(data.clips[1].response == std::vector<float>{0, 0, 0, 0});
  CHECK(count_of(data, "not recorded") == 1);
}

TEST_CASE("data.4: no trial at all makes the pair missing") {
  HandMadeProgram p = program();
  p.trials_item = [](size_t u, size_t s) {
    if (u == 0 && s == 0) return make_data(counts_of({}, ms(10)));
    return make_data(counts_of({{1, 1}}, ms(10)));
  };
  const PreparedData data = prepare(p, {});
  CHECK(data.clips[0].present[0] == 0);
}

TEST_CASE("units without any response leave, and stimuli that no kept unit heard; both are counted") {
  HandMadeProgram p = program();
  p.stimuli = {"a", "b", "c"};
  p.trials_item = [](size_t u, size_t s) {
    if (u == 0 || s == 1) return none();
    return make_data(counts_of({{1, 1}}, ms(10)));
  };
  const PreparedData data = prepare(p, {});
  CHECK(data.units == std::vector<std::string>{"v"});
  CHECK(data.unit_index == std::vector<size_t>{1});
  REQUIRE(data.clips.size() == 2);
  CHECK(data.clips[1].stimulus == "c");
  CHECK(count_of(data, "units without any response") == 1);
  CHECK(count_of(data, "stimuli that no kept unit heard") == 1);
  CHECK(count_of(data, "not recorded") == 0);
  p.trials_item = [](size_t, size_t) { return none(); };
  CHECK(contains(refused(p), "no unit of `Hand` has a response"));
}

TEST_CASE("data.5: a trace that ends early is missing from there on; the mean is over the trials present") {
  HandMadeProgram p = program();
  p.trials_item = [](size_t, size_t s) {
    const float nan = std::nanf("");
    return make_data(s == 0 ? counts_of({{2, 2, nan}, {4, nan, nan}}, ms(10)) : counts_of({{1}}, ms(10)));
  };
  const PreparedData data = prepare(p, {0});
  CHECK(data.clips[0].response == std::vector<float>{3, 2, 0});
  CHECK(data.clips[0].present == std::vector<uint8_t>{1, 1, 0});
  CHECK(data.clips[1].present == std::vector<uint8_t>{1, 0});
}

TEST_CASE("data.5: `fn length` cuts a stimulus, in time or bins") {
  HandMadeProgram p = program();
  p.trials_item = [](size_t, size_t) { return make_data(counts_of({{1, 1}}, ms(10))); };
  p.length_item = [](size_t s) -> std::optional<Value> { return s == 0 ? time(ms(29)) : whole(7); };
  const PreparedData data = prepare(p, {0});
  CHECK(data.clips[0].n_bins == 2);
  CHECK(data.clips[0].cochleagram() == std::vector<float>{1, 2});
  CHECK(data.clips[1].n_bins == 2);
  p.length_item = [](size_t) -> std::optional<Value> { return whole(0); };
  CHECK(contains(refused(p), "the length of `a` is 0 bins"));
}

TEST_CASE("prepare: spikes before onset and after the end are counted") {
  HandMadeProgram p = program();
  p.trials_item = [](size_t, size_t) {
    auto spikes = std::make_shared<SpikeTimes>();
    spikes->trials = {{ms(5), ms(25), ms(90)}};
    spikes->n_before_onset = 2;
    return call("bin", {{"trials", make_data(spikes)}, {"dt", time(ms(10))}, {"to", none()}});
  };
  const PreparedData data = prepare(p, {0});
  CHECK(count_of(data, "before onset") == 4);
  CHECK(count_of(data, "after the end") == 3);  // 90 ms twice, 25 ms in the clip of 2 bins
}

TEST_CASE("data.6: an explicit response holds; one that is not the mean of its trials is counted") {
  HandMadeProgram p = program();
  p.response_item = [](size_t, size_t s) {
    return call("psth", {{"trials",
                          make_data(s == 0 ? counts_of({{5, 5, 5}}, ms(10)) : counts_of({{1, 2}}, ms(10)))}});
  };
  const PreparedData data = prepare(p, {0});
  CHECK(data.clips[0].response == std::vector<float>{5, 5, 5});
  CHECK(data.clips[0].trials[0].values == std::vector<float>{0, 1, 2});
  CHECK(count_of(data, "not the mean") == 1);
  HandMadeProgram alone = p;
  alone.trials_item = nullptr;
  const PreparedData without = prepare(alone, {0});
  CHECK(without.clips[0].response == std::vector<float>{5, 5, 5});
  CHECK(without.clips[0].trials[0].n_trials == 0);
}

TEST_CASE("data.4: a stimulus that is not a number is an error with file, bin and band") {
  HandMadeProgram p = program();
  p.stimulus_item = [](size_t) {
    auto stream = stream_of({1, 2, 3, std::nan("")}, 2, ms(10));
    stream->source = "a.csv";
    return make_data(stream);
  };
  CHECK(contains(refused(p), "the stimulus `a` is not a number in bin 1, band 1 (from a.csv)"));
}

TEST_CASE("prepare: stimuli that do not fit together are refused by name") {
  HandMadeProgram p = program();
  p.stimulus_item = [](size_t s) { return make_data(stream_of({1, 2, 3, 4}, s == 0 ? 1 : 2, ms(10))); };
  CHECK(contains(refused(p), "the stimulus `b` has 2 bands, `a` has 1"));
  p.stimulus_item = [](size_t) { return make_data(stream_of({1, 2}, 1, ms(5))); };
  CHECK(contains(refused(p), "the stimulus `a` has bins of 5 ms, the dataset's step is 10 ms"));
  p.stimulus_item = [](size_t) { return make_data(stream_of({}, 1, ms(10))); };
  CHECK(contains(refused(p), "the stimulus `a` has no bins"));
  p.stimulus_item = [](size_t) { return none(); };
  CHECK(contains(refused(p), "not a stream of frames"));
  p = program();
  p.bands = 34;
  CHECK(contains(refused(p), "has 1 bands, `[F = 34]` is declared"));
  p = program();
  p.stimulus_item = [](size_t s) {
    auto stream = stream_of({1, 2, 3}, 1, ms(10));
    if (s == 1) stream->fitted.push_back({});
    return make_data(stream);
  };
  CHECK(contains(refused(p), "`b` is scaled in another way than `a`"));
}

TEST_CASE("data.7: names must be unique") {
  HandMadeProgram p = program();
  p.stimuli = {"a", "a"};
  CHECK(contains(refused(p), "two stimuli of `Hand` are named `a`"));
  p = program();
  p.units = {"u", "u"};
  CHECK(contains(refused(p), "two units of `Hand` are named `u`"));
}

TEST_CASE("prepare: an empty inventory, nothing to respond, trials of another kind or step") {
  HandMadeProgram p = program();
  p.stimuli.clear();
  CHECK(contains(refused(p), "has no stimulus"));
  p = program();
  p.units.clear();
  CHECK(contains(refused(p), "has no unit"));
  p = program();
  p.trials_item = nullptr;
  CHECK(contains(refused(p), "neither `trials` nor `response`"));
  p = program();
  p.trials_item = [](size_t, size_t) { return make_data(std::make_shared<SpikeTimes>()); };
  CHECK(contains(refused(p), "the trials of unit `u`, stimulus `a` are the spike times of 0 trials"));
  p.trials_item = [](size_t, size_t) { return make_data(counts_of({{1}}, ms(5))); };
  CHECK(contains(refused(p), "have bins of 5 ms, the dataset's step is 10 ms"));
  p.trials_item = [](size_t, size_t) { return make_data(counts_of({{1, 1, 1}}, ms(10))); };
  CHECK(contains(refused(p), "3 bins, their stimulus 2"));
}

TEST_CASE("prepare: the hash changes with any value and with nothing else") {
  HandMadeProgram p = program();
  const std::string hash = prepare(p, {}).sha256;
  CHECK(hash.size() == 64);
  CHECK(prepare(p, {}).sha256 == hash);
  HandMadeProgram other = program();
  other.trials_item = [&](size_t u, size_t s) {
    auto trials = std::make_shared<BinnedTrials>(*object<BinnedTrials>(p.trials_item(u, s)));
    if (u == 1 && s == 1) trials->counts[0] += 1;
    return make_data(trials);
  };
  CHECK(prepare(other, {}).sha256 != hash);
  other = program();
  other.units[1] = "w";
  CHECK(prepare(other, {}).sha256 != hash);
}
