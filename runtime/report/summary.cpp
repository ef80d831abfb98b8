#include "runtime/report/summary.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "runtime/eval/statistics.h"

namespace stria::report {
namespace {

bool diverged(const Json& member) { return member["stopped"] == "diverged"; }

// Whether on every member the axis carries the same text as `of(member)`.
bool axis_is(const Json& members, const std::string& axis,
             const std::function<std::string(const Json&)>& of) {
  return std::all_of(members.begin(), members.end(), [&](const Json& member) {
    return member["sweep"].contains(axis) && member["sweep"][axis].get<std::string>() == of(member);
  });
}

struct Axes {
  std::set<std::string> model, seed, unit;
  bool is_condition(const std::string& axis) const {
    return !model.count(axis) && !seed.count(axis) && !unit.count(axis);
  }
};

Axes sort_axes(const Json& members) {
  Axes axes;
  for (const Json& member : members)
    for (const auto& item : member["sweep"].items()) {
      const std::string& axis = item.key();
      if (axis_is(members, axis, [](const Json& m) { return m["model"].get<std::string>(); }))
        axes.model.insert(axis);
      else if (axis == "seed" || axis_is(members, axis, [](const Json& m) { return m["seed"].dump(); }))
        axes.seed.insert(axis);
      else if (axis == "unit" || axis_is(members, axis, [](const Json& m) {
                 return m["unit"].is_null() ? "" : m["unit"].get<std::string>();
               }))
        axes.unit.insert(axis);
    }
  return axes;
}

// Members of one row, and within it those alike but for the unit.
struct Group {
  std::string model, dataset;
  Json conditions = Json::object();
  std::vector<const Json*> members;
  std::vector<std::pair<std::string, std::vector<const Json*>>>
      repeats;  // by the labels of all but the unit's axes
};

std::vector<Group> group_members(const Json& members) {
  const Axes axes = sort_axes(members);
  std::vector<Group> groups;
  for (const Json& member : members) {
    Json conditions = Json::object();
    Json repeat = Json::object();
    for (const auto& item : member["sweep"].items()) {
      if (axes.is_condition(item.key())) conditions[item.key()] = item.value();
      if (!axes.unit.count(item.key())) repeat[item.key()] = item.value();
    }
    auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& g) {
      return g.model == member["model"] && g.dataset == member["dataset"] && g.conditions == conditions;
    });
    if (group == groups.end())
      group = groups.insert(groups.end(), {member["model"], member["dataset"], conditions, {}, {}});
    group->members.push_back(&member);
    if (diverged(member)) continue;
    const std::string key = json_text(repeat, -1) + member["seed"].dump();
    auto alike = std::find_if(group->repeats.begin(), group->repeats.end(),
                              [&](const auto& candidate) { return candidate.first == key; });
    if (alike == group->repeats.end()) alike = group->repeats.insert(group->repeats.end(), {key, {}});
    alike->second.push_back(&member);
  }
  return groups;
}

// Statistics over repeats of the mean over units of one test score.
Json score_summary(const Group& group, const char* score) {
  std::vector<double> means;
  int64_t n_null = 0;
  int64_t n_beyond = 0;
  for (const auto& [key, members] : group.repeats) {
    double sum = 0;
    int64_t n = 0;
    for (const Json* member : members)
      for (const Json& unit : (*member)["test"]["units"]) {
        if (unit[score].is_null()) {
          ++n_null;
          continue;
        }
        const double value = unit[score];
        sum += value;
        ++n;
        if (std::abs(value) > 1) ++n_beyond;
      }
    if (n > 0) means.push_back(sum / static_cast<double>(n));
  }
  const std::optional<eval::Statistics> found = eval::statistics(means);
  const auto number = [](std::optional<double> value) { return value ? Json(*value) : Json(nullptr); };
  Json json;
  json["mean"] = found ? Json(found->mean) : Json(nullptr);
  json["median"] = found ? Json(found->median) : Json(nullptr);
  json["sd"] = found ? Json(found->standard_deviation) : Json(nullptr);
  json["sem"] = number(found ? found->sem : std::nullopt);
  json["reason"] = !found ? Json("no unit of any member has this score")
                          : (found->sem ? Json(nullptr) : Json("one value has no standard error"));
  json["n"] = means.size();
  json["n_null_units"] = n_null;
  json["n_beyond_one"] = n_beyond;
  return json;
}

