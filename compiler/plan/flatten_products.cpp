#include <algorithm>

#include "compiler/ir/subscripts.h"
#include "compiler/plan/flattener.h"
#include "compiler/plan/tiles.h"
#include "compiler/plan/view.h"

namespace stria::plan {

using ir::Node;
using ir::Op;
using ir::ValueId;

namespace {
// Fewer dense entries than this do not fill a vector.
constexpr int64_t fewest_dense = 8;
}  // namespace

View Flattener::contract(const Node& node) {
  const Subscripts subs(ir::text_attribute(node, "subscripts"), operand_type(node, 0), operand_type(node, 1),
                        graph_.type(node.results[0]));
  const View a = operand(node, 0), b = operand(node, 1);
  const std::vector<int64_t> sizes = features(graph_.type(node.results[0]));
  if (subs.sums_bins) return sum_over_bins(subs, a, b, sizes);
  if (subs.sums_clips) return sum_over_clips(subs, a, b, sizes);
  const bool a_varies = level(a) == Level::bin, b_varies = level(b) == Level::bin;
  if (a_varies != b_varies && !subs.summed.empty()) {
    const size_t side = a_varies ? 0 : 1;
    if (const auto made = dot(subs, side, a_varies ? a : b, a_varies ? b : a)) return *made;
  }
  if (const auto made = entry_by_entry(subs, a, b, sizes)) return *made;
  return in_wanted_order(node, subs, a, b);
}

std::optional<View> Flattener::entry_by_entry(const Subscripts& subs, const View& a, const View& b,
                                              const std::vector<int64_t>& sizes) {
  if (!subs.summed.empty()) return std::nullopt;
  const View operands[2] = {subs.aligned(subs.letters[0], a, subs.out),
                            subs.aligned(subs.letters[1], b, subs.out)};
  for (const View& operand : operands) {
    if (level(operand) == Level::bin && !can_be_read_in_rows(operand)) return std::nullopt;
  }
  return pointwise(Op::mul, {operands[0], operands[1]}, sizes);
}

View Flattener::in_wanted_order(const Node& node, Subscripts subs, const View& a, const View& b) {
  const std::string given = subs.out;
  if (const Node* user = only_transpose(node.results[0]); user != nullptr && !given.empty()) {
    const auto& order = ir::ints_attribute(*user, "order");
    const size_t letters = order.size() - given.size();
    for (size_t i = 0; i < given.size(); ++i)
      subs.out[i] = given[static_cast<size_t>(order[i + letters]) - letters];
    if (subs.out.back() != given.back()) subs.out = given;
  }
  const std::vector<int64_t> sizes = subs.sizes(subs.out);
  std::vector<int64_t> back;
  for (const char letter : given) back.push_back(static_cast<int64_t>(subs.out.find(letter)));
  return transposed(multiplied(subs, a, b, sizes, Level::fixed), back);
}

const Node* Flattener::only_transpose(ValueId id) const {
  const auto found = only_users_.find(id);
  return found != only_users_.end() && found->second != nullptr && found->second->op == Op::transpose
             ? found->second
             : nullptr;
}

std::string Flattener::common(const std::string& of, const std::string& with, bool wanted) {
  std::string result;
  for (const char letter : of) {
    if ((with.find(letter) != std::string::npos) == wanted) result += letter;
  }
  return result;
}

std::optional<View> Flattener::dot(const Subscripts& subs, size_t side, const View& x, const View& w) {
  const std::string &varying = subs.letters[side], &weight = subs.letters[1 - side];
  const std::string places = common(varying, subs.out, true), summed = common(varying, subs.out, false);
  const std::string rows = common(subs.out, places, false);
  const bool fits = level(w) == Level::fixed && !ir::repeats(varying) && !summed.empty() &&
                    weight.size() == rows.size() + summed.size() &&
                    common(weight, rows + summed, false).empty();
  if (!fits) return std::nullopt;
  if (places.empty()) {
    if (const auto made = convolved(subs, side, x, w, rows)) return made;
  }
  const DotLetters letters = {places, rows, summed};
  if (const auto made = along_diagonals(subs, side, x, w, letters)) return made;
  return dot(subs, side, x, w, letters);
}

View Flattener::dot(const Subscripts& subs, size_t side, const View& x, const View& w,
                    const DotLetters& letters) {
  const auto& [places, rows, summed] = letters;
  View rows_and_sums = subs.aligned(subs.letters[1 - side], w, rows + summed);
  if (flat_.values[w.value].constant) rows_and_sums = copy(rows_and_sums, Level::fixed);  // to lie somewhere
  Instruction packing = instruction(Work::pack, {rows_and_sums});
  packing.summed_axes = static_cast<int64_t>(summed.size());
  const View packed = emit(std::move(packing), Level::fixed, rows_and_sums.sizes());
  Instruction product =
      instruction(Work::dot, {subs.aligned(subs.letters[side], x, places + summed), packed});
  product.places = static_cast<int64_t>(places.size());
  return transposed(emit(std::move(product), Level::bin, subs.sizes(places + rows)),
                    subs.order_of(places + rows));
}

namespace {

// Long vectors that a product takes in a bin, a half one counted as half.
double vectors_of(const Subscripts& subs, const std::string& places, const std::string& rows,
                  const std::string& summed) {
  const Cover cover(product(subs.sizes(rows)), long_vector);
  return static_cast<double>(product(subs.sizes(places + summed)) * cover.vectors * cover.width) /
         long_vector;
}

}  // namespace

std::optional<View> Flattener::along_diagonals(const Subscripts& subs, size_t side, const View& x,
                                               const View& w, const DotLetters& letters) {
  const std::string& own = subs.letters[side];
  const auto axis = [&](char letter) { return subs.aligned(own, x, {letter}).axes[0]; };
  for (const char place : letters.places) {
    for (const char within : letters.summed) {
      const Axis along = axis(place), inner = axis(within);
      if (along.bins != 0 || inner.bins != 0 || along.stride == 0 || along.stride != inner.stride) continue;
      Subscripts wider = subs;
      wider.size[place] += inner.size - 1;
      wider.out = letters.places + within + letters.rows;
      DotLetters made = {letters.places, within + letters.rows, letters.summed};
      made.summed.erase(made.summed.find(within), 1);
      // The sums along diagonals read memory for each addition.
      constexpr double slower = 4, worth_it = 0.9;
      const double before = vectors_of(subs, letters.places, letters.rows, letters.summed),
                   after = vectors_of(wider, made.places, made.rows, made.summed) +
                           slower * vectors_of(subs, letters.places, letters.rows, {within});
      if (after > worth_it * before) continue;
      const View products = dot(wider, side, x, w, made);
      View diagonals{products.value, products.offset, 0, {}};
      const auto step = [&](char letter) { return products.axes[wider.out.find(letter)].stride; };
      for (const char letter : subs.out) diagonals.axes.push_back({subs.size.at(letter), step(letter), 0});
      diagonals.axes.push_back({inner.size, step(place) + step(within), 0});
      return nest({diagonals}, subs.sizes(subs.out), Reduction::sum);
    }
  }
  return std::nullopt;
}

View Flattener::multiplied(const Subscripts& subs, const View& a, const View& b,
                           const std::vector<int64_t>& sizes, Level at_least) {
  const std::string order = subs.out + subs.summed;
  View operands[2] = {subs.aligned(subs.letters[0], a, order), subs.aligned(subs.letters[1], b, order)};
  if (!sizes.empty()) {
    const Level at = std::max(level(a), level(b));
    for (View& operand : operands) operand = dense_along(sizes.size() - 1, operand, at);
  }
  return nest({operands[0], operands[1]}, sizes, Reduction::sum, at_least);
}

View Flattener::dense_along(size_t axis, const View& operand, Level used_at) {
  constexpr int64_t fewest_uses = 8, shortest = 4;
  const Axis along = operand.axes[axis];
  const bool dense = along.bins == 0 && (along.stride == 0 || along.stride == 1);
  std::vector<int64_t> order;  // of the copy: all axes but those along which entries are repeated
  int64_t n_uses = 1;
  for (size_t i = 0; i < operand.axes.size(); ++i) {
    const Axis& each = operand.axes[i];
    const bool repeated = each.stride == 0 && each.bins == 0;
    if (repeated) n_uses *= each.size;
    if (!repeated && i != axis) order.push_back(static_cast<int64_t>(i));
  }
  const bool used_often = n_uses >= fewest_uses || (level(operand) == Level::fixed && used_at == Level::bin);
  if (dense || !used_often || along.size < shortest) return operand;
  order.push_back(static_cast<int64_t>(axis));
  const View copied = copy(transposed(operand, order), level(operand));
  View result = copied;
  result.axes = operand.axes;
  for (size_t k = 0; k < order.size(); ++k) result.axes[static_cast<size_t>(order[k])] = copied.axes[k];
  return result;
}

View Flattener::sum_over_bins(const Subscripts& subs, View a, View b, const std::vector<int64_t>& sizes) {
  if (level(a) != Level::bin) a = copy(a, Level::bin);
  if (level(b) != Level::bin) b = copy(b, Level::bin);
  // Letters of both that are summed are places: the product is summed over them, too.
  const std::string places = common(subs.letters[0], subs.summed, true);
  std::string a_letters = common(subs.letters[0], subs.summed, false),
              b_letters = common(subs.letters[1], subs.summed, false);
  const bool plain_outer = subs.sums_clips && places.size() == subs.summed.size() &&
                           common(places, subs.letters[1], false).empty() && !ir::repeats(subs.letters[0]) &&
                           !ir::repeats(subs.letters[1]) &&
                           a_letters.size() + b_letters.size() == subs.out.size();
  if (!plain_outer) {
    return combined(multiplied(subs, a, b, sizes, Level::bin), true, subs.sums_clips);
  }
  if (places.empty()) {
    if (const auto made = correlated(subs, 0, a, b)) return *made;
    if (const auto made = correlated(subs, 1, b, a)) return *made;
  }
  View a_places = subs.aligned(subs.letters[0], a, places),
       b_places = subs.aligned(subs.letters[1], b, places);
  a = subs.aligned(subs.letters[0], a, a_letters);
  b = subs.aligned(subs.letters[1], b, b_letters);
  if (left_empty(put_dense_last(a, a_letters)) < left_empty(put_dense_last(b, b_letters))) {
    std::swap(a, b);
    std::swap(a_letters, b_letters);
    std::swap(a_places, b_places);
  }
  std::vector<int64_t> made_sizes = a.sizes();
  for (const int64_t size : b.sizes()) made_sizes.push_back(size);
  a.axes.insert(a.axes.begin(), a_places.axes.begin(), a_places.axes.end());
  b.axes.insert(b.axes.begin(), b_places.axes.begin(), b_places.axes.end());
  Instruction product = instruction(Work::outer, {a, b});
  product.places = static_cast<int64_t>(places.size());
  const View partial = emit(std::move(product), Level::clip, made_sizes);
  flat_.values[partial.value].lanes_summed = true;
  const View all = emit(instruction(Work::combine, {partial}), Level::fixed, made_sizes);
  const std::string made = a_letters + b_letters;
  return transposed(all, subs.order_of(made));
}

int64_t Flattener::put_dense_last(View& view, std::string& letters) {
  int64_t dense = 1;
  for (size_t done = 0; done < view.axes.size(); ++done) {
    // What is dense already stands at the end.
    const auto end = view.axes.end() - static_cast<std::ptrdiff_t>(done);
    const auto next = std::find_if(view.axes.begin(), end,
                                   [&](const Axis& axis) { return axis.stride == dense && axis.bins == 0; });
    if (next == end) break;
    const auto letter = letters.begin() + (next - view.axes.begin());
    dense *= next->size;
    std::rotate(next, next + 1, end);
    std::rotate(letter, letter + 1, letters.end() - static_cast<std::ptrdiff_t>(done));
  }
  return dense;
}

double Flattener::left_empty(int64_t dense) {
  const int64_t vectors = (dense + long_vector - 1) / long_vector;
  return dense < fewest_dense ? 1
                              : 1 - static_cast<double>(dense) / static_cast<double>(vectors * long_vector);
}

View Flattener::sum_over_clips(const Subscripts& subs, const View& a, const View& b,
                               const std::vector<int64_t>& sizes) {
  if (std::max(level(a), level(b)) == Level::bin)
    throw ir::InternalError("a product summed over clips that keeps the bins");
  return combined(multiplied(subs, a, b, sizes, Level::clip), false, true);
}

}  // namespace stria::plan
