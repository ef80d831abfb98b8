#include "compiler/plan/stretches.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace stria::plan {
namespace {

// What a step does to buffers.
struct StepUse {
  std::set<int> makes, sums;  // sums: of those it makes, the ones over bins
  std::map<int, std::pair<int64_t, int64_t>>
      reads;  // the least and the most bin, counted from the one at hand
  bool of_bins = false, forward = true, reverse = true;  // the ways it can go
};

class Uses {
 public:
  explicit Uses(const Plan& plan) : plan_(plan) {
    for (const Step& step : plan.steps) uses.push_back(of(step));
  }
  std::vector<StepUse> uses;

 private:
  StepUse of(const Step& step) const {
    StepUse use;
    use.of_bins = step.kind != StepKind::fixed && step.kind != StepKind::clip;
    if (step.kind == StepKind::frames || step.kind == StepKind::outer)
      (step.reverse ? use.forward : use.reverse) = false;
    for (const Group& group : step.groups) {
      for (const int i : group.instructions) add(plan_.flat.instructions[static_cast<size_t>(i)], use);
    }
    for (const int scan : step.scans) {
      for (const State& state : plan_.flat.scans[static_cast<size_t>(scan)].states) read(state.start, use);
    }
    return use;
  }
  void add(const Instruction& instruction, StepUse& use) const {
    for (const View& view : instruction.operands) read(view, use);
    const int buffer = plan_.places[static_cast<size_t>(instruction.result)].buffer;
    if (buffer < 0) return;
    use.makes.insert(buffer);
    if (instruction.sums_bins()) use.sums.insert(buffer);
  }
  void read(const View& view, StepUse& use) const {
    const Place& place = plan_.places[static_cast<size_t>(view.value)];
    if (place.buffer < 0) return;
    auto [least, most] = view.reach();
    auto& reach = use.reads.try_emplace(place.buffer, 0, 0).first->second;
    reach.first = std::min(reach.first, least + place.bins);
    reach.second = std::max(reach.second, most + place.bins);
  }

  const Plan& plan_;
};

// Puts steps into phases: each takes all that can follow in the same stretches.
class Phases {
 public:
  Phases(const Plan& plan, const std::vector<StepUse>& uses) : plan_(plan), uses_(uses) {}

  std::vector<Phase> run() {
    for (size_t s = 0; s < uses_.size(); ++s) {
      const StepUse& use = uses_[s];
      if (!use.of_bins && !open_.of_bins) {
        open_.steps.push_back(static_cast<int>(s));
      } else if (!use.of_bins) {
        later_.push_back(static_cast<int>(s));
        unfinished_.insert(use.makes.begin(), use.makes.end());
      } else {
        add(static_cast<int>(s));
      }
    }
    close();
    return std::move(phases_);
  }

 private:
  void add(int s) {
    const StepUse& use = uses_[static_cast<size_t>(s)];
    if (!open_.of_bins || waits(use) || !goes_on(use)) {
      close();
      open_.of_bins = true;
      goes_on(use);
    }
    open_.steps.push_back(s);
    made_.insert(use.makes.begin(), use.makes.end());
    unfinished_.insert(use.sums.begin(), use.sums.end());
    if (plan_.steps[static_cast<size_t>(s)].first) close();
  }
  bool waits(const StepUse& use) const {
    return std::any_of(use.reads.begin(), use.reads.end(),
                       [&](const auto& read) { return unfinished_.count(read.first) > 0; });
  }
  // Whether there is a direction for the phase with this step; then that is noted.
  bool goes_on(const StepUse& use) {
    bool forward = forward_ && use.forward, reverse = reverse_ && use.reverse;
    for (const auto& [buffer, reach] : use.reads) {
      if (made_.count(buffer) == 0 && use.makes.count(buffer) == 0) continue;
      reverse = reverse && reach.first >= 0;
      forward = forward && reach.second <= 0;
    }
    if (!forward && !reverse) return false;
    forward_ = forward;
    reverse_ = reverse;
    return true;
  }
  void close() {
    open_.reverse = open_.of_bins && !forward_;
    if (!open_.steps.empty()) phases_.push_back(std::move(open_));
    open_ = {};
    open_.steps = std::move(later_);
    later_ = {};
    if (!open_.steps.empty()) phases_.push_back(std::move(open_));
    open_ = {};
    made_.clear();
    unfinished_.clear();
    forward_ = reverse_ = true;
  }

