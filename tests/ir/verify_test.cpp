// Every rule that verify holds a graph to, broken once.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "tests/ir/example_graphs.h"

using namespace stria;
using namespace stria::test;
using ir::ArgumentKind;
using ir::Element;
using ir::Graph;
using ir::Op;

namespace {

// The example, changed: what verify says of it. Nodes: 0 sub, 1 constant, 2 scan, 3 and 4 reduce_mean.
std::string broken(const std::function<void(Graph&)>& change) {
  Graph graph = ir::read(leaky_text);
  change(graph);
  return ir::verify(graph);
}

ir::Region& body_of_scan(Graph& graph) { return graph.body.nodes[2].regions[0]; }

}  // namespace

TEST_CASE("the example holds every rule") { CHECK(ir::verify(ir::read(leaky_text)).empty()); }

TEST_CASE("random graphs hold every rule") {
  for (uint64_t seed = 300; seed < 400; ++seed) CHECK(ir::verify(random_graph(seed, 20)).empty());
}

TEST_CASE("values: each is defined once, before its use, where it is used") {
  CHECK(broken([](Graph& g) { g.body.nodes[1].results = g.body.nodes[0].results; }) ==
        "op `constant`: its result is real[], not the type written");
  CHECK(broken([](Graph& g) { g.body.nodes[4].results[0] = g.body.arguments[0]; }) ==
        "value 0 is defined twice");
  CHECK(broken([](Graph& g) { g.values.push_back({}); }) == "value 13 is never defined");
  CHECK(broken([](Graph& g) {
          std::swap(g.body.nodes[0], g.body.nodes[1]), std::swap(g.body.nodes[1], g.body.nodes[2]);
        }) == "op `scan`: value 4 is used where it is not defined");
  CHECK(broken([](Graph& g) { g.body.nodes[3].operands[0] = body_of_scan(g).results[0]; }) ==
        "op `reduce_mean`: value 10 is used where it is not defined");
  CHECK(broken([](Graph& g) { g.body.nodes[0].operands[0] = 99; }) ==
        "op `sub`: value 99 is used where it is not defined");
  CHECK(broken([](Graph& g) { g.results[0].value = g.body.results[0] = 99; }) ==
        "results: value 99 is used where it is not defined");
}

TEST_CASE("ops: types as inferred, attributes present, one result, no region") {
  CHECK(broken([](Graph& g) { g.values[4].dims[2] = ir::dim(4); }) ==
        "op `sub`: its result is real[B,T,3], not the type written");
  CHECK(broken([](Graph& g) { g.body.nodes[0].operands.pop_back(); }) ==
        "op `sub`: wrong number of operands (operands: real[B,T,3])");
  CHECK(broken([](Graph& g) { g.body.nodes[1].attributes.clear(); }) ==
        "op `constant`: attribute `value` is missing (operands:)");
  CHECK(broken([](Graph& g) { g.body.nodes[1].attributes[0].second = std::string("0"); }) ==
        "op `constant`: attribute `value` has a wrong kind (operands:)");
  CHECK(broken([](Graph& g) { g.body.nodes[0].results.clear(); }) == "op `sub`: one result is needed");
  CHECK(broken([](Graph& g) { g.body.nodes[0].regions.emplace_back(); }) ==
        "op `sub`: only a scan has a region");
}

TEST_CASE("dims: numbers of at least 0, B and T once and from an input") {
  CHECK(broken([](Graph& g) { g.values[0].dims[0] = ir::dim(-1); }) ==
        "a dim is neither a number of at least 0 nor B or T");
  CHECK(broken([](Graph& g) {
          g.values[0].dims[0] = ir::Dim{0, 'Q'};
        }) == "a dim is neither a number of at least 0 nor B or T");
  CHECK(broken([](Graph& g) { g.values[2].dims[2] = ir::batch_dim; }) ==
        "the letter B stands twice in real[B,T,B]");
  CHECK(broken([](Graph& g) { g.values[2].dims[0] = g.values[3].dims[0] = ir::dim(1); }) ==
        "no input has the dim B that real[B,T,3] needs");
}

