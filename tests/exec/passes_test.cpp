// What passes make of a graph computes what the graph computed: values and derivatives, against the reference
// executor in double precision. On every op, and on the models of the library.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "compiler/passes/pass.h"
#include "tests/exec/gradients.h"
#include "tests/exec/op_cases.h"
#include "tests/sema/sema_helpers.h"

using namespace stria;
using namespace stria::test;
using exec::Evaluation;
using exec::HostTensor;
using exec::NamedTensors;
using exec::Precision;
using ir::ArgumentKind;
using ir::Element;
using ir::Graph;
using ir::Op;
using ir::Region;
using ir::ValueId;

namespace {

constexpr int64_t model_bands = 13, model_units = 3;

void check_near(const NamedTensors& results, const NamedTensors& expected, double tolerance) {
  REQUIRE(results.size() == expected.size());
  for (const auto& [name, wanted] : expected) {
    const HostTensor& found = results.at(name);
    REQUIRE(found.sizes == wanted.sizes);
    double largest = 1e-3, difference = 0;
    for (size_t i = 0; i < wanted.values.size(); ++i) {
      REQUIRE(std::isfinite(wanted.values[i]));
      largest = std::max(largest, std::abs(wanted.values[i]));
      difference = std::max(difference, std::abs(found.values[i] - wanted.values[i]));
    }
    CHECK_MESSAGE(difference <= tolerance * largest, name << ": " << difference << " of " << largest);
  }
}

// ---------------------------------------------------------------- models
std::vector<std::shared_ptr<const ModelProgram>> library_models() {
  static sema_testing::CheckedSpec spec(R"(stria 0.1
use stria.models (L, LN, NRF, DNet, StateNet)
use stria.cells (GRU, LSTM, RNN)
use stria.layers (LocallyConnected, FullyConnected)
use stria.datasets (Simulated)
use stria.protocols (Standard)
experiment E {
  sweep model in {
    l = L(window = 15ms), ln = LN(window = 15ms), nrf = NRF(hidden = 4, window = 15ms),
    dnet = DNet(hidden = 4, window = 15ms),
    gru = StateNet(core = GRU(5)), lstm = StateNet(core = LSTM(5)), rnn = StateNet(core = RNN(5)),
    padded = StateNet(core = GRU(4), down = LocallyConnected(channels = 3, kernel = 5, stride = 2, padding = 2)),
    full = StateNet(core = GRU(4), down = FullyConnected(channels = 3, positions = 2)),
  }
  data = Simulated()
  protocol = Standard()
}
)");
  REQUIRE(spec.messages() == std::vector<std::string>{});
  std::vector<std::shared_ptr<const ModelProgram>> models;
  for (const Compiler::Outline& outline : spec.compiler().outline()) {
    models.push_back(spec.compiler().build(*outline.model, outline.protocol.get(),
                                           {model_bands, model_units, {}}, *Rational::make(1, 200)));
    REQUIRE(models.back() != nullptr);
  }
  REQUIRE(models.size() == 9);
  return models;
}

// Numbers for all arguments: parameters of either sign, buffers (variances among them) above 0.
NamedTensors arguments_of(const Graph& graph) {
  NamedTensors arguments;
  double phase = 0;
  for (const ir::Argument& argument : graph.arguments) {
    const ir::Type& type = graph.type(argument.value);
    Array array(sizes_of(type));
    for (auto& value : array.values) {
      phase += 0.73;
      const double middle = argument.kind == ArgumentKind::buffer ? 0.6 : 0;
      value = type.element == Element::boolean ? (std::sin(phase) > -0.7 ? 1.0 : 0.0)
                                               : middle + 0.5 * std::sin(phase);
    }
    arguments[argument.name] = to_host(array, type.element);
  }
  return arguments;
}

int count(const Region& region, Op op) {
  int result = 0;
  for (const ir::Node& node : region.nodes) {
    result += node.op == op ? 1 : 0;
    for (const Region& inner : node.regions) result += count(inner, op);
  }
  return result;
}

}  // namespace

TEST_CASE("every op: each pass, and all of them, leave its value as it is") {
  for (const OpCase& op_case : op_cases()) {
    INFO(op_case.label);
    const Graph graph = value_graph(op_case);
    const NamedTensors arguments = case_arguments(op_case, graph);
    const Evaluation expected = exec::evaluate(graph, arguments, {Precision::float64, 3, {}, {}});
    const auto check = [&](const Graph& after) {
      const Evaluation found = exec::evaluate(after, arguments, {Precision::float64, 3, {}, {}});
      const HostTensor &is = found.results.at("value"), &was = expected.results.at("value");
      REQUIRE(is.sizes == was.sizes);
      for (size_t i = 0; i < was.values.size(); ++i) {
        if (std::isfinite(was.values[i])) {
          CHECK(is.values[i] == doctest::Approx(was.values[i]).epsilon(1e-12));
        } else {
          CHECK(std::isnan(is.values[i]) == std::isnan(was.values[i]));
        }
      }
    };
    for (const passes::PassInfo& pass : passes::all_passes()) {
      if (pass.may_be_skipped) check(pass.run(graph, {}));
    }
    check(passes::run_passes(graph, {}));
  }
}

