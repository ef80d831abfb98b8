#include "compiler/plan/steps.h"

#include <algorithm>
#include <map>
#include <set>

namespace stria::plan {
namespace {

// A loop over bins, or a product, in the making. Fixed and clip work is put between them.
struct Stage {
  StepKind kind{};
  bool directed = false, reverse = false;
  bool first = false;  // as in Step
  bool ahead = false;  // reads later bins of what other stages make
  std::vector<int> scans;
  std::set<int> instructions;
};

class StepChooser {
 public:
  explicit StepChooser(Plan& plan) : plan_(plan), flat_(plan.flat), maker_(flat_.values.size(), -1) {
    for (size_t i = 0; i < flat_.instructions.size(); ++i)
      maker_[flat_.instructions[i].result] = static_cast<int>(i);
    stage_of_.assign(flat_.instructions.size(), -1);
    ready_.assign(flat_.values.size(), 0);
    for (size_t s = 0; s < flat_.scans.size(); ++s) {
      for (const State& state : flat_.scans[s].states) scan_of_state_[state.value] = static_cast<int>(s);
    }
    scan_stage_.assign(flat_.scans.size(), -1);
  }

  void run() {
    find_kept();
    // Without scans no stage has a direction: then the derivative of a bin can follow on the bin itself, and
    // nothing but what crosses bins is kept for all of them.
    if (flat_.scans.empty()) place_input_sums();
    for (size_t i = 0; i < flat_.instructions.size(); ++i) {
      if (stage_of_[i] < 0) place(static_cast<int>(i));
    }
    pull_cheap();
    choose_directions();
    write_steps();
  }

 private:
  const Instruction& at(int i) const { return flat_.instructions[static_cast<size_t>(i)]; }
  Level level(const Instruction& i) const { return flat_.values[i.result].level; }
  Level level(int value) const { return flat_.values[static_cast<size_t>(value)].level; }
  bool of_bins(const Instruction& i) const { return i.sums_bins() || level(i) == Level::bin; }
  // A product over all bins at once, apart from the loops over bins: worth it where vectors run over entries.
  bool own_stage(const Instruction& i) const {
    if (i.work == Work::dot) return i.scan < 0 && plan_.options.lanes == 1;
    return i.work == Work::outer || i.by_blocks();
  }

  // Values that must lie in memory for all bins: what products over all bins read, what is read at other
  // bins, and results.
  void find_kept() {
    for (const Instruction& i : flat_.instructions) {
      for (const View& view : i.operands) {
        if (own_stage(i) || i.work == Work::frame || view.other_bins()) kept_.insert(view.value);
      }
    }
    for (const FlatResult& result : flat_.results) kept_.insert(result.view.value);
    for (const Scan& scan : flat_.scans) {
      for (const State& state : scan.states) kept_.insert(state.next.value);
    }
  }
  bool floats(int i) const { return is_cheap(at(i)) && at(i).scan < 0 && kept_.count(at(i).result) == 0; }

  // The first stage in which the instruction, or scan, can run as far as `view` is concerned.
  int bound(const View& view, bool own_stage, int scan) const {
    const int value = view.value;
    if (const auto state = scan_of_state_.find(value); state != scan_of_state_.end()) {
      if (state->second == scan) return 0;
      return scan_stage_[static_cast<size_t>(state->second)] + (own_stage || view.other_bins() ? 1 : 0);
    }
    const int maker = maker_[static_cast<size_t>(value)];
    if (maker < 0) return 0;
    if (!of_bins(at(maker)) || at(maker).sums_bins()) {
      return ready_[static_cast<size_t>(value)];
    }
    if (floats(maker)) {
      int result = 0;
      for (const View& operand : at(maker).operands)
        result = std::max(result, bound(operand, own_stage, scan));
      return result;
    }
    if (scan >= 0 && at(maker).scan == scan) return 0;
    const int stage = stage_of_[static_cast<size_t>(maker)];
    const bool same =
        !own_stage && !view.other_bins() && stages_[static_cast<size_t>(stage)].kind == StepKind::frames;
    return stage + (same ? 0 : 1);
  }
  int bound(const Instruction& i, bool own_stage) const {
    int result = 0;
    for (const View& view : i.operands) result = std::max(result, bound(view, own_stage, i.scan));
    return result;
  }

