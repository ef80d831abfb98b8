// The library's layers are LibTorch's own, with equal weights: values, gradients and running statistics.
#include <ATen/TensorOperators.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/stack.h>
#include <doctest/doctest.h>

#include "tests/exec/against_libtorch.h"

using namespace stria;
using namespace stria::test;

namespace {

// at::linear with the parameters of a `Linear` below `path`.
at::Tensor linear(Leaves& leaves, const std::string& path, const at::Tensor& x) {
  return at::linear(x, leaves.at(path + ".w"), leaves.at(path + ".b"));
}

// The last W frames of x [B, T, I], lag 0 first: [B, T, W, I], zeros before the clip.
at::Tensor windows(const at::Tensor& x, int64_t n_lags) {
  std::vector<at::Tensor> lags;
  for (int64_t lag = 0; lag < n_lags; ++lag)
    lags.push_back(at::constant_pad_nd(x, {0, 0, lag, 0}).narrow(1, 0, x.size(1)));
  return at::stack(lags, 2);
}

// z [P, W, E] with the weights of an `Attention` below `path`, as torch.nn.MultiheadAttention computes it.
at::Tensor attention(Leaves& leaves, const std::string& path, const at::Tensor& z) {
  const int64_t width = z.size(2), heads = leaves.at(path + ".Wq").size(0);
  const auto project = [&](const std::string& which) {
    const at::Tensor all = at::linear(z, leaves.at(path + ".W" + which).reshape({width, width}),
                                      leaves.at(path + ".b" + which).reshape({width}));
    return all.reshape({z.size(0), z.size(1), heads, width / heads}).transpose(1, 2);
  };
  const at::Tensor mixed = at::scaled_dot_product_attention(project("q"), project("k"), project("v"));
  return at::linear(mixed.transpose(1, 2).reshape(z.sizes()), leaves.at(path + ".Wo").reshape({width, width}),
                    leaves.at(path + ".bo"));
}

at::Tensor layer_norm(Leaves& leaves, const std::string& path, const at::Tensor& x) {
  return at::layer_norm(x, {x.size(-1)}, leaves.at(path + ".scale"), leaves.at(path + ".shift"), 1e-5);
}

at::Tensor encoder(Leaves& leaves, const std::string& path, const at::Tensor& z) {
  const at::Tensor a = layer_norm(leaves, path + ".LayerNorm", z + attention(leaves, path + ".Attention", z));
  const at::Tensor hidden = at::relu(linear(leaves, path + ".Linear", a));
  return layer_norm(leaves, path + ".LayerNorm2", a + linear(leaves, path + ".Linear2", hidden));
}

// The parameters of a `Conv` below `path`, on x [B, T, F, C]: past bins only, lag 0 first.
at::Tensor conv(Leaves& leaves, const std::string& path, const at::Tensor& x, int64_t stride, int64_t pad) {
  const at::Tensor w = leaves.at(path + ".w").flip({-1});  // [O, C, F, T]
  const at::Tensor past = at::constant_pad_nd(x.permute({0, 3, 2, 1}), {w.size(3) - 1, 0});
  return at::conv2d(past, w, leaves.at(path + ".b"), {stride, 1}, {pad, 0}).permute({0, 3, 2, 1});
}

// Over all but the last dim of x, in training mode, changing the running statistics.
at::Tensor batch_norm(Leaves& leaves, const std::string& path, const at::Tensor& x) {
  const at::Tensor flat = x.reshape({-1, x.size(-1)});
  return at::batch_norm(flat, leaves.at(path + ".scale"), leaves.at(path + ".shift"),
                        leaves.at(path + ".mean"), leaves.at(path + ".variance"), true, 0.1, 1e-5, false)
      .reshape(x.sizes());
}

}  // namespace

