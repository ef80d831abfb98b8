// Every model and cell of the library runs as native code alone: each graph has a plan, each of the plan's
// instructions has its place in a step, and each step has code.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "compiler/codegen/compile.h"
#include "compiler/plan/prepare.h"
#include "tests/sema/sema_helpers.h"

using namespace stria;

namespace {

void check_native(const ir::Graph& graph, const passes::PassOptions& options) {
  for (const int64_t lanes : {1, 8}) {
    INFO(graph.name << ", " << lanes << " lanes");
    const codegen::Target target = codegen::host();
    const auto precision = codegen::Precision::float32;
    const plan::Plan plan =
        plan::prepare(graph, options, codegen::plan_options(target, precision, lanes)).plan;
    std::set<int> placed;
    for (const plan::Step& step : plan.steps) {
      for (const plan::Group& group : step.groups)
        placed.insert(group.instructions.begin(), group.instructions.end());
    }
    CHECK(placed.size() == plan.flat.instructions.size());
    const codegen::CompiledPlan compiled(plan, target, precision);
    REQUIRE(compiled.steps().size() == plan.steps.size());
    for (const codegen::StepFunction step : compiled.steps()) CHECK((step != nullptr));
  }
}

void check_all(Compiler& compiler) {
  REQUIRE(!compiler.outline().empty());
  for (const Compiler::Outline& outline : compiler.outline()) {
    INFO(outline.label);
    const Rational step = outline.dt.value_or(*Rational::make(5, 1000));
    const auto program =
        compiler.build(*outline.model, outline.protocol.get(), {outline.n_bands.value_or(18), 3, {}}, step);
    REQUIRE(program);
    check_native(program->train, plan::training_passes(*program));
    check_native(program->predict, plan::evaluation_passes());
    check_native(program->loss, plan::evaluation_passes());
  }
}

// A 5 for each formal without a default: "(5, 5)".
std::string sizes_for(const std::string& formals) {
  std::string arguments;
  const std::regex formal(R"(\w+: \w+( =)?)");
  for (std::sregex_iterator each(formals.begin(), formals.end(), formal); each != std::sregex_iterator();
       ++each)
    if (!(*each)[1].matched) arguments += arguments.empty() ? "5" : ", 5";
  return "(" + arguments + ")";
}

// What a file of the library declares, `kind` being "model" or "cell": the name, and arguments to apply it
// to.
std::map<std::string, std::string> declared(const std::string& file, const std::string& kind) {
  std::ifstream in(std::string(STRIA_STDLIB_DIR) + "/stria/" + file);
  std::map<std::string, std::string> result;
  const std::regex declaration("^" + kind + R"( (\w+)\((.*)\) \{.*)");
  std::smatch match;
  for (std::string line, more; std::getline(in, line);) {
    while (line.starts_with(kind + " ") && line.find('{') == std::string::npos && std::getline(in, more))
      line += more;
    if (std::regex_match(line, match, declaration)) result[match[1]] = sizes_for(match[2]);
  }
  return result;
}

}  // namespace

TEST_CASE("all models and cells of the library run as native code alone") {
  const auto models = declared("models.stria", "model"), cells = declared("cells.stria", "cell");
  REQUIRE(models.size() > 3);
  REQUIRE(cells.size() > 2);
  std::string uses, swept;
  for (const auto& [name, arguments] : models) {
    uses += "use stria.models (" + name + ")\n";
    swept += (swept.empty() ? "" : ", ") + name + " = " + name + arguments;
  }
  for (const auto& [name, arguments] : cells) {
    uses += "use stria.cells (" + name + ")\n";
    swept += ", " + name + " = StateNet(core = " + name + arguments + ")";
  }
  sema_testing::CheckedSpec spec(uses +
                                 "use stria.datasets (Simulated)\nuse stria.protocols (Standard)\n"
                                 "experiment E {\n  data = Simulated()\n  sweep model in {" +
                                 swept + "}\n  protocol = Standard()\n}\n");
  CHECK(spec.messages() == std::vector<std::string>());
  CHECK(spec.compiler().outline().size() == models.size() + cells.size());
  check_all(spec.compiler());
}

TEST_CASE("cells of one's own (specs/own_cells.stria) run as native code alone") {
  Diagnostics diagnostics;
  Compiler compiler(std::string(STRIA_SOURCE_DIR) + "/specs/own_cells.stria", {}, diagnostics);
  compiler.check();
  REQUIRE(diagnostics.sorted().empty());
  check_all(compiler);
}