  int new_stage(StepKind kind) {
    stages_.emplace_back();
    stages_.back().kind = kind;
    return static_cast<int>(stages_.size() - 1);
  }
  int loop_stage(int from, bool directed, bool reverse, bool ahead = false) {
    for (int k = from; k < static_cast<int>(stages_.size()); ++k) {
      Stage& stage = stages_[static_cast<size_t>(k)];
      if (stage.kind != StepKind::frames || (directed && stage.directed && stage.reverse != reverse))
        continue;
      if (stage.first || stage.ahead != ahead) continue;
      if (directed) stage.directed = true, stage.reverse = reverse;
      return k;
    }
    const int k = new_stage(StepKind::frames);
    stages_.back().directed = directed;
    stages_.back().reverse = directed && reverse;
    stages_.back().ahead = ahead;
    return k;
  }
  void put(int i, int stage) {
    stage_of_[static_cast<size_t>(i)] = stage;
    stages_[static_cast<size_t>(stage)].instructions.insert(i);
    ready_[static_cast<size_t>(at(i).result)] = stage + 1;
  }

  void place(int index) {
    const Instruction& i = at(index);
    if (!of_bins(i)) {
      ready_[static_cast<size_t>(i.result)] = bound(i, i.work == Work::frame);
    } else if (i.scan >= 0) {
      if (scan_stage_[static_cast<size_t>(i.scan)] < 0) place_scan(i.scan);
    } else if (own_stage(i)) {
      const StepKind kind = i.sums_bins() ? StepKind::outer : StepKind::dot;
      bound(i, true);  // all it reads comes from earlier stages, which all stand before a new one
      put(index, new_stage(kind));
    } else if (!floats(index)) {
      put(index, loop_stage(bound(i, false), false, false, flat_.scans.empty() && looks_ahead(i)));
    }
  }

  // At what earlier stages make; also by way of what is computed anew where it is needed.
  bool looks_ahead(const Instruction& i) const {
    return std::any_of(i.operands.begin(), i.operands.end(), [&](const View& view) {
      const int maker = maker_[static_cast<size_t>(view.value)];
      return maker >= 0 && of_bins(at(maker)) &&
             (view.reach().second > 0 || (floats(maker) && looks_ahead(at(maker))));
    });
  }

  // How many bins and responses there are: sums over bins of nothing but inputs.
  void place_input_sums() {
    for (size_t i = 0; i < flat_.instructions.size(); ++i) {
      if (at(static_cast<int>(i)).work != Work::accumulate || !of_inputs(static_cast<int>(i))) continue;
      if (stages_.empty()) stages_[static_cast<size_t>(new_stage(StepKind::frames))].first = true;
      put(static_cast<int>(i), 0);
    }
  }
  bool of_inputs(int index) const {
    const Instruction& i = at(index);
    if (i.work != Work::accumulate && !floats(index)) return false;
    return std::all_of(i.operands.begin(), i.operands.end(), [&](const View& view) {
      const int maker = maker_[static_cast<size_t>(view.value)];
      return maker < 0 ? !is_fixed_argument(view.value) : of_bins(at(maker)) && of_inputs(maker);
    });
  }
  // A parameter or model buffer.
  bool is_fixed_argument(int value) const {
    return std::any_of(flat_.arguments.begin(), flat_.arguments.end(), [&](const FlatArgument& argument) {
      return argument.value == value && argument.kind != ir::ArgumentKind::input;
    });
  }

  void place_scan(int scan) {
    int from = 0;
    std::vector<int> body;
    for (size_t k = 0; k < flat_.instructions.size(); ++k) {
      if (at(static_cast<int>(k)).scan != scan || !of_bins(at(static_cast<int>(k)))) continue;
      body.push_back(static_cast<int>(k));
    }
    // Fixed work that stands among the body's is placed first.
    for (int k = body.front(); k < body.back(); ++k) {
      if (!of_bins(at(k))) ready_[static_cast<size_t>(at(k).result)] = bound(at(k), false);
    }
    for (const int k : body) from = std::max(from, bound(at(k), false));
    const Scan& described = flat_.scans[static_cast<size_t>(scan)];
    for (const State& state : described.states)
      from = std::max(from, ready_[static_cast<size_t>(state.start.value)]);
    const int stage = loop_stage(from, true, described.reverse);
    scan_stage_[static_cast<size_t>(scan)] = stage;
    stages_[static_cast<size_t>(stage)].scans.push_back(scan);
    for (const int k : body) put(k, stage);
  }

  // Cheap instructions join every loop that needs them.
  void pull_cheap() {
    for (Stage& stage : stages_) {
      const std::set<int> own = stage.instructions;
      for (const int i : own) pull(at(i), stage);
    }
  }
  void pull(const Instruction& i, Stage& stage) {
    for (const View& view : i.operands) {
      const int maker = maker_[static_cast<size_t>(view.value)];
      if (maker < 0 || !of_bins(at(maker)) || !floats(maker)) continue;
      if (stage.instructions.insert(maker).second) pull(at(maker), stage);
    }
  }

