#include "compiler/plan/groups.h"

#include <algorithm>
#include <map>

#include "compiler/plan/view.h"

namespace stria::plan {
namespace {

class Grouper {
 public:
  Grouper(const Flat& flat, std::vector<int> instructions) : flat_(flat), list_(std::move(instructions)) {
    for (size_t i = 0; i < list_.size(); ++i) position_[at(i).result] = static_cast<int>(i);
  }

  std::vector<Group> run() {
    level_.assign(list_.size(), 0);
    for (size_t i = 0; i < list_.size(); ++i) {
      each_source(i, [&](size_t source, bool together) {
        level_[i] = std::max(level_[i], level_[source] + (together ? 0 : 1));
      });
    }
    move_late();
    return collect();
  }

 private:
  const Instruction& at(size_t i) const { return flat_.instructions[static_cast<size_t>(list_[i])]; }
  int64_t entries(size_t i) const {
    return by_entries(at(i)) ? flat_.values[static_cast<size_t>(at(i).result)].entries : -1;
  }

  template <typename Visit>
  void each_source(size_t i, const Visit& visit) const {
    for (const View& view : at(i).operands) {
      const auto found = position_.find(view.value);
      if (found == position_.end()) continue;
      const auto source = static_cast<size_t>(found->second);
      visit(source, entries(i) >= 0 && entries(i) == entries(source) && is_direct(flat_, view));
    }
  }

  void move_late() {
    std::vector<int> latest(list_.size(), -1);
    for (size_t i = list_.size(); i-- > 0;) {
      if (latest[i] >= 0 && entries(i) >= 0) level_[i] = std::max(level_[i], latest[i]);
      each_source(i, [&](size_t source, bool together) {
        const int bound = level_[i] - (together ? 0 : 1);
        latest[source] = latest[source] < 0 ? bound : std::min(latest[source], bound);
      });
    }
  }

  std::vector<Group> collect() const {
    std::vector<Group> result;
    const int last = list_.empty() ? 0 : *std::max_element(level_.begin(), level_.end());
    for (int level = 0; level <= last; ++level) {
      std::map<int64_t, size_t> loops;
      for (size_t i = 0; i < list_.size(); ++i) {
        if (level_[i] != level) continue;
        if (entries(i) < 0 || loops.find(entries(i)) == loops.end()) {
          if (entries(i) >= 0) loops[entries(i)] = result.size();
          result.push_back({entries(i), {list_[i]}});
        } else {
          result[loops[entries(i)]].instructions.push_back(list_[i]);
        }
      }
    }
    return result;
  }

  const Flat& flat_;
  std::vector<int> list_;
  std::map<int, int> position_;  // value -> place in list_
  std::vector<int> level_;
};

}  // namespace

bool by_entries(const Instruction& instruction) {
  return instruction.work == Work::pointwise || instruction.work == Work::accumulate;
}

bool is_direct(const Flat& flat, const View& view) {
  return view.plain() && view.offset == 0 &&
         view.entries() == flat.values[static_cast<size_t>(view.value)].entries;
}

int64_t row_entries(const Flat& flat, const Group& group) {
  for (const int i : group.instructions) {
    for (const View& view : flat.instructions[static_cast<size_t>(i)].operands) {
      if (view.plain() || view.repeated()) continue;
      if (const auto repeated = repeats(view)) return repeated->columns;
    }
  }
  return group.entries;
}

void choose_groups(Plan& plan) {
  for (Step& step : plan.steps) {
    if (step.kind == StepKind::dot || step.kind == StepKind::outer) continue;
    step.groups = Grouper(plan.flat, step.groups.at(0).instructions).run();
  }
}

}  // namespace stria::plan
