// Ctrl-C during a run: members stop at the next batch, and what is finished stays.
#pragma once

#include <atomic>

namespace stria::train {

// While one lives, the first SIGINT or SIGTERM sets `interrupted()`; a second ends the program as usual.
// At most one at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  const std::atomic<bool>& interrupted() const;

 private:
  void (*previous_int_)(int);
  void (*previous_term_)(int);
};

}  // namespace stria::train
