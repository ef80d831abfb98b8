// Joining by name (dims.4) and the graph ops it becomes; products and sums stand in products.cpp.
//
// The axes of a graph value stand in the order B, T, lifted, dims; `aligned` brings a value to the axes of a
// result:
//   [H, n] * [H]   ->   mul(%a: [H, n], reshape(%b): [H, 1])
#include "compiler/sema/tensor.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/dims.h"
#include "compiler/sema/elaborator.h"

namespace stria {

namespace {

const DimRef& batch_axis() {
  static const DimRef axis = std::make_shared<const DimInfo>(DimInfo{"B", std::nullopt, {}});
  return axis;
}
const DimRef& time_axis() {
  static const DimRef axis = std::make_shared<const DimInfo>(DimInfo{"T", std::nullopt, {}});
  return axis;
}

}  // namespace

Reach Reach::joined(const Reach& other) const {
  return {std::max(past, other.past), std::max(future, other.future), std::max(units, other.units)};
}
Reach Reach::back(int steps) const { return {std::min(past + steps, endless), future, units}; }
Reach Reach::delayed(int steps) const {
  return {std::min(past + steps, endless), future, std::max(units - steps, -endless)};
}
Reach Reach::ahead(int steps) const {
  return {past, std::min(future + steps, endless), units > -endless ? units + steps : units};
}

Value Elaborator::make(Tensor tensor, Range origin) const {
  return Value{std::make_shared<const Tensor>(std::move(tensor)), origin};
}

Dims Elaborator::axes(const Tensor& tensor) const {
  Dims all;
  if (tensor.has_batch) all.push_back(batch_axis());
  if (tensor.has_time) all.push_back(time_axis());
  all.insert(all.end(), tensor.lifted.begin(), tensor.lifted.end());
  all.insert(all.end(), tensor.dims.begin(), tensor.dims.end());
  return all;
}

std::vector<ir::Dim> Elaborator::sizes(const Dims& axes) const {
  std::vector<ir::Dim> result;
  for (const auto& axis : axes)
    result.push_back(axis == batch_axis()  ? ir::batch_dim
                     : axis == time_axis() ? ir::time_dim
                                           : ir::dim(axis->size.value_or(0)));
  return result;
}

std::optional<ir::ValueId> Elaborator::emit(ir::Op op, std::vector<std::optional<ir::ValueId>> operands,
                                            ir::Attributes attributes) {
  if (!emitting()) return std::nullopt;
  std::vector<ir::ValueId> ids;
  for (const auto& operand : operands) {
    if (!operand) return std::nullopt;
    ids.push_back(*operand);
  }
  return builder()->add(op, std::move(ids), std::move(attributes));
}

std::optional<ir::ValueId> Elaborator::constant(double value) {
  if (!emitting()) return std::nullopt;
  return builder()->constant(value);
}

// `axes` holds each axis of the tensor; the result has rank of `axes` less the leading ones the tensor lacks.
std::optional<ir::ValueId> Elaborator::aligned(const Tensor& tensor, const Dims& target) {
  if (!emitting() || !tensor.value) return std::nullopt;
  const Dims own = axes(tensor);
  std::vector<int64_t> order;
  std::vector<ir::Dim> shape;
  size_t next_sorted = 0;
  bool in_place = true, gaps = false;
  std::vector<bool> taken(own.size(), false);  // a square [H, H] holds one dim twice
  for (const auto& axis : target) {
    auto found = own.begin();
    while (found != own.end() && (*found != axis || taken[found - own.begin()])) ++found;
    if (found == own.end()) {
      if (!order.empty()) {
        shape.push_back(ir::dim(1));
        gaps = true;
      }
      continue;
    }
    const auto at = static_cast<size_t>(found - own.begin());
    taken[at] = true;
    in_place = in_place && at == next_sorted++;
    order.push_back(static_cast<int64_t>(at));
    shape.push_back(sizes({axis})[0]);
  }
  std::optional<ir::ValueId> value = tensor.value;
  if (!in_place) value = emit(ir::Op::transpose, {value}, {{"order", order}});
  if (gaps) value = emit(ir::Op::reshape, {value}, {{"sizes", shape}});
  return value;
}

std::optional<ir::ValueId> Elaborator::broadcast_to(const Tensor& tensor, const Tensor& target) {
  const auto value = aligned(tensor, axes(target));
  if (!value) return value;
  const auto wanted = sizes(axes(target));
  if (builder()->type(*value).dims == wanted) return value;
  return emit(ir::Op::broadcast, {value}, {{"sizes", wanted}});
}

std::optional<DimRef> Elaborator::find_dim(const Tensor& tensor, const DimRef& dim) const {
  std::vector<size_t> places;
  DimRef culprit;
  if (match_dims({dim}, tensor.dims, places, culprit) != Match::found) return std::nullopt;
  return tensor.dims[places[0]];
}

// Renames the dims of `tensor` to those of the result they were matched with.
static void rename(Dims& dims, const Dims& from, const Dims& to) {
  for (auto& dim : dims)
    for (size_t i = 0; i < from.size(); ++i)
      if (dim == from[i]) {
        dim = to[i];
        break;
      }
}

std::optional<Tensor> Elaborator::join_operands(std::vector<Tensor>& operands, Range range,
                                                std::string_view what) {
  size_t larger = 0;
  for (size_t i = 1; i < operands.size(); ++i)
    if (operands[i].dims.size() > operands[larger].dims.size()) larger = i;
  Tensor result;
  result.dims = operands[larger].dims;
  for (size_t i = 0; i < operands.size(); ++i) {
    Tensor& operand = operands[i];
    result.has_batch = result.has_batch || operand.has_batch;
    result.has_time = result.has_time || operand.has_time;
    result.is_stream = result.is_stream || operand.is_stream;
    result.reach = result.reach.joined(operand.reach);
    if (!result.present) result.present = operand.present;
    if (operand.element == ir::Element::complex) result.element = ir::Element::complex;
    add_missing(result.lifted, operand.lifted);
    if (i == larger) continue;
    if (is_square(result.dims) && !operand.dims.empty() && operand.dims != result.dims) {
      report(
          Kind::square, range,
          fmt::format("`{}` cannot join the square {} with {}", what, text(result.dims), text(operand.dims)))
          .mark("which of its two dims is meant?")
          .fix("write it out with indices: `[w[i, j] + b[i] for i in I, j in I]`");
      return std::nullopt;
    }
    std::vector<size_t> places;
    DimRef culprit;
    switch (match_dims(operand.dims, result.dims, places, culprit)) {
      case Match::found:
        break;
      case Match::open:
        return std::nullopt;
      case Match::several:
        report(Kind::ambiguous_dim, range,
               fmt::format("it is open which dim of {} the {} is", text(result.dims), culprit->text()))
            .mark(fmt::format("`{}` joins {} and {}", what, text(result.dims), text(operand.dims)))
            .fix("name the dims: give the parts a type such as `: [H, C]`");
        return std::nullopt;
      case Match::none: {
        auto& message =
            report(Kind::join_dims, range,
                   fmt::format("`{}` cannot join {} and {}", what, text(result.dims), text(operand.dims)));
        message.mark(fmt::format("{} is not among the dims of the other side", culprit->text()));
        bool equal_size = false;
        for (const auto& dim : result.dims)
          equal_size = equal_size || (dim->size && culprit->size && *dim->size == *culprit->size);
        if (equal_size)
          message.note(
              "both have the same size here, but two names are two dims: another model could give them two "
              "sizes");
        else if (!culprit->is_nameless() && !culprit->size)
          message.note("two names are two dims: what is joined bears the same name on both sides");
        if (operands.size() == 2) message.fix("`outer(a, b)` makes every pair of entries, if that is meant");
        return std::nullopt;
      }
    }
    Dims before = operand.dims;
    for (size_t j = 0; j < places.size(); ++j) {
      const DimRef kept = merged(result.dims[places[j]], operand.dims[j]);
      rename(operands[larger].dims, {result.dims[places[j]]}, {kept});
      result.dims[places[j]] = kept;
    }
    for (size_t j = 0; j < places.size(); ++j) operand.dims[j] = result.dims[places[j]];
  }
  return result;
}

Value Elaborator::pointwise(ir::Op op, const std::vector<Value>& values, Range range, std::string_view what) {
  std::vector<Tensor> operands;
  for (const auto& value : values) {
    if (value.is_unknown()) return {};
    auto tensor = as_tensor(value, value.origin.known() ? value.origin : range);
    if (!tensor) return {};
    operands.push_back(std::move(*tensor));
  }
  const auto unit = unit_of_pointwise(op, operands, values, range, what);
  if (!unit) return {};
  auto result = join_operands(operands, range, what);
  if (!result) return {};
  result->unit = *unit;
  switch (op) {
    case ir::Op::less:
    case ir::Op::less_equal:
    case ir::Op::equal:
    case ir::Op::logical_and:
    case ir::Op::logical_or:
    case ir::Op::logical_not:
      result->element = ir::Element::boolean;
      break;
    case ir::Op::re:
    case ir::Op::im:
    case ir::Op::abs:
      result->element = ir::Element::real;
      break;
    case ir::Op::complex:
      result->element = ir::Element::complex;
      break;
    default:
      break;
  }
  if (!check_elements(op, operands, range, what)) return {};
  std::vector<std::optional<ir::ValueId>> ids;
  const Dims target = axes(*result);
  for (const auto& operand : operands) ids.push_back(aligned(operand, target));
  result->value = emit(op, ids);
  return make(std::move(*result), range);
}

bool Elaborator::check_elements(ir::Op op, const std::vector<Tensor>& operands, Range range,
                                std::string_view what) {
  const bool logical = op == ir::Op::logical_and || op == ir::Op::logical_or || op == ir::Op::logical_not;
  for (size_t i = 0; i < operands.size(); ++i) {
    const auto element = operands[i].element;
    const bool condition = logical || (op == ir::Op::select && i == 0);
    if (condition != (element == ir::Element::boolean)) {
      report(Kind::wrong_kind, range,
             condition ? fmt::format("`{}` takes a condition such as `a < b`, this is a number", what)
                       : fmt::format("`{}` takes numbers, this is a condition", what))
          .mark(condition ? "not true or false" : "true or false")
          .fix(condition ? "compare it: `x > 0`" : "`where(condition, 1, 0)` makes a number of it");
      return false;
    }
    const bool complex_fine = op == ir::Op::add || op == ir::Op::sub || op == ir::Op::mul ||
                              op == ir::Op::div || op == ir::Op::neg || op == ir::Op::exp ||
                              op == ir::Op::re || op == ir::Op::im || op == ir::Op::conj ||
                              op == ir::Op::abs || op == ir::Op::stop_gradient || op == ir::Op::select;
    if (element == ir::Element::complex && !complex_fine) {
      report(Kind::wrong_kind, range, fmt::format("`{}` takes real numbers, this is complex", what))
          .mark("complex")
          .fix("take its parts with `re` and `im`, or its size with `abs`");
      return false;
    }
  }
  return true;
}

std::optional<Dimension> Elaborator::unit_of_pointwise(ir::Op op, const std::vector<Tensor>& operands,
                                                       const std::vector<Value>& values, Range range,
                                                       std::string_view what) {
  const auto is_zero = [&](size_t i) {
    const auto* number = values[i].get<Number>();
    return number && number->is_zero();
  };
  switch (op) {
    case ir::Op::neg:
    case ir::Op::abs:
    case ir::Op::relu:
    case ir::Op::re:
    case ir::Op::im:
    case ir::Op::conj:
    case ir::Op::stop_gradient:
      return operands[0].unit;
    case ir::Op::mul:
    case ir::Op::div:
      if (operands[0].unit.exponents[Dimension::level] && operands[1].unit.exponents[Dimension::level]) {
        report(Kind::level_product, range, "two levels in dB cannot be multiplied or divided")
            .mark("dB by dB");
        return std::nullopt;
      }
      return operands[0].unit.times(operands[1].unit, op == ir::Op::mul ? 1 : -1);
    case ir::Op::add:
    case ir::Op::sub:
    case ir::Op::min:
    case ir::Op::max:
    case ir::Op::complex:
    case ir::Op::less:
    case ir::Op::less_equal:
    case ir::Op::equal:
    case ir::Op::select: {
      const size_t first = op == ir::Op::select ? 1 : 0;
      const Dimension left = is_zero(first) ? operands[first + 1].unit : operands[first].unit;
      const Dimension right = is_zero(first + 1) ? left : operands[first + 1].unit;
      if (left != right) {
        report(Kind::unit_mismatch, range,
               fmt::format("`{}` joins {} and {}", what, left.text(), right.text()))
            .mark("these two cannot be joined")
            .fix("divide one by a quantity of its unit, so that a plain number is left");
        return std::nullopt;
      }
      const bool condition = op == ir::Op::less || op == ir::Op::less_equal || op == ir::Op::equal;
      return condition ? Dimension{} : left;
    }
    case ir::Op::sqrt: {
      Dimension half = operands[0].unit;
      for (auto& exponent : half.exponents) {
        if (exponent % 2 != 0) {
          report(Kind::unit_power, range,
                 fmt::format("the square root of {} has no unit", operands[0].unit.text()))
              .mark("an odd power");
          return std::nullopt;
        }
        exponent = static_cast<int8_t>(exponent / 2);
      }
      return half;
    }
    case ir::Op::pow: {
      const auto* exponent = values[1].get<Number>();
      if (exponent && exponent->exact && exponent->exact->is_whole())
        return Dimension{}.times(operands[0].unit, static_cast<int>(exponent->exact->numerator()));
      break;
    }
    default:
      break;
  }
  for (size_t i = 0; i < operands.size(); ++i)
    if (!operands[i].unit.is_plain()) {
      report(Kind::plain_number_wanted, range,
             fmt::format("`{}` takes a plain number, this is {}", what, operands[i].unit.text()))
          .mark("has a unit")
          .fix("divide it by a quantity of its unit first, as in `v / 1mV`");
      return std::nullopt;
    }
  return Dimension{};
}

}  // namespace stria
