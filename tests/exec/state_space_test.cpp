// The library's state spaces against programs of their own in double: S4's recurrence against a dense state
// space and against its convolution by FFT, S4D against a dense zero-order hold, Mamba and LMU against plain
// loops.
#include <ATen/TensorOperators.h>
#include <ATen/ops/fft_ifft.h>
#include <ATen/ops/fft_irfft.h>
#include <ATen/ops/fft_rfft.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/real.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/exec/against_libtorch.h"
#include "tests/exec/dense.h"

using namespace stria;
using namespace stria::test;
using exec::NamedTensors;

namespace {

constexpr size_t n_bins = 41, n_channels = 3, n_pairs = 6;
constexpr Sizes sizes{1, n_bins, n_channels, n_channels};
const double pi = std::acos(-1.0);

std::vector<double> rates_of(const ModelProgram& program, const NamedTensors& given) {
  return exec::evaluate(program.predict, given, {exec::Precision::float64, 0, {}, {}})
      .results.at("rate")
      .values;
}

void check_same(const std::vector<double>& ours, const std::vector<double>& theirs) {
  REQUIRE(ours.size() == theirs.size());
  double largest = 0, worst = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    largest = std::max(largest, std::fabs(theirs[i]));
    worst = std::max(worst, std::fabs(ours[i] - theirs[i]));
  }
  REQUIRE(std::isfinite(largest));
  REQUIRE(largest > 1e-3);
  CHECK(worst <= 1e-10 * largest);
}

// The readout gives the cell's own output.
NamedTensors read_out_plainly(NamedTensors given) {
  auto& w = given.at("Linear.w").values;
  for (size_t i = 0; i < w.size(); ++i) w[i] = i % (n_channels + 1) == 0 ? 1 : 0;
  given.at("Linear.b").values.assign(n_channels, 0.0);
  return given;
}

NamedTensors drawn(const ModelProgram& program) {
  return read_out_plainly(whole_clips(program.predict, sizes));
}

// Starting values, as a run takes them: the state spaces are those of HiPPO, the matrices of LMU its own.
NamedTensors started(const ModelProgram& program) {
  NamedTensors given = drawn(program);
  const auto start =
      exec::evaluate(program.init, whole_clips(program.init, sizes), {exec::Precision::float64, 5, {}, {}});
  for (auto& [name, tensor] : given) {
    if (start.results.contains(name)) tensor = start.results.at(name);
    if (start.results.contains("buffer:" + name)) tensor = start.results.at("buffer:" + name);
  }
  return read_out_plainly(given);
}

// One channel of a `StateSpace` or `DiagonalStateSpace` (no P), the conjugates of its pairs behind them.
struct Channel {
  Vector lambda, P, B, C;
  double D = 0, delta = 0;
};

Channel channel_of(const NamedTensors& given, const std::string& path, size_t channel) {
  Channel c;
  const auto part = [&](const char* name, size_t at) { return given.at(path + name).values[at]; };
  const auto complex = [&](const char* name, size_t at) {
    return Complex{part(name, 2 * at), part(name, 2 * at + 1)};
  };
  for (size_t at = channel; at < n_pairs * n_channels; at += n_channels) {
    c.lambda.emplace_back(-std::exp(part("logdecay", at)), part("omega", at));
    if (given.contains(path + "P")) c.P.push_back(complex("P", at));
    c.B.push_back(complex("B", at));
    c.C.push_back(complex("C", at));
  }
  for (Vector* each : {&c.lambda, &c.P, &c.B, &c.C}) {
    const Vector own = *each;
    for (const Complex& value : own) each->push_back(std::conj(value));
  }
  c.D = part("D", channel);
  c.delta = std::exp(part("logstep", channel));
  return c;
}

std::vector<double> input_of(const NamedTensors& given, size_t channel) {
  std::vector<double> u;
  for (size_t t = 0; t < n_bins; ++t) u.push_back(given.at("x").values[t * n_channels + channel]);
  return u;
}

// x <- A x + B u, y = C x + D u.
struct Dense {
  Matrix A;
  Vector B;
};

Dense bilinear(const Channel& c) {
  const size_t n = c.lambda.size();
  Matrix left = eye(n), right = eye(n);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) {
      const Complex a = (i == j ? c.lambda[i] : Complex{}) - c.P[i] * std::conj(c.P[j]);
      left[i][j] -= c.delta / 2 * a;
      right[i][j] += c.delta / 2 * a;
    }
  Vector b = c.B;
  for (Complex& each : b) each *= c.delta;
  return {solve(left, right), solve(left, b)};
}

