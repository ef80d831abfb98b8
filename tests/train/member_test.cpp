#include "runtime/train/member.h"

#include <doctest/doctest.h>

#include <cmath>

#include "compiler/sema/value.h"
#include "runtime/train/batches.h"
#include "tests/eval/clips.h"
#include "tests/train/linear_executor.h"

using namespace stria;
using namespace stria::train;
using doctest::Approx;
using test::Fault;
using test::LinearExecutor;
using test::Series;

namespace {

const std::atomic<bool> not_interrupted{false};

struct Setting {
  data::PreparedData data;
  data::Split split;
  Protocol protocol;
  ModelProgram program;

  MemberTask task() const { return {program, protocol, data, split}; }
  MemberResult train(exec::Executor& executor) const {
    return *train_member(task(), executor, nullptr, not_interrupted);
  }
};

Setting setting_of(std::vector<data::Clip> clips, std::vector<std::string> units) {
  Setting setting;
  setting.data.name = "Test";
  setting.data.units = std::move(units);
  setting.data.inputs = {{{"stimulus", false, "F", 1}, {}}};
  setting.data.n_units = static_cast<int64_t>(setting.data.units.size());
  setting.data.clips = std::move(clips);
  setting.program = test::linear_program(1, setting.data.n_units);
  setting.protocol.scores_raw = setting.protocol.scores_normalised = true;
  setting.protocol.optimizer.learning_rate = 0.05;
  setting.protocol.stop = {10, 200};
  return setting;
}

// Ten clips of unlike lengths; the response follows the stimulus: 2 x + 5, and 1 - x where the second unit
// heard it.
Setting learnable() {
  std::vector<data::Clip> clips;
  for (int c = 0; c < 10; ++c) {
    Series x, first, second;
    for (int t = 0; t < 8 + 3 * (c % 4); ++t) {
      x.push_back(std::sin(0.7F * static_cast<float>(t) + static_cast<float>(c)) + 0.3F);
      first.push_back(2 * x.back() + 5);
      second.push_back(1 - x.back());
    }
    const bool heard = c != 3;
    clips.push_back(
        test::make_clip("stim" + std::to_string(c), x,
                        {{first, first}, heard ? test::UnitTrials{second, second} : test::UnitTrials{}}));
  }
  Setting setting = setting_of(std::move(clips), {"u0", "u1"});
  setting.split.train = {0, 2, 3, 5, 6, 8, 9};
  setting.split.valid = {1};
  setting.split.test = {4, 7};
  return setting;
}

// One training clip x = 10 10, one validation clip x = response = 1 3; weights that never move: w = 1, b = 0.
Setting fixed_weights() {
  Setting setting =
      setting_of({test::make_clip("a", {10, 10}, {{{1, 2}}}), test::make_clip("b", {1, 3}, {{{1, 3}}}),
                  test::make_clip("c", {0, 1}, {{{0, 1}}})},
                 {"u0"});
  setting.split.train = {0};
  setting.split.valid = {1};
  setting.split.test = {2};
  setting.protocol.optimizer.learning_rate = 0;
  setting.protocol.stop = {1, 1};
  return setting;
}

}  // namespace

TEST_CASE("a member learns, stops and is tested with its best weights") {
  const Setting setting = learnable();
  LinearExecutor executor(setting.program);
  std::vector<int64_t> epochs;
  const EpochHook hook = [&](const EpochRecord& record, double) { epochs.push_back(record.epoch); };
  const MemberResult result = *train_member(setting.task(), executor, hook, not_interrupted);

  CHECK(result.verdict == Verdict::learnt);
  CHECK(*result.test.scores.cc_raw.mean == Approx(1).epsilon(1e-3));
  CHECK(*result.valid.loss < 0.1 * *result.valid.mean_rate_loss);
  CHECK(static_cast<int64_t>(result.history.size()) == result.epochs);
  CHECK(static_cast<int64_t>(epochs.size()) == result.epochs);
  CHECK(result.test.predictions.size() == 2);
  CHECK(result.test.predictions[0].size() == setting.data.clips[4].response.size());

  // The kept weights are the best epoch's: its validation loss comes out again, to the bit.
  CHECK(*result.valid.loss == result.history[result.best_epoch - 1].valid_loss);
  for (const EpochRecord& record : result.history) CHECK(record.valid_loss >= *result.valid.loss);
  const std::span<float> w = executor.parameter(0);
  CHECK(std::vector<float>(w.begin(), w.end()) == result.best->parameters[0]);
  CHECK(executor.buffer(0)[0] == result.best->buffers[0][0]);
}

