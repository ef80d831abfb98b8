// Building graphs, the table of ops, and costs.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "compiler/ir/graph.h"
#include "tests/ir/example_graphs.h"

using namespace stria;
using namespace stria::ir;

TEST_CASE("the table of ops: names are unique and found, operand counts make sense, every op is explained") {
  std::set<std::string_view> names;
  for (const OpInfo& op : all_ops()) {
    CAPTURE(op.name);
    CHECK(names.insert(op.name).second);
    CHECK(find_op(op.name) == &op);
    CHECK(&info(op.op) == &op);
    CHECK(op.min_operands <= op.max_operands);
    CHECK_FALSE(op.doc.empty());
  }
  CHECK(find_op("conv") == nullptr);
}

TEST_CASE("a built graph is what its text says") {
  Builder builder("train");
  const ValueId tau = builder.argument(ArgumentKind::parameter, "core.tau", {Element::real, {dim(3)}});
  const ValueId mean = builder.argument(ArgumentKind::buffer, "norm.mean", {Element::real, {dim(3)}});
  const ValueId x =
      builder.argument(ArgumentKind::input, "x", {Element::real, {batch_dim, time_dim, dim(3)}});
  const ValueId valid =
      builder.argument(ArgumentKind::input, "valid", {Element::boolean, {batch_dim, time_dim, dim(1)}});
  const ValueId centred = builder.add(Op::sub, {x, mean});
  const ValueId zero = builder.constant(0);
  builder.begin_scan();
  CHECK(builder.in_scan());
  const ValueId frame = builder.scan_input(centred);
  const ValueId v = builder.scan_state(zero, {Element::real, {batch_dim, dim(3)}});
  const ValueId next = builder.add(Op::add, {builder.add(Op::mul, {tau, v}), frame});
  const ValueId stream = builder.end_scan({next}, {next}).at(0);
  const std::vector<int64_t> all = {0, 1, 2}, both = {0, 1};
  builder.result("loss", builder.add(Op::reduce_mean, {stream, valid}, {{"axes", all}}));
  builder.result("buffer:norm.mean", builder.add(Op::reduce_mean, {x, valid}, {{"axes", both}}));
  CHECK(print(builder.finish()) == test::leaky_text);
}

TEST_CASE("a state's new value is repeated to the state's dims") {
  Builder builder("g");
  const ValueId x = builder.argument(ArgumentKind::input, "x", {Element::real, {batch_dim, time_dim}});
  const ValueId zero = builder.constant(0), one = builder.constant(1);
  builder.begin_scan();
  builder.scan_input(x);
  const ValueId v = builder.scan_state(zero, {Element::real, {batch_dim, dim(2)}});
  builder.result("y", builder.end_scan({one}, {v}).at(0));
  CHECK(to_string(builder.type(v)) == "real[B,2]");
  CHECK(print(builder.finish()).find("broadcast") != std::string::npos);
}

TEST_CASE("scans: what does not fit is refused where it is built") {
  Builder builder("g");
  const ValueId x =
      builder.argument(ArgumentKind::input, "x", {Element::real, {batch_dim, time_dim, dim(3)}});
  const ValueId w = builder.argument(ArgumentKind::parameter, "w", {Element::real, {dim(3)}});
  CHECK_THROWS_WITH_AS(builder.scan_input(x), "a scan's input must be a stream [B, T, ...], not real[B,T,3]",
                       InternalError);
  builder.begin_scan();
  CHECK_THROWS_WITH_AS(builder.begin_scan(), "scans do not nest", InternalError);
  CHECK_THROWS_WITH_AS(builder.scan_input(w), "a scan's input must be a stream [B, T, ...], not real[3]",
                       InternalError);
  CHECK_THROWS_WITH_AS(builder.scan_state(w, {Element::real, {batch_dim, dim(4)}}),
                       "a state real[B,4] cannot start from real[3]", InternalError);
  CHECK_THROWS_WITH_AS(builder.scan_state(w, {Element::real, {dim(3)}}),
                       "a state real[3] cannot start from real[3]", InternalError);
  CHECK_THROWS_WITH_AS(builder.end_scan({w}, {}), "a scan needs one new value for each state", InternalError);
  CHECK_THROWS_WITH_AS(builder.finish(), "graph `g`: a scan was begun and not ended", InternalError);
}

TEST_CASE("finish verifies") {
  Builder builder("g");
  const ValueId x = builder.argument(ArgumentKind::input, "x", {});
  builder.result("y", x);
  builder.result("y", x);
  CHECK_THROWS_WITH_AS(builder.finish(), "graph `g`: two results are called `y`", InternalError);
}

TEST_CASE("flops: products count two for each combination, a bin, a clip and the rest apart") {
  const Cost cost = flops(read(R"(
    graph g(parameter w: real[5,3], parameter u: complex[5], input x: real[B,T,3], input y: real[B,3]) {
      %10 = contract %2, %0 {subscripts="bti,oi->bto"}
      %11 = exp %0
      %12 = mul %1, %1
      %13 = tanh %3
      %14 = reshape %10 {sizes=[B,T,1,5]}
      %15 = constant {value=0}
      %16 = scan %10, %15 {n_inputs=1} (%20: real[B,5], %21: real[B,5]) {
        %22 = add %20, %21
        yield %22, %22
      }
      %17 = reduce_sum %16 {axes=[0,1,2]}
      return a = %17, b = %11, c = %12, d = %13
    })"));
  CHECK(cost.per_bin == 2 * 5 * 3 + 5 + 5);
  CHECK(cost.per_clip == 3);
  CHECK(cost.fixed == 15 + 6 * 5);
}
