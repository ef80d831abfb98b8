// Products (dims.6) and sums, each one contraction or reduction of the graph.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/dims.h"
#include "compiler/sema/elaborator.h"

namespace stria {

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
