// Lowerings of leaves and pointwise ops.
#include <ATen/ops/abs.h>
#include <ATen/ops/add.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/clamp_max.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/complex.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/div.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/erf.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/imag.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/le.h>
#include <ATen/ops/log.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/logical_not.h>
#include <ATen/ops/logical_or.h>
#include <ATen/ops/lt.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/neg.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/real.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "runtime/exec/program.h"
#include "runtime/random/portable_math.h"
#include "runtime/random/random.h"

namespace stria::exec::lowering {
namespace {

using ir::Node;

at::Tensor from_doubles(const std::vector<double>& values, const std::vector<int64_t>& sizes,
                        at::ScalarType type) {
  const at::Tensor view =
      at::from_blob(const_cast<double*>(values.data()), sizes, at::TensorOptions(at::kDouble));
  return view.to(at::TensorOptions(type), /*non_blocking=*/false, /*copy=*/true);
}

template <typename Function>
Slot unary(Emitter& emitter, const Node& node, Function function) {
  return emitter.emit(node, [function](Run&, const Operands& x) { return function(x[0]); });
}

// Inside a scan, an operand that is the same in every bin is repeated to the result's dims before the scan:
// its derivative is then summed over them once, not in every bin.
Slot repeated_before_scan(Emitter& emitter, const Node& node, size_t index) {
  const ir::ValueId id = node.operands[index];
  const std::vector<ir::Dim>& dims = emitter.type(node.results[0]).dims;
  const Slot slot = emitter.slot(id);
  if (!emitter.in_scan() || emitter.varies(slot) || emitter.constant(id) || emitter.type(id).dims == dims)
    return slot;
  return emitter.emit([dims](Run& run, const Operands& x) { return x[0].expand(run.sizes(dims)); }, {slot});
}

template <typename Function>
Slot binary(Emitter& emitter, const Node& node, Function function) {
  const Slot a = repeated_before_scan(emitter, node, 0), b = repeated_before_scan(emitter, node, 1);
  return emitter.emit([function](Run&, const Operands& x) { return function(x[0], x[1]); }, {a, b});
}

// What a graph's `random` asks for.
struct DrawOrder {
  std::string distribution, purpose, name;
  std::vector<int64_t> sizes;
  double a = 0, b = 0;
};

double draw_one(const random::Draws& draws, const DrawOrder& order, uint64_t entry) {
  const random::Place place{0, 0, entry};
  if (order.distribution == "uniform") return draws.uniform(place, order.a, order.b);
  if (order.distribution == "normal") return order.a + order.b * draws.normal(place);
  if (order.distribution == "loguniform") return draws.log_uniform(place, order.a, order.b);
  return order.a * draws.exponential(place);
}

std::vector<double> draw(const DrawOrder& order, uint64_t seed) {
  const random::Draws draws(seed, order.purpose, order.name);
  int64_t count = 1;
  for (const int64_t size : order.sizes) count *= size;
  if (order.distribution == "orthogonal") {
    // As PyTorch: all dims but the first are one.
    const int64_t rows = order.sizes[0];
    std::vector<double> values = draws.orthogonal({}, rows, rows == 0 ? 0 : count / rows);
    for (double& value : values) value = order.a * value;
    return values;
  }
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(draw_one(draws, order, static_cast<uint64_t>(i)));
  return values;
}

// phi(x) = (e^x - 1) / x. Near 0 both it and its derivative lose all digits, so Taylor's series there: sum of
// x^i / (i + 1)! to i = 12 is exact to double precision for |x| < 1/4.
at::Tensor phi(const at::Tensor& x) {
  const at::Tensor near = at::lt(at::abs(x), 0.25);
  const at::Tensor one = at::ones_like(x);
  const at::Tensor small = at::where(near, x, at::zeros_like(x));
  at::Tensor series = one;
  for (int i = 12; i >= 1; --i) series = at::add(at::mul(at::mul(series, small), 1.0 / (i + 1)), one);
  const at::Tensor far = at::where(near, one, x);
  return at::where(near, series, at::div(at::sub(at::exp(far), one), far));
}

}  // namespace

// ---------------------------------------------------------------- leaves
Slot constant(Emitter& emitter, const Node& node) {
  const at::Tensor value =
      at::scalar_tensor(ir::real_attribute(node, "value"), at::TensorOptions(emitter.real()));
  return emitter.emit(node, [value](Run&, const Operands&) { return value; });
}

Slot table(Emitter& emitter, const Node& node) {
  const std::vector<int64_t> sizes = Run{}.sizes(ir::dims_attribute(node, "sizes"));
  const at::Tensor value = from_doubles(ir::reals_attribute(node, "values"), sizes, emitter.real());
  return emitter.emit(node, [value](Run&, const Operands&) { return value; });
}

Slot iota(Emitter& emitter, const Node& node) {
  const at::Tensor value = at::arange(ir::int_attribute(node, "size"), at::TensorOptions(emitter.real()));
  return emitter.emit(node, [value](Run&, const Operands&) { return value; });
}

Slot index(Emitter& emitter, const Node& node) {
  const auto axis = static_cast<size_t>(ir::int_attribute(node, "axis"));
  return emitter.emit(node, [dims = ir::dims_attribute(node, "sizes"), axis, type = emitter.real()](
                                Run& run, const Operands&) {
    const std::vector<int64_t> sizes = run.sizes(dims);
    std::vector<int64_t> along(sizes.size(), 1);
    along[axis] = sizes[axis];
    return at::arange(sizes[axis], at::TensorOptions(type)).view(along).expand(sizes);
  });
}

Slot random(Emitter& emitter, const Node& node) {
  const DrawOrder order{ir::text_attribute(node, "distribution"),
                        ir::text_attribute(node, "purpose"),
                        ir::text_attribute(node, "name"),
                        Run{}.sizes(ir::dims_attribute(node, "sizes")),
                        ir::real_attribute(node, "a"),
                        ir::real_attribute(node, "b")};
  return emitter.emit(node, [order, type = emitter.real()](Run& run, const Operands&) {
    return from_doubles(draw(order, run.seed), order.sizes, type);
  });
}

// ---------------------------------------------------------------- one operand
Slot neg(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return at::neg(x); });
}
Slot exp(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return at::exp(x); });
}
Slot log(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return at::log(x); });
}
Slot sqrt(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return at::sqrt(x); });
}
Slot abs(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return at::abs(x); });
}
Slot tanh(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return at::tanh(x); });
}
Slot sigmoid(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return at::sigmoid(x); });
}
Slot relu(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return at::relu(x); });
}
// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|); the threshold above which LibTorch returns x is where both are
// equal to the last bit in double precision.
Slot softplus(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return at::softplus(x, 1, 40); });
}
Slot expm1_over(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return phi(x); });
}
Slot erf(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return at::erf(x); });
}
Slot sin(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return at::sin(x); });
}
Slot cos(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return at::cos(x); });
}
Slot logical_not(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return at::logical_not(x); });
}
Slot to_real(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [type = emitter.real()](const at::Tensor& x) { return x.to(type); });
}
Slot re(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return at::real(x); });
}
Slot im(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return at::imag(x); });
}
Slot conj(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return x.conj().resolve_conj(); });
}
Slot stop_gradient(Emitter& emitter, const Node& node) {
  return unary(emitter, node, [](const at::Tensor& x) { return x.detach(); });
}

