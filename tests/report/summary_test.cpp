#include "runtime/report/summary.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>

using namespace stria::report;
using doctest::Approx;

namespace {

// A member with these CCraw values of its units; CCnorm is none for the first one.
Json entry(const std::string& model, int seed, const std::string& verdict, const std::vector<double>& cc_raw,
           Json sweep = Json::object(), const std::string& unit = "") {
  Json units = Json::array();
  for (size_t i = 0; i < cc_raw.size(); ++i)
    units.push_back(
        {{"id", "u"}, {"cc_raw", cc_raw[i]}, {"cc_norm", i == 0 ? Json(nullptr) : Json(1.5 * cc_raw[i])}});
  const bool diverged = verdict == "diverged";
  if (diverged) units = Json::array();
  return {{"name", model + "." + std::to_string(seed) + unit},
          {"sweep", sweep},
          {"model", model},
          {"dataset", "D"},
          {"unit", unit.empty() ? Json(nullptr) : Json(unit)},
          {"seed", seed},
          {"parameters", 30465},
          {"stopped", diverged ? "diverged" : "patience"},
          {"verdict", diverged ? Json(nullptr) : Json(verdict)},
          {"reason", diverged ? Json("the training loss became nan in epoch 3") : Json(nullptr)},
          {"seconds", 2.0 + seed},
          {"test", {{"units", units}}}};
}

Json results_of(const Json& members) {
  return {{"left_out", Json::array()}, {"members", members}, {"summary", summary_json(members)}};
}

}  // namespace

TEST_CASE("summary: units first, then seeds; sd divides by n; null units left out and counted") {
  // Seed 0: mean of 0.2 and 0.4; seed 1: mean of 0.6 and 0.9.
  const Json summary =
      summary_json({entry("GRU", 0, "learnt", {0.2, 0.4}), entry("GRU", 1, "learnt", {0.6, 0.9})});
  REQUIRE(summary.size() == 1);
  const Json& raw = summary[0]["cc_raw"];
  CHECK(raw["mean"].get<double>() == Approx((0.3 + 0.75) / 2));
  CHECK(raw["median"].get<double>() == Approx(0.525));
  CHECK(raw["sd"].get<double>() == Approx(0.225));
  CHECK(raw["sem"].get<double>() == Approx(0.225));  // 0.225 * sqrt(2 / 1) / sqrt(2)
  CHECK(raw["n"] == 2);
  CHECK(raw["n_null_units"] == 0);
  // CCnorm of the second units alone: 0.6 and 1.35, of which one is beyond 1.
  const Json& norm = summary[0]["cc_norm"];
  CHECK(norm["mean"].get<double>() == Approx(0.975));
  CHECK(norm["n_null_units"] == 2);
  CHECK(norm["n_beyond_one"] == 1);
  CHECK(summary[0]["seconds"].get<double>() == Approx(2.5));
}

TEST_CASE("summary: one model per unit: units of a seed are averaged before the seeds") {
  Json members = Json::array();
  for (int seed : {0, 1})
    for (const char* unit : {"u1", "u2", "u3"}) {
      const double value = seed == 0 ? 0.1 : (std::string(unit) == "u1" ? 0.4 : 0.7);
      members.push_back(
          entry("L", seed, "learnt", {value}, {{"seed", std::to_string(seed)}, {"unit", unit}}, unit));
    }
  const Json summary = summary_json(members);
  REQUIRE(summary.size() == 1);
  CHECK(summary[0]["n_members"] == 6);
  CHECK(summary[0]["cc_raw"]["n"] == 2);
  CHECK(summary[0]["cc_raw"]["mean"].get<double>() == Approx((0.1 + 0.6) / 2));
  CHECK(summary[0]["cc_raw"]["sd"].get<double>() == Approx(0.25));
}

TEST_CASE("summary: models, and sweeps that are conditions, have rows of their own") {
  const auto sweep = [](const char* model, const char* front, int seed) {
    return Json{{"which", model}, {"front", front}, {"seed", std::to_string(seed)}};
  };
  const Json summary = summary_json({entry("GRU", 0, "learnt", {0.1, 0.1}, sweep("GRU", "local", 0)),
                                     entry("GRU", 1, "learnt", {0.3, 0.3}, sweep("GRU", "local", 1)),
                                     entry("GRU", 0, "learnt", {0.5, 0.5}, sweep("GRU", "conv", 0)),
                                     entry("L", 0, "learnt", {0.7, 0.7}, sweep("L", "local", 0))});
  REQUIRE(summary.size() == 3);
  CHECK(summary[0]["conditions"] == Json{{"front", "local"}});
  CHECK(summary[0]["cc_raw"]["mean"].get<double>() == Approx(0.2));
  CHECK(summary[1]["conditions"] == Json{{"front", "conv"}});
  CHECK(summary[2]["model"] == "L");
}

TEST_CASE("summary: diverged members are left out and counted") {
  const Json members = {entry("GRU", 0, "learnt", {0.2, 0.4}), entry("GRU", 1, "diverged", {0.9, 0.9})};
  const Json summary = summary_json(members);
  CHECK(summary[0]["n_diverged"] == 1);
  CHECK(summary[0]["cc_raw"]["n"] == 1);
  CHECK(summary[0]["cc_raw"]["mean"].get<double>() == Approx(0.3));
  CHECK(summary[0]["cc_raw"]["sem"].is_null());
  CHECK(summary[0]["cc_raw"]["reason"] == "one value has no standard error");
  const Json none = summary_json(Json::array({members[1]}));
  CHECK(none[0]["cc_raw"]["mean"].is_null());
  CHECK(none[0]["cc_raw"]["reason"] == "no unit of any member has this score");
}

TEST_CASE("warnings and verdicts") {
  Json results = results_of({entry("A", 0, "learnt", {0.2, 0.4}), entry("A", 1, "diverged", {0.9}),
                             entry("B", 0, "no better than the mean", {0.0, 0.0}),
                             entry("B", 1, "still improving", {0.1, 0.1})});
  CHECK(verdict_counts(results) == "learnt 1, still improving 1, no better than the mean 1, diverged 1");
  const Json counts = {{"spikes", 900}, {"spikes after the end of their clip, left out", 48}};
  results["datasets"] = Json::array({Json{{"name", "Own"}, {"counts", counts}}});
  const std::vector<std::string> found = warnings(results);
  REQUIRE(found.size() == 6);
  CHECK(found[0] == "A.1 diverged: the training loss became nan in epoch 3");
  CHECK(found[1] == "1 member, no better than the mean rate: B.0");
  CHECK(found[2] == "1 member, still improving when `max_epochs` ended: B.1");
  CHECK(found[3] == "Own: spikes after the end of their clip, left out: 48");
  CHECK(found[4] == "A: 1 unit score without CCnorm, left out of its mean; results.json says why");
}

TEST_CASE("the table at the end: aligned, with the spread over seeds") {
  const Json results =
      results_of({entry("GRU", 0, "learnt", {0.2, 0.4}), entry("GRU", 1, "learnt", {0.6, 0.9}),
                  entry("Long name", 0, "learnt", {0.5, 0.5})});
  CHECK(score_table(results) ==
        "model       parameters           CCraw          CCnorm   seconds\n"
        "---------   ----------   -------------   -------------   -------\n"
        "GRU             30,465   0.525 ± 0.225   0.975 ± 0.375       2.5\n"
        "Long name       30,465           0.500           0.750       2.0\n"
        "test set, mean ± sd over up to 2 seeds; seconds a member\n");
}