Dense zero_order_hold(const Channel& c) {
  Dense result{eye(c.lambda.size()), c.B};
  for (size_t n = 0; n < c.lambda.size(); ++n) {
    result.A[n][n] = std::exp(c.delta * c.lambda[n]);
    result.B[n] *= (result.A[n][n] - 1.0) / c.lambda[n];
  }
  return result;
}

std::vector<double> response(const Dense& dense, const Channel& c, const std::vector<double>& input) {
  Vector x(c.lambda.size());
  std::vector<double> y;
  for (const double u : input) {
    x = times(dense.A, x);
    Complex sum = c.D * u;
    for (size_t n = 0; n < x.size(); ++n) {
      x[n] += dense.B[n] * u;
      sum += c.C[n] * x[n];
    }
    y.push_back(sum.real());
  }
  return y;
}

// The kernel over L bins, L odd, from its generating function at the L-th roots of unity (Gu, Goel & Re 2022,
// algorithm 1): Cauchy sums, Woodbury's identity for the rank-one term, an inverse FFT.
at::Tensor kernel_by_fft(const Channel& c, size_t L) {
  const Dense dense = bilinear(c);
  Vector power = c.C, truncated = c.C;  // C (I - A^L)
  for (size_t k = 0; k < L; ++k) power = times(power, dense.A);
  for (size_t n = 0; n < power.size(); ++n) truncated[n] -= power[n];
  Vector at_roots;
  for (size_t j = 0; j < L; ++j) {
    const Complex z = std::polar(1.0, -2 * pi * static_cast<double>(j) / static_cast<double>(L));
    const Complex g = 2.0 / c.delta * (1.0 - z) / (1.0 + z);
    Complex CB = 0, CP = 0, PB = 0, PP = 0;
    for (size_t n = 0; n < c.lambda.size(); ++n) {
      const Complex cauchy = 1.0 / (g - c.lambda[n]);
      CB += truncated[n] * c.B[n] * cauchy;
      CP += truncated[n] * c.P[n] * cauchy;
      PB += std::conj(c.P[n]) * c.B[n] * cauchy;
      PP += std::conj(c.P[n]) * c.P[n] * cauchy;
    }
    at_roots.push_back(2.0 / (1.0 + z) * (CB - CP * PB / (1.0 + PP)));
  }
  const auto n = static_cast<int64_t>(L);
  return at::real(at::fft_ifft(at::from_blob(at_roots.data(), {n}, at::TensorOptions(at::kComplexDouble))));
}

std::vector<double> convolved(const at::Tensor& kernel, const Channel& c, std::vector<double> input) {
  const auto n = static_cast<int64_t>(input.size());
  const at::Tensor u = at::from_blob(input.data(), {n}, at::TensorOptions(at::kDouble));
  const at::Tensor y = at::fft_irfft(at::fft_rfft(kernel, 2 * n) * at::fft_rfft(u, 2 * n), 2 * n);
  std::vector<double> result;
  for (int64_t t = 0; t < n; ++t) result.push_back(y[t].item<double>() + c.D * input[t]);
  return result;
}

std::shared_ptr<const ModelProgram> alone(const std::string& cell, const std::string& call) {
  return program_of("use stria.cells (" + cell + ")\nuse stria.layers (Linear)",
                    "x |> " + call + " |> Linear(N)", sizes);
}

// A matrix [rows, columns] of a program's arguments.
Matrix matrix(const NamedTensors& given, const std::string& name, size_t columns) {
  const auto& values = given.at(name).values;
  Matrix result(values.size() / columns);
  for (size_t i = 0; i < values.size(); ++i) result[i / columns].emplace_back(values[i]);
  return result;
}
Vector vector(const NamedTensors& given, const std::string& name) {
  return {given.at(name).values.begin(), given.at(name).values.end()};
}
double silu(double x) { return x / (1 + std::exp(-x)); }

}  // namespace

