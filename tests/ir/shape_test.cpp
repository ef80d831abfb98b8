// Type rules: what each op gives, and what it refuses.
#include <doctest/doctest.h>

#include <string>

#include "compiler/ir/graph.h"

using namespace stria::ir;
using Integers = std::vector<int64_t>;
using Dims = std::vector<Dim>;

namespace {

const Dim B = batch_dim, T = time_dim;
Type real(Dims dims) { return {Element::real, std::move(dims)}; }
Type complex(Dims dims) { return {Element::complex, std::move(dims)}; }
Type boolean(Dims dims) { return {Element::boolean, std::move(dims)}; }

// The type as text, or the reason for which the op does not fit.
std::string type_of(Op op, const std::vector<Type>& operands, const Attributes& attributes = {}) {
  try {
    return to_string(infer_type(op, operands, normalise_attributes(op, attributes)));
  } catch (const InternalError& error) {
    const std::string text = error.what();
    const size_t start = text.find(": ") + 2;
    return text.substr(start, text.find(" (operands") - start);
  }
}

}  // namespace

TEST_CASE("pointwise ops join dims by numpy's rule, letters included") {
  CHECK(type_of(Op::add, {real({B, T, dim(3)}), real({dim(3)})}) == "real[B,T,3]");
  CHECK(type_of(Op::add, {real({B, T, dim(1)}), real({B, dim(1), dim(3)})}) == "real[B,T,3]");
  CHECK(type_of(Op::add, {real({}), real({dim(0)})}) == "real[0]");
  CHECK(type_of(Op::add, {real({dim(4), dim(1)}), real({dim(3)})}) == "real[4,3]");
  CHECK(type_of(Op::add, {real({dim(2)}), real({dim(3)})}) == "the operands' dims do not fit");
  CHECK(type_of(Op::add, {real({B}), real({T})}) == "the operands' dims do not fit");
  CHECK(type_of(Op::add, {real({B}), real({dim(3)})}) == "the operands' dims do not fit");
  CHECK(type_of(Op::add, {real({})}) == "wrong number of operands");
}

TEST_CASE("pointwise ops mix real with complex, and never with boolean") {
  CHECK(type_of(Op::mul, {real({dim(2)}), complex({})}) == "complex[2]");
  CHECK(type_of(Op::exp, {complex({dim(2)})}) == "complex[2]");
  CHECK(type_of(Op::abs, {complex({dim(2)})}) == "real[2]");
  CHECK(type_of(Op::re, {complex({dim(2)})}) == "real[2]");
  CHECK(type_of(Op::re, {real({dim(2)})}) == "the operand must be complex");
  CHECK(type_of(Op::conj, {real({dim(2)})}) == "the operand must be complex");
  CHECK(type_of(Op::tanh, {complex({dim(2)})}) == "the operand must be real");
  CHECK(type_of(Op::neg, {boolean({dim(2)})}) == "the operand must be real or complex");
  CHECK(type_of(Op::add, {boolean({}), real({})}) == "the operands must be real or complex");
  CHECK(type_of(Op::pow, {complex({}), real({})}) == "the operands must be real");
  CHECK(type_of(Op::complex, {real({dim(2)}), real({})}) == "complex[2]");
  CHECK(type_of(Op::less, {real({B}), real({})}) == "boolean[B]");
  CHECK(type_of(Op::to_real, {boolean({B})}) == "real[B]");
  CHECK(type_of(Op::to_real, {real({B})}) == "the operand must be boolean");
  CHECK(type_of(Op::logical_and, {boolean({B, dim(2)}), boolean({dim(2)})}) == "boolean[B,2]");
  CHECK(type_of(Op::logical_or, {boolean({}), real({})}) == "the operands must be boolean");
  CHECK(type_of(Op::select, {boolean({B, T}), complex({}), real({B, T})}) == "complex[B,T]");
  CHECK(type_of(Op::select, {real({}), real({}), real({})}) == "the condition must be boolean");
  CHECK(type_of(Op::select, {boolean({}), boolean({}), real({})}) ==
        "both choices must be numbers, or both boolean");
}

