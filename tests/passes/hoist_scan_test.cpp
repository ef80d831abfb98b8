#include "compiler/passes/hoist_scan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/passes/scan_bodies.h"

using namespace stria;

namespace {

std::string hoisted(const std::string& text) { return ir::print(passes::hoist_scan(ir::read(text))); }

}  // namespace

TEST_CASE("scan.4: what depends on inputs alone is computed before the scan, for all bins at once") {
  CHECK(
      hoisted(R"(
    graph g(parameter w: real[5,3], parameter u: real[5,5], parameter b: real[5], input x: real[B,T,3]) {
      %4 = constant {value=0}
      %5 = scan %3, %4 {n_inputs=1} (%6: real[B,3], %7: real[B,5]) {
        %8 = contract %0, %6 {subscripts="hi,bi->bh"}
        %9 = add %8, %2
        %10 = contract %1, %7 {subscripts="hi,bi->bh"}
        %11 = add %9, %10
        %12 = tanh %11
        yield %12, %12
      }
      return y = %5
    })") ==
      R"(graph g(parameter w: real[5,3], parameter u: real[5,5], parameter b: real[5], input x: real[B,T,3]) {
  %4 = constant {value=0}  # real[]
  %5 = contract %0, %3 {subscripts="hi,bai->bah"}  # real[B,T,5]
  %6 = add %5, %2  # real[B,T,5]
  %7 = scan %6, %4 {n_inputs=1} (%8: real[B,5], %9: real[B,5]) {
    %10 = contract %1, %9 {subscripts="hi,bi->bh"}  # real[B,5]
    %11 = add %8, %10  # real[B,5]
    %12 = tanh %11  # real[B,5]
    yield %12, %12
  }  # real[B,T,5]
  return y = %7
}
)");
}

TEST_CASE("scan.4: what depends on parameters alone is computed once") {
  const std::string text = hoisted(R"(
    graph g(parameter tau: real[3], input x: real[B,T,3]) {
      %2 = constant {value=0}
      %3 = scan %1, %2 {n_inputs=1} (%4: real[B,3], %5: real[B,3]) {
        %6 = exp %0
        %7 = mul %6, %5
        %8 = add %7, %4
        yield %8, %8
      }
      return y = %3
    })");
  CHECK(text.find("exp") < text.find("scan"));
}

TEST_CASE("scan.4: products that reach no state are made behind the scan, and what hangs on them") {
  CHECK(hoisted(R"(
    graph g(parameter v: real[4,3], parameter c: real[4], input x: real[B,T,3]) {
      %3 = constant {value=0}
      %4 = scan %2, %3 {n_inputs=1} (%5: real[B,3], %6: real[B,3]) {
        %7 = mul %5, %6
        %8 = tanh %7
        %9 = contract %0, %8 {subscripts="oh,bh->bo"}
        %10 = add %9, %1
        yield %8, %10
      }
      return y = %4
    })") ==
        R"(graph g(parameter v: real[4,3], parameter c: real[4], input x: real[B,T,3]) {
  %3 = constant {value=0}  # real[]
  %4 = scan %2, %3 {n_inputs=1} (%5: real[B,3], %6: real[B,3]) {
    %7 = mul %5, %6  # real[B,3]
    %8 = tanh %7  # real[B,3]
    yield %8, %8
  }  # real[B,T,3]
  %9 = contract %0, %4 {subscripts="oh,bah->bao"}  # real[B,T,4]
  %10 = add %9, %1  # real[B,T,4]
  %11 = reshape %10 {sizes=[B, T, 4]}  # real[B,T,4]
  return y = %11
}
)");
}

TEST_CASE(
    "scan.4: a state before the step, and a frame, are streams behind the scan; what the body yields stays") {
  CHECK(hoisted(R"(
    graph g(parameter v: real[4,3], input x: real[B,T,3]) {
      %2 = constant {value=0}
      %3, %4 = scan %1, %2 {n_inputs=1} (%5: real[B,3], %6: real[B,3]) {
        %7 = add %5, %6
        %8 = mul %6, %6
        %9 = contract %0, %8 {subscripts="oh,bh->bo"}
        %10 = contract %9, %6 {subscripts="bo,bh->boh"}
        yield %7, %10, %8
      }
      return y = %3, z = %4
    })") ==
        R"(graph g(parameter v: real[4,3], input x: real[B,T,3]) {
  %2 = constant {value=0}  # real[]
  %3, %4 = scan %1, %2 {n_inputs=1} (%5: real[B,3], %6: real[B,3]) {
    %7 = add %5, %6  # real[B,3]
    %8 = mul %6, %6  # real[B,3]
    yield %7, %8, %6
  }  # real[B,T,3], real[B,T,3]
  %9 = contract %0, %3 {subscripts="oh,bah->bao"}  # real[B,T,4]
  %10 = contract %9, %4 {subscripts="bao,bah->baoh"}  # real[B,T,4,3]
  %11 = reshape %10 {sizes=[B, T, 4, 3]}  # real[B,T,4,3]
  return y = %11, z = %3
}
)");
}

TEST_CASE("a batched value from outside meets streams as one bin that is repeated") {
  const std::string text = hoisted(R"(
    graph g(input gain: real[B,3], input x: real[B,T,3]) {
      %2 = constant {value=0}
      %3 = scan %1, %2 {n_inputs=1} (%4: real[B,3], %5: real[B,3]) {
        %6 = mul %0, %4
        %7 = add %6, %5
        yield %7, %7
      }
      return y = %3
    })");
  CHECK(text.find("reshape %0 {sizes=[B, 1, 3]}") != std::string::npos);
}

TEST_CASE("what acts along B stays inside, and so does what hangs on it") {
  const std::string text = R"(graph g(input x: real[B,T,3]) {
  %1 = constant {value=0}  # real[]
  %2 = scan %0, %1 {n_inputs=1} (%3: real[B,3], %4: real[B,3]) {
    %5 = reduce_sum %3 {axes=[0]}  # real[3]
    %6 = neg %5  # real[3]
    %7 = add %6, %4  # real[B,3]
    yield %7, %7
  }  # real[B,T,3]
  return y = %2
}
)";
  CHECK(hoisted(text) == text);
}

TEST_CASE("a scan whose body uses no frame keeps one, which gives it its bins") {
  const std::string text = R"(graph g(input x: real[B,T,3]) {
  %1 = constant {value=1}  # real[]
  %2 = scan %0, %1 {n_inputs=1} (%3: real[B,3], %4: real[B]) {
    %5 = add %4, %1  # real[B]
    yield %5, %5
  }  # real[B,T]
  return y = %2
}
)";
  CHECK(hoisted(text) == text);
}

TEST_CASE("hoisting twice is hoisting once, and nothing that could move is left inside") {
  for (const char* text : test::scan_bodies) {
    const std::string once = hoisted(text);
    CHECK(hoisted(once) == once);
    const size_t scan = once.find(" = scan");
    const std::string body = once.substr(scan, once.find("yield") - scan);
    CHECK(std::count(body.begin(), body.end(), '\n') == 2);  // its own line, and the sum with the state
  }
}
