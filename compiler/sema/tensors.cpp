// Joining by name (dims.4), products (dims.6), sums, and the graph ops they become.
//
// The axes of a graph value stand in the order B, T, lifted, dims; `aligned` brings a value to the axes of a
// result:
//   [H, n] * [H]   ->   mul(%a: [H, n], reshape(%b): [H, 1])
#include "compiler/sema/tensor.h"

#include <fmt/format.h>

#include <algorithm>

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

bool sizes_may_agree(const DimRef& a, const DimRef& b) {
  return !a->size || !b->size || *a->size == *b->size;
}

// dims.3: the same object, or one of them nameless and of the same size.
bool may_agree(const DimRef& a, const DimRef& b) {
  return a == b || ((a->is_nameless() || b->is_nameless()) && sizes_may_agree(a, b));
}

bool contains(const Dims& dims, const DimRef& dim) {
  return std::find(dims.begin(), dims.end(), dim) != dims.end();
}

enum class Match { found, none, several, open };

// Where each of `some` stands in `all`.
Match match_dims(const Dims& some, const Dims& all, std::vector<size_t>& places, DimRef& culprit) {
  std::vector<bool> taken(all.size(), false);
  places.assign(some.size(), all.size());
  for (size_t i = 0; i < some.size(); ++i)
    for (size_t j = 0; j < all.size(); ++j)
      if (!taken[j] && some[i] == all[j]) {
        places[i] = j;
        taken[j] = true;
        break;
      }
  for (size_t i = 0; i < some.size(); ++i) {
    if (places[i] < all.size()) continue;
    std::vector<size_t> candidates;
    bool open = false;
    for (size_t j = 0; j < all.size(); ++j)
      if (!taken[j] && may_agree(some[i], all[j])) {
        candidates.push_back(j);
        open = open || !some[i]->size || !all[j]->size;
      }
    culprit = some[i];
    if (candidates.empty()) return Match::none;
    if (candidates.size() > 1) return open ? Match::open : Match::several;
    places[i] = candidates[0];
    taken[candidates[0]] = true;
  }
  return Match::found;
}

// The dim that a joined result shows: a name rather than none, a size rather than none.
DimRef merged(const DimRef& a, const DimRef& b) {
  if (a == b) return a;
  const DimRef& kept = a->is_nameless() ? b : a;
  if (kept->size || !(a->size || b->size)) return kept;
  DimInfo sized = *kept;
  sized.size = a->size ? a->size : b->size;
  return kept->is_nameless() ? std::make_shared<const DimInfo>(sized) : kept;
}

void add_missing(Dims& to, const Dims& from) {
  for (const auto& dim : from)
    if (!contains(to, dim)) to.push_back(dim);
}

}  // namespace

std::string DimInfo::text() const {
  if (is_nameless()) return size ? std::to_string(*size) : "?";
  return size ? fmt::format("{} = {}", name, *size) : name;
}

std::string text(const Dims& dims) {
  std::string result = "[";
  for (const auto& dim : dims) result += (result.size() > 1 ? ", " : "") + dim->text();
  return result + "]";
}

