#include "runtime/report/lock.h"

#include <doctest/doctest.h>
#include <toml++/toml.h>

#include "tests/report/test_experiment.h"

using namespace stria;
using namespace stria::report;

TEST_CASE("lock.toml names program, specs, overrides, data, splits and seeds") {
  const Experiment experiment = test::small_experiment();
  const RunOptions options = test::options_for("run");
  const RunPlan plan = plan_run(experiment);
  const toml::table lock = toml::parse(lock_text(experiment, options, plan));
  CHECK(lock["experiment"].value<std::string>() == "Small");
  CHECK(lock["spec"]["sha256"].value<std::string>() == spec_sha256(options));
  CHECK(lock["spec"]["files"]["small.stria"].value<std::string>()->size() == 64);
  CHECK(lock["run"]["overrides"][0].value<std::string>() == "Small.data.root=\"x\"");
  CHECK(lock["members"]["B.1"]["data_sha256"].value<std::string>() == plan.members[3].data->sha256);
  CHECK(lock["members"]["B.1"]["split_sha256"].value<std::string>() == plan.members[3].split.sha256);
  CHECK(lock["members"]["B.1"]["seed"].value<int64_t>() == 1);
  CHECK(lock["seeds"].as_array()->size() == 2);
}

TEST_CASE("the identity of a run: everything the results depend on, not the number of threads") {
  const Experiment experiment = test::small_experiment();
  const RunOptions options = test::options_for("run");
  const RunPlan plan = plan_run(experiment);
  const std::string identity = run_identity(experiment, options, plan);
  const auto with = [&](auto change) {
    RunOptions changed = options;
    change(changed);
    return run_identity(experiment, changed, plan);
  };
  CHECK(with([](RunOptions& o) { o.n_threads = 7; }) == identity);
  CHECK(with([](RunOptions& o) { o.specs[0].text += " "; }) != identity);
  CHECK(with([](RunOptions& o) { o.overrides.clear(); }) != identity);
  CHECK(with([](RunOptions& o) { o.executor = "plan"; }) != identity);
  RunPlan other = plan;
  other.members[0].split.sha256 = plan.members[1].split.sha256;
  CHECK(run_identity(experiment, options, other) != identity);
}

TEST_CASE("plan: one dataset is prepared once for all its members") {
  const Experiment experiment = test::small_experiment();
  const RunPlan plan = plan_run(experiment);
  CHECK(plan.members[0].data == plan.members[3].data);
  CHECK(plan.members[0].split.sha256 == plan.members[2].split.sha256);  // A.0 and B.0 share a split
  CHECK(plan.members[0].split.sha256 != plan.members[1].split.sha256);
}
