// Views against plain index arithmetic.
#include "compiler/plan/view.h"

#include <doctest/doctest.h>

#include <utility>

using namespace stria;
using namespace stria::plan;

namespace {

// Where an entry lies: its place in the value, and how many bins away.
using Entry = std::pair<int64_t, int64_t>;
using Entries = std::vector<Entry>;
using Sizes = std::vector<int64_t>;

// All entries that a view shows, in its order.
Entries entries_of(const View& view) {
  Entries result{{view.offset, view.bins}};
  for (const Axis& axis : view.axes) {
    Entries longer;
    for (const auto& [offset, bins] : result) {
      for (int64_t i = 0; i < axis.size; ++i)
        longer.emplace_back(offset + i * axis.stride, bins + i * axis.bins);
    }
    result = longer;
  }
  return result;
}

// A value of [3, 4, 5], entry [i, j, k] at 20 i + 5 j + k.
View cube() { return whole(0, {3, 4, 5}); }
int64_t at(int64_t i, int64_t j, int64_t k) { return (i * 4 + j) * 5 + k; }

// The last four bins of a stream [6], newest first.
View lags() { return View{0, 0, 0, {Axis{6, 1, 0}, Axis{4, 0, -1}}}; }

}  // namespace

TEST_CASE("a whole value is shown in its own order") {
  Entries expected;
  for (int64_t i = 0; i < 60; ++i) expected.emplace_back(i, 0);
  CHECK(entries_of(cube()) == expected);
  CHECK(cube().plain());
  CHECK(cube().entries() == 60);
  CHECK(entries_of(whole(0, {})) == Entries{{0, 0}});
}

TEST_CASE("fit repeats axes of size 1 and missing ones, aligned at the ends") {
  Entries expected;
  for (int64_t i = 0; i < 2; ++i)
    for (int64_t j = 0; j < 3; ++j)
      for (int64_t k = 0; k < 4; ++k) expected.emplace_back(j, 0);
  CHECK(entries_of(fit(whole(0, {3, 1}), {2, 3, 4})) == expected);
  CHECK(fit(whole(0, {1, 1, 3}), {3}) == whole(0, {3}));
  CHECK(fit(whole(0, {}), {7}).repeated());
  CHECK_FALSE(fit(whole(0, {3, 1}), {3, 4}).repeated());
  CHECK_THROWS_AS(fit(whole(0, {3}), {4}), ir::InternalError);
  CHECK_THROWS_AS(fit(whole(0, {2, 3}), {3}), ir::InternalError);
}

TEST_CASE("reshaped keeps the order, or says that it cannot") {
  CHECK(entries_of(*reshaped(cube(), {12, 5})) == entries_of(cube()));
  const View turned = transposed(cube(), {2, 0, 1});
  CHECK_FALSE(reshaped(turned, {60}));
  const auto with_one = reshaped(turned, {5, 1, 3, 4});
  REQUIRE(with_one);
  CHECK(with_one->sizes() == Sizes{5, 1, 3, 4});
  CHECK(entries_of(*with_one) == entries_of(turned));
  View part = sliced(cube(), 0, 1, 2, 1);
  CHECK(entries_of(*reshaped(part, {40})) == entries_of(part));
}

TEST_CASE("transposed moves axes") {
  Entries expected;
  for (int64_t k = 0; k < 5; ++k)
    for (int64_t i = 0; i < 3; ++i)
      for (int64_t j = 0; j < 4; ++j) expected.emplace_back(at(i, j, k), 0);
  CHECK(entries_of(transposed(cube(), {2, 0, 1})) == expected);
  CHECK_FALSE(transposed(cube(), {2, 0, 1}).plain());
}

TEST_CASE("sliced and flipped, also along lags") {
  Entries expected;
  for (int64_t i = 0; i < 3; ++i)
    for (int64_t j = 1; j < 4; j += 2)
      for (int64_t k = 4; k >= 0; --k) expected.emplace_back(at(i, j, k), 0);
  CHECK(entries_of(flipped(sliced(cube(), 1, 1, 2, 2), 2)) == expected);
  CHECK(flipped(flipped(cube(), 1), 1) == cube());

  Entries past;
  for (int64_t i = 0; i < 6; ++i)
    for (const int64_t lag : {3, 2}) past.emplace_back(i, -lag);
  const View cut = flipped(sliced(lags(), 1, 2, 2, 1), 1);
  CHECK(entries_of(cut) == past);
  CHECK(cut.other_bins());
}

TEST_CASE("windowed adds an axis of places within a window") {
  for (const int64_t stride : {1, 2}) {
    for (const int64_t dilate : {1, 2}) {
      CAPTURE(stride);
      CAPTURE(dilate);
      const int64_t size = 2, positions = (5 - dilate * (size - 1) - 1) / stride + 1;
      Entries expected;
      for (int64_t j = 0; j < 4; ++j)
        for (int64_t p = 0; p < positions; ++p)
          for (int64_t w = 0; w < size; ++w) expected.emplace_back(at(2, j, p * stride + w * dilate), 0);
      const View row = sliced(cube(), 0, 2, 1, 1);
      CHECK(entries_of(windowed(row, 2, size, stride, dilate)) == expected);
    }
  }
  Entries past;
  for (int64_t i = 0; i < 6; ++i)
    for (int64_t p = 0; p < 3; ++p)
      for (int64_t w = 0; w < 2; ++w) past.emplace_back(i, -(p + w));
  CHECK(entries_of(windowed(lags(), 1, 2, 1, 1)) == past);
}

TEST_CASE("what repeats a dense run in each row, or each entry along its row") {
  const auto columns = [](const View& view) { return repeats(view) ? repeats(view)->columns : 0; };
  const View rows{7, 0, 0, {{3, 0, 0}, {2, 0, 0}, {4, 5, 0}, {5, 1, 0}}};
  CHECK(columns(rows) == 20);
  CHECK(!repeats(rows)->along_row);
  const View along{7, 2, 0, {{4, 5, 0}, {5, 1, 0}, {1, 0, 0}, {3, 0, 0}, {2, 0, 0}}};
  CHECK(columns(along) == 6);
  CHECK(repeats(along)->along_row);
  CHECK(columns(whole(7, {4, 5})) == 0);                              // each entry once
  CHECK(columns({7, 0, 0, {{4, 0, 0}, {5, 0, 0}}}) == 0);             // one entry for all
  CHECK(columns({7, 0, 0, {{4, 0, 0}, {5, 1, 0}, {2, 0, 0}}}) == 0);  // both
  CHECK(columns({7, 0, 0, {{4, 1, 0}, {2, 0, 0}, {3, 4, 0}}}) == 0);  // between
  CHECK(columns({7, 0, 0, {{4, 0, 0}, {5, 2, 0}}}) == 0);             // not dense
  CHECK(columns({7, 0, -1, {{4, 0, 0}, {5, 1, 0}}}) == 0);            // another bin
  CHECK(columns({7, 0, 0, {{4, 0, -1}, {5, 1, 0}}}) == 0);
}
