#include "runtime/report/results.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "runtime/report/files.h"

namespace stria::report {
namespace {

void add_reason(std::string& reason, const std::string& text) {
  if (text.empty() || reason.find(text) != std::string::npos) return;
  if (!reason.empty()) reason += "; ";
  reason += text;
}

// A finite number, or null.
Json number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json unit_json(const eval::UnitScore& unit) {
  return {{"id", unit.id},
          {"cc_raw", number(unit.cc_raw)},
          {"cc_norm", number(unit.cc_norm)},
          {"reason", text_or_null(unit.reason)},
          {"n_trials", unit.n_trials},
          {"n_trials_most", unit.n_trials_most},
          {"n_clips", unit.n_clips},
          {"signal_power", number(unit.signal_power)},
          {"cc_max", number(unit.cc_max)}};
}

// Why a mean over units is missing: the units' own reasons, each once.
void add_units_reasons(std::string& reason, const std::vector<eval::UnitScore>& units) {
  for (const eval::UnitScore& unit : units) add_reason(reason, unit.reason);
}

void add_loss(Json& json, std::string& reason, const char* name, const std::optional<double>& loss) {
  json[name] = number(loss);
  if (loss && !std::isfinite(*loss)) add_reason(reason, fmt::format("{} is {}", name, *loss));
}

Json count_pair(int64_t raw, int64_t norm) { return {{"cc_raw", raw}, {"cc_norm", norm}}; }

// `why`: why the whole set was not evaluated; empty where it was.
Json set_json(const train::SetEvaluation& set, const std::string& why, bool with_units) {
  Json json;
  std::string reason = why;
  const eval::SetScores& scores = set.scores;
  add_loss(json, reason, "loss", set.loss);
  add_loss(json, reason, "mean_rate_loss", set.mean_rate_loss);
  json["cc_raw"] = number(scores.cc_raw.mean);
  json["cc_norm"] = number(scores.cc_norm.mean);
  if (!scores.cc_raw.mean || !scores.cc_norm.mean) add_units_reasons(reason, scores.units);
  json["reason"] = text_or_null(reason);
  json["n_null"] = count_pair(scores.cc_raw.n_null, scores.cc_norm.n_null);
  json["n_beyond_one"] = count_pair(scores.cc_raw.n_beyond, scores.cc_norm.n_beyond);
  if (!with_units) return json;
  json["units"] = Json::array();
  for (const eval::UnitScore& unit : scores.units) json["units"].push_back(unit_json(unit));
  return json;
}

Json stimulus_names(const data::PreparedData& data, const std::vector<size_t>& part) {
  Json names = Json::array();
  for (size_t index : part) names.push_back(data.clips[index].stimulus);
  return names;
}

Json split_json(const PlannedMember& planned) {
  return {{"train", stimulus_names(*planned.data, planned.split.train)},
          {"valid", stimulus_names(*planned.data, planned.split.valid)},
          {"test", stimulus_names(*planned.data, planned.split.test)},
          {"sha256", planned.split.sha256}};
}

Json sweep_json(const Member& member) {
  Json sweep = Json::object();
  for (const auto& [axis, label] : member.sweep) sweep[axis] = label;
  return sweep;
}

// Quoted where the text would break a line of CSV apart (RFC 4180).
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

const char* const history_head = "member,epoch,train_loss,valid_loss,valid_cc_raw,valid_cc_norm,seconds";

std::string json_text(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json member_json(const PlannedMember& planned, const train::MemberResult& result) {
  const Member& member = *planned.member;
  const data::PreparedData& data = *planned.data;
  Json json;
  json["name"] = member.name;
  json["sweep"] = sweep_json(member);
  json["model"] = member.model_label;
  json["dataset"] = data.name;
  json["unit"] = data.n_units == 1 ? Json(data.units[0]) : Json(nullptr);
  json["seed"] = member.seed();
  json["parameters"] = planned.program->parameter_count();
  json["epochs"] = result.epochs;
  json["best_epoch"] = result.best_epoch > 0 ? Json(result.best_epoch) : Json(nullptr);
  if (!result.best_epochs.empty()) {
    json["best_epochs"] = Json::array();
    for (const int64_t epoch : result.best_epochs)
      json["best_epochs"].push_back(epoch > 0 ? Json(epoch) : Json(nullptr));
  }
  json["stopped"] = train::text(result.stopped);
  json["verdict"] = result.verdict ? Json(train::text(*result.verdict)) : Json(nullptr);
  json["reason"] = text_or_null(result.reason);
  if (planned.start) {
    json["start"] = Json::array();
    for (const StartFile& file : planned.start->files)
      json["start"].push_back({{"weights", file.path}, {"path", file.below}, {"sha256", file.sha256}});
  }
  if (!result.strengths.empty()) json["strengths"] = result.strengths;
  json["seconds"] = result.seconds;
  json["split"] = split_json(planned);
  const std::string why = result.reason.empty() ? "" : "the member diverged: " + result.reason;
  Json train = Json::object();
  std::string train_reason = why;
  add_loss(train, train_reason, "loss", result.train.loss);
  train["reason"] = text_or_null(train_reason);
  json["train"] = train;
  json["valid"] = set_json(result.valid, why, false);
  json["test"] = set_json(result.test, why, true);
  return json;
}

std::vector<std::string> history_lines(const std::string& name,
                                       const std::vector<train::EpochRecord>& history) {
  const auto score = [](const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : "";
  };
  const std::string member = csv_field(name);
  std::vector<std::string> lines;
  for (const train::EpochRecord& record : history)
    lines.push_back(fmt::format("{},{},{},{},{},{},{:.6f}", member, record.epoch, record.train_loss,
                                record.valid_loss, score(record.valid_cc_raw), score(record.valid_cc_norm),
                                record.seconds));
  return lines;
}

std::vector<DatasetOfRun> datasets_of(const RunPlan& plan) {
  std::vector<DatasetOfRun> datasets;
  std::map<std::string, int> n_of_name;
  std::set<const data::PreparedData*> seen;
  for (const PlannedMember& planned : plan.members) {
    const data::PreparedData* data = planned.data.get();
    if (!seen.insert(data).second) continue;
    const int n = ++n_of_name[data->name];
    datasets.push_back({data, "data/" + file_name(data->name) + (n > 1 ? fmt::format("-{}", n) : "")});
  }
  return datasets;
}

Json datasets_json(const std::vector<DatasetOfRun>& datasets) {
  Json list = Json::array();
  for (const DatasetOfRun& dataset : datasets) {
    const data::PreparedData& data = *dataset.data;
    Json counts = Json::object();
    for (const data::LoadCount& count : data.counts) counts[count.what] = count.count;
    Json files = Json::array();
    for (const data::Attachment& attachment : data.attachments)
      files.push_back(dataset.folder + "/" + attachment.name);
    list.push_back({{"name", data.name},
                    {"sha256", data.sha256},
                    {"n_stimuli", data.clips.size()},
                    {"n_units", data.n_units},
                    {"n_bands", data.n_bands()},
                    {"step_seconds", data.step.value()},
                    {"counts", counts},
                    {"files", files}});
    for (size_t i = 1; i < data.inputs.size(); ++i)
      list.back()["streams"][data.inputs[i].stream.name] = data.inputs[i].stream.size.value();
  }
  return list;
}

}  // namespace stria::report
