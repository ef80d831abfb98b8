// The executor that training sees: one model's parameters, gradients and buffers.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "compiler/sema/program.h"
#include "runtime/exec/executor.h"
#include "runtime/random/random.h"

using namespace stria;
using ir::ArgumentKind;
using ir::batch_dim;
using ir::dim;
using ir::Element;
using ir::Op;
using ir::time_dim;
using ir::Type;
using ir::ValueId;

namespace {

constexpr int64_t small_bands = 3, small_units = 2;

struct Inputs {
  ValueId w, b, offset, x;
};
Inputs add_inputs(ir::Builder& builder) {
  return {
      builder.argument(ArgumentKind::parameter, "w", {Element::real, {dim(small_units), dim(small_bands)}}),
      builder.argument(ArgumentKind::parameter, "b", {Element::real, {dim(small_units)}}),
      builder.argument(ArgumentKind::buffer, "norm.mean", {Element::real, {dim(small_units)}}),
      builder.argument(ArgumentKind::input, "x", {Element::real, {batch_dim, time_dim, dim(small_bands)}})};
}

// rate = w x + b - offset
ValueId add_rate(ir::Builder& builder, const Inputs& in) {
  const ValueId product = builder.add(Op::contract, {in.w, in.x}, {{"subscripts", "nf,btf->btn"}});
  return builder.add(Op::sub, {builder.add(Op::add, {product, in.b}), in.offset});
}

ValueId add_loss(ir::Builder& builder, ValueId rate) {
  const Type type{Element::real, {batch_dim, time_dim, dim(small_units)}};
  const ValueId response = builder.argument(ArgumentKind::input, "response", type);
  const ValueId present = builder.argument(ArgumentKind::input, "present", {Element::boolean, type.dims});
  const ValueId error = builder.add(Op::sub, {rate, response});
  return builder.add(Op::reduce_mean, {builder.add(Op::mul, {error, error}), present},
                     {{"axes", std::vector<int64_t>{0, 1, 2}}});
}

// A linear model whose buffer grows by the mean of the stimulus in each training step; `b` is frozen.
ModelProgram linear_model() {
  ModelProgram model;
  model.name = "Linear";
  model.inputs = {{stimulus_argument, small_bands}};
  model.n_units = small_units;
  model.parameters.resize(2);
  model.parameters[0].path = "w";
  model.parameters[0].sizes = {small_units, small_bands};
  model.parameters[1].path = "b";
  model.parameters[1].sizes = {small_units};
  model.parameters[1].frozen = true;
  model.buffers = {{"norm.mean", {small_units}}};

  ir::Builder init("init");
  const ValueId mean = init.argument(ArgumentKind::input, "train_mean", {Element::real, {dim(small_units)}});
  init.result("w", init.add(Op::random, {},
                            {{"distribution", "normal"},
                             {"sizes", std::vector<int64_t>{small_units, small_bands}},
                             {"a", 0.0},
                             {"b", 1.0},
                             {"purpose", "init"},
                             {"name", "w"}}));
  init.result("b", mean);
  init.result("buffer:norm.mean",
              init.add(Op::broadcast, {init.constant(0.5)}, {{"sizes", std::vector<int64_t>{small_units}}}));
  model.init = init.finish();

  ir::Builder train("train");
  const Inputs in = add_inputs(train);
  const ValueId rate = add_rate(train, in);
  train.result("loss", add_loss(train, rate));
  const ValueId level = train.add(Op::reduce_mean, {in.x}, {{"axes", std::vector<int64_t>{0, 1, 2}}});
  train.result("buffer:norm.mean", train.add(Op::add, {in.offset, level}));
  model.train = train.finish();

  ir::Builder predict("predict");
  predict.result("rate", add_rate(predict, add_inputs(predict)));
  model.predict = predict.finish();

  ir::Builder loss("loss");
  const ValueId given =
      loss.argument(ArgumentKind::input, "rate", {Element::real, {batch_dim, time_dim, dim(small_units)}});
  loss.result("loss", add_loss(loss, given));
  model.loss = loss.finish();
  return model;
}

exec::Batch drawn_batch(int64_t n_clips, int64_t n_bins) {
  exec::Batch batch{n_clips, n_bins, small_units, {{small_bands, {}}}, {}, {}, {}};
  const random::Draws draws(2, "test", "batch");
  const auto n_frames = static_cast<uint64_t>(n_clips * n_bins);
  for (uint64_t i = 0; i < n_frames * small_bands; ++i)
    batch.inputs[0].values.push_back(static_cast<float>(draws.normal({0, 0, i})));
  for (uint64_t i = 0; i < n_frames; ++i) batch.valid.push_back(1);
  for (uint64_t i = 0; i < n_frames * small_units; ++i) {
    batch.response.push_back(static_cast<float>(draws.normal({1, 0, i})));
    batch.present.push_back(draws.uniform({2, 0, i}) < 0.8 ? 1 : 0);
  }
  return batch;
}

const exec::ResponseStatistics statistics{{0, 0}, {0.25, -0.5}, {1, 1}};

// Kilobytes of this process in memory.
int64_t resident() {
  std::ifstream file("/proc/self/statm");
  int64_t total = 0, pages = 0;
  file >> total >> pages;
  return pages * sysconf(_SC_PAGESIZE) / 1024;
}

}  // namespace

