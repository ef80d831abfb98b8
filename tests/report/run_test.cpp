#include "runtime/report/run.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "runtime/report/files.h"
#include "runtime/report/results.h"
#include "tests/report/results_file.h"
#include "tests/report/scratch_folder.h"
#include "tests/report/test_experiment.h"

using namespace stria;
using namespace stria::report;
using test::Fault;
using test::results_in;
using test::schema_breaks;
using test::ScratchFolder;

namespace {

using Files = std::map<std::string, std::string>;

// Times and the number of threads, which may differ between runs of the same result.
void drop_times(Json& json) {
  if (json.is_object()) {
    json.erase("seconds");
    json.erase("threads");
  }
  for (auto& item : json)
    if (item.is_structured()) drop_times(item);
}

// All files of a run folder, without what only tells how long it took.
Files result_of(const std::filesystem::path& folder) {
  Files files = test::all_files(folder);
  Json results = Json::parse(files.at("results.json"));
  drop_times(results);
  files["results.json"] = results.dump(1);
  std::istringstream lines(files.at("history.csv"));
  std::string kept;
  for (std::string line; std::getline(lines, line);) kept += line.substr(0, line.rfind(',')) + "\n";
  files["history.csv"] = kept;
  return files;
}

// Every object with a null number in it says why.
void check_reasons(const Json& json, const std::string& place) {
  static const std::set<std::string> numbers = {
      "loss", "mean_rate_loss", "cc_raw", "cc_norm", "signal_power", "cc_max",
      "mean", "median",         "sd",     "sem",     "best_epoch",   "verdict"};
  if (json.is_object())
    for (const auto& [name, value] : json.items())
      if (value.is_null() && numbers.count(name)) CHECK_MESSAGE(json["reason"].is_string(), place, "/", name);
  if (json.is_structured())
    for (const auto& [name, value] : json.items()) check_reasons(value, place + "/" + name);
}

}  // namespace

TEST_CASE("a run: everything in the folder, results.json as its schema says") {
  const ScratchFolder scratch;
  const Experiment experiment = test::small_experiment();
  const RunOutcome outcome = run_experiment(experiment, test::options_for(scratch / "runs/Small"));
  CHECK(outcome.status == RunStatus::done);
  CHECK(outcome.exit_code() == 0);
  CHECK(outcome.table.find("A     ") != std::string::npos);
  const Files files = test::all_files(scratch / "runs/Small");
  for (const char* name :
       {"results.json", "history.csv", "lock.toml", "spec/small.stria", "spec/stria/fit.stria",
        "weights/A.0.safetensors", "weights/B.1.safetensors", "predictions/A.1.npz", "data/MadeUp/truth.npz"})
    CHECK_MESSAGE(files.count(name) == 1, name);
  CHECK(files.size() == 3 + 2 + 4 + 4 + 1);

  const Json results = results_in(scratch / "runs/Small");
  CHECK(schema_breaks(results) == std::vector<std::string>{});
  check_reasons(results, "");
  REQUIRE(results["members"].size() == 4);
  const Json& member = results["members"][1];
  CHECK(member["name"] == "A.1");
  CHECK(member["sweep"] == Json{{"model", "A"}, {"seed", "1"}});
  CHECK(member["unit"] == "u0");
  CHECK(member["verdict"] == "learnt");
  CHECK(member["split"]["train"].size() == 7);
  CHECK(member["test"]["units"][0]["n_trials"] == 3);
  CHECK(member["test"]["cc_norm"].get<double>() > 0.9);
  CHECK(results["summary"].size() == 2);
}

