// --memory SIZE.
#include "runtime/cli/memory_option.h"

#include <doctest/doctest.h>

using namespace stria;
using cli::memory_size;

TEST_CASE("--memory: sizes in powers of 1024 and of 1000") {
  CHECK(memory_size("2GiB") == int64_t{2} << 30);
  CHECK(memory_size("2 gib") == int64_t{2} << 30);
  CHECK(memory_size("2G") == int64_t{2} << 30);
  CHECK(memory_size("500MB") == 500'000'000);
  CHECK(memory_size("1.5GiB") == int64_t{3} << 29);
  CHECK(memory_size("2048KiB") == int64_t{2} << 20);
}

TEST_CASE("--memory: what is no size, has no unit, or is out of all bounds") {
  for (const char* text :
       {"", "GiB", "-1GiB", "2", "2XB", "2GiB more", "1KiB", "0GiB", "2000TB", "nanGiB", "infGiB"}) {
    CAPTURE(text);
    CHECK(!memory_size(text));
  }
}

TEST_CASE("--memory says nothing to an executor that does not plan its memory") {
  CHECK(cli::memory_refused({}, "reference").empty());
  CHECK(cli::memory_refused({int64_t{1} << 30, true}, "plan").empty());
  CHECK(!cli::memory_refused({int64_t{1} << 30, true}, "reference").empty());
}
