#include "tests/exec/against_libtorch.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/exec/gradients.h"
#include "tests/sema/sema_helpers.h"

namespace stria::test {

using exec::HostTensor;
using exec::NamedTensors;

std::shared_ptr<const ModelProgram> program_of(const std::string& uses, const std::string& output,
                                               const Sizes& sizes, const std::string& items) {
  // Ranges in the graphs point into the spec.
  struct Made {
    explicit Made(const std::string& text) : spec(text) {}
    sema_testing::CheckedSpec spec;
    std::shared_ptr<const ModelProgram> program;
  };
  const auto made = std::make_shared<Made>(
      "stria 0.1\n" + uses +
      "\nuse stria.datasets (Simulated)\nuse stria.protocols (Standard)\n"
      "model Alone() {\n  input x: stream [F]\n" +
      items + "\n  output rate: stream [N] = " + output + "\n}\nexperiment E {\n  data = Simulated(bands = " +
      std::to_string(sizes.n_bands) + ")\n  model = Alone()\n  protocol = Standard()\n}\n");
  REQUIRE(made->spec.messages() == std::vector<std::string>{});
  const auto& plan = made->spec.compiler().outline().at(0);
  made->program = made->spec.compiler().build(*plan.model, plan.protocol.get(),
                                              {sizes.n_bands, sizes.n_units, {}}, *plan.dt);
  REQUIRE(made->program);
  return {made, made->program.get()};
}

at::Tensor as_tensor(const HostTensor& tensor) {
  auto values = tensor.values;
  return at::from_blob(values.data(), tensor.sizes, at::TensorOptions(at::kDouble)).clone();
}

NamedTensors whole_clips(const ir::Graph& graph, const Sizes& sizes) {
  NamedTensors given = drawn_arguments(graph, sizes.n_clips, sizes.n_bins);
  for (auto& [name, tensor] : given)
    if (name == "valid") tensor.values.assign(tensor.values.size(), 1.0);
  for (const ir::Argument& argument : graph.arguments) {
    if (argument.kind != ir::ArgumentKind::buffer) continue;
    for (double& value : given.at(argument.name).values) value = 0.6 + 0.3 * value;  // variances among them
  }
  return given;
}

namespace {

void check_same(const std::string& name, const HostTensor& ours, const at::Tensor& theirs, double floor) {
  CAPTURE(name);
  const at::Tensor flat = theirs.contiguous();
  REQUIRE(ours.values.size() == static_cast<size_t>(flat.numel()));
  double largest = floor, worst = 0;
  for (size_t i = 0; i < ours.values.size(); ++i) {
    const double value = flat.const_data_ptr<double>()[i];
    largest = std::max(largest, std::fabs(value));
    worst = std::max(worst, std::fabs(value - ours.values[i]));
  }
  CHECK(std::isfinite(largest));
  CHECK(worst <= 1e-10 * largest);
}

}  // namespace

void check_against(const ModelProgram& program, const Sizes& sizes, const Theirs& theirs) {
  const ir::Graph& train = program.train;
  const NamedTensors given = whole_clips(train, sizes);
  Names wrt{"x"};
  Leaves leaves;
  for (const ir::Argument& argument : train.arguments) {
    at::Tensor leaf = as_tensor(given.at(argument.name));
    if (argument.kind == ir::ArgumentKind::parameter) wrt.push_back(argument.name);
    if (argument.kind == ir::ArgumentKind::parameter || argument.name == "x") leaf.set_requires_grad(true);
    leaves[argument.name] = leaf;
  }
  const auto ours = exec::evaluate(train, given, {exec::Precision::float64, 0, "loss", wrt});
  const at::Tensor error = theirs(leaves) - leaves.at("response");
  const at::Tensor loss = (error * error * leaves.at("present")).sum() / leaves.at("present").sum();
  loss.backward();
  check_same("loss", ours.results.at("loss"), loss.detach(), 0);
  double largest = 0;  // a derivative that is 0 but for rounding is no scale of its own
  for (const std::string& name : wrt) {
    REQUIRE_MESSAGE(leaves.at(name).grad().defined(), name);
    largest = std::max(largest, leaves.at(name).grad().abs().max().item<double>());
  }
  for (const std::string& name : wrt)
    check_same(name, ours.gradients.at(name), leaves.at(name).grad(), 1e-3 * largest);
  for (const auto& [name, tensor] : ours.results)
    if (name.starts_with("buffer:")) check_same(name, tensor, leaves.at(name.substr(7)), 0);
}

}  // namespace stria::test
