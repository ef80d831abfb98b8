#include "runtime/train/progress.h"

#include <doctest/doctest.h>

#include <sstream>

using namespace stria::train;

TEST_CASE("progress without a terminal: one plain line a finished member") {
  std::ostringstream out;
  {
    Progress progress(out, false, {"GRU.0", "GRU.1"});
    progress.epoch_done(1, 1, 0.5);
    progress.epoch_done(1, 2, 0.25);
    CHECK(out.str().empty());
    progress.member_done(1, "learnt, best epoch 2 of 2");
  }
  CHECK(out.str() == "1/2 GRU.1: learnt, best epoch 2 of 2\n");
}

TEST_CASE("progress on a terminal: one line, redrawn and wiped at the end") {
  std::ostringstream out;
  {
    Progress progress(out, true, {"GRU.0", "GRU.1"});
    progress.epoch_done(0, 41, 0.0123);
    progress.member_done(0, "learnt");
    CHECK(progress.line(200).find("1/2 members") == 0);
    CHECK(progress.line(200).find("GRU.0: epoch 41, best loss 0.0123") != std::string::npos);
    CHECK(progress.line(200).find(" left") != std::string::npos);
    CHECK(progress.line(10) == "1/2 member");
  }
  CHECK(out.str().find('\n') == std::string::npos);
  CHECK(out.str().substr(out.str().size() - 4) == "\r\033[K");
}

TEST_CASE("progress: time left") {
  CHECK(!Progress::seconds_left(10, 0, 4));
  CHECK(*Progress::seconds_left(10, 1, 4) == 30);
  CHECK(duration_text(42.3) == "42 s");
  CHECK(duration_text(150) == "3 min");
  CHECK(duration_text(3900) == "1 h 05 min");
}
