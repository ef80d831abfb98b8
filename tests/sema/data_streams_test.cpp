// Models with inputs beside the stimulus, and the streams of a dataset that feed them.
#include <doctest/doctest.h>

#include "tests/sema/sema_helpers.h"

using namespace stria;
using stria::sema_testing::CheckedSpec;

namespace {

const std::string ears = R"(
use stria.layers (Linear)
use stria.protocols (Standard)
dataset Ears() {
  stimuli = 1 .. 5
  units = [1, 2, 3]
  fn stimulus(s): stream [F = 4] every 5ms = none
  fn right(s): stream [G = 2] every 5ms = none
  fn open(s): stream [P] every 5ms = none
  fn same(s): stream [F] every 5ms = none
  fn past(u, s): stream every 5ms = none
  fn trials(u, s): stream [R] every 5ms = none
}
)";

std::string ears_with(const std::string& inputs, const std::string& output) {
  return ears + "model M() {\n  input sound: stream [F]\n" + inputs +
         "  output rate: stream [N] = " + output +
         "\n}\nexperiment E {\n  data = Ears()\n  model = M()\n  protocol = Standard()\n}\n";
}

const Compiler::Outline& only_outline(CheckedSpec& spec) {
  REQUIRE(spec.messages().empty());
  REQUIRE(spec.compiler().outline().size() == 1);
  return spec.compiler().outline()[0];
}

std::shared_ptr<const ModelProgram> ears_program(CheckedSpec& spec, const DataSizes& sizes) {
  const auto& plan = only_outline(spec);
  return spec.compiler().build(*plan.model, plan.protocol.get(), sizes, *plan.dt);
}

}  // namespace

TEST_CASE("par.9: a model's first input is the stimulus, each further one the stream of its name") {
  CheckedSpec spec(ears_with("  input past: stream [N]\n  input right: stream [Q]\n",
                             "(sound |> Linear(N)) + (right |> Linear(N)) + delay(past, 1)"));
  const auto& streams = only_outline(spec).streams;
  REQUIRE(streams.size() == 2);
  CHECK(streams[0].name == "past");
  CHECK(streams[0].of_units);
  CHECK(streams[1].dim == "G");
  CHECK(streams[1].size == 2);
  const auto program = ears_program(spec, {4, 3, streams});
  REQUIRE(program);
  REQUIRE(program->inputs.size() == 3);
  for (const auto& [i, argument, size] :
       {std::tuple{0, "x", 4}, std::tuple{1, "input:past", 3}, std::tuple{2, "input:right", 2}}) {
    const ModelInput& input = program->inputs[static_cast<size_t>(i)];
    CHECK(input.argument == argument);
    CHECK(input.size == size);
    for (const ir::Graph* graph : {&program->train, &program->predict}) {
      REQUIRE(graph->find_argument(argument));
      CHECK(graph->type(graph->find_argument(argument)->value).dims ==
            std::vector<ir::Dim>{ir::batch_dim, ir::time_dim, ir::dim(size)});
    }
  }
  CHECK(program->inputs[2].stream() == "right");
  CHECK(program->inputs[0].stream() == "stimulus");
}

TEST_CASE("dims.16: an open size of a stream waits for the data, a shared dim is one") {
  CheckedSpec open(ears_with("  input open: stream [Q]\n", "(sound |> Linear(N)) + (open |> Linear(N))"));
  auto streams = only_outline(open).streams;
  REQUIRE(!streams.at(0).size);
  streams[0].size = 7;
  CHECK(ears_program(open, {4, 3, streams})->inputs.at(1).size == 7);

  CheckedSpec same(ears_with("  input same: stream [F]\n", "(sound + same) |> Linear(N)"));
  CHECK(only_outline(same).streams.at(0).size == 4);
  const auto program = ears_program(same, {4, 3, only_outline(same).streams});
  CHECK(program->parameter_count() == 3 * 4 + 3);
}

TEST_CASE("one model at other sizes of a stream is another program") {
  CheckedSpec spec(ears_with("  input open: stream [Q]\n", "(sound |> Linear(N)) + (open |> Linear(N))"));
  auto streams = only_outline(spec).streams;
  streams[0].size = 7;
  const auto seven = ears_program(spec, {4, 3, streams}), again = ears_program(spec, {4, 3, streams});
  streams[0].size = 8;
  CHECK(seven == again);
  CHECK(ears_program(spec, {4, 3, streams})->parameter_count() == seven->parameter_count() + 3);
}

TEST_CASE("time.3: what units do is seen up to the bin before") {
  for (const auto& [output, warned] : {std::pair{"delay(past, 1)", false},
                                       {"past", true},
                                       {"delay(past, 0)", true},
                                       {"ahead(delay(past, 3), 2)", false},
                                       {"ahead(delay(past, 3), 3)", true}}) {
    CAPTURE(output);
    CheckedSpec spec(
        ears_with("  input past: stream [N]\n", std::string("(sound |> Linear(N)) + ") + output));
    CHECK(spec.messages() == (warned ? std::vector<std::string>{"W0604 @ M()"} : std::vector<std::string>{}));
  }
}
