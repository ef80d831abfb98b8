#include "tests/exec/library_programs.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/sema/sema_helpers.h"

namespace stria::test {

using exec::NamedTensors;

namespace {

constexpr const char* library = R"(stria 0.1
use stria.models (L, LN, NRF, DNet, StateNet)
use stria.cells (RNN, GRU, LSTM)
use stria.datasets (Simulated)
use stria.protocols (Standard)
experiment E {
  data = Simulated()
  sweep model in {L = L(), LN = LN(), NRF = NRF(), DNet = DNet(), GRU = StateNet(core = GRU(5)),
                  RNN = StateNet(core = RNN(5)), LSTM = StateNet(core = LSTM(5))}
  protocol = Standard()
}
)";

// What has convolutions, attention and state spaces, and the other downsampling layers.
constexpr const char* wider_library = R"(stria 0.1
use stria.models (CNN2D, DNet, StateNet, Transformer)
use stria.cells (GRU, LMU, Mamba, S4, S4D)
use stria.datasets (Simulated)
use stria.layers (Conv, FullyConnected, LocallyConnected)
use stria.protocols (Standard)
let down = LocallyConnected(channels = 2, kernel = 6, stride = 6)
experiment E {
  data = Simulated()
  sweep model in {CNN2D = CNN2D(channels = 3, hidden = 4), Plain = DNet(output_memory = false),
                  Transformer = Transformer(window = 40ms, E = 6, heads = 2, ff = 5, depth = 2),
                  S4 = StateNet(core = S4(6, order = 8), down = down),
                  S4D = StateNet(core = S4D(6, order = 8), down = down),
                  Mamba = StateNet(core = Mamba(6, order = 3), down = down),
                  LMU = StateNet(core = LMU(5, memory = 6, theta = 5), down = down),
                  Conv = StateNet(core = GRU(5), down = Conv(2, kernel = {F = 6}, stride = {F = 5}, pad = {F = 1})),
                  Full = StateNet(core = GRU(5), down = FullyConnected(channels = 2, positions = 3))}
  protocol = Standard()
}
)";

// The language's own examples of diagonal state spaces: complex states with fixed poles, and real ones whose
// step and maps hang on the input.
constexpr const char* state_spaces = R"(stria 0.1
use stria.datasets (Simulated)
use stria.layers (Fir, LeakyReLU, Linear, LocallyConnected)
use stria.math (gelu, silu)
use stria.models (StateNet)
use stria.protocols (Standard)

cell S4D(width: dim, order: int = 6) {
  input u: [I]
  let pairs = order // 2
  param In: [width, I] ~ glorot()
  param D: [width] ~ normal(0, 1)
  param C: [width, pairs] of complex ~ normal(0, 1)
  param logA: [width, pairs] = log(0.5)
  param omega: [width, pairs] = [pi * n for w in width, n in pairs]
  param(decay = 0) logstep: [width] ~ uniform(log(1e-3), log(1e-1))
  state s: [width, pairs] of complex = 0
  let v = In @ u
  let A = complex(-exp(logA), omega)
  let a = exp(A * exp(logstep))
  next s = a * s + (a - 1) / A * v
  output y: [width] = gelu(2 * re(sum(C * next s, over = pairs)) + D * v)
}

cell Selective(order: dim, rank: dim) {
  input v: [E]
  state s: [E, order] = 0
  param logA: [E, order] = [log(n + 1) for e in E, n in order]
  param D: [E] = 1
  let h = softplus(v |> Linear(rank, bias = false) |> Linear(E))
  let B = v |> Linear(order, bias = false)
  let C = v |> Linear(order, bias = false)
  next s = exp(-exp(logA) * h) * s + outer(h * v, B)
  output y: [E] = sum(C * next s, over = order) + D * v
}

layer Mamba(width: dim, order: dim = 3, expand: int = 2, taps: int = 4, rank: dim = 2) {
  input u: stream [width]
  let E = expand * width
  let v = u |> Linear(E, bias = false) |> Fir(taps) |> silu |> Selective(order, rank)
  output y: stream [width] = Linear(width, bias = false)(v * silu(u |> Linear(E, bias = false)))
}

layer Block() {
  input u: stream [I]
  output y: stream [4] = u |> Linear(4) |> LeakyReLU() |> Mamba(4)
}

experiment Spaces {
  data = Simulated()
  sweep core in {s4d = S4D(5), mamba = Block()}
  model    = StateNet(core = core, down = LocallyConnected(channels = 2, kernel = 6, stride = 6))
  protocol = Standard()
}
)";

// Models with further inputs: of another size, through a cell of two inputs, and what the units did before.
constexpr const char* further_inputs = R"(stria 0.1
use stria.data (psth, simulate, simulated_stimulus, simulated_trials)
use stria.layers (BatchNorm, DoubleExp, Linear, STRF)
use stria.models (L)
use stria.protocols (Standard)