TEST_CASE(
    "S4's recurrence is a dense state space of A = L - P P* by the bilinear rule, and a convolution by FFT") {
  const auto program = alone("StateSpace", "StateSpace(6)");
  for (const bool at_start : {true, false}) {
    const NamedTensors given = at_start ? started(*program) : drawn(*program);
    const std::vector<double> rates = rates_of(*program, given);
    for (size_t channel = 0; channel < n_channels; ++channel) {
      const Channel c = channel_of(given, "StateSpace.", channel);
      const std::vector<double> u = input_of(given, channel);
      std::vector<double> ours;
      for (size_t t = 0; t < n_bins; ++t) ours.push_back(rates[t * n_channels + channel]);
      check_same(ours, response(bilinear(c), c, u));
      check_same(ours, convolved(kernel_by_fft(c, n_bins), c, u));
    }
  }
}

TEST_CASE("S4's start is HiPPO-LegS: its state matrix has the eigenvalues and the response of the real one") {
  const auto program = alone("StateSpace", "StateSpace(6)");
  const NamedTensors given = started(*program);
  Channel c = channel_of(given, "StateSpace.", 0);
  // C that reads out nothing but what the input writes: B* x is the same number in every basis.
  for (size_t n = 0; n < c.C.size(); ++n) c.C[n] = std::conj(c.B[n]);
  const size_t order = 2 * n_pairs;
  Matrix A(order, Vector(order)), left = eye(order), right = eye(order);
  Vector B(order);
  for (size_t n = 0; n < order; ++n) {
    B[n] = std::sqrt(2.0 * static_cast<double>(n) + 1);
    for (size_t k = 0; k <= n; ++k)
      A[n][k] = n == k ? -static_cast<double>(n + 1)
                       : -std::sqrt((2.0 * static_cast<double>(n) + 1) * (2.0 * static_cast<double>(k) + 1));
  }
  for (size_t n = 0; n < order; ++n)
    for (size_t k = 0; k < order; ++k) {
      left[n][k] -= c.delta / 2 * A[n][k];
      right[n][k] += c.delta / 2 * A[n][k];
    }
  Vector scaled = B;
  for (Complex& each : scaled) each *= c.delta;
  Channel legs{Vector(order), {}, B, B, c.D, c.delta};
  const Dense real{solve(left, right), solve(left, scaled)};
  const std::vector<double> u = input_of(given, 0);
  check_same(response(bilinear(c), c, u), response(real, legs, u));
}

TEST_CASE("S4D's recurrence is a dense zero-order hold") {
  const auto program = alone("DiagonalStateSpace", "DiagonalStateSpace(6)");
  const NamedTensors given = started(*program);
  const std::vector<double> rates = rates_of(*program, given);
  for (size_t channel = 0; channel < n_channels; ++channel) {
    const Channel c = channel_of(given, "DiagonalStateSpace.", channel);
    std::vector<double> ours;
    for (size_t t = 0; t < n_bins; ++t) ours.push_back(rates[t * n_channels + channel]);
    check_same(ours, response(zero_order_hold(c), c, input_of(given, channel)));
  }
}

TEST_CASE("S4 ends in GELU by erf and a gated linear unit") {
  const auto program = alone("S4", "S4(3, order = 12)");
  const NamedTensors given = started(*program);
  const Matrix w = matrix(given, "S4.GLU.Linear.w", n_channels),
               gate = matrix(given, "S4.GLU.Linear2.w", n_channels);
  const Vector b = vector(given, "S4.GLU.Linear.b"), gate_b = vector(given, "S4.GLU.Linear2.b");
  std::vector<std::vector<double>> y;
  for (size_t channel = 0; channel < n_channels; ++channel) {
    const Channel c = channel_of(given, "S4.StateSpace.", channel);
    y.push_back(response(bilinear(c), c, input_of(given, channel)));
  }
  std::vector<double> theirs;
  for (size_t t = 0; t < n_bins; ++t) {
    Vector frame;
    for (const auto& channel : y)
      frame.emplace_back(channel[t] * 0.5 * (1 + std::erf(channel[t] / std::sqrt(2.0))));
    const Vector first = times(w, frame), second = times(gate, frame);
    for (size_t i = 0; i < n_channels; ++i)
      theirs.push_back((first[i] + b[i]).real() / (1 + std::exp(-(second[i] + gate_b[i]).real())));
  }
  check_same(rates_of(*program, given), theirs);
}