  // What no scan directs goes as the last scan before it does, so that stretches of bins can go through
  // both.
  void choose_directions() {
    bool reverse = false;
    for (Stage& stage : stages_) {
      if (!stage.directed && stage.kind != StepKind::dot) stage.reverse = reverse;
      reverse = stage.directed ? stage.reverse : reverse;
    }
  }

  void write_steps() {
    for (int k = 0; k <= static_cast<int>(stages_.size()); ++k) {
      write_between(k);
      if (k == static_cast<int>(stages_.size())) break;
      const Stage& stage = stages_[static_cast<size_t>(k)];
      if (has_work_to_share(stage)) {
        write_step(part_of(stage, false));
        write_step(part_of(stage, true));
      } else {
        write_step(stage);
      }
    }
  }
  void write_step(const Stage& stage) {
    if (stage.instructions.empty()) return;
    Step step;
    step.kind = stage.kind;
    step.reverse = stage.reverse;
    step.scans = stage.scans;
    step.first = stage.first;
    step.shared = can_be_shared(stage);
    step.groups.push_back({0, {stage.instructions.begin(), stage.instructions.end()}});
    plan_.steps.push_back(std::move(step));
  }

  // About how many operations the stage does in a bin.
  int64_t work_in_bin(const Stage& stage) const {
    int64_t work = 0;
    for (const int i : stage.instructions) {
      const bool pointwise = at(i).work == Work::pointwise || at(i).operands.empty();
      work += pointwise ? flat_.values[at(i).result].entries : at(i).operands[0].entries();
    }
    return work;
  }
  // A loop whose bins do not hang on each other but for sums, of so many operations in a bin.
  bool bins_stand_alone(const Stage& stage, int64_t least_work) const {
    return stage.kind == StepKind::frames && stage.scans.empty() && work_in_bin(stage) >= least_work;
  }
  // Whether they are so much work that the sums get a loop of their own: then threads can share the bins of
  // the rest.
  bool has_work_to_share(const Stage& stage) const {
    constexpr int64_t worth_a_loop = 1 << 11;
    return bins_stand_alone(stage, worth_a_loop);
  }
  bool can_be_shared(const Stage& stage) const {
    constexpr int64_t worth_sharing = 1 << 10;
    return bins_stand_alone(stage, worth_sharing) &&
           std::none_of(stage.instructions.begin(), stage.instructions.end(),
                        [&](int i) { return at(i).work == Work::accumulate; });
  }
  // The stage's sums over bins, or all but those; with the cheap instructions that they need.
  Stage part_of(const Stage& stage, bool sums) {
    Stage part = stage;
    part.instructions.clear();
    for (const int i : stage.instructions) {
      if (!floats(i) && (at(i).work == Work::accumulate) == sums) part.instructions.insert(i);
    }
    const std::set<int> own = part.instructions;
    for (const int i : own) pull(at(i), part);
    return part;
  }
  // Runs of fixed and of clip work that are ready before stage k.
  void write_between(int k) {
    for (size_t i = 0; i < flat_.instructions.size(); ++i) {
      const Instruction& instruction = flat_.instructions[i];
      if (of_bins(instruction) || ready_[static_cast<size_t>(instruction.result)] != k) continue;
      const StepKind kind = level(instruction) == Level::fixed ? StepKind::fixed : StepKind::clip;
      const bool extends = !plan_.steps.empty() && plan_.steps.back().kind == kind && first_between_ == k;
      if (!extends) {
        plan_.steps.emplace_back().kind = kind;
        plan_.steps.back().groups.emplace_back();
        first_between_ = k;
      }
      plan_.steps.back().groups[0].instructions.push_back(static_cast<int>(i));
    }
  }

  Plan& plan_;
  const Flat& flat_;
  std::vector<int> maker_;     // by value: its instruction; -1
  std::vector<int> stage_of_;  // by instruction; -1: fixed, clip or floating
  std::vector<int> ready_;     // by value: the first stage before which it is there
  std::map<int, int> scan_of_state_;
  std::vector<int> scan_stage_;
  std::set<int> kept_;
  std::vector<Stage> stages_;
  int first_between_ = -1;
};

}  // namespace

bool is_cheap(const Instruction& instruction) {
  if (instruction.work != Work::pointwise) return false;
  switch (instruction.op) {
    case ir::Op::exp:
    case ir::Op::log:
    case ir::Op::sqrt:
    case ir::Op::tanh:
    case ir::Op::sigmoid:
    case ir::Op::softplus:
    case ir::Op::expm1_over:
    case ir::Op::erf:
    case ir::Op::sin:
    case ir::Op::cos:
    case ir::Op::pow:
      return false;
    default:
      return true;
  }
}

void choose_steps(Plan& plan) { StepChooser(plan).run(); }

}  // namespace stria::plan
