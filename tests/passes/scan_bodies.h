// Scans that each hold one kind of op that can be computed before: the frame %5 = [B,6] becomes %98 =
// [B,size], which is added to the state %6. %1 is batched and from outside, %2 a parameter.
#pragma once

namespace stria::test {

#define STRIA_SCAN_BODY(size, nodes)                                              \
  "graph g(input x: real[B,T,6], input gain: real[B,6], parameter w: real[6]) {"  \
  "  %3 = constant {value=0}"                                                     \
  "  %4 = scan %0, %3 {n_inputs=1} (%5: real[B,6], %6: real[B," size "]) {" nodes \
  "    %99 = add %98, %6"                                                         \
  "    yield %99, %99"                                                            \
  "  }"                                                                           \
  "  return y = %4"                                                               \
  "}"

inline constexpr const char* scan_bodies[] = {
    STRIA_SCAN_BODY("6", "%7 = mul %5, %2 %98 = tanh %7"),
    STRIA_SCAN_BODY("6", "%7 = mul %1, %5 %98 = add %7, %2"),
    STRIA_SCAN_BODY("6", "%7 = mul %1, %2 %8 = less %5, %7 %98 = select %8, %5, %7"),
    STRIA_SCAN_BODY(
        "6",
        "%7 = reshape %5 {sizes=[B,2,3]} %8 = transpose %7 {order=[0,2,1]} %98 = reshape %8 {sizes=[B,6]}"),
    STRIA_SCAN_BODY("3", "%7 = reshape %5 {sizes=[B,2,3]} %98 = reduce_mean %7 {axes=[1]}"),
    STRIA_SCAN_BODY("3",
                    "%7 = reshape %5 {sizes=[B,2,3]} %8 = less %5, %2 %9 = reshape %8 {sizes=[B,2,3]}"
                    "%98 = reduce_sum %7, %9 {axes=[1]}"),
    STRIA_SCAN_BODY("4", "%7 = window %5 {axis=1, size=3, stride=1, dilate=1} %98 = logsumexp %7 {axes=[2]}"),
    STRIA_SCAN_BODY("8", "%7 = pad %5 {axis=1, before=1, after=1} %98 = flip %7 {axis=1}"),
    STRIA_SCAN_BODY("9", "%7 = slice %5 {axis=1, start=1, size=3, step=2} %98 = concat %7, %5 {axis=1}"),
    STRIA_SCAN_BODY(
        "6", "%7 = reduce_sum %5 {axes=[1]} %8 = reshape %7 {sizes=[B,1]} %98 = broadcast %8 {sizes=[B,6]}"),
    STRIA_SCAN_BODY("6", "%7 = contract %5, %1 {subscripts=\"bi,bj->bij\"} %98 = reduce_prod %7 {axes=[2]}"),
    STRIA_SCAN_BODY(
        "6",
        "%7 = contract %5, %5 {subscripts=\"bi,bj->bij\"} %98 = contract %2, %7 {subscripts=\"i,bij->bj\"}"),
};
#undef STRIA_SCAN_BODY

}  // namespace stria::test