TEST_CASE("run.6: the best epoch lies `patience` epochs before the end") {
  Setting setting = learnable();
  setting.protocol.optimizer.learning_rate = 0.5;  // overshoots, so that it stops before max_epochs
  setting.protocol.stop = {4, 500};
  LinearExecutor executor(setting.program);
  const MemberResult result = setting.train(executor);
  CHECK(result.stopped == Stopped::patience);
  CHECK(result.epochs - result.best_epoch == 4);
  CHECK(result.best->parameters[0] != std::vector<float>{0, 0});
}

TEST_CASE("the validation loss pools all valid bins, it is no mean of clip means") {
  // Two validation clips of 1 and 3 bins, predicted 0 with w = 0 and b = 0: squares 16 | 1 1 1.
  Setting setting = fixed_weights();
  setting.data.clips = {setting.data.clips[0], test::make_clip("b", {0}, {{{4}}}),
                        test::make_clip("d", {0, 0, 0}, {{{1, -1, 1}}}), setting.data.clips[2]};
  setting.split.valid = {1, 2};
  setting.split.test = {3};
  LinearExecutor executor(setting.program);
  executor.start_from({0}, {0});
  const MemberResult result = setting.train(executor);
  CHECK(result.history[0].valid_loss == Approx(19.0 / 4));
  const double mean_of_clip_means = (16.0 + 1.0) / 2;
  CHECK(result.history[0].valid_loss != Approx(mean_of_clip_means));
  // Baseline: the mean training response, 1.5: (2.5^2 + 0.5^2 + 2.5^2 + 0.5^2) / 4.
  CHECK(*result.valid.mean_rate_loss == Approx(3.25));
}

TEST_CASE("planted fault: validation runs in evaluation mode, with the running statistics") {
  // After the one training clip the running mean is 0.1 * 10 = 1: rates 0 2 against 1 3, loss 1. With the
  // validation clip's own mean, 2, they would be -1 1: loss 4.
  const Setting setting = fixed_weights();
  const auto valid_loss = [&](Fault fault) {
    LinearExecutor executor(setting.program, fault);
    executor.start_from({1}, {0});
    return setting.train(executor).history.at(0).valid_loss;
  };
  CHECK(valid_loss(Fault::none) == Approx(1));
  CHECK(valid_loss(Fault::training_statistics_in_evaluation) == Approx(4));
}

TEST_CASE("evaluation leaves the running statistics alone") {
  const Setting setting = fixed_weights();
  LinearExecutor executor(setting.program);
  executor.start_from({1}, {0});
  CHECK(setting.train(executor).best->buffers[0][0] == Approx(1));
  CHECK(executor.buffer(0)[0] == Approx(1));
}

TEST_CASE("the training loss of an epoch is the mean over its present entries") {
  // w = 0, b = 0, batches of one clip: squares 1 4 | 9: 14 / 3, where the mean of the batches' losses
  // is 5.75.
  Setting setting = fixed_weights();
  setting.data.clips.push_back(test::make_clip("d", {10}, {{{3}}}));
  setting.split.train = {0, 3};
  LinearExecutor executor(setting.program);
  executor.start_from({0}, {0});
  CHECK(setting.train(executor).history.at(0).train_loss == Approx(14.0 / 3));
}

TEST_CASE("run.1: ragged batches, the last one smaller, and a pair that was not recorded") {
  Setting setting = learnable();
  setting.protocol.batch = 3;
  LinearExecutor executor(setting.program);
  const MemberResult result = setting.train(executor);
  CHECK(result.verdict == Verdict::learnt);
  CHECK(*result.test.scores.cc_raw.mean == Approx(1).epsilon(1e-3));
}

TEST_CASE("the same member gives the same bits") {
  const Setting setting = learnable();
  LinearExecutor first(setting.program), second(setting.program);
  const MemberResult a = setting.train(first);
  const MemberResult b = setting.train(second);
  CHECK(a.best->parameters == b.best->parameters);
  CHECK(a.test.predictions == b.test.predictions);
  Setting other = learnable();
  other.protocol.split.seed = 1;
  LinearExecutor third(setting.program);
  CHECK(other.train(third).best->parameters != a.best->parameters);
}

TEST_CASE("run.5: a member whose loss or gradient is not finite has diverged") {
  const Setting setting = learnable();
  SUBCASE("a loss, in the second epoch of seven steps") {
    LinearExecutor executor(setting.program, Fault::nan_loss);
    executor.fail_at_step(8);
    const MemberResult result = setting.train(executor);
    CHECK(result.stopped == Stopped::diverged);
    CHECK(result.reason == "the training loss became nan in epoch 2");
    CHECK(result.epochs == 2);
    CHECK(result.best_epoch == 1);
    CHECK(result.best);
    CHECK(!result.verdict);
    CHECK(!result.test.loss);
    CHECK(std::isnan(result.history[1].train_loss));
  }
  SUBCASE("a gradient, at once: the weights do not move") {
    LinearExecutor executor(setting.program, Fault::nan_gradient);
    const MemberResult result = setting.train(executor);
    CHECK(result.stopped == Stopped::diverged);
    CHECK(result.reason == "the gradient of `w` was not finite in epoch 1");
    CHECK(result.best_epoch == 0);
    CHECK(!result.best);
    CHECK(std::isfinite(executor.parameter(0)[0]));
  }
  SUBCASE("predictions that are never finite in validation") {
    LinearExecutor executor(setting.program, Fault::nan_prediction);
    const MemberResult result = setting.train(executor);
    CHECK(result.stopped == Stopped::diverged);
    CHECK(result.reason == "the validation loss was not finite in any of 10 epochs");
  }
}

