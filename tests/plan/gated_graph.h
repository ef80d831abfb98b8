#pragma once

namespace stria::test {

// h' = x + z (h - x) with z = sigmoid(U h + x), and the sum of its squares.
inline constexpr const char* gated = R"(graph train(parameter U: real[3,3], input x: real[B,T,3]) {
  %2 = constant {value=0}
  %3 = scan %1, %2 {n_inputs=1, reverse=0} (%4: real[B,3], %5: real[B,3]) {
    %6 = contract %0, %5 {subscripts="rk,bk->br"}
    %7 = add %6, %4
    %8 = sigmoid %7
    %9 = sub %5, %4
    %10 = mul %8, %9
    %11 = add %4, %10
    yield %11, %11
  }
  %12 = mul %3, %3
  %13 = reduce_sum %12 {axes=[0, 1, 2]}
  return loss = %13
})";

}  // namespace stria::test
