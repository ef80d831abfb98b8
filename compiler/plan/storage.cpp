#include "compiler/plan/storage.h"

#include <algorithm>
#include <map>
#include <set>

#include "compiler/plan/groups.h"
#include "compiler/plan/tiles.h"

namespace stria::plan {
namespace {

// What is known of a value's use.
struct Use {
  std::set<int> made, read;     // steps
  bool in_memory = false;       // read by another loop than the one that makes it
  int64_t least = 0, most = 0;  // bins it is read at, relative to the one at hand
};

class Allocator {
 public:
  explicit Allocator(Plan& plan) : plan_(plan), flat_(plan.flat), uses_(flat_.values.size()) {
    plan_.places.assign(flat_.values.size(), {});
    for (const Scan& scan : flat_.scans) {
      for (const State& state : scan.states) {
        before_of_[state.next.value] = state.value;
        next_of_[state.value] = state.next.value;
        reversed_[state.value] = scan.reverse;
      }
    }
  }

  void run() {
    set_sizes();
    collect_uses();
    place_given();
    place_inside_joins();
    for (size_t v = 0; v < flat_.values.size(); ++v) place(static_cast<int>(v));
    for (const auto& [state, next] : next_of_) place_state(state, next);
    for (size_t v = 0; v < flat_.values.size(); ++v) note_life(static_cast<int>(v));
  }

 private:
  Value& value(int v) { return flat_.values[static_cast<size_t>(v)]; }
  Use& use(int v) { return uses_[static_cast<size_t>(v)]; }
  Place& place_of(int v) { return plan_.places[static_cast<size_t>(v)]; }

  // Packed weights take a layout of their own.
  void set_sizes() {
    std::vector<bool>& own_stage = plan_.packed_for_stage;
    own_stage.assign(flat_.values.size(), false);
    for (const Step& step : plan_.steps) {
      for (const Group& group : step.groups) {
        for (const int i : group.instructions) {
          const Instruction& instruction = flat_.instructions[static_cast<size_t>(i)];
          if (instruction.work == Work::dot)
            own_stage[static_cast<size_t>(instruction.operands[1].value)] = step.kind == StepKind::dot;
        }
      }
    }
    for (const Instruction& i : flat_.instructions) {
      if (i.work != Work::pack) continue;
      const int64_t all = i.operands[0].entries();
      int64_t k = 1;
      for (int64_t s = 0; s < i.summed_axes; ++s)
        k *= i.operands[0].axes[i.operands[0].axes.size() - 1 - s].size;
      const DotTiles tiles =
          dot_tiles(plan_.options, all / std::max<int64_t>(k, 1), own_stage[static_cast<size_t>(i.result)]);
      value(i.result).entries = tiles.n_units() * tiles.unit_width * k;
    }
  }

  void read(const View& view, int step, bool in_memory) {
    Use& of = use(view.value);
    of.read.insert(step);
    of.in_memory = of.in_memory || in_memory;
    const auto [least, most] = view.reach();
    of.least = std::min(of.least, least);
    of.most = std::max(of.most, most);
  }

  void collect_uses() {
    for (size_t s = 0; s < plan_.steps.size(); ++s) {
      const Step& step = plan_.steps[s];
      for (const Group& group : step.groups) {
        const std::set<int> own(group.instructions.begin(), group.instructions.end());
        for (const int i : group.instructions) {
          const Instruction& instruction = flat_.instructions[static_cast<size_t>(i)];
          use(instruction.result).made.insert(static_cast<int>(s));
          if (instruction.work != Work::pointwise) use(instruction.result).in_memory = true;
        }
        for (const int i : group.instructions) {
          const Instruction& instruction = flat_.instructions[static_cast<size_t>(i)];
          for (const View& view : instruction.operands) {
            const bool as_made = is_direct(flat_, view) || reduces_rows(flat_, instruction);
            const bool direct = group.entries >= 0 && as_made && makes(group, view.value);
            read(view, static_cast<int>(s), !direct);
          }
        }
      }
      for (const int scan : step.scans) {
        for (const State& state : flat_.scans[static_cast<size_t>(scan)].states) {
          read(state.start, static_cast<int>(s), true);
          read(state.next, static_cast<int>(s), true);
        }
      }
    }
    for (const FlatResult& result : flat_.results) {
      read(result.view, static_cast<int>(plan_.steps.size()), true);
    }
    // Who reads a state from another step reads its new value of a bin ago.
    for (const auto& [state, next] : next_of_) {
      use(next).read.insert(use(state).read.begin(), use(state).read.end());
      const int64_t shift = reversed_[state] ? 1 : -1;
      use(next).least = std::min({use(next).least, use(state).least + shift});
      use(next).most = std::max({use(next).most, use(state).most + shift});
    }
  }
  bool makes(const Group& group, int v) const {
    return std::any_of(group.instructions.begin(), group.instructions.end(),
                       [&](int i) { return flat_.instructions[static_cast<size_t>(i)].result == v; });
  }

  int new_buffer(BufferKind kind, int64_t entries) {
    plan_.buffers.emplace_back();
    plan_.buffers.back().kind = kind;
    plan_.buffers.back().entries = entries;
    return static_cast<int>(plan_.buffers.size() - 1);
  }