TEST_CASE("rand.2: starting values are the draws of purpose `init` and the parameter's path") {
  const ModelProgram model = linear_model();
  const auto executor = exec::make_reference_executor(model);
  executor->initialise(4, statistics);
  const random::Draws draws(4, "init", "w");
  for (uint64_t i = 0; i < 6; ++i)
    CHECK(executor->parameter(0)[i] == static_cast<float>(draws.normal({0, 0, i})));
  CHECK(executor->parameter(1)[1] == -0.5f);
  CHECK(executor->buffer(0)[0] == 0.5f);
}

TEST_CASE("run.1: loss and gradients are those of the present entries, by hand") {
  const ModelProgram model = linear_model();
  const auto executor = exec::make_reference_executor(model);
  executor->initialise(4, statistics);
  const exec::Batch batch = drawn_batch(2, 5);
  const std::span<float> w = executor->parameter(0), b = executor->parameter(1);
  double loss = 0, n_present = 0, level = 0;
  std::vector<double> gradient(6, 0);
  for (size_t frame = 0; frame < 10; ++frame) {
    for (size_t f = 0; f < small_bands; ++f) level += batch.inputs[0].values[frame * small_bands + f] / 30.0;
    for (size_t n = 0; n < small_units; ++n) {
      if (!batch.present[frame * small_units + n]) continue;
      double rate = b[n] - 0.5;
      for (size_t f = 0; f < small_bands; ++f)
        rate += w[n * small_bands + f] * batch.inputs[0].values[frame * small_bands + f];
      const double error = rate - batch.response[frame * small_units + n];
      loss += error * error;
      n_present += 1;
      for (size_t f = 0; f < small_bands; ++f)
        gradient[n * small_bands + f] += 2 * error * batch.inputs[0].values[frame * small_bands + f];
    }
  }
  for (int repeat = 0; repeat < 2; ++repeat) {
    executor->buffer(0)[0] = executor->buffer(0)[1] = 0.5f;
    CHECK(executor->loss_and_gradients(batch) == doctest::Approx(loss / n_present).epsilon(1e-5));
    for (size_t i = 0; i < 6; ++i)
      CHECK(executor->gradient(0)[i] == doctest::Approx(gradient[i] / n_present).epsilon(1e-4));
    CHECK(executor->gradient(1)[0] == 0);  // frozen
    CHECK(executor->buffer(0)[0] == doctest::Approx(0.5 + level).epsilon(1e-5));
  }
}

TEST_CASE("prediction takes parameters as they stand, and the loss of its rates is the training loss") {
  const ModelProgram model = linear_model();
  const auto executor = exec::make_reference_executor(model);
  executor->initialise(4, statistics);
  const exec::Batch batch = drawn_batch(1, 7);
  const double loss = executor->loss_and_gradients(batch);
  executor->buffer(0)[0] = executor->buffer(0)[1] = 0.5f;
  std::vector<float> rate = executor->predict(batch);
  REQUIRE(rate.size() == 14);
  CHECK(executor->loss(7, small_units, rate, batch.response, batch.present) ==
        doctest::Approx(loss).epsilon(1e-6));
  executor->parameter(1)[0] += 1;
  const std::vector<float> moved = executor->predict(batch);
  CHECK(moved[0] == doctest::Approx(rate[0] + 1));
  CHECK(moved[1] == rate[1]);
}

TEST_CASE("run.5: a loss that is not finite changes neither buffers nor gradients") {
  const ModelProgram model = linear_model();
  const auto executor = exec::make_reference_executor(model);
  executor->initialise(4, statistics);
  const exec::Batch batch = drawn_batch(1, 7);
  executor->loss_and_gradients(batch);
  const float gradient = executor->gradient(0)[0], buffer = executor->buffer(0)[0];
  executor->parameter(0)[0] = std::numeric_limits<float>::infinity();
  CHECK_FALSE(std::isfinite(executor->loss_and_gradients(batch)));
  CHECK(executor->gradient(0)[0] == gradient);
  CHECK(executor->buffer(0)[0] == buffer);
}

TEST_CASE("parameters and gradients keep their place, and memory does not grow over steps") {
  const ModelProgram model = linear_model();
  const auto executor = exec::make_reference_executor(model);
  executor->initialise(4, statistics);
  const exec::Batch batch = drawn_batch(4, 500);
  const float* const parameter = executor->parameter(0).data();
  const float* const gradient = executor->gradient(0).data();
  CHECK(reinterpret_cast<uintptr_t>(parameter) % 64 == 0);  // run.4
  CHECK(reinterpret_cast<uintptr_t>(gradient) % 64 == 0);
  for (int i = 0; i < 200; ++i) executor->loss_and_gradients(batch);
  const int64_t before = resident();
  for (int i = 0; i < 2000; ++i) executor->loss_and_gradients(batch);
  CHECK(resident() - before < 4096);
  CHECK(executor->parameter(0).data() == parameter);
  CHECK(executor->gradient(0).data() == gradient);
}

TEST_CASE("a batch whose parts do not fit together is refused") {
  const ModelProgram model = linear_model();
  const auto executor = exec::make_reference_executor(model);
  executor->initialise(4, statistics);
  exec::Batch batch = drawn_batch(1, 7);
  batch.response.pop_back();
  CHECK_THROWS_AS(executor->loss_and_gradients(batch), ir::InternalError);
  CHECK(executor->predict(batch).size() == 14);  // needs no response
}
