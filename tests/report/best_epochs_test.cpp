// A best epoch for each unit, from the spec to the run folder.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "compiler/sema/compile.h"
#include "runtime/data/native_host.h"
#include "runtime/exec/executor.h"
#include "runtime/report/plan.h"
#include "runtime/report/results.h"
#include "runtime/report/run.h"
#include "runtime/train/batches.h"
#include "runtime/train/member.h"
#include "tests/report/results_file.h"

using namespace stria;
using doctest::Approx;
using test::results_in;
using test::schema_breaks;

namespace {

const char* const head = R"(stria 0.1
use stria.datasets (Simulated)
use stria.fit (AdamW, early)
use stria.layers (BatchNorm)
use stria.models (LN)
use stria.protocols (Standard)
let data = Simulated(bands = 6, clips = 8, shortest = 400ms, longest = 600ms, population = 4, repeats = 3)
)";

// A spec's experiments, with their data.
struct Linked {
  explicit Linked(const std::string& text) {
    std::ofstream(folder / "spec.stria") << head << text;
    compiler = std::make_unique<Compiler>((folder / "spec.stria").string(), CompileOptions{}, diagnostics);
    compiler->check();
    experiments = compiler->link(host);
    REQUIRE_MESSAGE(!diagnostics.has_errors(), render(diagnostics.sorted(), {.colour = false}));
  }
  test::ScratchFolder folder;
  Diagnostics diagnostics;
  data::NativeDataHost host;
  std::unique_ptr<Compiler> compiler;
  std::vector<Experiment> experiments;
};

// Of one executor or the other.
struct Maker {
  std::string name;
  int n_threads = 1;
  std::unique_ptr<exec::CompiledModel> compiled = nullptr;
  std::unique_ptr<exec::Executor> operator()(const ModelProgram& program) {
    if (name == "reference") return exec::make_reference_executor(program);
    compiled = std::make_unique<exec::CompiledModel>(program);
    return exec::make_plan_executor(*compiled, n_threads);
  }
};

const std::atomic<bool> never{false};

// What a test sees of an epoch, on its own way: all weights, and each unit's mean squared error by hand.
struct Seen {
  train::Weights weights;
  std::vector<double> losses;
  std::vector<std::vector<float>> tested;
};

Seen see(const report::PlannedMember& planned, const std::vector<data::Clip>& clips,
         exec::Executor& executor) {
  Seen seen;
  for (size_t i = 0; i < planned.program->parameters.size(); ++i)
    seen.weights.parameters.emplace_back(executor.parameter(i).begin(), executor.parameter(i).end());
  for (size_t i = 0; i < planned.program->buffers.size(); ++i)
    seen.weights.buffers.emplace_back(executor.buffer(i).begin(), executor.buffer(i).end());
  const auto n_units = static_cast<size_t>(planned.data->n_units);
  std::vector<double> sums(n_units), counts(n_units);
  for (const size_t index : planned.split.valid) {
    const std::vector<float> rate = executor.predict(train::make_batch({&clips[index]}, false));
    for (size_t i = 0; i < rate.size(); ++i) {
      if (clips[index].present[i] == 0) continue;
      sums[i % n_units] += std::pow(static_cast<double>(rate[i]) - clips[index].response[i], 2);
      counts[i % n_units] += 1;
    }
  }
  for (size_t unit = 0; unit < n_units; ++unit) seen.losses.push_back(sums[unit] / counts[unit]);
  for (const size_t index : planned.split.test)
    seen.tested.push_back(executor.predict(train::make_batch({&clips[index]}, false)));
  return seen;
}

train::MemberResult fitted(const report::PlannedMember& planned, exec::Executor& executor,
                           const train::EpochHook& hook = nullptr) {
  return *train::train_member({*planned.program, planned.member->protocol, *planned.data, planned.split},
                              executor, hook, never);
}

// Whether all arrays of LN and the like, [N, ...], agree in one unit's entries.
bool same_unit(const train::Weights& a, const train::Weights& b, size_t unit, size_t n_units) {
  const auto same = [&](const std::vector<float>& x, const std::vector<float>& y) {
    const size_t n = x.size() / n_units;
    return std::equal(x.begin() + unit * n, x.begin() + (unit + 1) * n, y.begin() + unit * n);
  };
  for (size_t i = 0; i < a.parameters.size(); ++i)
    if (!same(a.parameters[i], b.parameters[i])) return false;
  for (size_t i = 0; i < a.buffers.size(); ++i)
    if (!same(a.buffers[i], b.buffers[i])) return false;
  return true;
}

}  // namespace