TEST_CASE("leaves have the sizes written") {
  CHECK(type_of(Op::constant, {}, {{"value", 1.0}}) == "real[]");
  CHECK(type_of(Op::iota, {}, {{"size", 3}}) == "real[3]");
  CHECK(type_of(Op::iota, {}, {{"size", -1}}) == "the size must be at least 0");
  CHECK(type_of(Op::index, {}, {{"sizes", Dims{B, dim(1), T}}, {"axis", 2}}) == "real[B,1,T]");
  CHECK(type_of(Op::index, {}, {{"sizes", Dims{B, T}}, {"axis", 2}}) == "no such axis");
  CHECK(type_of(Op::table, {}, {{"sizes", Integers{2}}, {"values", std::vector<double>{1, 2}}}) == "real[2]");
  CHECK(type_of(Op::table, {}, {{"sizes", Integers{2}}, {"values", std::vector<double>{1}}}) ==
        "the number of values is not the product of the sizes");
  const auto random = [](const std::string& distribution, const Dims& sizes) {
    return type_of(Op::random, {},
                   {{"distribution", distribution},
                    {"sizes", sizes},
                    {"a", 0},
                    {"b", 1},
                    {"purpose", "init"},
                    {"name", "w"}});
  };
  CHECK(random("normal", {dim(2), dim(3)}) == "real[2,3]");
  CHECK(random("cauchy", {dim(2)}) == "unknown distribution");
  CHECK(random("orthogonal", {dim(2)}) == "an orthogonal draw needs at least two dims");
  CHECK(random("uniform", {B}) == "a size must be a number of at least 0");
}

TEST_CASE("reshape keeps B and T and the product of the numbers between them") {
  const auto reshape = [](const Dims& from, const Dims& to) {
    return type_of(Op::reshape, {real(from)}, {{"sizes", to}});
  };
  CHECK(reshape({B, T, dim(10), dim(7)}, {B, T, dim(70)}) == "real[B,T,70]");
  CHECK(reshape({B, T, dim(70)}, {B, T, dim(10), dim(7)}) == "real[B,T,10,7]");
  CHECK(reshape({dim(6)}, {dim(2), dim(3)}) == "real[2,3]");
  CHECK(reshape({B, T}, {B, T, dim(1)}) == "real[B,T,1]");
  CHECK(reshape({B, dim(6), T}, {B, dim(2), dim(3), T}) == "real[B,2,3,T]");
  CHECK(reshape({B, T, dim(2)}, {T, B, dim(2)}) == "these sizes hold other entries");
  CHECK(reshape({B, T, dim(2)}, {B, dim(2), T}) == "these sizes hold other entries");
  CHECK(reshape({dim(6)}, {dim(5)}) == "these sizes hold other entries");
}

TEST_CASE("broadcast, transpose and concat") {
  CHECK(type_of(Op::broadcast, {real({dim(3)})}, {{"sizes", Dims{B, T, dim(3)}}}) == "real[B,T,3]");
  CHECK(type_of(Op::broadcast, {real({dim(2)})}, {{"sizes", Dims{dim(3)}}}) ==
        "the operand cannot be repeated to this");
  CHECK(type_of(Op::broadcast, {real({dim(1), dim(3)})}, {{"sizes", Dims{dim(3)}}}) ==
        "the operand cannot be repeated to this");
  CHECK(type_of(Op::transpose, {real({B, T, dim(3)})}, {{"order", Integers{0, 2, 1}}}) == "real[B,3,T]");
  CHECK(type_of(Op::transpose, {real({B, T})}, {{"order", Integers{0, 0}}}) == "an axis is named twice");
  CHECK(type_of(Op::transpose, {real({B, T})}, {{"order", Integers{0}}}) == "the order must name every axis");
  CHECK(type_of(Op::transpose, {real({B})}, {{"order", Integers{1}}}) == "no such axis");
  CHECK(type_of(Op::concat, {real({B, dim(2)}), real({B, dim(3)})}, {{"axis", 1}}) == "real[B,5]");
  CHECK(type_of(Op::concat, {real({B, dim(2)}), real({T, dim(3)})}, {{"axis", 1}}) ==
        "the operands differ in more than the axis joined");
  CHECK(type_of(Op::concat, {real({B, dim(2)}), real({dim(2)})}, {{"axis", 1}}) ==
        "the axis has no known size");
}

