// Receptive fields made of few numbers, prefilters and output curves of the library against LibTorch's ops.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <doctest/doctest.h>

#include <cmath>

#include "tests/exec/against_libtorch.h"

using namespace stria;
using namespace stria::test;

namespace {

constexpr Sizes sizes{2, 8, 5, 4};
constexpr int64_t n_lags = 3;
const std::string use_layers =
    "use stria.layers (AdapTrans, DCLS, DoubleExp, GaussianSTRF, ICAdaptation, Linear, RankSTRF, "
    "SigmoidCurve, "
    "SoftPlusCurve)";

at::Tensor counted(int64_t n) { return at::arange(n, at::TensorOptions(at::kDouble)); }

// The kernel w [O, F, K] on x [B, T, F].
at::Tensor strf(const at::Tensor& w, const at::Tensor& b, const at::Tensor& x) {
  std::vector<at::Tensor> lags;
  for (int64_t lag = 0; lag < n_lags; ++lag)
    lags.push_back(at::constant_pad_nd(x, {0, 0, lag, 0}).narrow(1, 0, x.size(1)));
  return at::einsum("btkf,ofk->bto", {at::stack(lags, 2), w}) + b;
}

// A Gaussian over 0 .. n - 1 for each entry, its sum 1: [..., n].
at::Tensor bumps(const at::Tensor& centre, const at::Tensor& theta, int64_t n) {
  const at::Tensor width = at::softplus(theta) + 0.27;
  const at::Tensor away = (counted(n) - centre.unsqueeze(-1)) / width.unsqueeze(-1);
  return at::softmax(-0.5 * away * away, -1);
}

// 500 - 105 log10(f) ms of bands evenly spaced on the mel scale from 500 Hz to 20 kHz.
std::vector<double> times_of(int64_t n_bands) {
  std::vector<double> seconds;
  for (int64_t i = 0; i < n_bands; ++i) {
    const auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
    const double at =
        mel(500) + (mel(20000) - mel(500)) * static_cast<double>(i) / static_cast<double>(n_bands - 1);
    seconds.push_back((500 - 105 * std::log10(700 * (std::pow(10, at / 2595) - 1))) / 1000);
  }
  return seconds;
}

// The running mean of the past of each band, a [F]: what a bin sees of the bins before it.
std::vector<at::Tensor> past_means(const at::Tensor& x, const at::Tensor& a) {
  std::vector<at::Tensor> means{at::zeros({x.size(0), x.size(2)}, at::TensorOptions(at::kDouble))};
  for (int64_t t = 0; t + 1 < x.size(1); ++t) means.push_back(a * means.back() + (1 - a) * x.select(1, t));
  return means;
}

void check_curve(const std::string& call,
                 const std::function<at::Tensor(Leaves&, const at::Tensor&)>& curve) {
  CAPTURE(call);
  const auto program = program_of(use_layers, "x |> Linear(N) |> " + call, sizes);
  check_against(*program, sizes, [&](Leaves& leaves) {
    return curve(leaves, at::linear(leaves.at("x"), leaves.at("Linear.w"), leaves.at("Linear.b")));
  });
}

}  // namespace

TEST_CASE("RankSTRF is a receptive field of low rank") {
  const auto program = program_of(use_layers, "x |> RankSTRF(N, rank = 2, window = 30ms)", sizes);
  check_against(*program, sizes, [](Leaves& leaves) {
    const at::Tensor w =
        at::einsum("orf,ork->ofk", {leaves.at("RankSTRF.profile"), leaves.at("RankSTRF.course")});
    return strf(w, leaves.at("RankSTRF.b"), leaves.at("x"));
  });
}

TEST_CASE("GaussianSTRF is a sum of Gaussians of mass 1 on the grid") {
  const auto program = program_of(use_layers, "x |> GaussianSTRF(N, count = 2, window = 30ms)", sizes);
  check_against(*program, sizes, [](Leaves& leaves) {
    const auto own = [&](const char* name) { return leaves.at(std::string("GaussianSTRF.") + name); };
    const at::Tensor profile = bumps(own("band"), own("width_band"), sizes.n_bands),
                     course = bumps(own("lag"), own("width_lag"), n_lags);
    return strf(at::einsum("og,ogf,ogk->ofk", {own("weight"), profile, course}), own("b"), leaves.at("x"));
  });
}

