// par.8: losses that name parameters, and Poisson's.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/exec/against_libtorch.h"
#include "tests/sema/sema_helpers.h"

using namespace stria;
using namespace stria::test;
using exec::NamedTensors;

namespace {

constexpr Sizes sizes{2, 6, 5, 3};

std::string spec_with(const std::string& loss) {
  return "stria 0.1\nuse stria.models (NRF)\nuse stria.datasets (Simulated)\nuse stria.protocols (Standard)\n"
         "use stria.fit (l1, l2, mse, poisson, smooth)\n"
         "protocol Own() = Standard() with {loss = " +
         loss +
         "}\nexperiment E {\n  data = Simulated(bands = 5)\n  model = NRF(hidden = 4, window = 30ms)\n"
         "  protocol = Own()\n}\n";
}

struct Losses {
  double train = 0, alone = 0;
  NamedTensors given;  // of the training graph
};

Losses losses_with(const std::string& loss) {
  sema_testing::CheckedSpec spec(spec_with(loss));
  REQUIRE(spec.messages() == std::vector<std::string>{});
  const auto& plan = spec.compiler().outline().at(0);
  const auto program =
      spec.compiler().build(*plan.model, plan.protocol.get(), {sizes.n_bands, sizes.n_units, {}}, *plan.dt);
  REQUIRE(program);
  const auto value = [](const ir::Graph& graph, const NamedTensors& given) {
    return exec::evaluate(graph, given, {exec::Precision::float64, 0, {}, {}})
        .results.at("loss")
        .values.at(0);
  };
  Losses result{0, 0, whole_clips(program->train, sizes)};
  result.train = value(program->train, result.given);
  NamedTensors alone = whole_clips(program->loss, {1, 4, sizes.n_bands, sizes.n_units});
  for (double& rate : alone.at("rate").values) rate += 1.5;
  result.alone = value(program->loss, alone);
  return result;
}

double sum_over(const NamedTensors& given, const std::string& name, double (*of)(double)) {
  double sum = 0;
  for (const double value : given.at(name).values) sum += of(value);
  return sum;
}
double square(double x) { return x * x; }

}  // namespace

TEST_CASE("par.8: l1, l2 and smooth are added in training, and to no loss of predictions alone") {
  const Losses plain = losses_with("mse()");
  const auto added = [&](const std::string& penalty) {
    const Losses with = losses_with("mse() + 0.5 * " + penalty);
    CHECK(with.alone == plain.alone);
    return 2 * (with.train - plain.train);
  };
  CHECK(added("l1(\"STRF.w\")") ==
        doctest::Approx(sum_over(plain.given, "STRF.w", std::fabs)).epsilon(1e-10));
  CHECK(added("l2(\"Linear.*\")") ==
        doctest::Approx(sum_over(plain.given, "Linear.w", square) + sum_over(plain.given, "Linear.b", square))
            .epsilon(1e-10));
  double along_lags = 0, along_bands = 0;  // of w [4, 5, 3]
  const auto& w = plain.given.at("STRF.w").values;
  for (size_t i = 0; i < w.size(); ++i) {
    if (i % 3 != 2) along_lags += square(w[i + 1] - w[i]);
    if (i / 3 % 5 != 4) along_bands += square(w[i + 3] - w[i]);
  }
  CHECK(added("smooth(\"STRF.w\", along = \"K\")") == doctest::Approx(along_lags).epsilon(1e-10));
  CHECK(added("smooth(\"STRF.w\", along = \"F\")") == doctest::Approx(along_bands).epsilon(1e-10));
}

TEST_CASE("par.8: a path that names no parameter is refused, as is a dim that it does not have") {
  using sema_testing::messages_of;
  using Messages = std::vector<std::string>;
  CHECK(messages_of(spec_with("mse() + l2(\"STRF.v\")")) == Messages{"E0201 @ \"STRF.v\""});
  CHECK(messages_of(spec_with("mse() + smooth(\"STRF.w\", along = \"H\")")) == Messages{"E0303 @ \"H\""});
  CHECK(messages_of(spec_with("mse() + l1(3)")) == Messages{"E0209 @ 3"});
}

TEST_CASE("Poisson's loss is rate - response log(rate), over what is present") {
  sema_testing::CheckedSpec spec(spec_with("poisson()"));
  REQUIRE(spec.messages() == std::vector<std::string>{});
  const auto& plan = spec.compiler().outline().at(0);
  const auto program = spec.compiler().build(*plan.model, plan.protocol.get(), {5, 3, {}}, *plan.dt);
  REQUIRE(program);
  NamedTensors given = whole_clips(program->loss, {1, 9, 5, 3});
  for (double& rate : given.at("rate").values) rate += 1.5;
  double sum = 0, n = 0;
  for (size_t i = 0; i < given.at("rate").values.size(); ++i) {
    if (given.at("present").values[i] == 0) continue;
    const double rate = given.at("rate").values[i];
    sum += rate - given.at("response").values[i] * std::log(rate);
    ++n;
  }
  const auto loss = exec::evaluate(program->loss, given, {exec::Precision::float64, 0, {}, {}});
  CHECK(loss.results.at("loss").values.at(0) == doctest::Approx(sum / n).epsilon(1e-12));
}
