#include "compiler/plan/groups.h"

#include <algorithm>
#include <map>
#include <set>

#include "compiler/plan/view.h"

namespace stria::plan {
namespace {

class Grouper {
 public:
  Grouper(const Flat& flat, std::vector<int> instructions) : flat_(flat), list_(std::move(instructions)) {
    for (size_t i = 0; i < list_.size(); ++i) position_[at(i).result] = static_cast<int>(i);
    find_row_reductions();
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
  int64_t value_entries(int value) const { return flat_.values[static_cast<size_t>(value)].entries; }
  // Of the loop over entries that the instruction is part of; -1 where it is part of none.
  int64_t entries(size_t i) const {
    if (reduces_rows_.count(i) > 0) return value_entries(at(i).operands[0].value);
    return by_entries(at(i)) ? value_entries(at(i).result) : -1;
  }

  // Those of what a loop over entries makes, whose rows are as long as that loop's other rows.
  void find_row_reductions() {
    std::map<int64_t, int64_t> columns;  // of loops over so many entries
    for (size_t i = 0; i < list_.size(); ++i) {
      const int64_t row = by_entries(at(i)) ? row_entries(flat_, {0, {list_[i]}}) : 0;
      if (row > 0) columns.emplace(value_entries(at(i).result), row);
    }
    for (size_t i = 0; i < list_.size(); ++i) {
      if (!reduces_rows(flat_, at(i))) continue;
      const auto maker = position_.find(at(i).operands[0].value);
      if (maker == position_.end() || !by_entries(at(static_cast<size_t>(maker->second)))) continue;
      const int64_t row = value_entries(at(i).result);
      if (columns.emplace(value_entries(maker->first), row).first->second == row) reduces_rows_.insert(i);
    }
  }

  template <typename Visit>
  void each_source(size_t i, const Visit& visit) const {
    for (const View& view : at(i).operands) {
      const auto found = position_.find(view.value);
      if (found == position_.end()) continue;
      const auto source = static_cast<size_t>(found->second);
      const bool as_made = is_direct(flat_, view) || reduces_rows_.count(i) > 0;
      visit(source, entries(i) >= 0 && entries(i) == entries(source) && as_made);
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
  std::set<size_t> reduces_rows_;  // places in list_
};

}  // namespace

bool by_entries(const Instruction& instruction) {
  return instruction.work == Work::pointwise || instruction.work == Work::accumulate;
}

bool is_direct(const Flat& flat, const View& view) {
  return view.plain() && view.offset == 0 &&
         view.entries() == flat.values[static_cast<size_t>(view.value)].entries;
}

bool reduces_rows(const Flat& flat, const Instruction& i) {
  constexpr int64_t fewest_columns = 16;
  if (i.work != Work::nest || i.operands.size() != 1 || i.summed_axes == 0) return false;
  const View& view = i.operands[0];
  const int64_t columns = flat.values[static_cast<size_t>(i.result)].entries;
  View rows_first = view;  // the value as it is computed, if rows are what is reduced
  const auto n_out = view.axes.size() - static_cast<size_t>(i.summed_axes);
  std::rotate(rows_first.axes.begin(), rows_first.axes.begin() + static_cast<std::ptrdiff_t>(n_out),
              rows_first.axes.end());
  return columns >= fewest_columns && view.entries() > columns && is_direct(flat, rows_first);
}

int64_t row_entries(const Flat& flat, const Group& group) {
  for (const int i : group.instructions) {
    const Instruction& instruction = flat.instructions[static_cast<size_t>(i)];
    if (reduces_rows(flat, instruction)) return flat.values[static_cast<size_t>(instruction.result)].entries;
    for (const View& view : instruction.operands) {
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