TEST_CASE("a member that no gradient reaches is flat") {
  Setting setting = learnable();
  setting.program.parameters[0].frozen = true;
  LinearExecutor executor(setting.program, Fault::no_gradient);
  const std::vector<double> mean = response_statistics(setting.data, setting.split.train).mean;
  executor.start_from({0, 0}, {static_cast<float>(mean[0]), static_cast<float>(mean[1])});
  const MemberResult result = setting.train(executor);
  CHECK(result.verdict == Verdict::flat);
  CHECK(*result.test.scores.cc_raw.mean == 0);
}

TEST_CASE("an interrupted member leaves nothing") {
  const Setting setting = learnable();
  LinearExecutor executor(setting.program);
  std::atomic<bool> interrupted{false};
  int n_epochs = 0;
  const EpochHook hook = [&](const EpochRecord&, double) { interrupted = ++n_epochs == 2; };
  CHECK(!train_member(setting.task(), executor, hook, interrupted));
  CHECK(n_epochs == 2);
}

TEST_CASE("sets that cannot be used are refused before training") {
  Setting setting = learnable();
  LinearExecutor executor(setting.program);
  SUBCASE("a unit without a training bin") {
    setting.split.train = {3};
    CHECK_THROWS_WITH_AS(setting.train(executor),
                         "unit `u1` of Test has no response in any of the 1 training stimuli", DataError);
  }
  SUBCASE("a validation set without a response") {
    std::fill(setting.data.clips[1].present.begin(), setting.data.clips[1].present.end(), uint8_t{0});
    CHECK_THROWS_WITH_AS(setting.train(executor),
                         "the validation set of Test (split seed 0) has no bin with a response", DataError);
  }
  SUBCASE("an empty batch") {
    setting.protocol.batch = 0;
    CHECK_THROWS_AS(setting.train(executor), DataError);
  }
}

namespace {

// Predictions of the second unit are never numbers.
class SecondUnitFails : public LinearExecutor {
 public:
  explicit SecondUnitFails(const ModelProgram& program) : LinearExecutor(program) {}
  std::vector<float> predict(const exec::Batch& batch) override {
    std::vector<float> rate = LinearExecutor::predict(batch);
    for (size_t i = 1; i < rate.size(); i += 2) rate[i] = std::nanf("");
    return rate;
  }
};

Setting learnable_per_unit() {
  Setting setting = learnable();
  setting.protocol.stop.per_unit = true;
  for (ParameterInfo& parameter : setting.program.parameters) parameter.unit_axis = 0;
  return setting;
}

}  // namespace

TEST_CASE("per unit: where one unit never has a finite validation loss, the member has diverged") {
  const Setting setting = learnable_per_unit();
  SecondUnitFails executor(setting.program);
  const MemberResult result = setting.train(executor);
  CHECK(result.stopped == Stopped::diverged);
  CHECK(result.reason == "the validation loss of unit `u1` was not finite in any of " +
                             std::to_string(result.epochs) + " epochs");
  CHECK(result.best_epochs[0] > 0);
  CHECK(result.best_epochs[1] == 0);
  CHECK(!result.best);
}

TEST_CASE("per unit: a member that diverges later keeps what was best of each unit") {
  const Setting setting = learnable_per_unit();
  LinearExecutor executor(setting.program, Fault::nan_loss);
  executor.fail_at_step(15);
  const MemberResult result = setting.train(executor);
  CHECK(result.reason == "the training loss became nan in epoch 3");
  CHECK(result.best_epochs == std::vector<int64_t>{2, 2});
  CHECK(result.best);
}

TEST_CASE("per unit: a unit without a validation bin is refused, as the model's loss would be without any") {
  Setting setting = learnable_per_unit();
  setting.split.train = {0, 1, 2, 5, 6, 8, 9};
  setting.split.valid = {3};  // which u1 did not hear
  LinearExecutor executor(setting.program);
  CHECK_THROWS_WITH_AS(
      setting.train(executor),
      "unit `u1` of Test has no response in any of the 1 validation stimuli (split seed 0), so no "
      "epoch is its best",
      DataError);
}