  void place_given() {
    if (plan_.options.lanes > 1) {
      plan_.clips = new_buffer(BufferKind::clip, 1);
      plan_.buffers.back().owner = Owner::clips;
    }
    for (const FlatArgument& argument : flat_.arguments) {
      const Level level = value(argument.value).level;
      const BufferKind kind = level == Level::bin    ? BufferKind::stream
                              : level == Level::clip ? BufferKind::clip
                                                     : BufferKind::fixed;
      const int buffer = new_buffer(kind, value(argument.value).entries);
      Buffer& made = plan_.buffers.back();
      made.owner = argument.kind == ir::ArgumentKind::parameter ? Owner::parameter
                   : argument.kind == ir::ArgumentKind::buffer  ? Owner::model_buffer
                                                                : Owner::input;
      set_rows(made, use(argument.value));
      place_of(argument.value).buffer = buffer;
    }
    for (size_t v = 0; v < flat_.values.size(); ++v) {
      if (flat_.values[v].table.empty()) continue;
      plan_.places[v].buffer = new_buffer(BufferKind::fixed, flat_.values[v].entries);
      plan_.buffers.back().owner = Owner::table;
      plan_.buffers.back().value = static_cast<int>(v);
    }
  }
  static void set_rows(Buffer& buffer, const Use& use) {
    buffer.before = std::max(buffer.before, -use.least);
    buffer.after = std::max(buffer.after, use.most);
  }

  bool across_steps(const Use& use) const {
    return use.made.size() == 1 &&
           std::any_of(use.read.begin(), use.read.end(), [&](int s) { return use.made.count(s) == 0; });
  }

  // A value that is only a piece of a larger one is made where it belongs.
  void place_inside_joins() {
    for (size_t i = flat_.instructions.size(); i-- > 0;) {
      const Instruction& join = flat_.instructions[i];
      if (join.work != Work::join || join.zeros || use(join.result).made.size() != 1) continue;
      for (size_t k = 0; k < join.operands.size(); ++k) {
        const int piece = join.operands[k].value;
        if (!can_live_in(piece, join, k)) continue;
        inside_[piece] = {join.result, join.destinations[k].offset};
        use(piece).in_memory = true;
      }
    }
    for (const auto& [piece, home] : inside_) {
      Use& outer = use(home.first);
      outer.read.insert(use(piece).read.begin(), use(piece).read.end());
      outer.least = std::min(outer.least, use(piece).least);
      outer.most = std::max(outer.most, use(piece).most);
    }
  }
  bool can_live_in(int piece, const Instruction& join, size_t k) {
    const View& view = join.operands[k];
    const Value& made = value(piece);
    if (!is_direct(flat_, view) || made.level != value(join.result).level || made.lanes_summed) return false;
    if (made.constant || !made.table.empty() || !made.name.empty()) return false;
    View destination = join.destinations[k];
    destination.offset = 0;
    if (!destination.plain() || inside_.count(piece) > 0) return false;
    if (use(piece).made != use(join.result).made || before_of_.count(piece) > 0 ||
        next_of_.count(piece) > 0) {
      return false;
    }
    const Instruction* maker = nullptr;
    for (const Instruction& i : flat_.instructions) {
      if (i.result == piece) maker = &i;
    }
    if (maker == nullptr) return false;
    const Work work = maker->work;
    return work == Work::pointwise || work == Work::nest || work == Work::join || work == Work::dot ||
           work == Work::frame;
  }

  void place(int v) {
    Place& place = place_of(v);
    if (place.buffer >= 0 || value(v).constant || next_of_.count(v) > 0) return;
    if (const auto found = inside_.find(v); found != inside_.end()) {
      this->place(found->second.first);
      place.buffer = place_of(found->second.first).buffer;
      place.offset = place_of(found->second.first).offset + found->second.second;
      return;
    }
    const Use& of = use(v);
    if (of.made.empty()) return;
    const bool result = std::any_of(flat_.results.begin(), flat_.results.end(),
                                    [&](const FlatResult& r) { return r.view.value == v; });
    const bool outside = across_steps(of);
    if (!of.in_memory && !outside && !result) return;
    BufferKind kind = BufferKind::fixed;
    if (value(v).level == Level::clip) kind = value(v).lanes_summed ? BufferKind::summed : BufferKind::clip;
    if (value(v).level == Level::bin) {
      kind = outside || result         ? BufferKind::stream
             : before_of_.count(v) > 0 ? BufferKind::ring
                                       : BufferKind::clip;
    }
    place.buffer = new_buffer(kind, value(v).entries);
    Buffer& buffer = plan_.buffers.back();
    buffer.scratch = kind == BufferKind::clip && value(v).level == Level::bin;
    if (kind == BufferKind::stream) set_rows(buffer, of);
    if (result) buffer.owner = Owner::result;
  }

  void place_state(int state, int next) {
    place_of(state) = place_of(next);
    place_of(state).bins += reversed_[state] ? 1 : -1;
  }

  void note_life(int v) {
    const Place& place = place_of(v);
    if (place.buffer < 0) return;
    Buffer& buffer = plan_.buffers[static_cast<size_t>(place.buffer)];
    if (buffer.owner != Owner::plan) return;
    for (const std::set<int>* steps : {&use(v).made, &use(v).read}) {
      for (const int step : *steps) {
        buffer.first_step = buffer.first_step < 0 ? step : std::min(buffer.first_step, step);
        buffer.last_step = std::max(buffer.last_step, step);
      }
    }
  }

  Plan& plan_;
  Flat& flat_;
  std::vector<Use> uses_;
  std::map<int, int> before_of_, next_of_;         // a state's new value -> the state; and back
  std::map<int, bool> reversed_;                   // by state
  std::map<int, std::pair<int, int64_t>> inside_;  // a piece -> the join it is made in, and where
};

}  // namespace

void choose_storage(Plan& plan) { Allocator(plan).run(); }

}  // namespace stria::plan