TEST_CASE(
    "per unit: each unit keeps weights and statistics of the epoch with its own lowest validation loss") {
  Linked linked(R"(
experiment Fits {
  data     = data
  model    = LN(window = 50ms)
  protocol = Standard(lr = 3e-3) with {stop = early(patience = 6, max_epochs = 60, per = "unit")}
})");
  const report::RunPlan plan = report::plan_run(linked.experiments.at(0));
  const report::PlannedMember& planned = plan.members.at(0);
  const std::vector<data::Clip> clips = data::apply_split(*planned.data, planned.split);
  for (const char* name : {"plan", "reference"}) {
    CAPTURE(name);
    Maker make{name};
    const auto executor = make(*planned.program);
    std::vector<Seen> seen;
    const train::MemberResult result = fitted(
        planned, *executor, [&](const auto&, double) { seen.push_back(see(planned, clips, *executor)); });
    REQUIRE(result.best_epochs.size() == 4);
    for (size_t unit = 0; unit < 4; ++unit) {
      CAPTURE(unit);
      const Seen& best = seen.at(result.best_epochs[unit] - 1);
      for (const Seen& each : seen) CHECK(each.losses[unit] >= best.losses[unit] * (1 - 1e-6));
      CHECK(same_unit(*result.best, best.weights, unit, 4));
      for (size_t clip = 0; clip < best.tested.size(); ++clip)
        for (size_t i = unit; i < best.tested[clip].size(); i += 4)
          CHECK(result.test.predictions[clip][i] == Approx(best.tested[clip][i]).epsilon(1e-4));
    }
    // Not all at once, and the last of them ends the fit.
    const auto [first, last] = std::minmax_element(result.best_epochs.begin(), result.best_epochs.end());
    CHECK(*first < *last);
    CHECK(result.best_epoch == *last);
    CHECK(result.stopped == train::Stopped::patience);
    CHECK(result.epochs == *last + 6);
  }
}

// The mean of squared errors over four units has a quarter of the derivatives that one unit alone has; Adam
// divides by their size, so its steps are the same where epsilon is nothing beside it. Weights start from a
// constant, since draws hang on a unit's place; there is no offset before the norm, whose derivative would be
// rounding alone. What is left is rounding: sums have another order where there are four units.
TEST_CASE("per unit: units fitted together are the units fitted one by one") {
  const std::string model = R"(
model Plain() {
  input x: stream [F]
  let K = 50ms // dt
  param w: [N, F, K] = 0.01
  output rate: stream [N] = sum(w * history(x, K), over = [F, K]) |> BatchNorm()
}
protocol Fit(per: text = "model") =
  Standard() with {optimizer = AdamW(lr = 1e-2, epsilon = 1e-30),
                   stop = early(patience = 50, max_epochs = 50, per = per)}
)";
  Linked linked(model + R"(
experiment Together {
  data     = data
  model    = Plain()
  protocol = Fit(per = "unit")
}
experiment Alone {
  data     = data
  sweep unit in data.units
  units    = [unit]
  model    = Plain()
  protocol = Fit()
})");
  const report::RunPlan together = report::plan_run(linked.experiments.at(0)),
                        alone = report::plan_run(linked.experiments.at(1));
  for (const char* name : {"plan", "reference"}) {
    CAPTURE(name);
    Maker make{name};
    const train::MemberResult all = fitted(together.members.at(0), *make(*together.members[0].program));
    CHECK(all.best_epochs != std::vector<int64_t>(4, all.best_epoch));
    for (size_t unit = 0; unit < 4; ++unit) {
      CAPTURE(unit);
      Maker make_one{name};
      const report::PlannedMember& planned = alone.members.at(unit);
      REQUIRE(planned.split.sha256 == together.members[0].split.sha256);
      const train::MemberResult one = fitted(planned, *make_one(*planned.program));
      CHECK(all.best_epochs[unit] == one.best_epoch);
      for (size_t i = 0; i < one.best->parameters.size(); ++i)
        for (size_t k = 0; k < one.best->parameters[i].size(); ++k)
          CHECK(all.best->parameters[i][unit * one.best->parameters[i].size() + k] ==
                Approx(one.best->parameters[i][k]).epsilon(1e-3));
      CHECK(*all.test.scores.units[unit].cc_raw == Approx(*one.test.scores.units[0].cc_raw).epsilon(1e-4));
    }
  }
}