TEST_CASE("Linear and BatchNorm are LibTorch's, running statistics too") {
  const Sizes sizes;
  const auto program =
      program_of("use stria.layers (BatchNorm, Linear)", "x |> Linear(5) |> BatchNorm() |> Linear(N)", sizes);
  check_against(*program, sizes, [](Leaves& leaves) {
    return linear(leaves, "Linear2",
                  batch_norm(leaves, "BatchNorm", linear(leaves, "Linear", leaves.at("x"))));
  });
}

TEST_CASE(
    "dims.14: Conv is LibTorch's conv2d over bands and past bins, strides, zeros and channels included") {
  const Sizes sizes;
  const auto program = program_of("use stria.layers (BatchNorm, Conv, LeakyReLU, Linear)",
                                  "x |> Conv(3, kernel = {F = 2, T = 4}) |> BatchNorm() |> LeakyReLU(0.1)\n"
                                  "    |> Conv(2, kernel = {T = 3, F = 3}, stride = {F = 2}, pad = {F = 1}) "
                                  "|> flatten(into = \"I\") |> Linear(N)",
                                  sizes);
  check_against(*program, sizes, [](Leaves& leaves) {
    leaves["first.w"] = leaves.at("Conv.w").unsqueeze(1);  // one input channel
    leaves["first.b"] = leaves.at("Conv.b");
    const at::Tensor first = conv(leaves, "first", leaves.at("x").unsqueeze(3), 1, 0);
    const at::Tensor bent = at::leaky_relu(batch_norm(leaves, "BatchNorm", first), 0.1);
    leaves["turned.w"] = leaves.at("Conv2.w").transpose(2, 3);
    leaves["turned.b"] = leaves.at("Conv2.b");
    const at::Tensor second = conv(leaves, "turned", bent, 2, 1);
    return linear(leaves, "Linear", second.flatten(2));
  });
}

TEST_CASE("LayerNorm and GLU are LibTorch's") {
  const Sizes sizes;
  const auto program =
      program_of("use stria.layers (GLU, LayerNorm)\n", "x |> LayerNorm(over = F) |> GLU(N)", sizes);
  check_against(*program, sizes, [](Leaves& leaves) {
    const at::Tensor x = layer_norm(leaves, "LayerNorm", leaves.at("x"));
    return linear(leaves, "GLU.Linear", x) * linear(leaves, "GLU.Linear2", x).sigmoid();
  });
}

TEST_CASE("multi-head attention over a sliding window is LibTorch's") {
  const Sizes sizes;
  const auto program = program_of(
      "use stria.layers (Attention, Linear)",
      "history(x, W) |> Attention(2, along = W) |> flatten(into = \"I\") |> Linear(N)", sizes, "  let W = 4");
  check_against(*program, sizes, [](Leaves& leaves) {
    const at::Tensor z = windows(leaves.at("x"), 4);
    const at::Tensor mixed = attention(leaves, "Attention", z.flatten(0, 1)).reshape(z.sizes());
    return linear(leaves, "Linear", mixed.flatten(2));
  });
}

TEST_CASE(
    "the Transformer is LibTorch's encoder layers over embedded windows, zero frames before the clip too") {
  const Sizes sizes;
  const auto program =
      program_of("use stria.models (Transformer)",
                 "x |> Transformer(window = 40ms, E = 6, heads = 3, ff = 5, depth = 2)", sizes);
  check_against(*program, sizes, [](Leaves& leaves) {
    const std::string model = "Transformer.";
    const at::Tensor z =
        linear(leaves, model + "Linear", windows(leaves.at("x"), 4)) + leaves.at(model + "place");
    at::Tensor y = z.flatten(0, 1);
    for (const char* block : {"EncoderBlock", "EncoderBlock2"}) y = encoder(leaves, model + block, y);
    const at::Tensor rate = linear(leaves, model + "Linear2", y.mean(1).reshape({z.size(0), z.size(1), 6}));
    const auto curve = [&](const char* which) { return leaves.at(model + "DoubleExp." + which); };
    return curve("a") * (-(curve("k") * rate - curve("s")).exp()).exp() + curve("b");
  });
}
