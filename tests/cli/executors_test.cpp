// Which members share a compiled model, and how many threads each gets.
#include "runtime/cli/executors.h"

#include <doctest/doctest.h>

#include "tests/sema/sema_helpers.h"

using namespace stria;

namespace {

std::shared_ptr<const ModelProgram> program_of(sema_testing::CheckedSpec& spec, size_t member,
                                               int64_t n_units) {
  const auto& plan = spec.compiler().outline().at(member);
  auto program = spec.compiler().build(*plan.model, plan.protocol.get(), {6, n_units, {}}, *plan.dt);
  REQUIRE(program);
  return program;
}

}  // namespace

TEST_CASE("members that differ in their seed alone share a compiled model; other models and sizes do not") {
  sema_testing::CheckedSpec spec(
      "stria 0.1\nuse stria.datasets (Simulated)\nuse stria.models (L, LN)\n"
      "use stria.protocols (Standard)\nexperiment E {\n  data = Simulated()\n"
      "  sweep model in {L = L(window = 20ms), LN = LN(window = 20ms)}\n  sweep seed in 0 .. 1\n"
      "  protocol = Standard(seed = seed)\n}\n");
  REQUIRE(spec.codes().empty());
  REQUIRE(spec.compiler().outline().size() == 4);  // L.0, L.1, LN.0, LN.1
  const auto l_0 = program_of(spec, 0, 3), l_1 = program_of(spec, 1, 3), ln_0 = program_of(spec, 2, 3),
             l_of_one = program_of(spec, 0, 1);
  cli::SharedModels models;
  const exec::CompiledModel* first = &models.of(*l_0);
  CHECK(&models.of(*l_0) == first);
  CHECK(&models.of(*l_1) == first);
  CHECK(&models.of(*ln_0) != first);
  CHECK(&models.of(*l_of_one) != first);
}

TEST_CASE(
    "a model that keeps a best epoch for each unit has one graph more, and shares with none that has not") {
  sema_testing::CheckedSpec spec(
      "stria 0.1\nuse stria.datasets (Simulated)\nuse stria.fit (early)\nuse stria.models (L)\n"
      "use stria.protocols (Standard)\nexperiment E {\n  data = Simulated()\n  model = L(window = 20ms)\n"
      "  sweep per in [\"model\", \"unit\"]\n  protocol = Standard() with {stop = early(per = per)}\n}\n");
  REQUIRE(spec.codes().empty());
  const auto whole = program_of(spec, 0, 3), parted = program_of(spec, 1, 3);
  cli::SharedModels models;
  CHECK(&models.of(*whole) != &models.of(*parted));
}

TEST_CASE("threads of a member: what is left over by the members, one with the reference executor") {
  CHECK(cli::threads_a_member("plan", 4, 1) == 4);
  CHECK(cli::threads_a_member("plan", 4, 2) == 2);
  CHECK(cli::threads_a_member("plan", 4, 3) == 1);
  CHECK(cli::threads_a_member("plan", 2, 10) == 1);
  CHECK(cli::threads_a_member("plan", 2, 0) == 1);
  CHECK(cli::threads_a_member("reference", 4, 1) == 1);
}
