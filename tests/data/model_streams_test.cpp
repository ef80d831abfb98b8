// Streams beside the stimulus: read, checked, and 0 where a unit's stream has no number.
#include "runtime/data/model_streams.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/data/data_helpers.h"

using namespace stria;
using namespace stria::data;
using namespace stria::data::testing;

namespace {

const DataStream right{"right", false, "G", std::nullopt}, past{"past", true, "N", std::nullopt};

Value mean_of(const std::vector<std::vector<float>>& trials, const Rational& dt = ms(10)) {
  auto mean = std::make_shared<MeanOfTrials>();
  mean->trials = counts_of(trials, dt);
  return make_data(mean);
}

// Two stimuli of 3 and 2 bins; units u, v and w, of which w did nothing. `right` has two bands; `past` two
// trials, and unit v has none for the second stimulus.
HandMadeProgram two_ears() {
  HandMadeProgram p;
  p.stimuli = {"a", "b"};
  p.units = {"u", "v", "w"};
  p.stimulus_item = [](size_t s) {
    return make_data(stream_of(s == 0 ? std::vector<double>{1, 2, 3} : std::vector<double>{4, 5}, 1, ms(10)));
  };
  p.trials_item = [](size_t u, size_t s) {
    if (u == 2) return none();
    return make_data(counts_of({std::vector<float>(s == 0 ? 3 : 2, 1.0F)}, ms(10)));
  };
  p.stream_item = [](const DataStream& stream, std::optional<size_t> u, size_t s) {
    if (stream.name == "right")
      return make_data(stream_of(
          s == 0 ? std::vector<double>{1, 10, 2, 20, 3, 30} : std::vector<double>{4, 40, 5, 50}, 2, ms(10)));
    if (*u == 1 && s == 1) return none();
    if (s == 1) return mean_of({{7, 8}});
    return *u == 0 ? mean_of({{1, 2, 3}, {3, 4, 5}}) : mean_of({{5, 6}});
  };
  return p;
}

int64_t n_counted(const PreparedData& data, const std::string& what) {
  for (const LoadCount& count : data.counts)
    if (contains(count.what, what)) return count.count;
  return 0;
}

std::string refused(HandMadeProgram& p, const std::vector<DataStream>& streams) {
  return message_of([&] { prepare(p, {}, streams); });
}

// The message where the item of `right` for the first stimulus is this.
std::string refused_for(const Value& item, std::optional<int64_t> size = std::nullopt) {
  HandMadeProgram p = two_ears();
  const auto usual = p.stream_item;
  p.stream_item = [=](const DataStream& stream, std::optional<size_t> u, size_t s) {
    return s == 0 ? item : usual(stream, u, s);
  };
  return refused(p, {{"right", false, "G", size}});
}

}  // namespace

TEST_CASE("streams: frames of the stimulus [T, D], of units [T, N] in the order of the kept units") {
  HandMadeProgram p = two_ears();
  const PreparedData data = prepare(p, {}, {past, right});
  REQUIRE(data.inputs.size() == 3);
  CHECK(data.inputs[0].stream.name == "stimulus");
  CHECK(data.units == std::vector<std::string>{"u", "v"});
  CHECK(data.inputs[1].stream.size == 2);
  CHECK(data.inputs[2].stream.size == 2);
  CHECK(data.clips[0].cochleagram() == std::vector<float>{1, 2, 3});
  CHECK(data.clips[0].inputs[1] == std::vector<float>{2, 5, 3, 6, 4, 0});
  CHECK(data.clips[0].inputs[2] == std::vector<float>{1, 10, 2, 20, 3, 30});
  CHECK(data.clips[1].inputs[1] == std::vector<float>{7, 0, 8, 0});
  CHECK(n_counted(data, "pairs of unit and stimulus without `past`") == 1);
  CHECK(n_counted(data, "bins without `past`") == 1);
  const DataSizes sizes = data.sizes();
  CHECK(sizes.n_bands == 1);
  CHECK(sizes.n_units == 2);
  REQUIRE(sizes.streams.size() == 2);
  CHECK(sizes.streams[1].size == 2);
}

TEST_CASE("streams: those of fewer units are of these alone") {
  HandMadeProgram p = two_ears();
  const PreparedData data = prepare(p, {1}, {past});
  CHECK(data.clips[0].inputs[1] == std::vector<float>{5, 6, 0});
}

TEST_CASE("streams: only what is asked for is read, and only that is in the hash") {
  HandMadeProgram p = two_ears();
  const std::string with_both = prepare(p, {}, {past, right}).sha256;
  const std::string with_right = prepare(p, {}, {right}).sha256;
  int n_read = 0;
  p.stream_item = [&](const DataStream&, std::optional<size_t>, size_t) {
    ++n_read;
    return none();
  };
  const PreparedData data = prepare(p, {});
  CHECK(n_read == 0);
  CHECK(data.inputs.size() == 1);
  CHECK(data.sha256 != with_right);
  CHECK(with_right != with_both);
}

TEST_CASE("data.5: a stream is cut with its stimulus") {
  HandMadeProgram p = two_ears();
  p.length_item = [](size_t) { return whole(2); };
  p.trials_item = [](size_t, size_t) { return make_data(counts_of({{1, 1}}, ms(10))); };
  const PreparedData data = prepare(p, {0}, {right});
  CHECK(data.clips[0].inputs[1] == std::vector<float>{1, 10, 2, 20});
  const auto usual = p.stream_item;
  p.stream_item = [](const DataStream&, std::optional<size_t>, size_t) {
    return make_data(stream_of({6, 60, 7, 70}, 2, ms(10)));
  };
  CHECK(prepare(p, {0}, {right}).clips[0].inputs[1] == std::vector<float>{6, 60, 7, 70});
}

