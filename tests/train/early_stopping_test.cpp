#include "runtime/train/early_stopping.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

using namespace stria;
using namespace stria::train;

namespace {

// Records until the rule ends it; gives the number of losses taken.
EarlyStopping run(const StopRule& rule, const std::vector<double>& losses) {
  EarlyStopping stopping(rule);
  for (size_t i = 0; i < losses.size() && !stopping.ended(); ++i) stopping.record({losses[i]});
  return stopping;
}
const double not_a_number = std::nan("");
const double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("run.6: patience counts the epochs since the best") {
  const EarlyStopping stopping = run({2, 100}, {3, 2, 2.5, 2.4, 1});
  CHECK(stopping.epoch() == 4);
  CHECK(stopping.best_epoch() == 2);
  CHECK(stopping.best_loss() == 2);
  CHECK(stopping.ended());
  CHECK(stopping.reason() == Stopped::patience);
}

TEST_CASE("run.6: an improvement starts the count anew") {
  const EarlyStopping stopping = run({2, 100}, {3, 3.1, 2, 2.1, 1, 1.5, 1.4, 0.5});
  CHECK(stopping.epoch() == 7);
  CHECK(stopping.best_epoch() == 5);
}

TEST_CASE("run.6: a tie, NaN or infinity is no improvement") {
  CHECK(run({2, 100}, {2, 2, 2, 1}).epoch() == 3);
  CHECK(run({2, 100}, {2, 2, 2, 1}).best_epoch() == 1);
  CHECK(run({2, 100}, {2, not_a_number, not_a_number, 1}).epoch() == 3);
  CHECK(run({2, 100}, {2, -infinity, infinity, 1}).best_epoch() == 1);
  CHECK(run({3, 100}, {not_a_number, 2, not_a_number, 1}).best_epoch() == 4);
}

TEST_CASE("run.6: no best epoch at all") {
  const EarlyStopping stopping = run({2, 100}, {not_a_number, not_a_number, not_a_number});
  CHECK(stopping.epoch() == 2);
  CHECK(stopping.best_epoch() == 0);
}

TEST_CASE("run.6: max_epochs ends too, and says so") {
  const EarlyStopping stopping = run({5, 3}, {3, 2, 1, 0.5});
  CHECK(stopping.epoch() == 3);
  CHECK(stopping.best_epoch() == 3);
  CHECK(stopping.reason() == Stopped::max_epochs);
  CHECK(std::string(text(stopping.reason())) == "max_epochs");
}

TEST_CASE("run.6: of several parts each has its best epoch, and patience counts from the latest") {
  EarlyStopping stopping({2, 100}, 3);
  const auto better = [&](const std::vector<double>& losses) { return stopping.record(losses); };
  using Parts = std::vector<size_t>;
  CHECK(better({3, 3, not_a_number}) == Parts{0, 1});
  CHECK(stopping.best_loss() == infinity);
  CHECK(better({2, 4, 5}) == Parts{0, 2});
  CHECK(better({2, 2, 6}) == Parts{1});
  CHECK(better({3, 3, 5}).empty());
  CHECK(!stopping.ended());
  CHECK(better({3, infinity, 5}).empty());
  CHECK(stopping.ended());
  CHECK(stopping.reason() == Stopped::patience);
  CHECK(stopping.best_epochs() == std::vector<int64_t>{2, 3, 2});
  CHECK(stopping.best_epoch() == 3);
  CHECK(stopping.best_loss() == 3);
}

TEST_CASE("run.6: a part whose patience is over keeps its best epoch while others go on") {
  EarlyStopping stopping({2, 100}, 2);
  for (const auto& losses : {std::vector<double>{1, 5}, {2, 4}, {2, 3}, {0.5, 2}}) stopping.record(losses);
  CHECK(stopping.best_epochs() == std::vector<int64_t>{1, 4});
  CHECK(stopping.best_loss() == 1.5);
}
