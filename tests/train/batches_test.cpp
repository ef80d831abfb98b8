#include "runtime/train/batches.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "compiler/sema/value.h"
#include "tests/eval/clips.h"

using namespace stria;
using namespace stria::train;
using test::make_clip;
using Pointers = std::vector<const data::Clip*>;

namespace {

std::vector<data::Clip> named_clips(int n) {
  std::vector<data::Clip> clips;
  for (int i = 0; i < n; ++i) clips.push_back(make_clip("stim" + std::to_string(i), {0}, {{{1}}}));
  return clips;
}
Pointers pointers(const std::vector<data::Clip>& clips) {
  Pointers result;
  for (const data::Clip& clip : clips) result.push_back(&clip);
  return result;
}
std::vector<std::string> names(const Pointers& clips) {
  std::vector<std::string> result;
  for (const data::Clip* clip : clips) result.push_back(clip->stimulus);
  return result;
}

}  // namespace

TEST_CASE("rand.3: the order of an epoch depends on seed, epoch and stimulus alone") {
  const std::vector<data::Clip> clips = named_clips(12);
  const auto first = names(order_of_epoch(pointers(clips), 3, 1));
  CHECK(first == names(order_of_epoch(pointers(clips), 3, 1)));
  CHECK(first != names(order_of_epoch(pointers(clips), 3, 2)));
  CHECK(first != names(order_of_epoch(pointers(clips), 4, 1)));
  CHECK(first != names(pointers(clips)));
  auto sorted = first;
  std::sort(sorted.begin(), sorted.end());
  auto all = names(pointers(clips));
  std::sort(all.begin(), all.end());
  CHECK(sorted == all);

  Pointers reversed = pointers(clips);
  std::reverse(reversed.begin(), reversed.end());
  CHECK(first == names(order_of_epoch(reversed, 3, 1)));
}

TEST_CASE("rand.3: one more clip leaves the order of the others alone") {
  const std::vector<data::Clip> clips = named_clips(12);
  const std::vector<data::Clip> more = named_clips(13);
  auto order = names(order_of_epoch(pointers(more), 3, 1));
  order.erase(std::find(order.begin(), order.end(), "stim12"));
  CHECK(order == names(order_of_epoch(pointers(clips), 3, 1)));
}

TEST_CASE("the smaller last batch is kept") {
  const std::vector<data::Clip> clips = named_clips(7);
  const auto batches = cut_into_batches(pointers(clips), 3);
  REQUIRE(batches.size() == 3);
  CHECK(batches[0].size() == 3);
  CHECK(names(batches[2]) == std::vector<std::string>{"stim6"});
  CHECK(cut_into_batches(pointers(clips), 16).size() == 1);
}

TEST_CASE("run.1: clips of a batch are padded on the right and masked") {
  // Two bands, two units; the second unit did not hear the second clip.
  data::Clip first = make_clip("a", {0, 0, 0}, {{{1, 2, 3}}, {{4, 5, 6}}});
  first.inputs[0] = {1, 10, 2, 20, 3, 30};
  data::Clip second = make_clip("b", {0, 0}, {{{7, 8}}, {}});
  second.inputs[0] = {4, 40, 5, 50};
  const exec::Batch batch = make_batch({&first, &second}, true);
  CHECK(batch.n_clips == 2);
  CHECK(batch.n_bins == 3);
  REQUIRE(batch.inputs.size() == 1);
  CHECK(batch.inputs[0].size == 2);
  CHECK(batch.n_units == 2);
  CHECK(batch.inputs[0].values == std::vector<float>{1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 0, 0});
  CHECK(batch.valid == std::vector<uint8_t>{1, 1, 1, 1, 1, 0});
  CHECK(batch.response == std::vector<float>{1, 4, 2, 5, 3, 6, 7, 0, 8, 0, 0, 0});
  CHECK(batch.present == std::vector<uint8_t>{1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 0});
  CHECK(make_batch({&first}, false).response.empty());

  const JoinedResponses joined = join_responses({&first, &second}, 2);
  CHECK(joined.n_bins == 5);
  CHECK(joined.n_present == 8);
  CHECK(joined.response == std::vector<float>{1, 4, 2, 5, 3, 6, 7, 0, 8, 0});
}

TEST_CASE("statistics of the training responses leave out missing bins and other clips") {
  data::PreparedData data;
  data.name = "Test";
  data.units = {"u0", "u1"};
  data.n_units = 2;
  data.clips = {make_clip("a", {0, 0, 0}, {{{1, 2, test::missing}}, {{4, 5, 9}}}),
                make_clip("b", {0, 0}, {{{6, 7}}, {}}), make_clip("c", {0}, {{{100}}, {{100}}})};
  const exec::ResponseStatistics found = response_statistics(data, {0, 1});
  CHECK(found.minimum == std::vector<double>{1, 4});
  CHECK(found.mean == std::vector<double>{4, 6});
  CHECK(found.maximum == std::vector<double>{7, 9});
}

TEST_CASE("a unit without a training bin is an error that names it") {
  data::PreparedData data;
  data.name = "Test";
  data.units = {"u0", "pipu_2"};
  data.n_units = 2;
  data.clips = {make_clip("a", {0}, {{{1}}, {}}), make_clip("b", {0}, {{{1}}, {{1}}})};
  CHECK_THROWS_WITH_AS(response_statistics(data, {0}),
                       "unit `pipu_2` of Test has no response in any of the 1 training stimuli", DataError);
}