TEST_CASE("Mamba is a plain loop over bins") {
  constexpr size_t order = 4, rank = 2, width = 2 * n_channels;
  const auto program = alone("Mamba", "Mamba(3, order = 4, rank = 2)");
  const NamedTensors given = drawn(*program);
  const std::string inner = "Mamba.Selective.";
  const Matrix in = matrix(given, "Mamba.Linear.w", n_channels),
               gate = matrix(given, "Mamba.Linear3.w", n_channels),
               out = matrix(given, "Mamba.Linear2.w", width), fir = matrix(given, "Mamba.Fir.w", 4),
               low = matrix(given, inner + "Linear.w", width),
               high = matrix(given, inner + "Linear2.w", rank),
               to_B = matrix(given, inner + "Linear3.w", width),
               to_C = matrix(given, inner + "Linear4.w", width), loga = matrix(given, inner + "loga", width);
  const Vector D = vector(given, inner + "D"), b = vector(given, inner + "b");
  Matrix s(width, Vector(order)), expanded;
  std::vector<double> theirs;
  for (size_t t = 0; t < n_bins; ++t) {
    const auto* frame = &given.at("x").values[t * n_channels];
    const Vector u(frame, frame + n_channels);
    expanded.push_back(times(in, u));
    Vector v(width);
    for (size_t e = 0; e < width; ++e) {
      double sum = 0;
      for (size_t k = 0; k < 4 && k <= t; ++k) sum += (fir[e][k] * expanded[t - k][e]).real();
      v[e] = silu(sum);
    }
    const Vector drive = times(high, times(low, v)), B = times(to_B, v), C = times(to_C, v),
                 z = times(gate, u);
    Vector gated(width);
    for (size_t e = 0; e < width; ++e) {
      const double delta = std::log1p(std::exp((drive[e] + b[e]).real()));
      Complex y = D[e] * v[e];
      for (size_t n = 0; n < order; ++n) {
        s[e][n] = std::exp(-delta * std::exp(loga[n][e])) * s[e][n] + delta * B[n] * v[e];
        y += C[n] * s[e][n];
      }
      gated[e] = y * silu(z[e].real());
    }
    for (const Complex& each : times(out, gated)) theirs.push_back(each.real());
  }
  check_same(rates_of(*program, given), theirs);
}

TEST_CASE("LMU is a plain loop over bins, its matrices a zero-order hold of the Legendre delay") {
  constexpr size_t order = 8;
  const double theta = 12;
  const auto program = alone("LMU", "LMU(3, memory = 8, theta = 12)");
  const NamedTensors given = started(*program);
  // exp of [[A, B], [0, 0]] by its series of a 4096th part, squared twelve times.
  Matrix rates(order + 1, Vector(order + 1));
  for (size_t i = 0; i < order; ++i) {
    const double scale = (2.0 * static_cast<double>(i) + 1) / theta / 4096;
    for (size_t j = 0; j < order; ++j) rates[i][j] = scale * (i < j || (i - j) % 2 == 0 ? -1.0 : 1.0);
    rates[i][order] = scale * (i % 2 == 0 ? 1.0 : -1.0);
  }
  Matrix held = eye(order + 1), term = eye(order + 1);
  for (int n = 1; n < 12; ++n) {
    term = times(term, rates);
    for (size_t i = 0; i <= order; ++i)
      for (size_t j = 0; j <= order; ++j) held[i][j] += (term[i][j] /= n);
  }
  for (int n = 0; n < 12; ++n) held = times(held, held);
  const Vector ex = vector(given, "LMU.ex"), eh = vector(given, "LMU.eh"), em = vector(given, "LMU.em");
  const Matrix Wx = matrix(given, "LMU.Wx", n_channels), Wh = matrix(given, "LMU.Wh", n_channels),
               Wm = matrix(given, "LMU.Wm", order);
  Vector h(n_channels), m(order);
  std::vector<double> theirs;
  for (size_t t = 0; t < n_bins; ++t) {
    const auto* frame = &given.at("x").values[t * n_channels];
    const Vector x(frame, frame + n_channels);
    Complex u = 0;
    for (size_t i = 0; i < n_channels; ++i) u += ex[i] * x[i] + eh[i] * h[i];
    for (size_t i = 0; i < order; ++i) u += em[i] * m[i];
    Vector driven = m;
    driven.push_back(u);
    m = times(held, driven);
    m.resize(order);
    const Vector from_x = times(Wx, x), from_h = times(Wh, h), from_m = times(Wm, m);
    for (size_t i = 0; i < n_channels; ++i) {
      h[i] = std::tanh((from_x[i] + from_h[i] + from_m[i]).real());
      theirs.push_back(h[i].real());
    }
  }
  check_same(rates_of(*program, given), theirs);
}