dataset Ears() {
  let left  = simulate(bands = 18, clips = 5, shortest = 300ms, longest = 300ms, units = 3, trials = 4, dt = 10ms,
                       lowest_rate = 5Hz, highest_rate = 30Hz, adaptation = 1, smoothing = 21ms, seed = 1)
  let other = simulate(bands = 7, clips = 5, shortest = 300ms, longest = 300ms, units = 3, trials = 4, dt = 10ms,
                       lowest_rate = 5Hz, highest_rate = 30Hz, adaptation = 1, smoothing = 21ms, seed = 2)
  stimuli = 1 .. 5
  units   = 1 .. 3
  fn stimulus(s): stream [F = 18] every 10ms = simulated_stimulus(left, s)
  fn right(s): stream [G = 7] every 10ms = simulated_stimulus(other, s)
  fn past(u, s): stream every 10ms = psth(simulated_trials(left, u, s))
  fn trials(u, s): stream [R] every 10ms = simulated_trials(left, u, s)
}

model Binaural(hidden: dim = 5, window: ms = 50ms) {
  input x: stream [F]
  input right: stream [G]
  let both = (x |> STRF(hidden, window) |> BatchNorm()) + (right |> STRF(hidden, window) |> BatchNorm())
  output rate: stream [N] = both |> relu |> Linear(N) |> DoubleExp()
}

cell Gated(H: dim) {
  input x: [I]
  input gate: [J]
  param W: [H, I] ~ glorot()
  param V: [H, J] ~ glorot()
  param U: [H, H] ~ orthogonal(0.5)
  state h: [H] = 0
  let open = sigmoid(V @ gate)
  next h = (1 - open) * h + open * tanh(W @ x + U @ h)
  output next h
}

model Remembering(hidden: dim = 5) {
  input sound: stream [F]
  input right: stream [G]
  input past: stream [N]
  param again: [N] = 0.3
  let heard = Gated(hidden)(sound, gate = right)
  let before = delay(past, 1)
  output rate: stream [N] = (heard |> Linear(N)) + again * before + (before |> L(window = 30ms))
}

experiment Further {
  data = Ears()
  sweep model in {Binaural = Binaural(), Remembering = Remembering()}
  protocol = Standard()
}
)";

void build(Compiler& compiler, std::vector<LibraryProgram>& programs) {
  for (const auto& plan : compiler.outline()) {
    const Rational step = plan.dt.value_or(*Rational::make(5, 1000));
    const DataSizes sizes{plan.n_bands.value_or(18), 3, plan.streams};
    programs.push_back({plan.label, compiler.build(*plan.model, plan.protocol.get(), sizes, step)});
    REQUIRE(programs.back().program != nullptr);
  }
}

std::vector<LibraryProgram> built() {
  std::vector<LibraryProgram> programs;
  static sema_testing::CheckedSpec models(library), wider(wider_library), spaces(state_spaces),
      further(further_inputs);
  REQUIRE(models.messages().empty());
  REQUIRE(wider.messages().empty());
  REQUIRE(spaces.messages().empty());
  REQUIRE(further.messages().empty());
  static Diagnostics diagnostics;
  static Compiler own(std::string(STRIA_SOURCE_DIR) + "/specs/own_cells.stria", {}, diagnostics);
  own.check();
  REQUIRE(diagnostics.sorted().empty());
  build(models.compiler(), programs);
  build(wider.compiler(), programs);
  build(own, programs);
  build(spaces.compiler(), programs);
  build(further.compiler(), programs);
  REQUIRE(programs.size() == 23);
  return programs;
}

}  // namespace

const std::vector<LibraryProgram>& library_programs() {
  static const std::vector<LibraryProgram> programs = built();
  return programs;
}

NamedTensors ragged_arguments(const ir::Graph& graph) {
  const int64_t lengths[] = {7, 4, 1, 2, 6}, n_clips = 5, n_bins = 7;
  NamedTensors arguments = drawn_arguments(graph, n_clips, n_bins);
  for (const ir::Argument& argument : graph.arguments) {
    exec::HostTensor& tensor = arguments.at(argument.name);
    // Variances are among the buffers.
    if (argument.kind == ir::ArgumentKind::buffer) {
      for (double& value : tensor.values) value = 0.6 + 0.3 * value;
    }
    if (argument.kind != ir::ArgumentKind::input || tensor.sizes.size() < 2) continue;
    const auto width = static_cast<int64_t>(tensor.values.size()) / (n_clips * n_bins);
    for (int64_t i = 0; i < n_clips * n_bins * width; ++i) {
      const int64_t clip = i / width / n_bins, bin = i / width % n_bins;
      double& value = tensor.values[static_cast<size_t>(i)];
      if (bin >= lengths[clip])
        value = 0;
      else if (argument.name == "valid")
        value = 1;
    }
  }
  return arguments;
}

}  // namespace stria::test