  const Plan& plan_;
  const std::vector<StepUse>& uses_;
  std::vector<Phase> phases_;
  Phase open_;
  std::vector<int> later_;           // steps that run once, after the open phase
  std::set<int> made_, unfinished_;  // buffers: of the open phase; and those that are there only after it
  bool forward_ = true, reverse_ = true;
};

// Chooses which streams are short, and which steps run again for that.
class ShortStreams {
 public:
  ShortStreams(const Plan& plan, const std::vector<StepUse>& uses, Stretches& result)
      : plan_(plan), uses_(uses), result_(result), phase_(uses.size(), -1), again_(uses.size(), -1) {
    for (size_t p = 0; p < result.phases.size(); ++p) {
      for (const int s : result.phases[p].steps) phase_[static_cast<size_t>(s)] = static_cast<int>(p);
    }
    for (const FlatResult& each : plan.flat.results)
      read_at_the_end_.insert(plan.places[static_cast<size_t>(each.view.value)].buffer);
    makers_.resize(plan.buffers.size());
    readers_.resize(plan.buffers.size());
    for (size_t s = 0; s < uses.size(); ++s) {
      for (const int b : uses[s].makes) makers_[static_cast<size_t>(b)].push_back(s);
      for (const auto& [b, reach] : uses[s].reads) readers_[static_cast<size_t>(b)].push_back(s);
    }
  }

  void run() {
    for (size_t b = 0; b < plan_.buffers.size(); ++b) span(b).is_short = may_be_short(b);
    if (result_.keep == Keep::starts) {
      for (size_t s = 0; s < uses_.size(); ++s) again_[s] = best_turn(s);
      for (size_t s = uses_.size(); s-- > 0;) take_along(s);
    }
    while (settle()) {
    }
    for (size_t s = 0; s < uses_.size(); ++s) {
      if (again_[s] >= 0) phase(again_[s]).again.push_back(static_cast<int>(s));
    }
    for (size_t b = 0; b < plan_.buffers.size(); ++b) describe(b);
  }

 private:
  Span& span(size_t b) { return result_.spans[b]; }
  Phase& phase(int p) { return result_.phases[static_cast<size_t>(p)]; }

  // A result may also be a state, which lies where its next value does.
  bool always(size_t b) const {
    return plan_.buffers[b].owner != Owner::plan || read_at_the_end_.count(static_cast<int>(b)) > 0;
  }

  bool may_be_short(size_t b) const {
    const Buffer& buffer = plan_.buffers[b];
    const auto of_bins = [&](size_t s) { return uses_[s].of_bins; };
    return buffer.kind == BufferKind::stream && !always(b) && makers_[b].size() == 1 &&
           of_bins(makers_[b][0]) && std::all_of(readers_[b].begin(), readers_[b].end(), of_bins);
  }

  bool can_run_again(size_t s) const { return uses_[s].of_bins && plan_.steps[s].kind != StepKind::outer; }

  // What a step that runs again reads of its own phase alone is made again, too. Steps come after those they
  // read.
  void take_along(size_t s) {
    if (again_[s] < 0) return;
    for (const auto& [b, reach] : uses_[s].reads) {
      if (!span(static_cast<size_t>(b)).is_short) continue;
      const size_t maker = makers_[static_cast<size_t>(b)][0];
      if (again_[maker] < 0 && phase_[maker] == phase_[s] && can_run_again(maker)) again_[maker] = again_[s];
    }
  }

  // The later phase, of the other direction, that reads most of what the step makes and no other phase reads.
  int best_turn(size_t s) {
    if (!can_run_again(s)) return -1;
    std::map<int, int64_t> entries;
    for (const int b : uses_[s].makes) {
      if (!span(static_cast<size_t>(b)).is_short) continue;
      std::set<int> others;
      for (const size_t reader : readers_[static_cast<size_t>(b)]) others.insert(phase_[reader]);
      others.erase(phase_[s]);
      if (others.size() != 1 || phase(*others.begin()).reverse == phase(phase_[s]).reverse) continue;
      entries[*others.begin()] += plan_.buffers[static_cast<size_t>(b)].entries;
    }
    int best = -1;
    for (const auto& [p, n] : entries) {
      if (best < 0 || n > entries[best]) best = p;
    }
    return best;
  }

