#include "runtime/data/split.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/data/data_helpers.h"

using namespace stria;
using namespace stria::data;
using namespace stria::data::testing;

namespace {

SplitRule split_rule(uint64_t seed = 0) { return {ratio(7, 10), ratio(1, 10), ratio(2, 10), seed}; }

PreparedData data_of(size_t n) {
  PreparedData data;
  data.name = "D";
  data.inputs = {{{"stimulus", false, "F", 1}, {}}};
  data.n_units = 1;
  data.units = {"u"};
  for (size_t c = 0; c < n; ++c) {
    Clip clip;
    clip.stimulus = "stim" + std::to_string(c + 1);
    clip.n_bins = 1;
    clip.inputs = {{static_cast<float>(c)}};
    clip.response = {0.0F};
    clip.present = {1};
    data.clips.push_back(clip);
  }
  return data;
}

std::set<std::string> names(const PreparedData& data, const std::vector<size_t>& part) {
  std::set<std::string> names;
  for (const size_t c : part) names.insert(data.clips[c].stimulus);
  return names;
}

}  // namespace

TEST_CASE("splits: the published counts, but for n = 8, 9, 11 and 22") {
  const int64_t published[][3] = {{3, 1, 1},  {6, 1, 1},  {4, 1, 1},  {1, 1, 1}, {25, 4, 7},  {14, 2, 4},
                                  {11, 2, 3}, {17, 3, 5}, {12, 2, 4}, {5, 1, 1}, {44, 6, 13}, {7, 1, 2}};
  for (const auto& [train, valid, test] : published) {
    const int64_t n = train + valid + test;
    const bool differs = n == 8 || n == 9 || n == 11 || n == 22;
    if (differs) continue;
    const PartSizes sizes = part_sizes(n, split_rule());
    CHECK_MESSAGE(sizes.train == train, n);
    CHECK_MESSAGE(sizes.valid == valid, n);
    CHECK_MESSAGE(sizes.test == test, n);
  }
}

TEST_CASE("splits: largest remainders, ties to test, then validation") {
  const auto sizes = [](int64_t n) {
    const PartSizes s = part_sizes(n, split_rule());
    return std::vector<int64_t>{s.train, s.valid, s.test};
  };
  CHECK(sizes(8) == std::vector<int64_t>{5, 1, 2});    // 5.6 0.8 1.6: validation, then test before training
  CHECK(sizes(9) == std::vector<int64_t>{6, 1, 2});    // 6.3 0.9 1.8
  CHECK(sizes(11) == std::vector<int64_t>{8, 1, 2});   // 7.7 1.1 2.2
  CHECK(sizes(22) == std::vector<int64_t>{15, 2, 5});  // 15.4 2.2 4.4: test before training
  CHECK(sizes(25) == std::vector<int64_t>{17, 3, 5});  // 17.5 2.5 5: validation before training
  CHECK(sizes(3) == std::vector<int64_t>{1, 1, 1});    // 2.1 0.3 0.6: at least one each
  for (int64_t n = 3; n < 200; ++n) {
    const PartSizes s = part_sizes(n, split_rule());
    CHECK(s.train + s.valid + s.test == n);
    CHECK(std::min({s.train, s.valid, s.test}) >= 1);
  }
}

TEST_CASE("rand.3: every clip once, the same for a seed, another for another") {
  const PreparedData data = data_of(20);
  const Split split = split_by_stimulus(data, split_rule(3));
  CHECK(split.train.size() == 14);
  CHECK(split.valid.size() == 2);
  CHECK(split.test.size() == 4);
  std::vector<size_t> all;
  for (const auto* part : {&split.train, &split.valid, &split.test}) {
    CHECK(std::is_sorted(part->begin(), part->end()));
    all.insert(all.end(), part->begin(), part->end());
  }
  std::sort(all.begin(), all.end());
  for (size_t i = 0; i < 20; ++i) CHECK(all[i] == i);
  CHECK(split_by_stimulus(data, split_rule(3)).sha256 == split.sha256);
  CHECK(split.sha256.size() == 64);
  std::set<std::string> hashes;
  for (uint64_t seed = 0; seed < 10; ++seed) hashes.insert(split_by_stimulus(data, split_rule(seed)).sha256);
  CHECK(hashes.size() == 10);
}

TEST_CASE("rand.3: by name: another order of the clips changes nothing") {
  const PreparedData data = data_of(12);
  PreparedData reversed = data;
  std::reverse(reversed.clips.begin(), reversed.clips.end());
  CHECK(names(data, split_by_stimulus(data, split_rule()).test) ==
        names(reversed, split_by_stimulus(reversed, split_rule()).test));
}

TEST_CASE("rand.3: one more clip moves at most the clips at the borders of the ranking") {
  const PreparedData small = data_of(20), large = data_of(21);
  const auto before = names(small, split_by_stimulus(small, split_rule()).test);
  auto after = names(large, split_by_stimulus(large, split_rule()).test);
  after.erase("stim21");
  size_t shared = 0;
  for (const std::string& name : after) shared += before.count(name);
  CHECK(shared + 1 >= after.size());
}

TEST_CASE("splits that leave a part empty are refused") {
  CHECK(
      contains(message_of([] { split_by_stimulus(data_of(2), split_rule()); }), "`D` has 2 clips: too few"));
  SplitRule none = split_rule();
  none.test = Rational(0);
  none.train = ratio(9, 10);
  CHECK(contains(message_of([&] { split_by_stimulus(data_of(9), none); }), "`test` of the split is 0 %"));
  SplitRule wrong = split_rule();
  wrong.train = ratio(8, 10);
  CHECK(contains(message_of([&] { split_by_stimulus(data_of(9), wrong); }), "make 110 %"));
}

TEST_CASE("a unit that no training clip was played to is named") {
  PreparedData data = data_of(10);
  const Split split = split_by_stimulus(data, split_rule());
  for (const size_t c : split.train) data.clips[c].present = {0};
  CHECK(contains(message_of([&] { split_by_stimulus(data, split_rule()); }),
                 "the unit `u` of `D` has no response to any of the 7 training"));
}