TEST_CASE("slice, pad, flip and window act on axes of known size alone") {
  const auto slice = [](const Dims& dims, int64_t axis, int64_t start, int64_t size, int64_t step) {
    return type_of(Op::slice, {real(dims)},
                   {{"axis", axis}, {"start", start}, {"size", size}, {"step", step}});
  };
  CHECK(slice({B, dim(7)}, 1, 0, 3, 3) == "real[B,3]");
  CHECK(slice({B, dim(7)}, 1, 2, 3, 3) == "the slice leaves the axis");
  CHECK(slice({B, dim(7)}, 1, 0, 2, 0) == "start and size must be at least 0, step at least 1");
  CHECK(slice({B, T}, 1, 0, 2, 1) == "the axis has no known size");
  CHECK(slice({B, T}, 2, 0, 2, 1) == "no such axis");
  CHECK(type_of(Op::pad, {real({B, dim(7)})}, {{"axis", 1}, {"before", 1}, {"after", 2}}) == "real[B,10]");
  CHECK(type_of(Op::pad, {real({B, T})}, {{"axis", 1}, {"before", 1}, {"after", 0}}) ==
        "the axis has no known size");
  CHECK(type_of(Op::pad, {real({dim(2)})}, {{"axis", 0}, {"before", -1}, {"after", 0}}) ==
        "before and after must be at least 0");
  CHECK(type_of(Op::pad, {boolean({dim(2)})}, {{"axis", 0}, {"before", 1}, {"after", 0}}) ==
        "the operand must be real or complex");
  CHECK(type_of(Op::flip, {real({dim(2)})}, {{"axis", 0}}) == "real[2]");
  CHECK(type_of(Op::flip, {real({B, T})}, {{"axis", 1}}) == "the axis has no known size");
  const auto window = [](const Dims& dims, int64_t axis, int64_t size, int64_t stride, int64_t dilate) {
    return type_of(Op::window, {real(dims)},
                   {{"axis", axis}, {"size", size}, {"stride", stride}, {"dilate", dilate}});
  };
  CHECK(window({B, T, dim(34)}, 2, 7, 3, 1) == "real[B,T,10,7]");
  CHECK(window({B, T, dim(7), dim(2)}, 2, 3, 1, 3) == "real[B,T,1,2,3]");
  CHECK(window({B, T, dim(6)}, 2, 7, 1, 1) == "the window is longer than the axis");
  CHECK(window({B, T, dim(6)}, 1, 2, 1, 1) == "the axis has no known size");
  CHECK(window({dim(6)}, 0, 2, 0, 1) == "size, stride and dilate must be at least 1");
}

TEST_CASE("dims.13: delay and history take streams") {
  CHECK(type_of(Op::history, {real({B, T, dim(34)})}, {{"size", 43}}) == "real[B,T,34,43]");
  CHECK(type_of(Op::history, {real({B, T})}, {{"size", 0}}) == "the size must be at least 1");
  CHECK(type_of(Op::history, {real({T, dim(34)})}, {{"size", 43}}) ==
        "the operand must be a stream [B, T, ...]");
  CHECK(type_of(Op::delay, {real({B, T, dim(2)})}, {{"steps", -3}}) == "real[B,T,2]");
  CHECK(type_of(Op::delay, {real({B, dim(2)})}, {{"steps", 1}}) ==
        "the operand must be a stream [B, T, ...]");
}

TEST_CASE("one bin of a stream has no T") {
  CHECK(type_of(Op::frame, {real({B, T, dim(34)})}, {{"bin", -1}}) == "real[B,34]");
  CHECK(type_of(Op::frame, {real({B, dim(34)})}, {{"bin", 0}}) == "the operand must be a stream [B, T, ...]");
}

TEST_CASE("no op gives a result with B or T twice") {
  CHECK(type_of(Op::add, {real({T, dim(1)}), real({B, T, dim(1), dim(2)})}) ==
        "the letter T would stand twice in real[B,T,T,2]");
}

