#include "compiler/passes/pass.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/ir/example_graphs.h"
#include "tests/passes/pass_helpers.h"

using namespace stria;

namespace {

// A graph on which every pass that runs in evaluation has something to do.
const std::string text = test::nodes(
    "%3 = stop_gradient %2 %4 = neg %3 %5 = neg %4 %6 = reduce_sum %0 {axes=[0,1]} return y = %5, s = %6");

std::vector<std::string> names_run(const passes::PassOptions& given) {
  std::vector<std::string> names;
  passes::PassOptions options = given;
  options.after_each = [&](std::string_view name, const ir::Graph&) { names.emplace_back(name); };
  passes::run_passes(ir::read(text), options);
  return names;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

TEST_CASE("every pass runs in evaluation or for a derivative, and says what it does") {
  passes::PassOptions evaluation, derivative;
  evaluation.evaluation = true;
  derivative.differentiate = "s";
  const auto names = names_run(evaluation), more = names_run(derivative);
  for (const passes::PassInfo& pass : passes::all_passes()) {
    CHECK((contains(names, std::string(pass.name)) || contains(more, std::string(pass.name))));
    CHECK(!pass.doc.empty());
  }
}

TEST_CASE("while a derivative may be asked for, stop_gradient stays") {
  CHECK(!contains(names_run({}), "drop_stop_gradient"));
  CHECK(ir::print(passes::run_passes(ir::read(text), {})).find("stop_gradient") != std::string::npos);
}

TEST_CASE("a pass that is skipped is skipped wherever it stands, and any may be") {
  for (const passes::PassInfo& pass : passes::all_passes()) {
    if (!pass.may_be_skipped) continue;
    passes::PassOptions options;
    options.evaluation = true;
    options.skip = {std::string(pass.name)};
    CHECK(!contains(names_run(options), std::string(pass.name)));
  }
}

TEST_CASE("a name that is no pass is refused with those that are") {
  passes::PassOptions options;
  options.skip = {"fold", "fould"};
  CHECK_THROWS_AS(passes::run_passes(ir::read(text), options), std::invalid_argument);
  const std::string reason = passes::unknown_pass(options.skip);
  CHECK(reason.find("`fould`") != std::string::npos);
  CHECK(reason.find("dead_code") != std::string::npos);
  CHECK(passes::unknown_pass({"fold"}).empty());
  CHECK(!passes::unknown_pass({"differentiate"}).empty());
}

TEST_CASE("derivatives are added where a result is named, and stop_gradient goes after them") {
  passes::PassOptions options;
  options.differentiate = "s";
  options.with_respect_to = {"w"};
  const ir::Graph graph = ir::read(
      test::nodes("%3 = stop_gradient %0 %4 = mul %3, %0 %5 = reduce_sum %4 {axes=[0,1]} return s = %5"));
  const ir::Graph after = passes::run_passes(graph, options);
  CHECK(ir::print(after) ==
        ir::print(ir::read(
            test::nodes("%4 = mul %0, %0 %5 = reduce_sum %4 {axes=[0,1]} return s = %5, gradient:w = %0"))));
  options.evaluation = true;
  CHECK_THROWS_AS(passes::run_passes(graph, options), ir::InternalError);
}

TEST_CASE("each step is timed, and the times name the steps") {
  std::vector<passes::PassTime> times;
  std::vector<std::string> names;
  passes::PassOptions options;
  options.times = &times;
  options.after_each = [&](std::string_view name, const ir::Graph&) { names.emplace_back(name); };
  passes::run_passes(ir::read(text), options);
  REQUIRE(times.size() == names.size());
  for (size_t i = 0; i < times.size(); ++i) {
    CHECK(times[i].name == names[i]);
    CHECK(times[i].milliseconds >= 0);
  }
  CHECK(times.back().n_nodes == 2);  // stop_gradient and the sum
}

TEST_CASE("random graphs: every pass keeps to the rules and the signature, and again changes nothing") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const ir::Graph graph = test::random_graph(seed, 3 + static_cast<int>(seed % 40));
    for (const passes::PassInfo& pass : passes::all_passes()) {
      if (!pass.may_be_skipped) continue;
      INFO(pass.name << ", seed " << seed);
      const ir::Graph once = pass.run(graph, {});
      CHECK(ir::verify(once) == "");
      REQUIRE(once.results.size() == graph.results.size());
      for (size_t i = 0; i < graph.results.size(); ++i)
        CHECK(once.type(once.results[i].value) == graph.type(graph.results[i].value));
      CHECK(once.arguments.size() == graph.arguments.size());
      CHECK(ir::print(pass.run(once, {})) == ir::print(once));
    }
    const ir::Graph all = passes::run_passes(graph, {});
    CHECK(ir::print(passes::run_passes(graph, {})) == ir::print(all));
  }
}