// ---------------------------------------------------------------- two and three operands
Slot add(Emitter& emitter, const Node& node) {
  for (const size_t k : {0, 1}) {
    const ir::ValueId product = node.operands[k], other = node.operands[1 - k];
    const ir::Type& type = emitter.type(product);
    if (type != emitter.type(node.results[0]) || emitter.type(other).element != type.element) continue;
    if (emitter.type(other).rank() == 0) continue;
    if (const auto factors = emitter.take_product(product)) {
      const Slot added = repeated_before_scan(emitter, node, 1 - k);
      return emitter.emit([](Run&, const Operands& x) { return at::addmm(x[0], x[1], x[2]); },
                          {added, factors->a, factors->b});
    }
  }
  return binary(emitter, node, [](const at::Tensor& a, const at::Tensor& b) { return at::add(a, b); });
}
Slot sub(Emitter& emitter, const Node& node) {
  return binary(emitter, node, [](const at::Tensor& a, const at::Tensor& b) { return at::sub(a, b); });
}
Slot mul(Emitter& emitter, const Node& node) {
  return binary(emitter, node, [](const at::Tensor& a, const at::Tensor& b) { return at::mul(a, b); });
}
Slot div(Emitter& emitter, const Node& node) {
  return binary(emitter, node, [](const at::Tensor& a, const at::Tensor& b) { return at::div(a, b); });
}
Slot pow(Emitter& emitter, const Node& node) {
  return binary(emitter, node, [](const at::Tensor& a, const at::Tensor& b) { return at::pow(a, b); });
}
// at::minimum and at::maximum halve the derivative where both are equal; here it goes to a. NaN in either
// stays.
Slot min(Emitter& emitter, const Node& node) {
  if (const auto bound = emitter.constant(node.operands[1])) {
    return unary(emitter, node, [bound = *bound](const at::Tensor& x) { return at::clamp_max(x, bound); });
  }
  return binary(emitter, node, [](const at::Tensor& a, const at::Tensor& b) {
    return at::where(at::logical_or(at::lt(b, a), at::isnan(b)), b, a);
  });
}
Slot max(Emitter& emitter, const Node& node) {
  if (const auto bound = emitter.constant(node.operands[1])) {
    return unary(emitter, node, [bound = *bound](const at::Tensor& x) { return at::clamp_min(x, bound); });
  }
  return binary(emitter, node, [](const at::Tensor& a, const at::Tensor& b) {
    return at::where(at::logical_or(at::lt(a, b), at::isnan(b)), b, a);
  });
}
Slot less(Emitter& emitter, const Node& node) {
  return binary(emitter, node, [](const at::Tensor& a, const at::Tensor& b) { return at::lt(a, b); });
}
Slot less_equal(Emitter& emitter, const Node& node) {
  return binary(emitter, node, [](const at::Tensor& a, const at::Tensor& b) { return at::le(a, b); });
}
Slot equal(Emitter& emitter, const Node& node) {
  return binary(emitter, node, [](const at::Tensor& a, const at::Tensor& b) { return at::eq(a, b); });
}
Slot logical_and(Emitter& emitter, const Node& node) {
  return binary(emitter, node,
                [](const at::Tensor& a, const at::Tensor& b) { return at::logical_and(a, b); });
}
Slot logical_or(Emitter& emitter, const Node& node) {
  return binary(emitter, node, [](const at::Tensor& a, const at::Tensor& b) { return at::logical_or(a, b); });
}
Slot complex(Emitter& emitter, const Node& node) {
  return binary(emitter, node, [](const at::Tensor& a, const at::Tensor& b) { return at::complex(a, b); });
}
// LibTorch differentiates a choice between real and complex only where both have one type.
Slot select(Emitter& emitter, const Node& node) {
  if (emitter.type(node.results[0]).element == ir::Element::complex) {
    return emitter.emit(node, [type = emitter.complex()](Run&, const Operands& x) {
      return at::where(x[0], x[1].to(type), x[2].to(type));
    });
  }
  return emitter.emit(node, [](Run&, const Operands& x) { return at::where(x[0], x[1], x[2]); });
}

}  // namespace stria::exec::lowering
