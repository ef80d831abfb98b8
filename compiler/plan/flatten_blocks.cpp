#include <algorithm>

#include "compiler/plan/flattener.h"
#include "compiler/plan/view.h"

namespace stria::plan {

namespace {

std::vector<int64_t> joined(std::vector<int64_t> a, const std::vector<int64_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<Axis> repeated(const std::vector<int64_t>& sizes) {
  std::vector<Axis> axes;
  for (const int64_t size : sizes) axes.push_back({size, 0, 0});
  return axes;
}

}  // namespace

std::optional<Flattener::Lagged> Flattener::lagged(const Subscripts& subs, const std::string& letters,
                                                   const View& view) const {
  const bool is_input =
      std::any_of(flat_.arguments.begin(), flat_.arguments.end(), [&](const FlatArgument& argument) {
        return argument.value == view.value && argument.kind == ir::ArgumentKind::input;
      });
  if (!is_input || level(view) != Level::bin || scan_ >= 0) return std::nullopt;
  Lagged result;
  std::vector<std::pair<int64_t, char>> features;  // stride, letter
  for (const char letter : letters) {
    const Axis axis = subs.aligned(letters, view, {letter}).axes[0];
    const bool is_lag = axis.stride == 0 && (axis.bins == 1 || axis.bins == -1) && axis.size > 1;
    if ((is_lag && result.lag != 0) || (!is_lag && axis.bins != 0)) return std::nullopt;
    if (is_lag) {
      result.lag = letter;
      result.ahead = axis.bins > 0;
    } else {
      features.emplace_back(axis.stride, letter);
    }
  }
  if (result.lag == 0) return std::nullopt;
  std::sort(features.begin(), features.end());
  for (const auto& [stride, letter] : features) {
    if (stride != result.n_features) return std::nullopt;
    result.n_features *= subs.size.at(letter);
    result.features.insert(result.features.begin(), letter);
  }
  result.frame = subs.aligned(letters, view, result.features);
  return result;
}

View Flattener::window(const Lagged& x, const BlockSizes& sizes) {
  View view{x.frame.value, x.frame.offset, x.frame.bins, {}};
  if (!x.ahead) view.bins -= sizes.lags() - 1;
  view.axes = {{sizes.window, 0, 1}, {x.n_features, 1, 0}};
  return view;
}

//   spectra[p, f, r] = sum_k e[p, k] w[k, f, r]         once a step
//   y[r] = convolve window[m, f] e'[p, m] spectra e''[v, p]
std::optional<View> Flattener::convolved(const Subscripts& subs, size_t side, const View& x, const View& w,
                                         const std::string& rows) {
  const auto lags = lagged(subs, subs.letters[side], x);
  if (!lags) return std::nullopt;
  const std::vector<int64_t> row_sizes = subs.sizes(rows);
  const auto sizes = blocks_for_product(subs.size.at(lags->lag), lags->n_features, product(row_sizes));
  if (!sizes) return std::nullopt;
  const std::vector<int64_t> inner = joined(subs.sizes(lags->features), row_sizes);
  View weight = subs.aligned(subs.letters[1 - side], w, lags->features + rows + lags->lag);
  weight.axes.insert(weight.axes.begin(), {sizes->points, 0, 0});
  View waves = table(lag_table(*sizes, lags->ahead), {sizes->points, sizes->lags()});
  const std::vector<Axis> between = repeated(inner);
  waves.axes.insert(waves.axes.begin() + 1, between.begin(), between.end());
  const std::vector<int64_t> spectra_sizes = joined({sizes->points}, inner);
  weight = dense_along(spectra_sizes.size() - 1, weight, Level::fixed);
  const View spectra = nest({waves, weight}, spectra_sizes, Reduction::sum);
  const View made =
      emit(instruction(Work::convolve,
                       {window(*lags, *sizes), table(window_table(*sizes), {sizes->points, sizes->window}),
                        spectra, table(result_table(*sizes, lags->ahead), {sizes->block, sizes->points})}),
           Level::bin, row_sizes);
  return transposed(made, subs.order_of(rows));
}

//   spectra[q, r, s, f] = correlate window[m, f] e'[p, m] g[r] e''[v, p]
//   w[k, f, r] = sum over q and s of e[2 q + s, k] spectra[q, r, s, f]       once a step
std::optional<View> Flattener::correlated(const Subscripts& subs, size_t side, const View& x,
                                          const View& other) {
  const auto lags = lagged(subs, subs.letters[side], x);
  if (!lags || other.other_bins()) return std::nullopt;
  const std::string& rows = subs.letters[1 - side];
  const std::vector<int64_t> row_sizes = subs.sizes(rows);
  const int64_t n_rows = product(row_sizes);
  const auto sizes = blocks_for_gradient(subs.size.at(lags->lag), lags->n_features, n_rows);
  if (!sizes) return std::nullopt;
  View factor = subs.aligned(rows, other, rows);
  if (!factor.plain()) factor = copy(factor, Level::bin);
  factor = *reshaped(factor, {n_rows});
  const std::vector<int64_t> partial_sizes = {sizes->points / 2, n_rows, 2, lags->n_features};
  const View partial =
      emit(instruction(Work::correlate,
                       {window(*lags, *sizes), table(window_table(*sizes), {sizes->points, sizes->window}),
                        factor, table(result_table(*sizes, lags->ahead), {sizes->block, sizes->points})}),
           Level::clip, partial_sizes);
  flat_.values[partial.value].lanes_summed = true;
  const View all = emit(instruction(Work::combine, {partial}), Level::fixed, partial_sizes);
  const View waves = table(lag_table(*sizes, lags->ahead), {sizes->points / 2, 2, sizes->lags()});
  const View spectra =
      *reshaped(all, joined(joined({sizes->points / 2}, row_sizes), joined({2}, subs.sizes(lags->features))));
  // The letters of the result, then q and s.
  const auto axis_of = [&](char letter, bool of_waves) -> Axis {
    const int64_t size = subs.size.at(letter);
    if (letter == lags->lag) return {size, of_waves ? waves.axes[2].stride : 0, 0};
    if (of_waves) return {size, 0, 0};
    const size_t row = rows.find(letter);
    const size_t at = row != std::string::npos ? 1 + row : 2 + rows.size() + lags->features.find(letter);
    return {size, spectra.axes[at].stride, 0};
  };
  View operands[2] = {{waves.value, 0, 0, {}}, {spectra.value, 0, 0, {}}};
  for (const char letter : subs.out) {
    operands[0].axes.push_back(axis_of(letter, true));
    operands[1].axes.push_back(axis_of(letter, false));
  }
  operands[0].axes.insert(operands[0].axes.end(), {waves.axes[0], waves.axes[1]});
  operands[1].axes.insert(operands[1].axes.end(), {spectra.axes[0], spectra.axes[1 + rows.size()]});
  const std::vector<int64_t> made = subs.sizes(subs.out);
  if (!made.empty()) operands[1] = dense_along(made.size() - 1, operands[1], Level::fixed);
  return nest({operands[0], operands[1]}, made, Reduction::sum);
}

}  // namespace stria::plan