TEST_CASE(
    "the library's models in training: loss, new buffers and gradients are those of the graph as written") {
  for (const auto& model : library_models()) {
    INFO(model->text);
    const NamedTensors arguments = arguments_of(model->train);
    const exec::EvaluateOptions options{Precision::float64, 0, "loss", parameters_of(model->train)};
    const Evaluation expected = exec::evaluate(model->train, arguments, options);
    const auto check = [&](const Graph& graph) {
      const Evaluation found = exec::evaluate(graph, arguments, options);
      check_near(found.results, expected.results, 1e-12);
      check_near(found.gradients, expected.gradients, 1e-11);
    };
    for (const passes::PassInfo& pass : passes::all_passes()) {
      if (pass.name == "drop_stop_gradient" || !pass.may_be_skipped) continue;
      INFO(pass.name);
      check(pass.run(model->train, {}));
    }
    check(passes::run_passes(model->train, {}));
  }
}

TEST_CASE(
    "the library's models with derivatives written out: gradients are autograd's of the graph as written") {
  for (const auto& model : library_models()) {
    INFO(model->text);
    const NamedTensors arguments = arguments_of(model->train);
    const std::vector<std::string> names = parameters_of(model->train);
    Evaluation expected = exec::evaluate(model->train, arguments, {Precision::float64, 0, "loss", names});
    for (auto& [name, gradient] : expected.gradients) expected.results["gradient:" + name] = gradient;
    passes::PassOptions derivative;
    derivative.differentiate = "loss";
    derivative.with_respect_to = names;
    const Graph after = passes::run_passes(model->train, derivative);
    check_near(exec::evaluate(after, arguments, {Precision::float64, 0, {}, {}}).results, expected.results,
               1e-11);
  }
}

TEST_CASE("the library's models in evaluation: rates are those of the graph as written") {
  for (const auto& model : library_models()) {
    INFO(model->text);
    const NamedTensors arguments = arguments_of(model->predict);
    const exec::EvaluateOptions options{Precision::float64, 0, {}, {}};
    const Evaluation expected = exec::evaluate(model->predict, arguments, options);
    passes::PassOptions evaluation;
    evaluation.evaluation = true;
    for (const passes::PassInfo& pass : passes::all_passes()) {
      if (!pass.may_be_skipped) continue;
      INFO(pass.name);
      check_near(exec::evaluate(pass.run(model->predict, {}), arguments, options).results, expected.results,
                 1e-12);
    }
    const Graph after = passes::run_passes(model->predict, evaluation);
    check_near(exec::evaluate(after, arguments, options).results, expected.results, 1e-12);
  }
}

TEST_CASE("run.7: absorbed batch norm predicts within 1e-6 in single precision") {
  passes::PassOptions evaluation;
  evaluation.evaluation = true;
  for (const auto& model : library_models()) {
    INFO(model->text);
    const NamedTensors arguments = arguments_of(model->predict);
    const exec::EvaluateOptions options{Precision::float32, 0, {}, {}};
    const Evaluation expected = exec::evaluate(model->predict, arguments, {Precision::float64, 0, {}, {}});
    const Graph after = passes::run_passes(model->predict, evaluation);
    check_near(exec::evaluate(after, arguments, options).results, expected.results, 1e-6);
  }
}

TEST_CASE(
    "StateNet with a GRU ends as four products: front, gates from below, gates from the state, readout") {
  const auto models = library_models();
  const auto found = std::find_if(models.begin(), models.end(),
                                  [](const auto& model) { return model->text == "StateNet(core = GRU(5))"; });
  REQUIRE(found != models.end());
  passes::PassOptions evaluation;
  evaluation.evaluation = true;
  const Graph predict = passes::run_passes((*found)->predict, evaluation);
  CHECK(count(predict.body, Op::window) == 0);
  CHECK(count(predict.body, Op::contract) == 5);  // with the one that spreads the front's weights
  const auto scan = std::find_if(predict.body.nodes.begin(), predict.body.nodes.end(),
                                 [](const ir::Node& node) { return node.op == Op::scan; });
  REQUIRE(scan != predict.body.nodes.end());
  CHECK(count(scan->regions[0], Op::contract) == 1);
}
