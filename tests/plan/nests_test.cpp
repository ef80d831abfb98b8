// Nests in tiles: all results, in few registers, in an order that does not hang on where clips lie.
#include "compiler/plan/nests.h"

#include <doctest/doctest.h>

#include "compiler/plan/tiles.h"
#include "compiler/plan/view.h"

using namespace stria::plan;

namespace {

struct Case {
  Flat flat;
  Instruction instruction;
  View destination;
};

// %2[n_rows, n_columns] = sum over `n` of %0 and %1, which lie like that along row, column and term.
Case product_of(int64_t n_rows, int64_t n_columns, int64_t n, const std::vector<Axis>& a,
                const std::vector<Axis>& b) {
  Case made;
  made.flat.values.resize(3);
  made.instruction.work = Work::nest;
  made.instruction.summed_axes = 1;
  made.instruction.operands = {View{0, 0, 0, a}, View{1, 0, 0, b}};
  for (View& view : made.instruction.operands) {
    const int64_t sizes[] = {n_rows, n_columns, n};
    for (size_t k = 0; k < 3; ++k) view.axes[k].size = sizes[k];
  }
  made.destination = whole(2, {n_rows, n_columns});
  return made;
}

Nest nest_of(const Case& made, int64_t lanes, int64_t registers, int64_t width = 8) {
  return make_nest(made.flat, made.instruction, made.destination, {lanes, width, registers}, lanes);
}

}  // namespace

TEST_CASE("a product's tiles hold each result, and fit into the registers") {
  for (const int64_t lanes : {1, 8}) {
    for (const int64_t registers : {16, 32}) {
      for (int64_t rows = 2; rows <= 50; ++rows) {
        for (int64_t columns = 2; columns <= 50; ++columns) {
          CAPTURE(lanes);
          CAPTURE(rows);
          CAPTURE(columns);
          const Nest nest =
              nest_of(product_of(rows, columns, 5, {{0, 7}, {0, 0}, {0, 1}}, {{0, 0}, {0, 1}, {0, columns}}),
                      lanes, registers);
          REQUIRE(nest.loops.size() == 2);
          const auto [row_axis, rows_at_once] = nest.loops[0];
          const auto [column_axis, columns_at_once] = nest.loops[1];
          CHECK(row_axis == 0);
          CHECK(column_axis == 1);
          CHECK(rows_at_once <= rows);
          CHECK(columns_at_once <= columns);
          CHECK(nest.width == (lanes == 1 ? Cover(columns, 8).width : 1));
          CHECK(nest.n_rows * nest.n_columns() + nest.n_columns() + 1 <= registers);
          // A tile's columns cover its entries.
          int64_t covered = 0;
          for (const int64_t start : nest.column_starts) {
            CHECK(start <= covered);
            covered = start + nest.width;
          }
          CHECK(covered == columns_at_once);
        }
      }
    }
  }
}

TEST_CASE("rows lie along the axis where the vectors stay what they are") {
  // a[row, head, term] b[head, column, term]: four axes, heads between rows and columns.
  Case made;
  made.flat.values.resize(3);
  made.instruction.work = Work::nest;
  made.instruction.summed_axes = 1;
  made.instruction.operands = {View{0, 0, 0, {{43, 48}, {4, 12}, {40, 0}, {12, 1}}},
                               View{1, 0, 0, {{43, 0}, {4, 480}, {40, 1}, {12, 40}}}};
  made.destination = whole(2, {43, 4, 40});
  const Nest nest = nest_of(made, 1, 16);
  CHECK(nest.row_axis == 0);
  CHECK(nest.column_axis == 2);
  CHECK(nest.loops[0].axis == 1);
}

TEST_CASE("axes along which all goes on without a gap are one, and those of size 1 none") {
  const Nest nest = nest_of(product_of(6, 7, 1, {{0, 7}, {0, 1}, {0, 0}}, {{0, 14}, {0, 2}, {0, 0}}), 1, 16);
  REQUIRE(nest.operands[0].axes.size() == 1);
  CHECK(nest.operands[0].axes[0] == Axis{42, 1, 0});
  CHECK(nest.operands[1].axes[0] == Axis{42, 2, 0});
  CHECK(nest.destination.axes[0] == Axis{42, 1, 0});
  CHECK_FALSE(nest.sums());
}

TEST_CASE("the order of a sum hangs on sizes and views, not on lanes") {
  for (int64_t n = 1; n <= 100; ++n) {
    for (const int64_t width : {2, 4, 8, 16}) {
      CAPTURE(n);
      CAPTURE(width);
      const std::vector<Axis> a = {{0, n}, {0, 0}, {0, 1}}, rows = {{0, 0}, {0, n}, {0, 1}},
                              columns = {{0, 0}, {0, 1}, {0, 20}};
      for (const int64_t lanes : {1, 8}) {
        CHECK(nest_of(product_of(5, 20, n, a, rows), lanes, 16, width).partials ==
              (n >= 2 * width ? width : 1));
        CHECK(nest_of(product_of(5, 20, n, a, columns), lanes, 16, width).partials == 1);
      }
    }
  }
}