TEST_CASE("the schema's check notices what is wrong") {
  const ScratchFolder scratch;
  run_experiment(test::small_experiment(), test::options_for(scratch / "run"));
  const Json good = results_in(scratch / "run");
  const auto breaks_after = [&](const std::function<void(Json&)>& change) {
    Json bad = good;
    change(bad);
    return schema_breaks(bad).size();
  };
  CHECK(breaks_after([](Json& r) { r["members"][0]["verdict"] = "splendid"; }) == 1);
  CHECK(breaks_after([](Json& r) { r["members"][0].erase("seed"); }) == 1);
  CHECK(breaks_after([](Json& r) { r["members"][0]["test"]["units"][0]["cc_raw"] = "0.5"; }) == 1);
  CHECK(breaks_after([](Json& r) { r["members"][0]["test"]["units"][0]["cc_raw"] = 1.5; }) == 1);
  CHECK(breaks_after([](Json& r) { r["spec_sha256"] = "short"; }) == 1);
  CHECK(breaks_after([](Json& r) { r["extra"] = 1; }) == 1);
  CHECK(breaks_after([](Json& r) { r["members"][0]["split"]["test"] = Json::array(); }) == 1);
}

TEST_CASE("exp.4: one thread or two, the same bits") {
  const ScratchFolder scratch;
  const Experiment experiment = test::small_experiment();
  RunOptions options = test::options_for(scratch / "one");
  run_experiment(experiment, options);
  options.folder = scratch / "two";
  options.n_threads = 2;
  run_experiment(experiment, options);
  CHECK(result_of(scratch / "one") == result_of(scratch / "two"));
}

TEST_CASE("an interrupted run goes on with --resume to the same bits") {
  const ScratchFolder scratch;
  const Experiment experiment = test::small_experiment();
  run_experiment(experiment, test::options_for(scratch / "whole"));

  // Interrupted while the third member trains.
  RunOptions options = test::options_for(scratch / "broken");
  std::atomic<bool> interrupted{false};
  std::atomic<int> n_made{0};
  options.interrupted = &interrupted;
  options.make_executor = [&](const ModelProgram& program) {
    if (++n_made == 3) interrupted = true;
    return std::make_unique<test::LinearExecutor>(program);
  };
  const RunOutcome broken = run_experiment(experiment, options);
  CHECK(broken.status == RunStatus::interrupted);
  CHECK(broken.exit_code() == 3);
  CHECK(broken.warnings.at(0) == "interrupted with 2 of 4 members finished: go on with --resume");
  CHECK(!std::filesystem::exists(scratch / "broken/results.json"));

  interrupted = false;
  options.resume = true;
  const RunOutcome resumed = run_experiment(experiment, options);
  CHECK(resumed.status == RunStatus::done);
  CHECK(resumed.n_kept == 2);
  CHECK(n_made == 5);
  CHECK(result_of(scratch / "broken") == result_of(scratch / "whole"));

  const RunOutcome again = run_experiment(experiment, options);
  CHECK(again.was_finished);
  CHECK(again.table == resumed.table);
  CHECK(n_made == 5);
}

TEST_CASE("a run killed at any moment: what a member left half-done is done again") {
  const ScratchFolder scratch;
  const Experiment experiment = test::small_experiment();
  RunOptions options = test::options_for(scratch / "run");
  run_experiment(experiment, options);
  const Files whole = result_of(scratch / "run");
  // As if it had been killed after B.0's weights and before its entry: results.json is not there yet.
  std::atomic<bool> interrupted{false};
  std::atomic<int> n_made{0};
  options.folder = scratch / "killed";
  options.interrupted = &interrupted;
  options.make_executor = [&](const ModelProgram& program) {
    if (++n_made == 4) interrupted = true;
    return std::make_unique<test::LinearExecutor>(program);
  };
  run_experiment(experiment, options);
  REQUIRE(std::filesystem::remove(scratch / "killed/partial/B.0.json"));
  write_file(scratch / "killed/weights/B.0.safetensors", "of another time");
  write_file(scratch / "killed/history.csv", "half");
  interrupted = false;
  options.resume = true;
  CHECK(run_experiment(experiment, options).n_kept == 2);
  CHECK(result_of(scratch / "killed") == whole);
}