Json group_json(const Group& group) {
  int64_t fewest = (*group.members[0])["parameters"];
  int64_t most = fewest;
  int64_t n_diverged = 0;
  double seconds = 0;
  Json verdicts = Json::object();
  for (const Json* member : group.members) {
    const int64_t count = (*member)["parameters"];
    fewest = std::min(fewest, count);
    most = std::max(most, count);
    seconds += (*member)["seconds"].get<double>();
    if (diverged(*member)) ++n_diverged;
    const Json& verdict = (*member)["verdict"];
    if (!verdict.is_null())
      verdicts[verdict.get<std::string>()] = verdicts.value(verdict.get<std::string>(), 0) + 1;
  }
  return {{"model", group.model},
          {"dataset", group.dataset},
          {"conditions", group.conditions},
          {"n_members", group.members.size()},
          {"n_diverged", n_diverged},
          {"verdicts", verdicts},
          {"parameters", {{"fewest", fewest}, {"most", most}}},
          {"seconds", seconds / static_cast<double>(group.members.size())},
          {"cc_raw", score_summary(group, "cc_raw")},
          {"cc_norm", score_summary(group, "cc_norm")}};
}

std::vector<std::string> names_with_verdict(const Json& results, const char* verdict) {
  std::vector<std::string> names;
  for (const Json& member : results["members"])
    if (member["verdict"] == verdict) names.push_back(member["name"]);
  return names;
}

// "L.0, L.1, L.2 and 7 others"
std::string listed(const std::vector<std::string>& names) {
  constexpr size_t shown = 4;
  std::string text;
  for (size_t i = 0; i < std::min(shown, names.size()); ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > shown) text += fmt::format(" and {} others", names.size() - shown);
  return text;
}

// "1 member", "3 members"
std::string counted(size_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

}  // namespace

Json summary_json(const Json& members) {
  Json summary = Json::array();
  for (const Group& group : group_members(members)) summary.push_back(group_json(group));
  return summary;
}

std::string verdict_counts(const Json& results) {
  std::string text;
  const auto add = [&](const char* name, size_t n) {
    if (n > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, n);
  };
  for (const char* verdict : {"learnt", "still improving", "no better than the mean", "flat"})
    add(verdict, names_with_verdict(results, verdict).size());
  add("diverged",
      static_cast<size_t>(std::count_if(results["members"].begin(), results["members"].end(), diverged)));
  return text;
}

// "spikes after the end of their clip, left out: 48; ...": all counts but that of the spikes themselves.
static std::string left_out_of(const Json& dataset) {
  std::string text;
  for (const auto& [what, count] : dataset["counts"].items())
    if (what != "spikes")
      text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", what, count.get<int64_t>());
  return text;
}

std::vector<std::string> warnings(const Json& results) {
  std::vector<std::string> found;
  for (const Json& member : results["members"])
    if (diverged(member))
      found.push_back(fmt::format("{} diverged: {}", member["name"].get<std::string>(),
                                  member["reason"].get<std::string>()));
  const auto add = [&](const char* verdict, const char* what) {
    const std::vector<std::string> names = names_with_verdict(results, verdict);
    if (!names.empty())
      found.push_back(fmt::format("{}, {}: {}", counted(names.size(), "member"), what, listed(names)));
  };
  add("no better than the mean", "no better than the mean rate");
  add("flat", "loss flat from the start");
  add("still improving", "still improving when `max_epochs` ended");
  for (const Json& dataset : results["datasets"])
    if (const std::string counts = left_out_of(dataset); !counts.empty())
      found.push_back(fmt::format("{}: {}", dataset["name"].get<std::string>(), counts));
  for (const Json& entry : results["left_out"])
    found.push_back(fmt::format("{} was left out: {}", entry["name"].get<std::string>(),
                                entry["reason"].get<std::string>()));
  for (const Json& row : results["summary"])
    for (const auto& [score, name] : {std::pair{"cc_raw", "CCraw"}, std::pair{"cc_norm", "CCnorm"}}) {
      const int64_t n_null = row[score]["n_null_units"];
      if (n_null > 0)
        found.push_back(fmt::format("{}: {} without {}, left out of its mean; results.json says why",
                                    row["model"].get<std::string>(),
                                    counted(static_cast<size_t>(n_null), "unit score"), name));
    }
  return found;
}

}  // namespace stria::report
