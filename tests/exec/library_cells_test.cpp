// The library's RNN, GRU and LSTM are LibTorch's own.
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/gru.h>
#include <ATen/ops/lstm.h>
#include <ATen/ops/rnn_tanh.h>
#include <ATen/ops/zeros.h>
#include <doctest/doctest.h>

#include <cmath>

#include "runtime/exec/reference.h"
#include "tests/exec/gradients.h"
#include "tests/sema/sema_helpers.h"

using namespace stria;
using namespace stria::test;
using exec::NamedTensors;

namespace {

constexpr int64_t n_clips = 3, n_bins = 20, n_inputs = 5, n_hidden = 7;

// The parameters `kind` + gate of a cell, stacked along the hidden units: rows of LibTorch's weights.
at::Tensor stacked(const NamedTensors& given, const std::string& kind,
                   const std::vector<std::string>& gates) {
  std::vector<double> values;
  for (const std::string& gate : gates) {
    for (const auto& [name, tensor] : given) {
      if (name.substr(name.rfind('.') + 1) == kind + gate)
        values.insert(values.end(), tensor.values.begin(), tensor.values.end());
    }
  }
  const int64_t rows = n_hidden * static_cast<int64_t>(gates.size());
  std::vector<int64_t> sizes{rows};
  if (kind == "Wx") sizes.push_back(n_inputs);
  if (kind == "Wh") sizes.push_back(n_hidden);
  REQUIRE(static_cast<int64_t>(values.size()) == rows * (sizes.size() == 2 ? sizes[1] : 1));
  return at::from_blob(values.data(), sizes, at::TensorOptions(at::kDouble)).clone();
}

// Output of LibTorch's layer for x and weights in its order, from states 0.
using Layer = at::Tensor (*)(const at::Tensor& x, const at::Tensor& start, at::TensorList weights);

at::Tensor rnn(const at::Tensor& x, const at::Tensor& start, at::TensorList weights) {
  return std::get<0>(at::rnn_tanh(x, start, weights, true, 1, 0, false, false, true));
}
at::Tensor gru(const at::Tensor& x, const at::Tensor& start, at::TensorList weights) {
  return std::get<0>(at::gru(x, start, weights, true, 1, 0, false, false, true));
}
at::Tensor lstm(const at::Tensor& x, const at::Tensor& start, at::TensorList weights) {
  return std::get<0>(at::lstm(x, {start, start}, weights, true, 1, 0, false, false, true));
}

// A model that is the cell alone: its rates are the cell's output.
std::shared_ptr<const ModelProgram> model_of(const std::string& cell) {
  // Ranges in the graphs point into the spec.
  struct Made {
    explicit Made(const std::string& text) : spec(text) {}
    sema_testing::CheckedSpec spec;
    std::shared_ptr<const ModelProgram> program;
  };
  const auto made =
      std::make_shared<Made>("stria 0.1\nuse stria.cells (" + cell +
                             ")\nuse stria.datasets (Simulated)\nuse stria.protocols (Standard)\n"
                             "model Alone() {\n  input x: stream [F]\n"
                             "  output rate: stream [N] = x |> " +
                             cell +
                             "(N)\n}\nexperiment E {\n  data = Simulated()\n  model = Alone()\n"
                             "  protocol = Standard()\n}\n");
  REQUIRE(made->spec.codes().empty());
  const auto& plan = made->spec.compiler().outline().at(0);
  made->program = made->spec.compiler().build(*plan.model, nullptr, n_inputs, n_hidden, *plan.dt);
  REQUIRE(made->program);
  return {made, made->program.get()};
}

void check_cell(const std::string& cell, const std::vector<std::string>& gates, Layer layer) {
  CAPTURE(cell);
  const auto program = model_of(cell);
  NamedTensors given = drawn_arguments(program->predict, n_clips, n_bins);
  if (given.contains("valid")) given["valid"].values.assign(n_clips * n_bins, 1.0);
  const std::vector<double> rate =
      exec::evaluate(program->predict, given, {exec::Precision::float64, 0, {}, {}})
          .results.at("rate")
          .values;
  const at::TensorOptions real(at::kDouble);
  const at::Tensor x = at::from_blob(given.at("x").values.data(), {n_clips, n_bins, n_inputs}, real);
  const at::Tensor start = at::zeros({1, n_clips, n_hidden}, real);
  const std::vector<at::Tensor> weights = {stacked(given, "Wx", gates), stacked(given, "Wh", gates),
                                           stacked(given, "bx", gates), stacked(given, "bh", gates)};
  const at::Tensor theirs = layer(x, start, weights).contiguous();
  REQUIRE(rate.size() == static_cast<size_t>(theirs.numel()));
  for (size_t i = 0; i < rate.size(); ++i)
    CHECK(std::fabs(rate[i] - theirs.const_data_ptr<double>()[i]) < 1e-12);
}

}  // namespace

TEST_CASE("RNN, GRU and LSTM of the library give the values of LibTorch's own") {
  check_cell("RNN", {""}, rnn);
  check_cell("GRU", {"r", "z", "n"}, gru);
  check_cell("LSTM", {"i", "f", "g", "o"}, lstm);
}

TEST_CASE("RNN, GRU and LSTM start from uniform draws within 1 / sqrt(H)") {
  const double bound = 1 / std::sqrt(static_cast<double>(n_hidden));
  for (const char* cell : {"RNN", "GRU", "LSTM"}) {
    CAPTURE(cell);
    const auto program = model_of(cell);
    const auto start = exec::evaluate(program->init, drawn_arguments(program->init, 1, 1),
                                      {exec::Precision::float64, 3, {}, {}});
    for (const ParameterInfo& parameter : program->parameters) {
      CAPTURE(parameter.path);
      double largest = 0;
      for (const double value : start.results.at(parameter.path).values)
        largest = std::max(largest, std::fabs(value));
      CHECK(largest <= bound);
      CHECK(largest > bound / 2);
    }
  }
}
