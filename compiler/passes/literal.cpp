#include "compiler/passes/literal.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace stria::passes {
namespace {

using ir::Dim;
using ir::Node;
using ir::Op;
using Index = std::vector<int64_t>;
using Operands = std::vector<const Literal*>;

// The number of entries; nothing where a letter leaves it open, or it is too large to write out.
std::optional<int64_t> entries_of(const std::vector<Dim>& dims) {
  int64_t result = 1;
  for (const Dim& d : dims) {
    if (!d.is_number()) return std::nullopt;
    result *= d.size;
    if (result > max_literal_entries) return std::nullopt;
  }
  return result;
}

Index index_of(int64_t entry, const std::vector<Dim>& dims) {
  Index index(dims.size());
  for (size_t i = dims.size(); i-- > 0;) {
    index[i] = entry % dims[i].size;
    entry /= dims[i].size;
  }
  return index;
}

size_t entry_of(const Index& index, const std::vector<Dim>& dims) {
  int64_t entry = 0;
  for (size_t i = 0; i < dims.size(); ++i) entry = entry * dims[i].size + index[i];
  return static_cast<size_t>(entry);
}

// The entry that numpy's rule repeats to `index`.
double repeated(const Literal& literal, const Index& index) {
  if (literal.is_splat) return literal.values[0];
  Index own(literal.dims.size());
  const size_t skip = index.size() - own.size();
  for (size_t i = 0; i < own.size(); ++i) own[i] = literal.dims[i].size == 1 ? 0 : index[skip + i];
  return literal.values[entry_of(own, literal.dims)];
}

// ---------------------------------------------------------------- pointwise
// The ops on numbers; a comparison also in single precision, and not at all where the two disagree.
std::optional<double> compare(Op op, double a, double b) {
  const auto holds = [op](auto x, auto y) {
    return op == Op::less ? x < y : op == Op::equal ? x == y : x <= y;
  };
  const bool in_double = holds(a, b);
  if (in_double != holds(static_cast<float>(a), static_cast<float>(b))) return std::nullopt;
  return in_double ? 1 : 0;
}

std::optional<double> of_one(Op op, double x) {
  switch (op) {
    case Op::neg:
      return -x;
    case Op::exp:
      return std::exp(x);
    case Op::log:
      return std::log(x);
    case Op::sqrt:
      return std::sqrt(x);
    case Op::abs:
      return std::abs(x);
    case Op::tanh:
      return std::tanh(x);
    case Op::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Op::relu:
      return std::max(x, 0.0);
    case Op::softplus:
      return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
    case Op::expm1_over:
      return x == 0 ? 1 : std::expm1(x) / x;
    case Op::erf:
      return std::erf(x);
    case Op::sin:
      return std::sin(x);
    case Op::cos:
      return std::cos(x);
    case Op::logical_not:
      return x == 0 ? 1 : 0;
    case Op::to_real:
    case Op::stop_gradient:
      return x;
    default:
      return std::nullopt;
  }
}

std::optional<double> of_two(Op op, double a, double b) {
  switch (op) {
    case Op::add:
      return a + b;
    case Op::sub:
      return a - b;
    case Op::mul:
      return a * b;
    case Op::div:
      return a / b;
    case Op::pow:
      return std::pow(a, b);
    case Op::min:
      return std::min(a, b);
    case Op::max:
      return std::max(a, b);
    case Op::less:
    case Op::less_equal:
    case Op::equal:
      return compare(op, a, b);
    case Op::logical_and:
      return a * b;
    case Op::logical_or:
      return std::max(a, b);
    default:
      return std::nullopt;
  }
}

std::optional<double> of_entries(Op op, const std::vector<double>& x) {
  std::optional<double> result;
  if (x.size() == 1) result = of_one(op, x[0]);
  if (x.size() == 2) result = of_two(op, x[0], x[1]);
  if (x.size() == 3 && op == Op::select) result = x[0] != 0 ? x[1] : x[2];
  return result && std::isfinite(*result) ? result : std::nullopt;
}

std::optional<Literal> pointwise(Op op, const Operands& operands, const std::vector<Dim>& dims) {
  const bool splat =
      std::all_of(operands.begin(), operands.end(), [](const Literal* x) { return x->is_splat; });
  const std::optional<int64_t> n_entries = splat ? 1 : entries_of(dims);
  if (!n_entries) return std::nullopt;
  Literal result{dims, {}, splat};
  for (int64_t entry = 0; entry < *n_entries; ++entry) {
    const Index index = splat ? Index() : index_of(entry, dims);
    std::vector<double> x;
    for (const Literal* operand : operands)
      x.push_back(splat ? operand->values[0] : repeated(*operand, index));
    const std::optional<double> value = of_entries(op, x);
    if (!value) return std::nullopt;
    result.values.push_back(*value);
  }
  return result;
}

// ---------------------------------------------------------------- entries moved
// From the result's index to the entry's; nothing for a zero of padding. Of one operand.
using Source = std::function<std::optional<double>(const Index&)>;

std::optional<Source> moved(const Node& node, const Literal& x) {
  const auto axis = [&] { return static_cast<size_t>(ir::int_attribute(node, "axis")); };
  const auto at = [&x](const Index& index) { return x.at(entry_of(index, x.dims)); };
  switch (node.op) {
    case Op::broadcast:
      return [&x](const Index& index) { return repeated(x, index); };
    case Op::transpose:
      return [=, order = ir::ints_attribute(node, "order")](const Index& index) {
        Index own(index.size());
        for (size_t i = 0; i < order.size(); ++i) own[static_cast<size_t>(order[i])] = index[i];
        return at(own);
      };
    case Op::slice:
      return [=, a = axis(), start = ir::int_attribute(node, "start"),
              step = ir::int_attribute(node, "step")](Index index) {
        index[a] = start + step * index[a];
        return at(index);
      };
    case Op::pad:
      return [=, &x, a = axis(),
              before = ir::int_attribute(node, "before")](Index index) -> std::optional<double> {
        index[a] -= before;
        return index[a] < 0 || index[a] >= x.dims[a].size ? 0 : at(index);
      };
    case Op::flip:
      return [=, &x, a = axis()](Index index) {
        index[a] = x.dims[a].size - 1 - index[a];
        return at(index);
      };
    case Op::window:
      return [=, a = axis(), stride = ir::int_attribute(node, "stride"),
              dilate = ir::int_attribute(node, "dilate")](Index index) {
        index[a] = stride * index[a] + dilate * index.back();
        index.pop_back();
        return at(index);
      };
    default:
      return std::nullopt;
  }
}

std::optional<Literal> reordered(const Node& node, const Literal& x, const std::vector<Dim>& dims) {
  const auto n_entries = entries_of(dims);
  const auto source = n_entries ? moved(node, x) : std::nullopt;
  if (!source) return std::nullopt;
  Literal result{dims, {}, false};
  for (int64_t entry = 0; entry < *n_entries; ++entry)
    result.values.push_back(*(*source)(index_of(entry, dims)));
  return result;
}

std::optional<Literal> joined(const Node& node, const Operands& operands, const std::vector<Dim>& dims) {
  const auto n_entries = entries_of(dims);
  if (!n_entries) return std::nullopt;
  const auto axis = static_cast<size_t>(ir::int_attribute(node, "axis"));
  Literal result{dims, {}, false};
  for (int64_t entry = 0; entry < *n_entries; ++entry) {
    Index index = index_of(entry, dims);
    size_t part = 0;
    for (; index[axis] >= operands[part]->dims[axis].size; ++part)
      index[axis] -= operands[part]->dims[axis].size;
    result.values.push_back(operands[part]->at(entry_of(index, operands[part]->dims)));
  }
  return result;
}

bool same_splat(const Operands& operands) {
  return std::all_of(operands.begin(), operands.end(),
                     [&](const Literal* x) { return x->is_splat && x->values[0] == operands[0]->values[0]; });
}

std::optional<Literal> leaf(const Node& node, const std::vector<Dim>& dims) {
  if (node.op == Op::constant) return Literal{dims, {ir::real_attribute(node, "value")}, true};
  if (!entries_of(dims)) return std::nullopt;
  if (node.op == Op::table) return Literal{dims, ir::reals_attribute(node, "values"), false};
  if (node.op != Op::iota) return std::nullopt;
  Literal result{dims, std::vector<double>(static_cast<size_t>(dims[0].size)), false};
  std::iota(result.values.begin(), result.values.end(), 0.0);
  return result;
}

}  // namespace

std::optional<Literal> evaluate(const Node& node, const Operands& operands, const ir::Type& type) {
  if (operands.empty()) return leaf(node, type.dims);
  switch (node.op) {
    case Op::reshape:
      return Literal{type.dims, operands[0]->values, operands[0]->is_splat};
    case Op::broadcast:
    case Op::transpose:
    case Op::slice:
    case Op::flip:
    case Op::window:
      if (operands[0]->is_splat) return Literal{type.dims, operands[0]->values, true};
      return reordered(node, *operands[0], type.dims);
    case Op::pad:
      return reordered(node, *operands[0], type.dims);
    case Op::concat:
      if (same_splat(operands)) return Literal{type.dims, operands[0]->values, true};
      return joined(node, operands, type.dims);
    default:
      return ir::info(node.op).attributes.empty() ? pointwise(node.op, operands, type.dims) : std::nullopt;
  }
}

}  // namespace stria::passes
