#include "runtime/train/interrupt.h"

#include <doctest/doctest.h>

#include <csignal>

using namespace stria::train;

TEST_CASE(
    "interrupt: the first signal sets the flag, the second would end the program, and all is as before at "
    "the end") {
  const auto before = std::signal(SIGINT, SIG_IGN);
  for (int signal : {SIGINT, SIGTERM}) {
    const InterruptGuard guard;
    CHECK(!guard.interrupted());
    std::raise(signal);
    CHECK(guard.interrupted());
    const bool ends_the_program = std::signal(signal, SIG_DFL) == SIG_DFL;
    CHECK(ends_the_program);
  }
  const bool restored = std::signal(SIGINT, before) == SIG_IGN;
  CHECK(restored);
}
