// results.json: what a run found (runtime/report/results.schema.json). A number that does not exist is null,
// and the object it stands in says why in `reason`.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/report/plan.h"
#include "runtime/train/member.h"

namespace stria::report {

using Json = nlohmann::ordered_json;

// Text of a JSON value; bytes that are no UTF-8 (names of files) become U+FFFD. indent -1: one line.
std::string json_text(const Json& json, int indent);

// One entry of `members`.
Json member_json(const PlannedMember& planned, const train::MemberResult& result);

// Lines of history.csv for one member, without the head; NaN is written `nan`, a score that does not exist is
// empty.
std::vector<std::string> history_lines(const std::string& member,
                                       const std::vector<train::EpochRecord>& history);
extern const char* const history_head;

// A prepared dataset of the run, and where its attachments go.
struct DatasetOfRun {
  const data::PreparedData* data = nullptr;
  std::string
      folder;  // "data/Simulated", from the run folder; "data/Simulated-2" for the next one of that name
};
std::vector<DatasetOfRun> datasets_of(const RunPlan& plan);

// One entry a dataset: name, sha256, sizes, what was left out on loading and how many, files.
Json datasets_json(const std::vector<DatasetOfRun>& datasets);

}  // namespace stria::report
