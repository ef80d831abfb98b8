// Products over lags of an input by blocks of bins: against lag by lag, which the reference executor does.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "compiler/plan/prepare.h"
#include "tests/exec/plan_checks.h"

using namespace stria;
using namespace stria::test;
using exec::Precision;

namespace {

struct LagSizes {
  int64_t features = 18, lags = 37, rows = 23;
  bool ahead = false;
};

std::string lag_text(const LagSizes& s) {
  return fmt::format(R"(graph lags(input x: real[B,T,{0}], parameter w: real[{2},{1},{0}]) {{
  %2 = history %0 {{size={1}, reverse={3}}}  # real[B,T,{0},{1}]
  %3 = contract %1, %2 {{subscripts="nkf,btfk->btn"}}  # real[B,T,{2}]
  %4 = sin %3  # real[B,T,{2}]
  %5 = reduce_sum %4 {{axes=[0, 1, 2]}}  # real[]
  return y = %3, loss = %5
}}
)",
                     s.features, s.lags, s.rows, s.ahead ? 1 : 0);
}

void check_blocks(const std::string& text, int64_t n_clips, int64_t n_bins, const codegen::Target& target) {
  PlanCheck check;
  check.differentiate = "loss";
  check.with_respect_to = {"w"};
  check.target = target;
  const ir::Graph graph = ir::read(text);
  const exec::NamedTensors arguments = drawn_arguments(graph, n_clips, n_bins);
  const exec::Evaluation expected = reference(graph, arguments, check);
  for (const Precision precision : {Precision::float64, Precision::float32}) {
    check.precision = precision;
    INFO(text << n_clips << " clips of " << n_bins << " bins, " << target.name
              << (precision == Precision::float64 ? ", float64" : ", float32"));
    CHECK(plan_difference(graph, arguments, check, expected) == "");
  }
}

std::string plan_text(const std::string& text) {
  passes::PassOptions options;
  options.differentiate = "loss";
  options.with_respect_to = {"w"};
  return print(plan::prepare(ir::read(text), options, {8, 16, 32}).plan);
}

bool by_blocks(const std::string& text) {
  const std::string printed = plan_text(text);
  return printed.find("convolve") != std::string::npos && printed.find("correlate") != std::string::npos;
}

}  // namespace

TEST_CASE("lags by blocks of bins: each number of bins, back and ahead") {
  for (const bool ahead : {false, true}) {
    const std::string text = lag_text(LagSizes{18, 37, 23, ahead});
    REQUIRE(by_blocks(text));
    for (const int64_t n_bins : {1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200})
      check_blocks(text, 2, n_bins, codegen::host());
  }
}

TEST_CASE("lags by blocks of bins: odd sizes, on each floor of vectors") {
  const LagSizes sizes[] = {{8, 90, 19}, {9, 64, 17},   {17, 43, 33}, {34, 43, 73},
                            {34, 30, 5}, {64, 21, 100}, {33, 215, 9}, {40, 50, 1}};
  std::vector<codegen::Target> targets = {codegen::host()};
  for (const std::string& floor : codegen::baselines()) targets.push_back(codegen::baseline(floor));
  size_t n_checked = 0;
  for (const LagSizes& each : sizes) {
    const std::string text = lag_text(each);
    REQUIRE(plan_text(text).find("convolve") != std::string::npos);
    check_blocks(text, 3, 70, targets[n_checked++ % targets.size()]);
  }
}

TEST_CASE("lags by blocks of bins: features and rows of several axes, in an order of their own") {
  const std::string text =
      R"(graph axes(input x: real[B,T,6,5], parameter w: real[5,4,40,6,7]) {
  %2 = history %0 {size=40}  # real[B,T,6,5,40]
  %3 = contract %1, %2 {subscripts="gnkfm,btfgk->btmn"}  # real[B,T,7,4]
  %4 = sin %3  # real[B,T,7,4]
  %5 = reduce_sum %4 {axes=[0, 1, 2, 3]}  # real[]
  return y = %3, loss = %5
}
)";
  REQUIRE(by_blocks(text));
  check_blocks(text, 2, 75, codegen::host());
}

TEST_CASE("lags by blocks of bins: same bits in stretches of any length, alone and in batches") {
  const ir::Graph graph = ir::read(lag_text(LagSizes()));
  const exec::NamedTensors arguments = drawn_arguments(graph, 7, 200);
  std::vector<exec::Evaluation> found;
  for (const auto& [keep, lanes, outer_bins] : {std::tuple{plan::Keep::everything, 1, 64},
                                                {plan::Keep::between_phases, 8, 64},
                                                {plan::Keep::starts, 1, 64},
                                                {plan::Keep::between_phases, 1, 24}}) {
    exec::PlanEvaluateOptions options;
    options.keep = keep;
    options.lanes = lanes;
    options.outer_bins = outer_bins;
    options.differentiate = "loss";
    options.with_respect_to = {"w"};
    found.push_back(exec::evaluate_plan(graph, arguments, options));
    CHECK(same_bits(found[0].results.at("y"), found.back().results.at("y")));
    CHECK(same_bits(found[0].gradients.at("w"), found.back().gradients.at("w")));
  }
}

TEST_CASE("lags by blocks of bins: chosen where it takes fewer operations, of inputs alone") {
  CHECK(!by_blocks(lag_text(LagSizes{18, 5, 23})));
  CHECK(!by_blocks(lag_text(LagSizes{4, 60, 23})));
  CHECK(!by_blocks(R"(graph within(input x: real[B,T,18], parameter w: real[23,37,18]) {
  %2 = sin %0  # real[B,T,18]
  %3 = history %2 {size=37}  # real[B,T,18,37]
  %4 = contract %1, %3 {subscripts="nkf,btfk->btn"}  # real[B,T,23]
  %5 = reduce_sum %4 {axes=[0, 1, 2]}  # real[]
  return y = %4, loss = %5
}
)"));
}

TEST_CASE("tables of waves: forth and back gives each lag of a window") {
  for (const bool ahead : {false, true}) {
    const plan::BlockSizes sizes = *plan::blocks_for_product(37, 18, 23);
    const std::vector<double> forth = window_table(sizes), lags = lag_table(sizes, ahead),
                              back = result_table(sizes, ahead);
    const auto at = [](const std::vector<double>& table, int64_t row, int64_t column, int64_t columns) {
      return table[static_cast<size_t>(row * columns + column)];
    };
    // What bin m of the window adds to bin v of the block by lag k: 1 where they lie k apart.
    for (const auto& [v, k, m] : {std::tuple{0, 0, 36},
                                  {0, 36, 0},
                                  {31, 0, 67},
                                  {31, 36, 31},
                                  {7, 5, 38},
                                  {7, 5, 37},
                                  {0, 0, 0},
                                  {31, 36, 67}}) {
      double sum = 0;
      for (int64_t q = 0; q < sizes.points / 2; ++q) {
        const double x_re = at(forth, 2 * q, m, sizes.window), x_im = at(forth, 2 * q + 1, m, sizes.window);
        const double w_re = at(lags, 2 * q, k, sizes.lags()), w_im = at(lags, 2 * q + 1, k, sizes.lags());
        sum += at(back, v, 2 * q, sizes.points) * (x_re * w_re - x_im * w_im) +
               at(back, v, 2 * q + 1, sizes.points) * (x_im * w_re + x_re * w_im);
      }
      const int64_t apart = ahead ? m - v : v + sizes.lags() - 1 - m;
      CHECK(sum == doctest::Approx(apart == k ? 1 : 0).epsilon(1e-13));
    }
  }
}
