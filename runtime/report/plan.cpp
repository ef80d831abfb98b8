#include "runtime/report/plan.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "compiler/ir/graph.h"
#include "compiler/sema/value.h"
#include "runtime/report/files.h"
#include "runtime/train/member.h"

namespace stria::report {
namespace {

// Prepared data by the data program's canonical text, the units and the streams asked for.
class PreparedCache {
 public:
  std::shared_ptr<const data::PreparedData> get(const Member& member) {
    std::vector<std::string> names;
    for (const DataStream& stream : member.streams) names.push_back(stream.name);
    auto& slot = prepared_[{member.data->text(), member.units, names}];
    if (!slot)
      slot = std::make_shared<data::PreparedData>(data::prepare(*member.data, member.units, member.streams));
    return slot;
  }

 private:
  using Key = std::tuple<std::string, std::vector<size_t>, std::vector<std::string>>;
  std::map<Key, std::shared_ptr<const data::PreparedData>> prepared_;
};

bool is_one_of_several(const Member& member) {
  return member.units.size() == 1 && member.data->n_units() > 1;
}

// Whether the member's only unit was recorded with no stimulus at all.
bool heard_nothing(const Member& member) {
  DataProgram& data = *member.data;
  for (size_t s = 0; s < data.n_stimuli(); ++s) {
    if (data.has_trials() && !data.trials(member.units[0], s).is_none()) return false;
    if (data.has_response() && !data.response(member.units[0], s).is_none()) return false;
  }
  return true;
}

double cost_of_epoch(const PlannedMember& planned) {
  double n_bins = 0;
  for (size_t index : planned.split.train) n_bins += static_cast<double>(planned.data->clips[index].n_bins);
  return n_bins * ir::flops(planned.program->train).per_bin;
}

void check_names(const Experiment& experiment) {
  std::set<std::string> names;
  for (const Member& member : experiment.members)
    if (!names.insert(file_name(member.name)).second)
      throw DataError(
          fmt::format("two members of experiment `{}` are named `{}`", experiment.name, member.name),
          "give the values of the sweep labels of their own");
}

data::Split split_of(const data::PreparedData& data, const Member& member) {
  try {
    return data::split_by_stimulus(data, member.protocol.split);
  } catch (DataError& error) {
    if (!error.where.known()) error.where = member.data->place("stimuli");
    throw;
  }
}

}  // namespace

RunPlan plan_run(const Experiment& experiment) {
  RunPlan plan;
  PreparedCache cache;
  check_names(experiment);
  for (const Member& member : experiment.members) {
    PlannedMember planned;
    planned.member = &member;
    try {
      planned.data = cache.get(member);
    } catch (const DataError&) {
      if (!is_one_of_several(member) || !heard_nothing(member)) throw;
      plan.left_out.push_back({member.name, "the unit was recorded with no stimulus"});
      continue;
    }
    if (is_one_of_several(member) && planned.data->clips.size() < 3) {
      plan.left_out.push_back({member.name, fmt::format("the unit heard {} stimuli, and a split needs three",
                                                        planned.data->clips.size())});
      continue;
    }
    planned.split = split_of(*planned.data, member);
    planned.program = member.specialise(planned.data->sizes());
    if (!planned.program) {
      plan.spec_errors = true;
      continue;
    }
    if (!member.start.empty()) planned.start = load_start(member, *planned.program);
    train::check_member({*planned.program, member.protocol, *planned.data, planned.split});
    planned.cost = cost_of_epoch(planned);
    plan.members.push_back(std::move(planned));
  }
  return plan;
}

}  // namespace stria::report
