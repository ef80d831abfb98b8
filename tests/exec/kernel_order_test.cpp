// Which way a receptive field's kernel runs: the answer to an impulse is the kernel itself, lag by lag.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "compiler/sema/compile.h"
#include "runtime/exec/executor.h"
#include "tests/report/scratch_folder.h"

using namespace stria;

namespace {

constexpr int64_t n_bands = 2, n_lags = 3, n_bins = 8;
constexpr int64_t impulse_bin = 2, impulse_band = 1;
// [band][lag]: no weight twice, and no kernel the same backwards.
const std::vector<float> kernel = {1, 2, 4, 8, 16, 32};
constexpr float offset = 0.5F;

// The rate of a model whose one layer has a kernel `w` [1, band, lag] and an offset `b`, for an impulse.
std::vector<float> answer_to_impulse(const std::string& layer) {
  const test::ScratchFolder scratch;
  const std::string path = (scratch / "kernel.stria").string();
  std::ofstream(path)
      << "stria 0.1\nuse stria.layers (STRF)\n"
         "layer Reversed(out: dim, window: ms) {\n"
         "  input x: stream [F]\n"
         "  let K = window // dt\n"
         "  let past = history(x, K)\n"
         "  param w: [out, F, K] ~ uniform_fan_in()\n"
         "  param b: [out] ~ uniform_fan_in(fan_in = F * K)\n"
         "  output y: stream [out] = [sum(w[o, f, K - 1 - k] * past[k, f] for f, k) + b[o] for o in out]\n"
         "}\n"
         "model M() {\n  input x: stream [F]\n  output rate: stream [N] = x |> "
      << layer << "(N, 30ms)\n}\nlet net = M()\n";
  Diagnostics diagnostics;
  Compiler compiler(path, {}, diagnostics);
  compiler.check();
  REQUIRE_MESSAGE(!diagnostics.has_errors(), render(diagnostics.sorted(), {}));
  Elaborator& elaborator = compiler.elaborator();
  Entry* net = elaborator.look_up("net", const_cast<Module*>(compiler.spec())->scope);
  const Value recipe = elaborator.value_of(*net, "net");
  const auto program =
      compiler.build(*recipe.object<Recipe>(), nullptr, {n_bands, 1, {}}, Rational::make(10, 1000).value());
  REQUIRE(program);
  const auto executor = exec::make_reference_executor(*program);
  executor->initialise(1, {{0}, {0}, {0}});
  for (size_t i = 0; i < program->parameters.size(); ++i) {
    const auto values = executor->parameter(i);
    if (program->parameters[i].path.ends_with(".w"))
      std::copy(kernel.begin(), kernel.end(), values.begin());
    else
      values[0] = offset;
  }
  exec::Batch batch{
      1,  n_bins, 1, {{n_bands, std::vector<float>(n_bins * n_bands, 0)}}, std::vector<uint8_t>(n_bins, 1),
      {}, {}};
  batch.inputs[0].values[impulse_bin * n_bands + impulse_band] = 1;
  return executor->predict(batch);
}

// lag k of the kernel comes k bins after the impulse, and nothing before it.
bool is_the_kernel(const std::vector<float>& rate) {
  for (int64_t t = 0; t < n_bins; ++t) {
    const int64_t lag = t - impulse_bin;
    const bool inside = lag >= 0 && lag < n_lags;
    const float weight = inside ? kernel[static_cast<size_t>(impulse_band * n_lags + lag)] : 0;
    if (rate[static_cast<size_t>(t)] != weight + offset) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("the answer of a receptive field to an impulse is its kernel, the first lag first") {
  CHECK(answer_to_impulse("STRF") == std::vector<float>{0.5, 0.5, 8.5, 16.5, 32.5, 0.5, 0.5, 0.5});
  CHECK(is_the_kernel(answer_to_impulse("STRF")));
}

TEST_CASE("planted fault: a kernel that runs backwards in time is found by its answer to an impulse") {
  const auto rate = answer_to_impulse("Reversed");
  CHECK(rate == std::vector<float>{0.5, 0.5, 32.5, 16.5, 8.5, 0.5, 0.5, 0.5});
  CHECK(!is_the_kernel(rate));
}
