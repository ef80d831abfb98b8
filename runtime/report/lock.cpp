#include "runtime/report/lock.h"

#include <toml++/toml.h>
#include <set>
#include <sstream>

#include "compiler/diagnostics/version.h"
#include "runtime/report/files.h"

namespace stria::report {
namespace {

// Length before text, so that no two lists of texts make the same bytes.
void add(std::string& bytes, const std::string& text) { bytes += std::to_string(text.size()) + ":" + text; }

}  // namespace

std::string spec_sha256(const RunOptions& options) {
  std::string bytes;
  for (const SpecText& spec : options.specs) {
    add(bytes, spec.path);
    add(bytes, spec.text);
  }
  for (const std::string& entry : options.overrides) add(bytes, entry);
  return sha256(bytes);
}

std::string run_identity(const Experiment& experiment, const RunOptions& options, const RunPlan& plan) {
  std::string bytes;
  for (const std::string& text : {std::string(version()), std::string(commit()), experiment.name,
                                  options.executor, options.device, spec_sha256(options)})
    add(bytes, text);
  for (const PlannedMember& planned : plan.members) {
    add(bytes, planned.member->name);
    add(bytes, planned.program->text);
    add(bytes, planned.member->protocol.text);
    add(bytes, std::to_string(planned.member->seed()));
    add(bytes, planned.data->sha256);
    add(bytes, planned.split.sha256);
    if (!planned.start) continue;
    for (const StartFile& file : planned.start->files) add(bytes, file.below + " " + file.sha256);
  }
  return sha256(bytes);
}

std::string lock_text(const Experiment& experiment, const RunOptions& options, const RunPlan& plan) {
  toml::table specs;
  for (const SpecText& spec : options.specs) specs.insert_or_assign(spec.path, sha256(spec.text));
  toml::array overrides;
  for (const std::string& entry : options.overrides) overrides.push_back(entry);
  toml::table members;
  std::set<uint64_t> seeds;
  for (const PlannedMember& planned : plan.members) {
    members.insert_or_assign(planned.member->name,
                             toml::table{{"seed", static_cast<int64_t>(planned.member->seed())},
                                         {"data", planned.member->data->text()},
                                         {"data_sha256", planned.data->sha256},
                                         {"split_sha256", planned.split.sha256}});
    seeds.insert(planned.member->seed());
  }
  toml::array seed_list;
  for (uint64_t seed : seeds) seed_list.push_back(static_cast<int64_t>(seed));
  const toml::table lock{
      {"experiment", experiment.name},
      {"stria", toml::table{{"version", version()}, {"commit", commit()}}},
      {"run",
       toml::table{{"device", options.device}, {"executor", options.executor}, {"overrides", overrides}}},
      {"spec", toml::table{{"sha256", spec_sha256(options)}, {"files", specs}}},
      {"seeds", seed_list},
      {"members", members},
  };
  std::ostringstream text;
  text << lock << '\n';
  return text.str();
}

}  // namespace stria::report