TEST_CASE("DCLS has taps at learnt lags") {
  const auto program = program_of(use_layers, "x |> DCLS(N, count = 2, window = 30ms)", sizes);
  check_against(*program, sizes, [](Leaves& leaves) {
    const auto own = [&](const char* name) { return leaves.at(std::string("DCLS.") + name); };
    const at::Tensor course = bumps(own("lag"), own("width"), n_lags);
    return strf(at::einsum("ofg,ofgk->ofk", {own("weight"), course}), own("b"), leaves.at("x"));
  });
}

TEST_CASE("ICAdaptation is each band less the running mean of its past, rectified") {
  const auto program = program_of(use_layers, "x |> ICAdaptation() |> Linear(N)", sizes);
  check_against(*program, sizes, [](Leaves& leaves) {
    std::vector<at::Tensor> decays;
    for (const double time : times_of(sizes.n_bands))
      decays.push_back(at::zeros({}, at::TensorOptions(at::kDouble)) + std::exp(-0.01 / time));
    const at::Tensor means = at::stack(past_means(leaves.at("x"), at::stack(decays)), 1);
    return at::linear(at::relu(leaves.at("x") - means), leaves.at("Linear.w"), leaves.at("Linear.b"));
  });
}

TEST_CASE("AdapTrans gives ON and OFF responses of each band") {
  const auto program =
      program_of(use_layers, "x |> AdapTrans() |> flatten(into = \"I\") |> Linear(N)", sizes);
  check_against(*program, sizes, [](Leaves& leaves) {
    const auto kept = [&](const char* name) {
      const at::Tensor d = leaves.at(std::string("AdapTrans.") + name);
      return 1 / (1 + d * d);
    };
    const at::Tensor x = leaves.at("x"), w = kept("p");
    const at::Tensor on = at::relu(x - w * at::stack(past_means(x, kept("d_on")), 1)),
                     off = at::relu(at::stack(past_means(x, kept("d_off")), 1) - w * x);
    return at::linear(at::stack({on, off}, 2).flatten(2), leaves.at("Linear.w"), leaves.at("Linear.b"));
  });
}

TEST_CASE("output curves, also those held above 0") {
  const auto plain = [](Leaves& leaves, const std::string& name) { return leaves.at(name); };
  const auto above = [](Leaves& leaves, const std::string& name) { return at::softplus(leaves.at(name)); };
  check_curve("DoubleExp(positive = true)", [&](Leaves& l, const at::Tensor& x) {
    const at::Tensor f = (-(plain(l, "DoubleExp.k") * x - plain(l, "DoubleExp.s")).exp()).exp();
    return above(l, "DoubleExp.height") * f + above(l, "DoubleExp.base");
  });
  check_curve("SoftPlusCurve()", [&](Leaves& l, const at::Tensor& x) {
    const at::Tensor beta = above(l, "SoftPlusCurve.beta");
    return at::softplus(beta * x) / beta + plain(l, "SoftPlusCurve.c");
  });
  check_curve("SoftPlusCurve(positive = true)", [&](Leaves& l, const at::Tensor& x) {
    const at::Tensor beta = above(l, "SoftPlusCurve.beta");
    return at::softplus(beta * x) / beta + above(l, "SoftPlusCurve.base");
  });
  check_curve("SigmoidCurve()", [&](Leaves& l, const at::Tensor& x) {
    const at::Tensor f = (plain(l, "SigmoidCurve.k") * x - plain(l, "SigmoidCurve.s")).sigmoid();
    return plain(l, "SigmoidCurve.a") * f + plain(l, "SigmoidCurve.b");
  });
  check_curve("SigmoidCurve(positive = true)", [&](Leaves& l, const at::Tensor& x) {
    const at::Tensor f = (plain(l, "SigmoidCurve.k") * x - plain(l, "SigmoidCurve.s")).sigmoid();
    return above(l, "SigmoidCurve.height") * f + above(l, "SigmoidCurve.base");
  });
}