TEST_CASE("a finished run is refused before the data are read") {
  const ScratchFolder scratch;
  const Experiment experiment = test::small_experiment();
  RunOptions options = test::options_for(scratch / "run");
  run_experiment(experiment, options);
  Experiment unreadable = experiment;
  unreadable.members[0].data = nullptr;
  CHECK_THROWS_WITH_AS(run_experiment(unreadable, options), doctest::Contains("holds a finished run"),
                       DataError);
  options.force = true;
  CHECK(run_experiment(experiment, options).status == RunStatus::done);
}

TEST_CASE("a diverged member: exit code 4, no scores, the others as ever") {
  const ScratchFolder scratch;
  const Experiment experiment = test::small_experiment();
  RunOptions options = test::options_for(scratch / "run");
  options.make_executor = [](const ModelProgram& program) {
    return std::make_unique<test::LinearExecutor>(program,
                                                  program.name == "B" ? Fault::nan_loss : Fault::none);
  };
  const RunOutcome outcome = run_experiment(experiment, options);
  CHECK(outcome.exit_code() == 4);
  CHECK(outcome.verdicts == "learnt 2, diverged 2");
  CHECK(outcome.warnings.at(0) == "B.0 diverged: the training loss became nan in epoch 1");
  const Json results = results_in(scratch / "run");
  CHECK(schema_breaks(results) == std::vector<std::string>{});
  check_reasons(results, "");
  CHECK(results["members"][2]["test"]["loss"].is_null());
  CHECK(results["members"][2]["best_epoch"].is_null());
  CHECK(results["summary"][1]["cc_raw"]["mean"].is_null());
  CHECK(!std::filesystem::exists(scratch / "run/weights/B.0.safetensors"));
  CHECK(test::content(scratch / "run/history.csv").find("B.0,1,nan,nan,,,") != std::string::npos);
}

TEST_CASE("rand.3: a single unit of several with fewer than three stimuli is left out and counted") {
  const ScratchFolder scratch;
  auto data = std::make_shared<test::MadeUpData>(2);
  Experiment experiment;
  experiment.name = "Units";
  for (size_t unit : {0, 1}) {
    experiment.members.push_back(test::member("A", 0, data, {unit}));
    experiment.members.back().name += ".u" + std::to_string(unit);
    experiment.members.back().sweep.emplace_back("unit", "u" + std::to_string(unit));
  }
  const RunOutcome outcome = run_experiment(experiment, test::options_for(scratch / "run"));
  CHECK(outcome.warnings.at(0) == "A.0.u1 was left out: the unit heard 2 stimuli, and a split needs three");
  const Json results = results_in(scratch / "run");
  CHECK(schema_breaks(results) == std::vector<std::string>{});
  CHECK(results["members"].size() == 1);
  CHECK(results["left_out"][0]["name"] == "A.0.u1");
}

TEST_CASE("errors: two members of one name, a model that does not fit, no members") {
  const ScratchFolder scratch;
  Experiment experiment = test::small_experiment();
  const RunOptions options = test::options_for(scratch / "run");
  SUBCASE("names") {
    experiment.members[1].name = experiment.members[0].name;
    CHECK_THROWS_WITH_AS(run_experiment(experiment, options),
                         "two members of experiment `Small` are named `A.0`", DataError);
  }
  SUBCASE("a model") {
    experiment.members[3].specialise = [](const DataSizes&) { return nullptr; };
    CHECK(run_experiment(experiment, options).exit_code() == 1);
  }
  SUBCASE("none") {
    experiment.members.clear();
    CHECK_THROWS_AS(run_experiment(experiment, options), DataError);
  }
  SUBCASE("an error while a member trains leaves no results") {
    RunOptions failing = options;
    failing.make_executor = [](const ModelProgram&) -> std::unique_ptr<exec::Executor> {
      throw DataError("no memory left");
    };
    CHECK_THROWS_WITH_AS(run_experiment(experiment, failing), "no memory left", DataError);
  }
  CHECK(!std::filesystem::exists(scratch / "run/results.json"));
}
