#include "runtime/data/spike_times.h"

#include <doctest/doctest.h>

#include "tests/data/data_helpers.h"

using namespace stria;
using namespace stria::data;
using namespace stria::data::testing;

namespace {

std::shared_ptr<SpikeTimes> read(const std::string& text) {
  const ScratchFolder folder;
  return read_spike_times(folder.write("spike1", text), ms(1));
}

std::string refused_times(const std::string& text) {
  return message_of([&] { read(text); });
}

}  // namespace

TEST_CASE("spike files: one line a trial, exact times in seconds") {
  const auto times = read("11.093 25.906\n0\n");
  REQUIRE(times->trials.size() == 2);
  CHECK(times->trials[0] == std::vector<Rational>{ratio(11093, 1'000'000), ratio(25906, 1'000'000)});
  CHECK(times->trials[1] == std::vector<Rational>{Rational(0)});
  CHECK(times->source == "spike1");
}

TEST_CASE(
    "spike files: an empty line is a trial, the last line end opens none, a last time without line end "
    "counts") {
  CHECK(read("1\n\n2\n")->trials.size() == 3);
  CHECK(read("1\n\n2\n")->trials[1].empty());
  CHECK(read("1\n2")->trials.size() == 2);
  CHECK(read("1\n2")->trials[1].size() == 1);
  CHECK(read("\n")->trials.size() == 1);
  CHECK(read("1 \n\n")->trials.size() == 2);
}

TEST_CASE("spike files: tabs, several blanks and line ends of other systems") {
  const auto times = read(" 1\t2  3 \r\n\r\n");
  REQUIRE(times->trials.size() == 2);
  CHECK(times->trials[0].size() == 3);
  CHECK(times->trials[1].empty());
}

TEST_CASE("spike files: negative times are left out and counted, -0 is onset") {
  const auto times = read("-3.5 -0.0 2\n-1\n");
  CHECK(times->n_before_onset == 2);
  CHECK(times->trials[0].size() == 2);
  CHECK(times->trials[1].empty());
}

TEST_CASE("spike files: exponents are read") {
  CHECK(read("1.5e2 +2E-1 .5 3.\n")->trials[0] ==
        std::vector<Rational>{ratio(150, 1000), ratio(2, 10'000), ratio(5, 10'000), ratio(3, 1000)});
}

TEST_CASE("spike files: a word that is no time is refused with file, line and column") {
  CHECK(contains(refused_times("1 2\n3 x4 5\n"), "`x4` is not a time"));
  CHECK(contains(refused_times("1 2\n3 x4 5\n"), "spike1:2:3)"));
  for (const char* word : {"nan", "inf", "1,5", "1e", "e5", "-", "--1", "1.2.3", "0x10", "."})
    CHECK_MESSAGE(contains(refused_times(word), "is not a time"), word);
  CHECK(contains(refused_times(std::string("\x89PNG\x01\x02 1", 8)), "`?PNG??` is not a time"));
  CHECK(contains(refused_times("1e99\n"), "cannot be held exactly"));
  CHECK(contains(refused_times("1.00000000000000000000000000001\n"), "cannot be held exactly"));
}

TEST_CASE("spike files: no line at all, no file, a folder") {
  CHECK(contains(refused_times(""), "is empty: it has no trial"));
  const ScratchFolder folder;
  CHECK(contains(message_of([&] { read_spike_times(folder / "spike7", ms(1)); }), "spike7` does not exist"));
  CHECK(contains(message_of([&] { read_spike_times(folder.path(), ms(1)); }), "is not a file"));
}
