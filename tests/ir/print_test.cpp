// The text form: print and read.
#include <doctest/doctest.h>

#include <string>

#include "tests/ir/example_graphs.h"

using namespace stria;
using namespace stria::test;

namespace {

std::string reason(const std::string& text) {
  try {
    ir::read(text);
  } catch (const ir::InternalError& error) {
    return error.what();
  }
  return "no error";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("print(read(t)) == t") { CHECK(ir::print(ir::read(leaky_text)) == leaky_text); }

TEST_CASE("read takes any labels and layout, and gives values new numbers") {
  const ir::Graph graph = ir::read("graph g(input x: real[B,T]) { %10 = neg %0 %7=tanh %10 return y = %7 }");
  CHECK(ir::print(graph) ==
        "graph g(input x: real[B,T]) {\n  %1 = neg %0  # real[B,T]\n  %2 = tanh %1  # real[B,T]\n  return y "
        "= %2\n}\n");
}

TEST_CASE("print(read(print(g))) == print(g) on random graphs") {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const ir::Graph graph = random_graph(seed, 3 + static_cast<int>(seed % 40));
    const std::string text = ir::print(graph);
    const ir::Graph again = ir::read(text);
    CHECK(ir::print(again) == text);
    CHECK(again.values.size() == graph.values.size());
    CHECK(again.results.size() == graph.results.size());
  }
}

TEST_CASE("a scan from the last bin to the first says so; one from the first to the last need not") {
  const std::string forward = R"(graph g(input x: real[B,T,2]) {
  %1 = constant {value=0}  # real[]
  %2 = scan %0, %1 {n_inputs=1} (%3: real[B,2], %4: real[B,2]) {
    %5 = add %3, %4  # real[B,2]
    yield %5, %5
  }  # real[B,T,2]
  return y = %2
}
)";
  std::string spelt_out = forward, reverse = forward;
  spelt_out.replace(spelt_out.find("n_inputs=1"), 10, "n_inputs=1, reverse=0");
  reverse.replace(reverse.find("n_inputs=1"), 10, "n_inputs=1, reverse=1");
  CHECK(ir::print(ir::read(spelt_out)) == forward);
  CHECK(ir::print(ir::read(reverse)) == reverse);
  CHECK(ir::int_attribute(ir::read(forward).body.nodes[1], "reverse") == 0);
}

TEST_CASE("numbers survive the text form to the last bit") {
  for (const double value : {0.1, 1e-310, -1.7976931348623157e308, 3.0, 1.0 / 3}) {
    ir::Builder builder("g");
    builder.result("y", builder.constant(value));
    const ir::Graph again = ir::read(ir::print(builder.finish()));
    CHECK(ir::real_attribute(again.body.nodes[0], "value") == value);
  }
}

TEST_CASE("read refuses with line and reason") {
  const std::string text = leaky_text;
  CHECK(reason(replaced(text, "graph train", "graf train")) == "graph text, line 1: `graph` expected");
  CHECK(reason(replaced(text, "sub %2", "subb %2")) == "graph text, line 2: there is no op `subb`");
  CHECK(reason(replaced(text, "sub %2, %1", "sub %2, %77")) ==
        "graph text, line 2: %77 is not defined before this");
  CHECK(reason(replaced(text, "%5 =", "%4 =")) == "graph text, line 3: %4 is defined twice");
  CHECK(reason(replaced(text, "{value=0}", "{value=zero}")) == "graph text, line 3: a number is expected");
  CHECK(reason(replaced(text, "{value=0}", "")) ==
        "graph text, line 3: op `constant`: attribute `value` is missing");
  CHECK(reason(replaced(text, "{value=0}", "{worth=0}")) ==
        "graph text, line 3: no op has an attribute `worth`");
  CHECK(reason(replaced(text, "x: real[B,T,3]", "x: real[B,T,4]")) ==
        "graph text, line 2: op `sub`: the operands' dims do not fit (operands: real[B,T,4] real[3])");
  CHECK(reason(replaced(text, "yield %10, %10", "yield")) ==
        "graph text, line 8: the region yields too little");
  CHECK(reason(text + "more") == "graph text, line 13: text after the graph");
  CHECK(reason(replaced(text, "return loss", "return \"loss")).find("a text is not closed") !=
        std::string::npos);
  CHECK(reason("") == "graph text, line 1: `graph` expected");
  CHECK(reason(text.substr(0, text.size() / 2)) != "no error");
}
