#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/sema/sema_helpers.h"

using namespace stria;
using stria::sema_testing::codes_of;

TEST_CASE("the wrong form of every kind gets exactly that message, the right form none") {
  size_t n_run = 0;
  for (const KindInfo& kind : all_kinds()) {
    if (kind.wrong.empty()) continue;
    CAPTURE(kind.code);
    auto codes = codes_of(std::string(kind.wrong));
    codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
    CHECK(codes == stria::sema_testing::Codes{std::string(kind.code)});
    CHECK(codes_of(std::string(kind.right)).empty());
    ++n_run;
  }
  CHECK(n_run > 50);
}

TEST_CASE("layers, cells and models of the library check with open sizes and make graphs") {
  stria::sema_testing::CheckedSpec spec(
      "use stria.models (L, LN, NRF, DNet, StateNet)\nuse stria.cells (RNN, LSTM)\n"
      "use stria.datasets (Simulated)\nuse stria.protocols (Standard)\n"
      "experiment E {\n"
      "  data = Simulated()\n"
      "  sweep model in {L = L(), LN = LN(), NRF = NRF(), DNet = DNet(), GRU = StateNet(), RNN = "
      "StateNet(core = RNN(5)),\n"
      "                  LSTM = StateNet(core = LSTM(5))}\n"
      "  protocol = Standard()\n}\n");
  REQUIRE(spec.codes().empty());
  REQUIRE(spec.compiler().outline().size() == 7);
  for (const auto& plan : spec.compiler().outline()) {
    CAPTURE(plan.label);
    const auto program = spec.compiler().build(*plan.model, plan.protocol.get(), {18, 3, {}}, *plan.dt);
    REQUIRE(program);
    for (const ir::Graph* graph : {&program->init, &program->train, &program->predict, &program->loss})
      CHECK(ir::verify(*graph) == "");
    // Every parameter gets a start, and every graph the same parameters.
    for (const auto& parameter : program->parameters) {
      CAPTURE(parameter.path);
      CHECK(program->init.find_result(parameter.path) != nullptr);
      CHECK(program->train.find_argument(parameter.path) != nullptr);
    }
  }
}

TEST_CASE("a circle of `use` is reported once and ends") {
  const auto folder = std::filesystem::temp_directory_path() / "stria_use_circle";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "a.stria") << "use b (y)\nlet x = 1\n";
  std::ofstream(folder / "b.stria") << "use a (x)\nlet y = 2\n";
  Diagnostics diagnostics;
  Compiler compiler((folder / "a.stria").string(), {}, diagnostics);
  compiler.check();
  std::filesystem::remove_all(folder);
  REQUIRE(diagnostics.sorted().size() == 1);
  CHECK(diagnostics.sorted()[0].kind == Kind::use_cycle);
}