  // A stream read where it is not made is long; a step that makes no stream for the phase it runs in again
  // does not run there. False where all is settled.
  bool settle() {
    bool changed = false;
    for (size_t b = 0; b < plan_.buffers.size(); ++b) {
      if (!span(b).is_short) continue;
      const size_t maker = makers_[b][0];
      const auto at_hand = [&](int p) { return p < 0 || p == phase_[maker] || p == again_[maker]; };
      for (const size_t reader : readers_[b]) {
        if (at_hand(phase_[reader]) && at_hand(again_[reader])) continue;
        span(b).is_short = false;
        changed = true;
      }
    }
    for (size_t s = 0; s < uses_.size(); ++s) {
      if (again_[s] < 0 || is_needed(s)) continue;
      again_[s] = -1;
      changed = true;
    }
    return changed;
  }
  bool is_needed(size_t s) {
    for (const int b : uses_[s].makes) {
      if (!span(static_cast<size_t>(b)).is_short) continue;
      for (const size_t reader : readers_[static_cast<size_t>(b)]) {
        if (phase_[reader] == again_[s] || (reader != s && again_[reader] == again_[s])) return true;
      }
    }
    return false;
  }

  void describe(size_t b) {
    const Buffer& buffer = plan_.buffers[b];
    Span& of = span(b);
    std::set<int> phases;
    for (const auto* steps : {&makers_[b], &readers_[b]}) {
      for (const size_t s : *steps) phases.insert({phase_[s], again_[s]});
    }
    phases.erase(-1);
    for (const size_t s : makers_[b]) {
      of.made = phase_[s];
      of.again = std::max(of.again, again_[s]);
      of.has_double = of.has_double || (again_[s] >= 0 && uses_[s].sums.count(static_cast<int>(b)) > 0);
    }
    of.rows_move = of.is_short || (buffer.kind == BufferKind::ring && of.again >= 0);
    if (always(b) || phases.empty()) return;
    of.first_phase = *phases.begin();
    of.last_phase = *phases.rbegin();
  }

  const Plan& plan_;
  const std::vector<StepUse>& uses_;
  Stretches& result_;
  std::vector<int> phase_, again_;                     // by step
  std::vector<std::vector<size_t>> makers_, readers_;  // by buffer: steps
  std::set<int> read_at_the_end_;                      // buffers of results
};

// Each step on its own, on all bins at once.
void keep_everything(const Plan& plan, Stretches& result) {
  for (size_t s = 0; s < plan.steps.size(); ++s) {
    result.phases.push_back({});
    result.phases.back().steps = {static_cast<int>(s)};
  }
  for (size_t b = 0; b < plan.buffers.size(); ++b) {
    if (plan.buffers[b].owner != Owner::plan) continue;
    result.spans[b].first_phase = plan.buffers[b].first_step;
    result.spans[b].last_phase = plan.buffers[b].last_step;
  }
}

}  // namespace

const char* name_of(Keep keep) {
  return keep == Keep::everything ? "everything" : keep == Keep::between_phases ? "between phases" : "starts";
}

bool Stretches::makes_again() const {
  return std::any_of(phases.begin(), phases.end(), [](const Phase& phase) { return !phase.again.empty(); });
}

Stretches choose_stretches(const Plan& plan, Keep keep) {
  Stretches result;
  result.keep = keep;
  result.spans.resize(plan.buffers.size());
  if (keep == Keep::everything) {
    keep_everything(plan, result);
    return result;
  }
  const std::vector<StepUse> uses = Uses(plan).uses;
  result.phases = Phases(plan, uses).run();
  ShortStreams(plan, uses, result).run();
  return result;
}

int64_t stretch_bins(const Plan& plan, Keep keep, int64_t n_bins) {
  int64_t at_once = plan.options.outer_bins;
  for (size_t s = 0; s < plan.steps.size(); ++s) at_once = std::lcm(at_once, bins_of_a_block(plan, s));
  if (keep == Keep::everything) return n_bins;
  // What a step makes is still in the second cache when the next one reads it. From 64 to 320 bins times
  // differ by less than 5 % (GRU of 70, batches of 1 and of 16).
  if (keep == Keep::between_phases) return plan.options.lanes == 1 ? 2 * at_once : at_once;
  const auto root = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(n_bins))));
  return (root + at_once - 1) / at_once * at_once;
}

}  // namespace stria::plan