TEST_CASE("arguments: unique names, parameters of numbers, B and T for inputs alone") {
  CHECK(broken([](Graph& g) { g.arguments[1].name = "core.tau"; }) == "two arguments are called `core.tau`");
  CHECK(broken([](Graph& g) { g.arguments[2].kind = ArgumentKind::parameter; }) ==
        "`x`: only inputs have dims B and T");
  CHECK(broken([](Graph& g) { g.values[0].element = Element::boolean; }) ==
        "parameter `core.tau` is boolean");
  CHECK(broken([](Graph& g) { g.body.arguments.pop_back(); }) == "the body's arguments are not the graph's");
  CHECK(broken([](Graph& g) { std::swap(g.body.arguments[0], g.body.arguments[1]); }) ==
        "the body's arguments are not the graph's");
  CHECK(broken([](Graph& g) { g.arguments[0].value = g.body.arguments[0] = 99; }) ==
        "an argument has no value");
}

TEST_CASE("results: unique names, a buffer's new value of its type") {
  CHECK(broken([](Graph& g) { g.results[1].name = "loss"; }) == "two results are called `loss`");
  CHECK(broken([](Graph& g) { g.results[1].name = ""; }) == "two results are called ``");
  CHECK(broken([](Graph& g) { g.results[1].value = g.body.results[1] = g.body.results[0]; }) ==
        "result `buffer:norm.mean` has not the type of its buffer");
  CHECK(broken([](Graph& g) { g.results[1].name = "buffer:core.tau"; }) ==
        "result `buffer:core.tau` has not the type of its buffer");
  CHECK(broken([](Graph& g) { g.results.pop_back(); }) == "the body's results are not the graph's");
  CHECK(broken([](Graph& g) { g.results[0].value = 12; }) == "the body's results are not the graph's");
}

TEST_CASE("scan: operands, region arguments and region results agree") {
  CHECK(broken([](Graph& g) { g.body.nodes[2].attributes.clear(); }) ==
        "op `scan`: attribute `n_inputs` is missing");
  CHECK(broken([](Graph& g) { g.body.nodes[2].attributes[0].second = int64_t{0}; }) ==
        "op `scan`: it has no input");
  CHECK(broken([](Graph& g) { g.body.nodes[2].attributes[0].second = int64_t{3}; }) ==
        "op `scan`: it has no input");
  CHECK(broken([](Graph& g) { g.body.nodes[2].regions.clear(); }) == "op `scan`: one region is needed");
  CHECK(broken([](Graph& g) { body_of_scan(g).arguments.pop_back(); }) ==
        "op `scan`: its region takes one argument for each operand");
  CHECK(broken([](Graph& g) { body_of_scan(g).results.pop_back(); }) ==
        "op `scan`: its region gives one value for each state and each result");
  CHECK(broken([](Graph& g) { body_of_scan(g).arguments[0] = 99; }) ==
        "op `scan`: its region has an argument without a value");
  CHECK(broken([](Graph& g) {
          g.values[7].dims = {ir::dim(2), ir::dim(3)};
        }) == "op `scan`: its region's arguments are frames [B, ...]");
  CHECK(broken([](Graph& g) { g.values[7].dims[1] = ir::dim(4); }) ==
        "op `scan`: an input is not the stream of its frame");
  CHECK(broken([](Graph& g) { g.values[8].element = Element::complex; }) ==
        "op `scan`: a start does not fit its state");
  CHECK(broken([](Graph& g) { body_of_scan(g).results[0] = 0; }) ==
        "op `scan`: a state's new value has another type than the state");
  CHECK(broken([](Graph& g) { g.values[6].dims[2] = ir::dim(4); }) ==
        "op `scan`: a result is not the stream of its frame");
  CHECK(broken([](Graph& g) { body_of_scan(g).nodes[0].operands[0] = 2; }).find("op `mul`") == 0);
  CHECK(broken([](Graph& g) { body_of_scan(g).nodes.push_back(g.body.nodes[2]); }) == "scans do not nest");
}

TEST_CASE("scan: its bins are visited in one order or the other") {
  const auto with_reverse = [](int64_t value) {
    return broken([value](Graph& g) { g.body.nodes[2].attributes[1].second = value; });
  };
  CHECK(with_reverse(0).empty());
  CHECK(with_reverse(1).empty());
  CHECK(with_reverse(2) == "op `scan`: reverse is 0 or 1");
}

TEST_CASE("scan: nothing inside has the dim T") {
  CHECK(broken([](Graph& g) {
          ir::Node node;
          node.op = Op::neg;
          node.operands = {2};
          node.results = {13};
          g.values.push_back(g.values[2]);
          body_of_scan(g).nodes.push_back(node);
        }) == "op `neg`: a value inside a scan has the dim T");
}
