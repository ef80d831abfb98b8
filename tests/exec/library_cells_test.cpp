// The library's RNN, GRU and LSTM are LibTorch's own, with equal weights: values and gradients.
#include <ATen/ops/cat.h>
#include <ATen/ops/gru.h>
#include <ATen/ops/lstm.h>
#include <ATen/ops/rnn_tanh.h>
#include <ATen/ops/zeros.h>
#include <doctest/doctest.h>

#include "tests/exec/against_libtorch.h"

using namespace stria;
using namespace stria::test;

namespace {

constexpr Sizes sizes{3, 20, 5, 7};

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

void check_cell(const std::string& cell, const std::vector<std::string>& gates, Layer layer) {
  CAPTURE(cell);
  const auto program = program_of("use stria.cells (" + cell + ")", "x |> " + cell + "(N)", sizes);
  check_against(*program, sizes, [&](Leaves& leaves) {
    // The parameters `kind` + gate, stacked along the hidden units: rows of LibTorch's weights.
    const auto stacked = [&](const std::string& kind) {
      std::vector<at::Tensor> parts;
      for (const std::string& gate : gates) parts.push_back(leaves.at(cell + "." + kind + gate));
      return at::cat(parts);
    };
    const at::Tensor start = at::zeros({1, sizes.n_clips, sizes.n_units}, at::TensorOptions(at::kDouble));
    const std::vector<at::Tensor> weights{stacked("Wx"), stacked("Wh"), stacked("bx"), stacked("bh")};
    return layer(leaves.at("x"), start, weights);
  });
}

}  // namespace

TEST_CASE("RNN, GRU and LSTM of the library give the values and gradients of LibTorch's own") {
  check_cell("RNN", {""}, rnn);
  check_cell("GRU", {"r", "z", "n"}, gru);
  check_cell("LSTM", {"i", "f", "g", "o"}, lstm);
}
