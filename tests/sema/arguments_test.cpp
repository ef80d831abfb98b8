#include <doctest/doctest.h>

#include "tests/sema/sema_helpers.h"

using namespace stria;
using namespace stria::sema_testing;

TEST_CASE("a swept value that is passed on by name is told as swept") {
  CheckedSpec spec(
      "stria 0.1\nuse stria.models (LN)\nuse stria.datasets (Simulated)\nuse stria.protocols (Standard)\n"
      "experiment E {\n  sweep seed in 3 .. 4\n  let other = seed + 1\n  let fixed = 2\n"
      "  data = Simulated(seed = other, repeats = fixed)\n  model = LN()\n  protocol = Standard(seed = seed, "
      "lr = 1e-2)\n}\n");
  REQUIRE(spec.codes().empty());
  REQUIRE(spec.compiler().outline().size() == 2);
  const auto& outline = spec.compiler().outline().front();
  std::map<std::string, ArgumentInfo::From> from;
  for (const auto& argument : outline.rules.arguments) from["protocol " + argument.path] = argument.from;
  for (const auto& argument : outline.data_arguments) from["data " + argument.path] = argument.from;
  CHECK(from.at("protocol seed") == ArgumentInfo::From::sweep);
  CHECK(from.at("protocol lr") == ArgumentInfo::From::written);
  CHECK(from.at("protocol patience") == ArgumentInfo::From::default_value);
  CHECK(from.at("data seed") == ArgumentInfo::From::sweep);
  CHECK(from.at("data repeats") == ArgumentInfo::From::written);
}