Reach Reach::joined(const Reach& other) const {
  return {std::max(past, other.past), std::max(future, other.future)};
}
Reach Reach::then(const Reach& other) const {
  return {std::min(past + other.past, endless), std::min(future + other.future, endless)};
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

// ---------------------------------------------------------------- products
namespace {

// Letters for einsum, one an axis.
class Letters {
 public:
  char of(const DimRef& axis) {
    for (const auto& [known, letter] : letters_)
      if (known == axis) return letter;
    const char letter =
        static_cast<char>(letters_.size() < 26 ? 'a' + letters_.size() : 'A' + (letters_.size() - 26));
    letters_.emplace_back(axis, letter);
    return letter;
  }
  char fresh() { return of(std::make_shared<const DimInfo>()); }
  std::string of(const Dims& axes) {
    std::string text;
    for (const auto& axis : axes) text += of(axis);
    return text;
  }

 private:
  std::vector<std::pair<DimRef, char>> letters_;
};

}  // namespace

Value Elaborator::matmul(const Tensor& left, const Tensor& right_in, Range left_range, Range right_range,
                         Range op_range) {
  Tensor right = right_in;
  if (left.dims.empty() || right.dims.empty()) {
    report(Kind::matmul_dims, op_range, "`@` sums over the last dim of its left side, and a number has none")
        .mark("one side has no dims")
        .also(left_range, text(left.dims))
        .also(right_range, text(right.dims))
        .fix("`*` multiplies by a number", {{op_range, "*"}});
    return {};
  }
  const DimRef summed = left.dims.back();
  std::vector<size_t> places;
  DimRef culprit;
  const Match match = match_dims({summed}, right.dims, places, culprit);
  if (match == Match::open) return {};
  if (match != Match::found) {
    auto& message =
        report(Kind::matmul_dims, op_range,
               match == Match::several
                   ? fmt::format("`@` sums over {}, and the right side has two such dims", summed->text())
                   : fmt::format("`@` cannot sum over {}: the right side has no {}", summed->text(),
                                 summed->is_nameless() ? "dim of that size" : summed->name));
    message.mark(fmt::format("{}, summed over its last dim", text(left.dims)));
    message.also(right_range, text(right.dims));
    const bool has_name = std::any_of(right.dims.begin(), right.dims.end(), [&](const DimRef& dim) {
      return dim->size && summed->size && *dim->size == *summed->size;
    });
    if (has_name) message.note("both sizes are equal here, but these are two dims");
    message.fix(fmt::format("declare the left side with the right side's dim last, as in `[..., {}]`",
                            right.dims.back()->name.empty() ? "I" : right.dims.back()->name));
    return {};
  }
  Dims kept_left(left.dims.begin(), left.dims.end() - 1);
  Dims right_axes = right.dims;
  right_axes[places[0]] = summed;
  // Other shared dims pair up; a square's first dim is a dim of its own (dims.7).
  Letters letters;
  Dims left_axes_leading =
      axes(Tensor{{}, left.lifted, left.has_batch, left.has_time, false, left.element, {}, {}, {}, {}, {}});
  Dims right_axes_leading = axes(
      Tensor{{}, right.lifted, right.has_batch, right.has_time, false, right.element, {}, {}, {}, {}, {}});
  std::string left_letters = letters.of(left_axes_leading), right_letters = letters.of(right_axes_leading);
  const char summed_letter = letters.of(summed);
  Tensor result;
  std::string kept_letters, only_right;
  Dims only_right_dims;
  std::vector<char> kept_letter(kept_left.size());
  for (size_t i = 0; i < kept_left.size(); ++i)
    kept_letter[i] = kept_left[i] == summed ? letters.fresh() : letters.of(kept_left[i]);
  for (size_t j = 0; j < right_axes.size(); ++j) {
    if (j == places[0]) {
      right_letters += summed_letter;
      continue;
    }
    DimRef partner;
    for (size_t i = 0; i < kept_left.size(); ++i)
      if (kept_left[i] == right_axes[j] && kept_left[i] != summed) partner = kept_left[i];
    const char letter = partner ? letters.of(partner) : letters.of(right_axes[j]);
    right_letters += letter;
    if (!partner) {
      only_right_dims.push_back(right_axes[j]);
      only_right += letter;
    }
  }
  for (const char letter : kept_letter) left_letters += letter;
  left_letters += summed_letter;
  result.has_batch = left.has_batch || right.has_batch;
  result.has_time = left.has_time || right.has_time;
  result.is_stream = left.is_stream || right.is_stream;
  result.lifted = left.lifted;
  add_missing(result.lifted, right.lifted);
  result.element = left.element == ir::Element::complex || right.element == ir::Element::complex
                       ? ir::Element::complex
                       : ir::Element::real;
  result.unit = left.unit.times(right.unit);
  result.reach = left.reach.joined(right.reach);
  result.dims = only_right_dims;
  result.dims.insert(result.dims.end(), kept_left.begin(), kept_left.end());
  for (const auto& dim : kept_left)
    if (std::count(result.dims.begin(), result.dims.end(), dim) > 1) {
      report(Kind::square, op_range, fmt::format("the product would have {} twice", dim->text()))
          .mark(text(result.dims));
      return {};
    }
  Tensor leading = result;
  leading.dims.clear();
  std::string result_letters = letters.of(axes(leading)) + only_right;
  for (const char letter : kept_letter) result_letters += letter;
  if (left.element == ir::Element::boolean || right.element == ir::Element::boolean) {
    report(Kind::wrong_kind, op_range, "`@` takes numbers, one side is a condition").mark("true or false");
    return {};
  }
  result.value = emit(ir::Op::contract, {left.value, right.value},
                      {{"subscripts", left_letters + "," + right_letters + "->" + result_letters}});
  return make(std::move(result), join(left_range, right_range));
}

// sum(a * b, over): one contraction, so that the product is never stored.
Value Elaborator::product_sum(const Tensor& left_in, const Tensor& right_in, const Dims& over, Range range) {
  std::vector<Tensor> operands{left_in, right_in};
  auto joined = join_operands(operands, range, "*");
  if (!joined) return {};
  if (left_in.unit.exponents[Dimension::level] && right_in.unit.exponents[Dimension::level]) {
    report(Kind::level_product, range, "two levels in dB cannot be multiplied").mark("dB by dB");
    return {};
  }
  if (operands[0].element == ir::Element::boolean || operands[1].element == ir::Element::boolean) {
    report(Kind::wrong_kind, range, "`*` takes numbers, one side is a condition").mark("true or false");
    return {};
  }
  Tensor result = *joined;
  result.unit = left_in.unit.times(right_in.unit);
  Dims summed;
  for (const auto& dim : over) {
    const auto found = contains(joined->dims, dim) || contains(joined->lifted, dim) ? std::optional(dim)
                                                                                    : find_dim(*joined, dim);
    if (!found) return reduce(ir::Op::reduce_sum, *joined, over, range);  // reports the missing dim
    summed.push_back(*found);
  }
  std::erase_if(result.dims, [&](const DimRef& dim) { return contains(summed, dim); });
  std::erase_if(result.lifted, [&](const DimRef& dim) { return contains(summed, dim); });
  Letters letters;
  // A dim that neither operand has (a comprehension's index that the product does not use) is summed by its
  // size.
  double factor = 1;
  const Dims left_axes = axes(operands[0]), right_axes = axes(operands[1]);
  for (const auto& dim : summed)
    if (!contains(left_axes, dim) && !contains(right_axes, dim))
      factor *= static_cast<double>(dim->size.value_or(1));
  const std::string from = letters.of(left_axes) + "," + letters.of(right_axes);
  result.value = emit(ir::Op::contract, {operands[0].value, operands[1].value},
                      {{"subscripts", from + "->" + letters.of(axes(result))}});
  if (factor != 1) result.value = emit(ir::Op::mul, {result.value, constant(factor)});
  return make(std::move(result), range);
}

Value Elaborator::outer(const Tensor& left, const Tensor& right, Range range) {
  for (const auto& dim : left.dims)
    if (contains(right.dims, dim)) {
      report(Kind::join_dims, range,
             fmt::format("`outer` makes every pair of entries, and both sides have {}", dim->text()))
          .mark(fmt::format("{} and {}", text(left.dims), text(right.dims)))
          .fix("`*` joins them by name");
      return {};
    }
  Tensor result;
  result.dims = left.dims;
  result.dims.insert(result.dims.end(), right.dims.begin(), right.dims.end());
  result.lifted = left.lifted;
  add_missing(result.lifted, right.lifted);
  result.has_batch = left.has_batch || right.has_batch;
  result.has_time = left.has_time || right.has_time;
  result.is_stream = left.is_stream || right.is_stream;
  result.element = left.element == ir::Element::complex ? left.element : right.element;
  result.unit = left.unit.times(right.unit);
  result.reach = left.reach.joined(right.reach);
  result.value = emit(ir::Op::mul, {aligned(left, axes(result)), aligned(right, axes(result))});
  return make(std::move(result), range);
}

Value Elaborator::reduce(ir::Op op, const Tensor& tensor, const Dims& over, Range range) {
  const Dims own = axes(tensor);
  std::vector<int64_t> places;
  Tensor result = tensor;
  result.present.reset();
  result.buffer.clear();
  for (const auto& dim : over) {
    DimRef found = contains(own, dim) ? dim : find_dim(tensor, dim).value_or(nullptr);
    if (!found) {
      report(Kind::unknown_dim, range, fmt::format("there is no {} to sum over", dim->text()))
          .mark(fmt::format("this is {}", text(tensor.dims)));
      return {};
    }
    places.push_back(std::find(own.begin(), own.end(), found) - own.begin());
    std::erase(result.dims, found);
    std::erase(result.lifted, found);
  }
  if (tensor.element == ir::Element::boolean) {
    report(Kind::wrong_kind, range, "a sum or mean takes numbers, this is a condition")
        .mark("true or false")
        .fix("`where(condition, 1, 0)` makes numbers of it");
    return {};
  }
  std::sort(places.begin(), places.end());
  result.value = places.empty() ? tensor.value : emit(op, {tensor.value}, {{"axes", places}});
  return make(std::move(result), range);
}

// The mean of a loss goes over everything that is there: clips, bins and units (run.1).
Value Elaborator::mean_of_present(const Tensor& tensor, Range range) {
  Tensor result;
  result.unit = tensor.unit;
  std::vector<int64_t> all;
  for (size_t i = 0; i < axes(tensor).size(); ++i) all.push_back(static_cast<int64_t>(i));
  result.value = emit(ir::Op::reduce_mean, {tensor.value, tensor.present}, {{"axes", all}});
  return make(std::move(result), range);
}

}  // namespace stria
