#include "runtime/train/verdict.h"

#include <doctest/doctest.h>

using namespace stria;
using namespace stria::train;

namespace {

// A member that learnt: 100 epochs, the best the 50th, losses far below their start and the mean rate's.
Evidence learnt() {
  Evidence evidence;
  evidence.stopped = Stopped::patience;
  evidence.epochs = 100;
  evidence.best_epoch = 50;
  evidence.first_train_loss = evidence.highest_train_loss = 1.0;
  evidence.lowest_train_loss = 0.4;
  evidence.best_valid_loss = 0.5;
  evidence.mean_rate_valid_loss = 1.0;
  return evidence;
}
const StopRule rule{50, 100};

}  // namespace

TEST_CASE("verdict: learnt") { CHECK(judge(learnt(), rule) == Verdict::learnt); }

TEST_CASE("verdict: no better than the mean, equality included") {
  Evidence evidence = learnt();
  evidence.best_valid_loss = 1.0;
  CHECK(judge(evidence, rule) == Verdict::no_better);
  evidence.best_valid_loss = 0.9999;
  CHECK(judge(evidence, rule) == Verdict::learnt);
}

TEST_CASE("verdict: still improving only when max_epochs ended it, the best in the last fifth of patience") {
  Evidence evidence = learnt();
  evidence.stopped = Stopped::max_epochs;
  evidence.best_epoch = 91;
  CHECK(judge(evidence, rule) == Verdict::still_improving);
  evidence.best_epoch = 90;
  CHECK(judge(evidence, rule) == Verdict::learnt);
  evidence.best_epoch = 100;
  evidence.stopped = Stopped::patience;
  CHECK(judge(evidence, rule) == Verdict::learnt);
  // Whatever the patience, the last epoch is late.
  evidence.stopped = Stopped::max_epochs;
  CHECK(judge(evidence, {2, 100}) == Verdict::still_improving);
  evidence.best_epoch = 99;
  CHECK(judge(evidence, {2, 100}) == Verdict::learnt);
  // Worse than the mean so far, but on its way.
  evidence.best_epoch = 100;
  evidence.best_valid_loss = 2;
  CHECK(judge(evidence, rule) == Verdict::still_improving);
}

TEST_CASE("verdict: flat when no loss moved by more than a thousandth and the mean is not beaten by that") {
  Evidence evidence = learnt();
  evidence.lowest_train_loss = 0.9995;
  evidence.best_valid_loss = 0.9995;
  CHECK(judge(evidence, rule) == Verdict::flat);
  evidence.stopped = Stopped::max_epochs;
  evidence.best_epoch = 100;
  CHECK(judge(evidence, rule) == Verdict::flat);
  evidence.epochs = 4;
  evidence.best_epoch = 4;
  CHECK(judge(evidence, rule) == Verdict::still_improving);

  Evidence moved = learnt();
  moved.best_valid_loss = 0.9995;
  CHECK(judge(moved, rule) == Verdict::learnt);
  Evidence rose = evidence;
  rose.epochs = 100;
  rose.stopped = Stopped::patience;
  rose.highest_train_loss = 1.01;
  CHECK(judge(rose, rule) == Verdict::learnt);
  Evidence learnt_at_once = learnt();
  learnt_at_once.lowest_train_loss = 0.9995;
  CHECK(judge(learnt_at_once, rule) == Verdict::learnt);
}
