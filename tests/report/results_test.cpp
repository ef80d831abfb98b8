#include "runtime/report/results.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>

#include "tests/report/test_experiment.h"

using namespace stria;
using namespace stria::report;

TEST_CASE("history.csv: exact numbers, `nan`, empty fields for scores that do not exist, quoted names") {
  train::EpochRecord first{1, 0.1, 1.0 / 3, 0.5, std::nullopt, 0.25};
  train::EpochRecord second{2, std::nan(""), std::nan(""), std::nullopt, std::nullopt, 1};
  CHECK(
      history_lines("GRU.0", {first, second}) ==
      std::vector<std::string>{"GRU.0,1,0.1,0.3333333333333333,0.5,,0.250000", "GRU.0,2,nan,nan,,,1.000000"});
  CHECK(history_lines("a,\"b\"", {first})[0].rfind("\"a,\"\"b\"\"\",1,", 0) == 0);
}

TEST_CASE("results.json: a loss that is not finite is null, with the reason") {
  const Experiment experiment = test::small_experiment();
  const RunPlan plan = plan_run(experiment);
  train::MemberResult result;
  result.best_epoch = result.epochs = 1;
  result.verdict = train::Verdict::learnt;
  result.valid.loss = 0.5;
  result.test.loss = std::numeric_limits<double>::infinity();
  result.test.mean_rate_loss = 1;
  const Json json = member_json(plan.members[0], result);
  CHECK(json["test"]["loss"].is_null());
  CHECK(json["test"]["reason"] == "loss is inf");
  CHECK(json["valid"]["loss"] == 0.5);
}

TEST_CASE("results.json: names of files that are no UTF-8") {
  CHECK(json_text(Json{{"name", "caf\xE9"}}, -1) == "{\"name\":\"caf\xEF\xBF\xBD\"}");
}

TEST_CASE("datasets of a run have folders of their own") {
  Experiment experiment = test::small_experiment();
  experiment.members.push_back(test::member("C", 0, std::make_shared<test::MadeUpData>(1)));
  const RunPlan plan = plan_run(experiment);
  const auto datasets = datasets_of(plan);
  REQUIRE(datasets.size() == 2);
  CHECK(datasets[0].folder == "data/MadeUp");
  CHECK(datasets[1].folder == "data/MadeUp-2");
  CHECK(datasets_json(datasets)[1]["files"] == Json{"data/MadeUp-2/truth.npz"});
}
