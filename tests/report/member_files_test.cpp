#include "runtime/report/member_files.h"

#include <doctest/doctest.h>

#include <cmath>

#include "runtime/data/safetensors.h"
#include "tests/eval/clips.h"
#include "tests/report/scratch_folder.h"
#include "tests/train/linear_executor.h"

using namespace stria;
using namespace stria::report;
using doctest::Approx;

TEST_CASE("par.4: the value that theta stands for") {
  CHECK(bounded_value({Bounds::Kind::none, 0, 0}, -3) == -3);
  CHECK(bounded_value({Bounds::Kind::above, 2, 0}, 0) == Approx(2 + std::log(2.0)));
  CHECK(bounded_value({Bounds::Kind::above, 2, 0}, 800) == Approx(802));
  CHECK(bounded_value({Bounds::Kind::below, 0, 5}, 0) == Approx(5 - std::log(2.0)));
  CHECK(bounded_value({Bounds::Kind::between, 1, 3}, 0) == Approx(2));
  CHECK(bounded_value({Bounds::Kind::between, 1, 3}, -800) == Approx(1));
}

TEST_CASE("weights: values, theta of bounded ones as `.raw`, complex ones as pairs, buffers") {
  ModelProgram program = test::linear_program(2, 1);
  program.parameters[0].is_complex = true;  // w: [1, 2]
  program.parameters[1].bounds = {Bounds::Kind::above, 2, 0};
  const train::Weights weights{{{1, 2, 3, 4}, {0}}, {{7}}};
  const test::ScratchFolder scratch;
  write_weights(scratch / "weights/a.safetensors", program, weights, weights);
  const data::SafeTensors read = data::read_safetensors((scratch / "weights/a.safetensors").string());
  REQUIRE(read.tensors.size() == 4);
  CHECK(read.tensors[0].name == "w");
  CHECK(read.tensors[0].shape == std::vector<int64_t>{1, 2, 2});
  CHECK(read.tensors[0].values == std::vector<float>{1, 2, 3, 4});
  CHECK(read.tensors[1].name == "b");
  CHECK(read.tensors[1].values[0] == Approx(2 + std::log(2.0)));
  CHECK(read.tensors[2].name == "b.raw");
  CHECK(read.tensors[2].values[0] == 0);
  CHECK(read.tensors[3].name == "mean");
  CHECK(read.tensors[3].values[0] == 7);
  CHECK(read.metadata.at("model") == "Linear()");
}