TEST_CASE("per unit: with one unit it is one best epoch, to the bit") {
  const std::string rest = R"(
  data     = data
  units    = [2]
  model    = LN(window = 50ms)
)";
  Linked linked("experiment A {" + rest + "  protocol = Standard(max_epochs = 12)\n}\nexperiment B {" + rest +
                "  protocol = Standard() with {stop = early(max_epochs = 12, per = \"unit\")}\n}\n");
  std::vector<train::MemberResult> results;
  for (const Experiment& experiment : linked.experiments) {
    const report::RunPlan plan = report::plan_run(experiment);
    Maker make{"plan"};
    results.push_back(fitted(plan.members.at(0), *make(*plan.members[0].program)));
  }
  CHECK(results[0].best_epochs.empty());
  CHECK(results[1].best_epochs == std::vector<int64_t>{results[0].best_epoch});
  CHECK(results[0].best->parameters == results[1].best->parameters);
  CHECK(results[0].test.predictions == results[1].test.predictions);
}

TEST_CASE("per unit: the run folder says the epochs; threads and an interruption change nothing") {
  Linked linked(R"(
experiment Seeds {
  data     = data
  sweep seed in 0 .. 2
  model    = LN(window = 50ms)
  protocol = Standard(seed = seed, lr = 3e-3)
             with {stop = early(patience = 5, max_epochs = 30, per = "unit")}
})");
  std::vector<std::unique_ptr<exec::CompiledModel>> models;
  std::mutex mutex;
  report::RunOptions options;
  std::atomic<int> n_made{0};
  std::atomic<bool> interrupted{false};
  int threads_a_member = 1, interrupt_at = 0;
  options.make_executor = [&](const ModelProgram& program) {
    const std::lock_guard lock(mutex);
    if (++n_made == interrupt_at) interrupted = true;
    models.push_back(std::make_unique<exec::CompiledModel>(program));
    return exec::make_plan_executor(*models.back(), threads_a_member);
  };
  options.interrupted = &interrupted;
  std::ostringstream progress;
  options.progress = &progress;
  const auto run_in = [&](const std::string& name, int n_threads) {
    options.folder = linked.folder / name;
    options.n_threads = n_threads;
    return report::run_experiment(linked.experiments.at(0), options);
  };
  // All files but those with times in them; weights and predictions among them.
  const auto files_of = [&](const std::string& name) {
    auto files = test::all_files(linked.folder / name);
    files.erase("results.json");
    files.erase("history.csv");
    return files;
  };
  CHECK(run_in("whole", 1).exit_code() == 0);
  const report::Json results = results_in(linked.folder / "whole");
  CHECK(schema_breaks(results) == std::vector<std::string>{});
  for (const report::Json& member : results["members"]) {
    const auto epochs = member["best_epochs"].get<std::vector<int64_t>>();
    REQUIRE(epochs.size() == 4);
    const auto [first, last] = std::minmax_element(epochs.begin(), epochs.end());
    CHECK(member["best_epoch"] == *last);
    const std::string line =
        *first == *last
            ? fmt::format("best epoch {} of {}", *last, member["epochs"].get<int>())
            : fmt::format("best epochs {} to {} of {}", *first, *last, member["epochs"].get<int>());
    CHECK_MESSAGE(progress.str().find(line) != std::string::npos, line);
  }

  threads_a_member = 2;
  CHECK(run_in("threads", 3).exit_code() == 0);
  CHECK(files_of("threads") == files_of("whole"));

  n_made = 0;
  interrupt_at = 2;
  CHECK(run_in("broken", 1).exit_code() == 3);
  interrupted = false;
  interrupt_at = 0;
  options.resume = true;
  const report::RunOutcome resumed = run_in("broken", 1);
  CHECK(resumed.n_kept == 1);
  CHECK(files_of("broken") == files_of("whole"));
  const report::Json again = results_in(linked.folder / "broken");
  for (size_t i = 0; i < 3; ++i)
    CHECK(again["members"][i]["best_epochs"] == results["members"][i]["best_epochs"]);
}

TEST_CASE("per unit: a unit without a validation response is refused before anything trains") {
  Linked linked(R"(
experiment Gaps {
  data     = data
  model    = LN(window = 50ms)
  protocol = Standard() with {stop = early(per = "unit")}
})");
  const report::RunPlan plan = report::plan_run(linked.experiments.at(0));
  const report::PlannedMember& planned = plan.members.at(0);
  data::PreparedData gaps = *planned.data;
  for (const size_t index : planned.split.valid)
    for (size_t i = 1; i < gaps.clips[index].present.size(); i += 4) gaps.clips[index].present[i] = 0;
  const train::MemberTask task{*planned.program, planned.member->protocol, gaps, planned.split};
  CHECK_THROWS_WITH_AS(
      train::check_member(task),
      doctest::Contains("has no response in any of the 1 validation stimuli (split seed 0), so no "
                        "epoch is its best"),
      DataError);
  Protocol whole = planned.member->protocol;
  whole.stop.per_unit = false;
  CHECK_NOTHROW(train::check_member({*planned.program, whole, gaps, planned.split}));
}