TEST_CASE("streams: a mean over trials as frames of one number, none missing") {
  HandMadeProgram p = two_ears();
  p.stream_item = [](const DataStream&, std::optional<size_t>, size_t s) {
    return s == 0 ? mean_of({{1, 0, 0}, {0, 0, 1}}) : mean_of({{0, 1}});
  };
  CHECK(prepare(p, {}, {right}).clips[0].inputs[1] == std::vector<float>{0.5, 0, 0.5});
  CHECK(contains(refused_for(mean_of({{1, 2}})),
                 "`right` of the stimulus `a` is not a number in bin 2, band 0"));
}

TEST_CASE("streams: what does not fit its stimulus is refused by name") {
  const std::string item = "`right` of the stimulus `a`";
  CHECK(contains(refused_for(make_data(stream_of({1, 2, 3, 4}, 2, ms(10)))),
                 item + " has 2 bins, and the stimulus 3"));
  CHECK(contains(refused_for(make_data(stream_of({1, 2, 3, 4}, 1, ms(10)))),
                 item + " has 4 bins, and the stimulus 3"));
  CHECK(contains(refused_for(make_data(stream_of({1, 2, 3}, 1, ms(5)))), item + " has bins of 5 ms"));
  CHECK(contains(refused_for(none()), item + " is `none`, not a stream of frames"));
  CHECK(contains(refused_for(whole(3)), item + " is"));
  CHECK(contains(refused_for(make_data(stream_of({1, 2, std::nan("")}, 1, ms(10)))),
                 item + " is not a number in bin 2, band 0"));
  CHECK(contains(refused_for(make_data(stream_of({1, 2, 3}, 1, ms(10))), 2),
                 item + " has 1 bands, and G is 2"));
  CHECK(contains(refused_for(make_data(stream_of({1, 2, 3}, 1, ms(10)))),
                 "`right` of the stimulus `b` has 2 bands, and G is 1"));
}

TEST_CASE("streams: those of one dim have one size, F that of the stimulus") {
  HandMadeProgram p = two_ears();
  CHECK(contains(refused(p, {{"right", false, "F", std::nullopt}}),
                 "`right` of the stimulus `a` has 2 bands, and the stimulus has 1"));
  const auto usual = p.stream_item;
  p.stream_item = [=](const DataStream& stream, std::optional<size_t> u, size_t s) {
    if (stream.name != "left") return usual(stream, u, s);
    return make_data(stream_of(s == 0 ? std::vector<double>{1, 2, 3} : std::vector<double>{1, 2}, 1, ms(10)));
  };
  const DataStream left{"left", false, "G", std::nullopt};
  CHECK(contains(refused(p, {left, right}),
                 "`right` of the stimulus `a` has 2 bands, and `left` of that dim has 1"));
}

TEST_CASE("streams of units: a mean over trials or none") {
  HandMadeProgram p = two_ears();
  p.stream_item = [](const DataStream&, std::optional<size_t>, size_t) {
    return make_data(counts_of({{1, 2, 3}}, ms(10)));
  };
  const std::string message = refused(p, {past});
  CHECK(contains(message, "`past` of unit `u`, stimulus `a` is"));
  CHECK(contains(message, "not a number a bin"));
  p.stream_item = [](const DataStream&, std::optional<size_t>, size_t) {
    return mean_of({{1, 2, 3}}, ms(5));
  };
  CHECK(contains(refused(p, {past}), "has bins of 5 ms"));
  p.stream_item = [](const DataStream&, std::optional<size_t>, size_t) { return mean_of({{1, 2, 3, 4}}); };
  CHECK(contains(refused(p, {past}), "have 4 bins, their stimulus 3"));
}

TEST_CASE("data.8: a stream's own steps are fitted on its training clips and applied to it alone") {
  HandMadeProgram p = two_ears();
  const auto usual = p.stream_item;
  p.stream_item = [=](const DataStream& stream, std::optional<size_t> u, size_t s) {
    const Value value = usual(stream, u, s);
    auto scaled = std::make_shared<Stream>(*object<Stream>(value));
    scaled->fitted.push_back({FittedStep::Kind::minmax, true, false});
    return make_data(scaled);
  };
  const PreparedData data = prepare(p, {}, {right});
  const auto clips = apply_split(data, {{0}, {}, {1}, ""});
  CHECK(clips[0].cochleagram() == data.clips[0].cochleagram());
  CHECK(clips[0].inputs[1] == std::vector<float>{0, 0, 0.5, 0.5, 1, 1});
  CHECK(clips[1].inputs[1] == std::vector<float>{1.5, 1.5, 2, 2});
  HandMadeProgram still = two_ears();
  still.stream_item = [=](const DataStream&, std::optional<size_t>, size_t s) {
    auto scaled = std::make_shared<Stream>(*stream_of(std::vector<double>(s == 0 ? 3 : 2, 1.0), 1, ms(10)));
    scaled->fitted.push_back({FittedStep::Kind::zscore, false, false});
    return make_data(scaled);
  };
  CHECK(contains(message_of([&] {
                   apply_split(prepare(still, {}, {right}), {{0}, {}, {1}, ""});
                 }),
                 "`zscore` cannot scale `Hand`: `right` of the 1 clips it is fitted on never changes"));
}

TEST_CASE("sizes of streams that are not declared are those of the first stimulus") {
  HandMadeProgram p = two_ears();
  const auto streams = with_sizes(p, {past, right});
  CHECK(!streams[0].size);
  CHECK(streams[1].size == 2);
}
