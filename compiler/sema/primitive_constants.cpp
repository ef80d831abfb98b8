// Constants that no closed form gives.
#include <cmath>

#include "compiler/sema/primitive_rows.h"

namespace stria {

namespace {

// Imaginary parts w > 0 of the eigenvalues -1/2 +- i w of HiPPO-LegS' normal part (Gu et al., ICLR 2022,
// theorem 1), of order N = 2 n_pairs. Its skew part has (n, k) = -+ d[n] d[k] / 2 for n > k and n < k, d[n]^2
// = 2 n + 1. An eigenvector v has v[n + 1] / d[n + 1] = (i w - n - 1/2) / (i w + n + 3/2) v[n] / d[n], from
// rows n and n + 1; then the last row says
//   sum over n < N of atan(w / (n + 1/2)) = (m + 1/2) pi,   m = 0 .. n_pairs - 1.
// The left side is concave in w, so Newton's steps from 0 climb to the root and never pass it.
double legs_frequency(int64_t n_pairs, int64_t m) {
  const double target = (static_cast<double>(m) + 0.5) * 3.141592653589793238462643383279502884;
  double w = 0;
  for (int step = 0; step < 200; ++step) {
    double value = -target, slope = 0;
    for (int64_t n = 0; n < 2 * n_pairs; ++n) {
      const double a = static_cast<double>(n) + 0.5;
      value += std::atan(w / a);
      slope += a / (a * a + w * w);
    }
    const double next = w - value / slope;
    if (!(next > w)) break;
    w = next;
  }
  return w;
}

constexpr int64_t most_pairs = 4096;

Value hippo_legs(PrimitiveCall& call) {
  Elaborator& e = call.elaborator;
  const auto dims = call.dims(0);
  if (!dims) return {};
  Tensor result;
  result.dims = *dims;
  const auto n = dims->size() == 1 ? dims->front()->size : std::nullopt;
  if (dims->size() != 1 || (n && *n > most_pairs)) {
    e.report(Kind::wrong_kind, call.range(0), "`hippo_legs` takes one dim, of at most 4096 conjugate pairs")
        .mark(text(*dims));
    return {};
  }
  std::vector<double> values;
  for (int64_t m = 0; n && m < *n; ++m) values.push_back(legs_frequency(*n, m));
  if (n)
    result.value =
        e.emit(ir::Op::table, {}, {{"sizes", std::vector<ir::Dim>{ir::dim(*n)}}, {"values", values}});
  return e.make(std::move(result), call.expression.range);
}

}  // namespace

std::vector<Primitive> constant_primitives() {
  return {{"hippo_legs",
           {"pairs"},
           "[pairs]: imaginary parts of the eigenvalues of HiPPO-LegS' normal part, order 2 pairs, ascending",
           hippo_legs}};
}

}  // namespace stria
