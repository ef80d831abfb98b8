// Products and reductions within a bin: each size of tiles and of sums against the reference executor, and a
// clip in a vector of clips to the bit as alone.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "compiler/plan/prepare.h"
#include "tests/exec/plan_checks.h"

using namespace stria;
using namespace stria::test;
using exec::Precision;

namespace {

exec::Evaluation by_plan(const ir::Graph& graph, const exec::NamedTensors& arguments, Precision precision,
                         int64_t lanes, const codegen::Target& target) {
  exec::PlanEvaluateOptions options;
  options.precision = precision;
  options.lanes = lanes;
  options.target = target;
  return exec::evaluate_plan(graph, arguments, options);
}

// For the host and, by turns, one of the floors of its kind: they differ in how many entries a vector holds.
void check_nests(const std::string& text) {
  static size_t n_checked = 0;
  const ir::Graph graph = ir::read(text);
  const exec::NamedTensors arguments = drawn_arguments(graph, 3, 2);
  const exec::Evaluation expected = reference(graph, arguments, {});
  const std::vector<std::string> floors = codegen::baselines();
  std::vector<codegen::Target> targets = {codegen::host()};
  if (!floors.empty()) targets.push_back(codegen::baseline(floors[n_checked++ % floors.size()]));
  for (const codegen::Target& target : targets) {
    for (const Precision precision : {Precision::float64, Precision::float32}) {
      INFO(text << target.name << (precision == Precision::float64 ? ", float64" : ", float32"));
      const exec::Evaluation alone = by_plan(graph, arguments, precision, 1, target);
      const exec::Evaluation together = by_plan(graph, arguments, precision, 8, target);
      CHECK(difference(expected, alone, precision == Precision::float64 ? 1e-13 : 1e-5) == "");
      for (const auto& [name, tensor] : alone.results) {
        INFO(name);
        CHECK(same_bits(tensor, together.results.at(name)));
      }
    }
  }
}

}  // namespace

TEST_CASE("products of two matrices of a bin, rows and columns of odd sizes") {
  for (const int64_t n_rows : {1, 3, 5, 7, 43}) {
    for (const int64_t n_columns : {1, 2, 7, 8, 9, 17, 43, 48}) {
      check_nests(fmt::format(R"(graph products(input a: real[B,T,{0},3], input b: real[B,T,3,{1}]) {{
  %2 = contract %0, %1 {{subscripts="btrk,btkc->btrc"}}  # real[B,T,{0},{1}]
  %3 = contract %0, %1 {{subscripts="btrk,btkc->btcr"}}  # real[B,T,{1},{0}]
  return by_rows = %2, by_columns = %3
}}
)",
                              n_rows, n_columns));
    }
  }
}

TEST_CASE("products with several axes around rows and columns, over several bins") {
  check_nests(R"(graph attention(input q: real[B,T,24], input k: real[B,T,24]) {
  %2 = history %0 {size=5}  # real[B,T,24,5]
  %3 = history %1 {size=19}  # real[B,T,24,19]
  %4 = reshape %2 {sizes=[B, T, 3, 8, 5]}  # real[B,T,3,8,5]
  %5 = reshape %3 {sizes=[B, T, 3, 8, 19]}  # real[B,T,3,8,19]
  %6 = contract %4, %5 {subscripts="bthdi,bthdj->bthij"}  # real[B,T,3,5,19]
  %7 = contract %6, %5 {subscripts="bthij,bthdj->btihd"}  # real[B,T,5,3,8]
  %8 = contract %6, %4 {subscripts="bthij,bthdi->bthjd"}  # real[B,T,3,19,8]
  return scores = %6, values = %7, others = %8
}
)");
}

TEST_CASE("sums, greatest and least along the last axis, and products of two rows") {
  for (const int64_t n : {1, 3, 15, 16, 31, 32, 33, 48, 100}) {
    for (const int64_t n_rows : {1, 2, 5, 9}) {
      check_nests(fmt::format(R"(graph rows(input a: real[B,T,{0},{1}], input b: real[B,T,4,{1}]) {{
  %2 = reduce_sum %0 {{axes=[3]}}  # real[B,T,{0}]
  %3 = reduce_max %0 {{axes=[3]}}  # real[B,T,{0}]
  %4 = reduce_min %0 {{axes=[3]}}  # real[B,T,{0}]
  %5 = reduce_sum %0 {{axes=[2, 3]}}  # real[B,T]
  %6 = contract %0, %1 {{subscripts="btrk,btsk->btrs"}}  # real[B,T,{0},4]
  %7 = contract %0, %1 {{subscripts="btrk,btsk->btr"}}  # real[B,T,{0}]
  return sums = %2, greatest = %3, least = %4, all = %5, products = %6, both = %7
}}
)",
                              n_rows, n));
    }
  }
}