TEST_CASE("contract pairs dims by their subscripts") {
  const auto contract = [](const Dims& a, const Dims& b, const std::string& subscripts) {
    return type_of(Op::contract, {real(a), real(b)}, {{"subscripts", subscripts}});
  };
  CHECK(contract({B, T, dim(10), dim(7)}, {dim(10), dim(5), dim(7)}, "btlk,lck->btlc") == "real[B,T,10,5]");
  CHECK(contract({}, {dim(2)}, ",a->a") == "real[2]");
  CHECK(contract({dim(3)}, {dim(2)}, "a,a->") == "a subscript stands for two sizes");
  CHECK(contract({B}, {T}, "a,a->") == "a subscript stands for two sizes");
  CHECK(contract({dim(3)}, {dim(2)}, "a,b->c") ==
        "a subscript of the result must be one of an operand, and stand there once");
  CHECK(contract({dim(3)}, {dim(2)}, "a,b->aa") ==
        "a subscript of the result must be one of an operand, and stand there once");
  CHECK(contract({dim(3)}, {dim(2)}, "a,bc->a") == "one subscript is needed for each dim");
  CHECK(contract({dim(3)}, {dim(2)}, "A,b->b") == "a subscript must be a small letter");
  CHECK(contract({dim(3)}, {dim(2)}, "ab") == "the subscripts must read \"ab,bc->ac\"");
  CHECK(type_of(Op::contract, {real({dim(2)}), complex({dim(2)})}, {{"subscripts", "a,a->"}}) == "complex[]");
  CHECK(type_of(Op::contract, {boolean({dim(2)}), real({dim(2)})}, {{"subscripts", "a,a->"}}) ==
        "the operands must be real or complex");
}

TEST_CASE("reductions drop their axes, and take a mask of the same rank") {
  CHECK(type_of(Op::reduce_sum, {real({B, T, dim(7)})}, {{"axes", Integers{0, 1}}}) == "real[7]");
  CHECK(type_of(Op::reduce_sum, {real({B})}, {{"axes", Integers{}}}) == "real[B]");
  CHECK(type_of(Op::reduce_mean, {complex({B, dim(2)}), boolean({B, dim(1)})}, {{"axes", Integers{0}}}) ==
        "complex[2]");
  CHECK(type_of(Op::reduce_sum, {real({B, T}), boolean({B})}, {{"axes", Integers{0}}}) ==
        "the second operand must have the first one's dims, or 1");
  CHECK(type_of(Op::reduce_sum, {real({B, T}), real({B, T})}, {{"axes", Integers{0}}}) ==
        "the second operand must be boolean");
  CHECK(type_of(Op::reduce_max, {real({B, T}), boolean({B, T})}, {{"axes", Integers{0}}}) ==
        "wrong number of operands");
  CHECK(type_of(Op::reduce_max, {complex({B})}, {{"axes", Integers{0}}}) == "the operand must be real");
  CHECK(type_of(Op::reduce_max, {real({B})}, {{"axes", Integers{0, 0}}}) == "an axis is named twice");
  CHECK(type_of(Op::reduce_max, {real({B})}, {{"axes", Integers{-1}}}) == "no such axis");
}

TEST_CASE("attributes: missing, unknown and of a wrong kind") {
  CHECK(type_of(Op::iota, {}) == "attribute `size` is missing");
  CHECK(type_of(Op::iota, {}, {{"size", 3}, {"speed", 3}}) == "unknown attribute `speed`");
  CHECK(type_of(Op::iota, {}, {{"size", 3.5}}) == "attribute `size` has a wrong kind");
  // Given in another order, and a whole number for a real one.
  CHECK(normalise_attributes(Op::pad, {{"after", 1}, {"axis", 0}, {"before", 2}}) ==
        Attributes{{"axis", 0}, {"before", 2}, {"after", 1}});
  CHECK(normalise_attributes(Op::constant, {{"value", 2}}) == Attributes{{"value", 2.0}});
}

TEST_CASE("a scan's types stand in its region") {
  CHECK(type_of(Op::scan, {real({B, T})}, {{"n_inputs", 1}}) == "a scan has its types in its region");
}

TEST_CASE("messages of the compiler's own mistakes name op and operands") {
  try {
    infer_type(Op::add, {real({dim(2)}), real({dim(3)})}, {});
    FAIL("nothing was refused");
  } catch (const InternalError& error) {
    CHECK(std::string(error.what()) == "op `add`: the operands' dims do not fit (operands: real[2] real[3])");
  }
}
