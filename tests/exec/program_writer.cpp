#include "tests/exec/program_writer.h"

#include <algorithm>
#include <cmath>

namespace stria::test {

using ir::Attributes;
using ir::Dim;
using ir::dim;
using ir::Element;
using ir::Op;
using ir::Type;

namespace {

constexpr int64_t most_entries = 160, most_axes = 5;
using Integers = std::vector<int64_t>;

// B and T in front, and few entries.
bool has_place(const Type& type) {
  const size_t letters = n_letters(type);
  int64_t entries = 1;
  for (size_t i = letters; i < type.rank(); ++i) {
    if (!type.dims[i].is_number()) return false;
    entries *= type.dims[i].size;
  }
  const bool in_order =
      letters == 0 || (type.dims[0] == ir::batch_dim && (letters == 1 || type.dims[1] == ir::time_dim));
  return in_order && entries >= 1 && entries <= most_entries && type.rank() <= letters + most_axes;
}

}  // namespace

size_t n_letters(const Type& type) {
  size_t n = 0;
  while (n < type.rank() && !type.dims[n].is_number()) ++n;
  return n;
}

std::optional<Bounded> ProgramWriter::op(Op op, const Pool& pool) {
  const ir::OpInfo& info = ir::info(op);
  std::optional<Bounded> made;
  switch (op) {
    case Op::broadcast:
    case Op::reshape:
    case Op::transpose:
      made = shape(op, pool);
      break;
    case Op::slice:
    case Op::concat:
    case Op::pad:
    case Op::flip:
    case Op::window:
      made = along_axis(op, pool);
      break;
    case Op::delay:
    case Op::history:
    case Op::overlap_add:
    case Op::frame:
      made = over_bins(op, pool);
      break;
    case Op::contract:
      made = contract(pool);
      break;
    case Op::select:
      made = select(pool);
      break;
    default:
      if (info.max_operands == 0)
        made = leaf(op);
      else if (std::find(info.attributes.begin(), info.attributes.end(), "axes") != info.attributes.end())
        made = reduce(op, pool);
      else
        made = info.min_operands == 1 ? unary(op, pool) : binary(op, pool);
  }
  if (made && type(*made).element != Element::boolean) made = within(*made, 4);
  return made;
}

Bounded ProgramWriter::apply(Op op, const Pool& operands, const Attributes& attributes, double bound) {
  std::vector<ir::ValueId> ids;
  for (const Bounded& operand : operands) ids.push_back(operand.id);
  return {builder_.add(op, std::move(ids), attributes), bound};
}

std::optional<Bounded> ProgramWriter::try_apply(Op op, const Pool& operands, const Attributes& attributes,
                                                double bound) {
  std::vector<Type> types;
  for (const Bounded& operand : operands) types.push_back(type(operand));
  try {
    if (!has_place(ir::infer_type(op, types, ir::normalise_attributes(op, attributes)))) return std::nullopt;
  } catch (const ir::InternalError&) {
    return std::nullopt;
  }
  return apply(op, operands, attributes, bound);
}

Bounded ProgramWriter::constant(double value) { return {builder_.constant(value), std::fabs(value)}; }

Bounded ProgramWriter::scaled(const Bounded& value, double factor) {
  return apply(Op::mul, {value, constant(factor)}, {}, value.bound * std::fabs(factor));
}

Bounded ProgramWriter::within(const Bounded& value, double limit) {
  if (value.bound <= limit) return value;
  if (type(value).element == Element::real && limit >= 1 && draws_.chance(0.3))
    return apply(Op::tanh, {value}, {}, 1);
  return scaled(value, limit / value.bound);
}

std::optional<Bounded> ProgramWriter::pick(const Pool& pool, Element element,
                                           const std::function<bool(const Type&)>& fits) {
  Pool fitting;
  for (const Bounded& value : pool) {
    if (type(value).element == element && (!fits || fits(type(value)))) fitting.push_back(value);
  }
  if (fitting.empty()) return std::nullopt;
  // What came last oftener, so that programs grow deep.
  return draws_.chance(0.4) ? fitting.back() : draws_.of(fitting);
}

double ProgramWriter::gathered(const Type& type, const Integers& axes) const {
  double entries = 1;
  for (const int64_t axis : axes) {
    const Dim& d = type.dims[static_cast<size_t>(axis)];
    entries *= static_cast<double>(d.is_number() ? d.size : d == ir::batch_dim ? n_clips_ : n_bins_);
  }
  return entries;
}

Element ProgramWriter::any_number() { return draws_.chance(0.2) ? Element::complex : Element::real; }

Bounded ProgramWriter::shifted(const Bounded& value) {
  const double by = draws_.real(0.03, 0.4) * (draws_.chance(0.5) ? 1 : -1);
  return apply(Op::add, {value, constant(by)}, {}, value.bound + std::fabs(by));
}

Bounded ProgramWriter::positive(const Bounded& value) {
  switch (draws_.number(0, 2)) {
    case 0:
      return apply(Op::add, {apply(Op::mul, {value, value}, {}, value.bound * value.bound), constant(0.5)},
                   {}, value.bound * value.bound + 0.5);
    case 1:
      return apply(Op::add, {apply(Op::softplus, {value}, {}, value.bound + 0.7), constant(0.4)}, {},
                   value.bound + 1.1);
    default: {
      const Bounded small = within(value, 1);
      return apply(Op::exp, {small}, {}, std::exp(small.bound));
    }
  }
}

std::optional<Bounded> ProgramWriter::leaf(Op op) {
  const int64_t size = draws_.number(1, 5), rows = draws_.number(1, 3);
  switch (op) {
    case Op::constant:
      return constant(draws_.real(-1, 1));
    case Op::iota:
      return apply(op, {}, {{"size", size}}, static_cast<double>(size));
    case Op::index:
      return apply(op, {}, {{"sizes", Integers{rows, size}}, {"axis", draws_.number(0, 1)}}, 5);
    case Op::table: {
      std::vector<double> values(static_cast<size_t>(rows * size));
      for (double& value : values) value = draws_.real(-1, 1);
      return apply(op, {}, {{"sizes", Integers{rows, size}}, {"values", values}}, 1);
    }
    default:
      return std::nullopt;
  }
}

std::optional<Bounded> ProgramWriter::unary(Op op, const Pool& pool) {
  const auto of = [&](Element element) { return pick(pool, element); };
  if (op == Op::logical_not || op == Op::to_real) {
    const auto x = of(Element::boolean);
    return x ? std::optional(apply(op, {*x}, {}, 1)) : std::nullopt;
  }
  const bool complex_only = op == Op::re || op == Op::im || op == Op::conj;
  const bool complex_too =
      op == Op::neg || op == Op::exp || op == Op::abs || op == Op::expm1_over || op == Op::stop_gradient;
  auto x = of(complex_only ? Element::complex : complex_too ? any_number() : Element::real);
  if (!x) return std::nullopt;
  const bool is_complex = type(*x).element == Element::complex;
  if (op == Op::exp || op == Op::expm1_over) x = within(*x, 1.5);
  if (op == Op::log || op == Op::sqrt) x = positive(*x);
  if (op == Op::abs && is_complex)
    x = apply(Op::add, {within(*x, 1), constant(1.7)}, {}, within(*x, 1).bound + 1.7);
  if (op == Op::relu || op == Op::abs) x = shifted(*x);
  const double b = x->bound;
  double bound = b;
  if (op == Op::exp || op == Op::expm1_over) bound = std::exp(b);
  if (op == Op::log) bound = std::max(1.0, b);
  if (op == Op::sqrt) bound = std::max(1.0, std::sqrt(b));
  if (op == Op::softplus) bound = b + 0.7;
  if (op == Op::tanh || op == Op::sigmoid || op == Op::erf || op == Op::sin || op == Op::cos) bound = 1;
  return apply(op, {*x}, {}, bound);
}

std::optional<Bounded> ProgramWriter::binary(Op op, const Pool& pool) {
  const bool logical = op == Op::logical_and || op == Op::logical_or;
  const bool complex_too = op == Op::add || op == Op::sub || op == Op::mul || op == Op::div;
  for (int attempt = 0; attempt < 20; ++attempt) {
    const auto element = [&] {
      return logical ? Element::boolean : complex_too ? any_number() : Element::real;
    };
    const auto a = pick(pool, element()), b = pick(pool, element());
    if (!a || !b) continue;
    if (const auto made = binary_of(op, *a, *b)) return made;
  }
  return std::nullopt;
}

std::optional<Bounded> ProgramWriter::binary_of(Op op, Bounded a, Bounded b) {
  // Whether the dims fit, before anything is written.
  try {
    if (!has_place(ir::infer_type(op, {type(a), type(b)}, {}))) return std::nullopt;
  } catch (const ir::InternalError&) {
    return std::nullopt;
  }
  const bool compares =
      op == Op::less || op == Op::less_equal || op == Op::equal || op == Op::min || op == Op::max;
  if (compares) a = shifted(a);
  if (op == Op::div) {
    if (type(b).element == Element::complex)
      b = apply(Op::add, {within(b, 0.7), constant(1.5)}, {}, 2.2);
    else
      b = positive(b);
    return apply(op, {a, b}, {}, a.bound / 0.3);
  }
  if (op == Op::pow) {
    a = positive(within(a, 1.5));
    b = within(b, 1.5);
    return apply(op, {a, b}, {}, std::pow(std::max(a.bound, 2.8), b.bound));
  }
  const double bound = op == Op::mul                    ? a.bound * b.bound
                       : op == Op::min || op == Op::max ? std::max(a.bound, b.bound)
                                                        : a.bound + b.bound;
  return apply(op, {a, b}, {}, bound);
}

std::optional<Bounded> ProgramWriter::select(const Pool& pool) {
  const Element element = any_number();
  for (int attempt = 0; attempt < 30; ++attempt) {
    const auto c = pick(pool, Element::boolean), a = pick(pool, element), b = pick(pool, element);
    if (!c || !a || !b) return std::nullopt;
    if (const auto made = try_apply(Op::select, {*c, *a, *b}, {}, std::max(a->bound, b->bound))) return made;
  }
  return std::nullopt;
}

}  // namespace stria::test