TEST_CASE("sums along an axis that lies in several bins or in another order") {
  check_nests(R"(graph elsewhere(input x: real[B,T,5,40], parameter w: real[40,3]) {
  %2 = reduce_sum %0 {axes=[2]}  # real[B,T,40]
  %3 = history %0 {size=3}  # real[B,T,5,40,3]
  %4 = reduce_sum %3 {axes=[3, 4]}  # real[B,T,5]
  %5 = reduce_max %3 {axes=[2, 3]}  # real[B,T,3]
  %6 = flip %0 {axis=3}  # real[B,T,5,40]
  %7 = reduce_sum %6 {axes=[3]}  # real[B,T,5]
  %8 = contract %1, %0 {subscripts="kr,btsk->btrs"}  # real[B,T,3,5]
  %9 = reduce_sum %1 {axes=[0, 1]}  # real[]
  %10 = reduce_prod %1 {axes=[0]}  # real[3]
  return a = %2, b = %4, c = %5, d = %7, e = %8, f = %9, g = %10
}
)");
}

TEST_CASE("vectors of every second entry, as real parts lie beside imaginary ones") {
  for (const int64_t n : {1, 2, 7, 16, 33, 70}) {
    check_nests(fmt::format(R"(graph parts(input x: real[B,T,3,{0},2], input y: real[B,T,3,{0}]) {{
  %2 = slice %0 {{axis=4, start=0, size=1, step=1}}  # real[B,T,3,{0},1]
  %3 = slice %0 {{axis=4, start=1, size=1, step=1}}  # real[B,T,3,{0},1]
  %4 = reshape %2 {{sizes=[B, T, 3, {0}]}}  # real[B,T,3,{0}]
  %5 = reshape %3 {{sizes=[B, T, 3, {0}]}}  # real[B,T,3,{0}]
  %6 = contract %4, %1 {{subscripts="btkn,btkn->btn"}}  # real[B,T,{0}]
  %7 = contract %5, %4 {{subscripts="btkn,btkn->btkn"}}  # real[B,T,3,{0}]
  %8 = reduce_max %5 {{axes=[2]}}  # real[B,T,{0}]
  return sums = %6, products = %7, greatest = %8
}}
)",
                            n));
  }
}

TEST_CASE(
    "rows reduced by the loop that makes their entries, with operands repeated in rows and along them") {
  for (const int64_t n_rows : {2, 3, 7}) {
    for (const int64_t n_columns : {15, 16, 17, 31, 43}) {
      check_nests(fmt::format(R"(graph reduced(input a: real[B,T,{0},1], input b: real[B,T,1,{1}]) {{
  %2 = mul %0, %1  # real[B,T,{0},{1}]
  %3 = sub %2, %0  # real[B,T,{0},{1}]
  %4 = mul %3, %1  # real[B,T,{0},{1}]
  %5 = reduce_sum %4 {{axes=[2]}}  # real[B,T,{1}]
  %6 = reduce_max %4 {{axes=[2]}}  # real[B,T,{1}]
  %7 = reduce_sum %3 {{axes=[2]}}  # real[B,T,{1}]
  %8 = reduce_prod %3 {{axes=[2]}}  # real[B,T,{1}]
  return sums = %5, greatest = %6, others = %7, products = %8, entries = %3
}}
)",
                              n_rows, n_columns));
    }
  }
}

TEST_CASE("products at windows that overlap, as one for each place whose rows are the window's") {
  for (const int64_t dilate : {1, 2}) {
    const int64_t n_places = dilate == 1 ? 12 : 10;
    const std::string text =
        fmt::format(R"(graph conv(input x: real[B,T,14,10], parameter w: real[10,10,3,9]) {{
  %2 = window %0 {{axis=2, size=3, stride=1, dilate={1}}}  # real[B,T,{0},10,3]
  %3 = history %2 {{size=9}}  # real[B,T,{0},10,3,9]
  %4 = contract %3, %1 {{subscripts="abcdef,zdef->abcz"}}  # real[B,T,{0},10]
  return y = %4
}}
)",
                    n_places, dilate);
    // 14 places of 3 x 10 rows, or `n_places` of 10.
    const std::string plan = print(plan::prepare(ir::read(text), {}, {1, 16, 32}).plan);
    CHECK((plan.find("[420]") != std::string::npos) == (dilate == 1));
    check_nests(text);
  }
}
