// What `stria bench` prints.
#include "runtime/cli/bench_report.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/report/json_schema.h"
#include "tests/train/linear_executor.h"

using namespace stria;
using namespace stria::test;
using cli::BenchReport;
using Json = nlohmann::ordered_json;

namespace {

JsonSchema schema() {
  std::ifstream file(std::string(STRIA_SOURCE_DIR) + "/runtime/cli/bench.schema.json");
  return JsonSchema(Json::parse(file));
}

// Two members on two threads: 4e9 operations in 10 ms, 400 GFLOP/s, of 2 x 250.
BenchReport report_of(const ModelProgram& program) {
  BenchReport report{"a.stria", "plan", 20, 250e9, {}};
  report.models.push_back({"First", "GRU", program, 16, 999, 2, 2, 45.5, 4e9, {9, 10, 12}});
  report.models.push_back({"First", "a longer label", program, 1, 999, 1, 1, std::nullopt, 1e9, {9, 10, 12}});
  return report;
}

}  // namespace

TEST_CASE("bench --json keeps to its schema") {
  const ModelProgram program = linear_program(34, 73);
  const Json json = json_of(report_of(program));
  CHECK(schema().broken(json) == std::vector<std::string>{});
  const Json& model = json.at("models").at(0);
  CHECK(model.at("gflops").get<double>() == doctest::Approx(400));
  CHECK(model.at("share_of_peak").get<double>() == doctest::Approx(0.8));
  CHECK(model.at("n_bands") == 34);
  CHECK(model.at("n_units") == 73);
  CHECK(model.at("parameters") == 35 * 73);
  CHECK(json.at("models").at(1).at("compile_ms").is_null());
}

TEST_CASE("the schema of bench --json notices what is missing, unknown or impossible") {
  const ModelProgram program = linear_program(34, 73);
  const Json right = json_of(report_of(program));
  for (const char* key : {"executor", "steps", "product_gflops", "models"}) {
    Json wrong = right;
    wrong.erase(key);
    CHECK(schema().broken(wrong).size() == 1);
  }
  Json wrong = right;
  wrong["models"][0]["step_ms"]["median"] = 0;
  CHECK(schema().broken(wrong).size() == 1);
  wrong = right;
  wrong["models"][0]["more"] = 1;
  CHECK(schema().broken(wrong).size() == 1);
}

TEST_CASE("bench's table: columns stand below each other, an executor without code has a dash") {
  const ModelProgram program = linear_program(34, 73);
  const std::string text = text_of(report_of(program));
  const std::string expected =
      "model           clips x bins  members  threads  compile ms  step ms  least  90 %  GFLOP/s  memory  of "
      "peak\n"
      "GRU                 16 x 999        2        2        45.5       10      9    12      400       -   "
      "80.0 %\n"
      "a longer label       1 x 999        1        1           -       10      9    12      100       -   "
      "40.0 %\n";
  CHECK(text.substr(text.find("\n\n") + 2) == expected);
  CHECK(text.find("Peak: 250.0 GFLOP/s a thread") != std::string::npos);
}

TEST_CASE("bench --profile: the longest steps first, without the last hundredth; all of them as JSON") {
  const ModelProgram program = linear_program(34, 73);
  BenchReport report = report_of(program);
  report.models[0].plan_steps = {"fixed: pack", "dot: dot", "frames: add, mul"};
  report.models[0].plan_ms = {0.001, 6, 2};
  const std::string text = text_of(report);
  CHECK(text.substr(text.find("\nSteps")) ==
        "\nSteps of the plan of GRU, one at a time: 8.001 ms\n"
        "    6.000 ms  75.0 %  step 1   dot: dot\n"
        "    2.000 ms  25.0 %  step 2   frames: add, mul\n");
  const Json json = json_of(report);
  CHECK(schema().broken(json) == std::vector<std::string>{});
  CHECK(json.at("models").at(0).at("profile").size() == 3);
  CHECK(json.at("models").at(0).at("profile").at(2).at("does") == "frames: add, mul");
  CHECK(json.at("models").at(1).at("profile").empty());
}
