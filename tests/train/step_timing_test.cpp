// What `stria bench` measures.
#include "runtime/train/step_timing.h"

#include <doctest/doctest.h>

#include <atomic>
#include <limits>
#include <thread>

#include "compiler/sema/value.h"
#include "runtime/exec/executor.h"
#include "runtime/exec/measure.h"
#include "tests/sema/sema_helpers.h"
#include "tests/train/linear_executor.h"

using namespace stria;
using namespace stria::test;

namespace {

// Counts the steps of all members; its loss is not finite from the step `breaks_at` on.
class CountingExecutor : public LinearExecutor {
 public:
  CountingExecutor(const ModelProgram& program, std::atomic<int>& n_steps, int breaks_at)
      : LinearExecutor(program), n_steps_(n_steps), breaks_at_(breaks_at) {}
  double loss_and_gradients(const exec::Batch& batch) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const double loss = LinearExecutor::loss_and_gradients(batch);
    return ++n_steps_ >= breaks_at_ ? std::numeric_limits<double>::infinity() : loss;
  }

 private:
  std::atomic<int>& n_steps_;
  int breaks_at_;
};

train::StepTask task_of(const ModelProgram& program, std::atomic<int>& n_steps, int breaks_at = 1 << 20) {
  train::StepTask task{program, {}, 2, 5, 3, 4, 2, 1, {}};
  task.make_executor = [&n_steps, breaks_at](const ModelProgram& model) {
    return std::make_unique<CountingExecutor>(model, n_steps, breaks_at);
  };
  return task;
}

}  // namespace

TEST_CASE("timed steps: as many as asked for, of all members, after three that are not timed") {
  const ModelProgram program = linear_program(3, 2, "A");
  std::atomic<int> n_steps{0};
  const std::vector<double> times = train::time_steps(task_of(program, n_steps));
  CHECK(times.size() == 4);
  CHECK(n_steps == 3 * (3 + 4));
  // Three members of 2 ms each on two threads.
  for (const double time : times) CHECK(time >= 4.0);
}

TEST_CASE("timed steps: a loss that is not finite is an error, not a time") {
  const ModelProgram program = linear_program(3, 2, "A");
  std::atomic<int> n_steps{0};
  CHECK_THROWS_WITH_AS(train::time_steps(task_of(program, n_steps, 8)),
                       "the loss of `A` is inf after 3 steps on random clips", DataError);
}

TEST_CASE("timed steps: no more members at work than there are, each with its own threads") {
  const ModelProgram program = linear_program(3, 2, "A");
  CHECK(train::threads_of({program, {}, 1, 1, 1, 1, 2, 1, {}}) == 1);
  CHECK(train::threads_of({program, {}, 1, 1, 3, 1, 2, 1, {}}) == 2);
  CHECK(train::threads_of({program, {}, 1, 1, 1, 1, 4, 4, {}}) == 4);
}

TEST_CASE("random clips: all sizes, nothing missing, other numbers for another seed, the same for the same") {
  ModelProgram program = linear_program(4, 3);
  program.inputs.push_back({stream_argument("past"), 2});
  const exec::Batch batch = train::random_batch(1, 2, 300, program);
  REQUIRE(batch.inputs[0].values.size() == 2400);
  REQUIRE(batch.response.size() == 1800);
  CHECK(batch.valid == std::vector<uint8_t>(600, 1));
  CHECK(batch.present == std::vector<uint8_t>(1800, 1));
  double sum = 0, squares = 0;
  for (const float x : batch.inputs[0].values) {
    sum += x;
    squares += x * x;
  }
  CHECK(sum / 2400 == doctest::Approx(0).epsilon(0.1).scale(1));
  CHECK(squares / 2400 == doctest::Approx(1).epsilon(0.1));
  for (const float r : batch.response) CHECK((r >= 0 && r < 1));
  CHECK(train::random_batch(1, 2, 300, program).inputs[0].values == batch.inputs[0].values);
  CHECK(train::random_batch(2, 2, 300, program).inputs[0].values != batch.inputs[0].values);
  REQUIRE(batch.inputs.size() == 2);
  CHECK(batch.inputs[1].values.size() == 1200);
  CHECK(batch.inputs[1].values[0] != batch.inputs[0].values[0]);
}

TEST_CASE("median, least and 90th percentile") {
  const auto ten = train::summarise({10, 1, 9, 2, 8, 3, 7, 4, 6, 5});
  CHECK(ten.least == 1);
  CHECK(ten.median == 5.5);
  CHECK(ten.p90 == 9);
  const auto one = train::summarise({3});
  CHECK((one.least == 3 && one.median == 3 && one.p90 == 3));
  CHECK(train::summarise({1, 2, 3, 4, 100, 5, 6, 7, 8, 9, 10}).p90 == 10);
}

namespace {

constexpr int64_t n_bands = 40, n_units = 30;

// rate = w x, nothing else. Ranges in its graphs point into the spec.
struct ProductModel {
  sema_testing::CheckedSpec spec{
      "stria 0.1\nuse stria.datasets (Simulated)\nuse stria.layers (Linear)\nuse stria.protocols (Standard)\n"
      "model Product() {\n  input x: stream [F]\n  output rate: stream [N] = x |> Linear(N, bias = "
      "false)\n}\n"
      "experiment E {\n  data = Simulated()\n  model = Product()\n  protocol = Standard()\n}\n"};
  std::shared_ptr<const ModelProgram> program = build();

 private:
  std::shared_ptr<const ModelProgram> build() {
    REQUIRE(spec.codes().empty());
    const auto& plan = spec.compiler().outline().at(0);
    auto made = spec.compiler().build(*plan.model, plan.protocol.get(), {n_bands, n_units, {}}, *plan.dt);
    REQUIRE(made);
    return made;
  }
};

}  // namespace

TEST_CASE("operations of a step: forward and backward of a model that is one product, and AdamW") {
  constexpr int64_t n_clips = 3, n_bins = 50;
  const ProductModel model_and_spec;
  const auto& program = model_and_spec.program;
  // Two products of n_bands x n_units multiply-adds a bin (the rate, the weights' gradient: nothing asks for
  // that of x), and a few operations a response; AdamW.
  const double products = 2.0 * 2 * n_bands * n_units * n_clips * n_bins, adamw = 12.0 * n_bands * n_units;
  const double counted = train::operations_of_step({*program, {}, n_clips, n_bins, 1, 1, 1, 1, {}});
  CHECK(counted > products + adamw);
  CHECK(counted < products + adamw + 10.0 * n_units * n_clips * n_bins);
}

TEST_CASE("a training step is compiled once for a way of laying out its clips") {
  const ProductModel model_and_spec;
  const auto& program = model_and_spec.program;
  const exec::CompiledModel model(*program);
  const double first = exec::compile_step(model, {}, 1), again = exec::compile_step(model, {}, 2),
               many = exec::compile_step(model, {}, 16);
  CHECK(first > 0.1);
  CHECK(again < first);
  CHECK(many > again);
}

TEST_CASE("the machine's product peak is one of a machine") {
  const double peak = exec::product_operations_per_second();
  CHECK(peak > 1e8);
  CHECK(peak < 1e13);
}
