// Plans as text, for `explain` and golden tests.
#include <fmt/format.h>

#include "compiler/plan/groups.h"
#include "compiler/plan/plan.h"

namespace stria::plan {

const char* name_of(StepKind kind) {
  switch (kind) {
    case StepKind::fixed:
      return "fixed";
    case StepKind::clip:
      return "clip";
    case StepKind::frames:
      return "frames";
    case StepKind::dot:
      return "dot";
    case StepKind::outer:
      return "outer";
  }
  return "";
}

std::string name_of(const Instruction& i) {
  static constexpr const char* reductions[] = {"sum", "product", "greatest", "least"};
  const std::string reduction = reductions[static_cast<size_t>(i.reduction)];
  switch (i.work) {
    case Work::pointwise:
      return std::string(ir::info(i.op).name);
    case Work::nest:
      return i.summed_axes == 0 ? "copy" : reduction;
    case Work::join:
      return "join";
    case Work::pack:
      return "pack";
    case Work::dot:
      return "dot";
    case Work::outer:
      return "outer";
    case Work::convolve:
      return "convolve";
    case Work::correlate:
      return "correlate";
    case Work::accumulate:
      return "accumulate " + reduction;
    case Work::combine:
      return "combine " + reduction;
    case Work::frame:
      return fmt::format("frame {}", i.bin);
  }
  return "";
}

namespace {

const char* name_of(BufferKind kind) {
  switch (kind) {
    case BufferKind::fixed:
      return "fixed";
    case BufferKind::clip:
      return "clip";
    case BufferKind::summed:
      return "summed";
    case BufferKind::ring:
      return "ring";
    case BufferKind::stream:
      return "stream";
  }
  return "";
}

std::string text_of(const Flat& flat, const View& view) {
  const Value& value = flat.values[static_cast<size_t>(view.value)];
  if (value.constant) return fmt::format("{}", *value.constant);
  std::string text = value.name.empty() ? fmt::format("%{}", view.value) : value.name;
  if (view.plain() && view.offset == 0 && view.entries() == value.entries) return text;
  text += "(";
  if (view.offset != 0) text += fmt::format("{}", view.offset);
  for (const Axis& axis : view.axes) {
    text += fmt::format(" {}:{}", axis.size, axis.stride);
    if (axis.bins != 0) text += fmt::format("@{}", axis.bins);
  }
  if (view.bins != 0) text += fmt::format(" @{}", view.bins);
  return text + ")";
}

std::string text_of(const Plan& plan, const Instruction& i) {
  const Value& value = plan.flat.values[static_cast<size_t>(i.result)];
  const Place& place = plan.places[static_cast<size_t>(i.result)];
  std::string text = fmt::format("%{}[{}]", i.result, value.entries);
  if (place.buffer >= 0) {
    text +=
        fmt::format(" in {} {}", name_of(plan.buffers[static_cast<size_t>(place.buffer)].kind), place.buffer);
    if (place.offset != 0) text += fmt::format("+{}", place.offset);
  }
  text += " = " + name_of(i);
  for (const View& view : i.operands) text += " " + text_of(plan.flat, view);
  return text;
}

// "320", or "32 x 10" where the loop has rows.
std::string loop_of(const Flat& flat, const Group& group) {
  const int64_t columns = row_entries(flat, group);
  return columns == group.entries ? fmt::format("{}", columns)
                                  : fmt::format("{} x {}", group.entries / columns, columns);
}

}  // namespace

std::string print(const Plan& plan) {
  std::string text =
      fmt::format("plan {}: {} steps, {} lanes\n", plan.flat.name, plan.steps.size(), plan.options.lanes);
  for (size_t s = 0; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    text += fmt::format("step {} {}{}{}\n", s, name_of(step.kind), step.reverse ? " backwards" : "",
                        step.shared ? ", bins shared" : "");
    for (const Group& group : step.groups) {
      if (group.instructions.size() > 1) text += fmt::format("  each of {}\n", loop_of(plan.flat, group));
      for (const int i : group.instructions) {
        text += (group.instructions.size() > 1 ? "    " : "  ") +
                text_of(plan, plan.flat.instructions[static_cast<size_t>(i)]) + "\n";
      }
    }
    for (const int scan : step.scans) {
      for (const State& state : plan.flat.scans[static_cast<size_t>(scan)].states) {
        text += fmt::format("  state %{} from {} takes {}\n", state.value, text_of(plan.flat, state.start),
                            text_of(plan.flat, state.next));
      }
    }
  }
  return text;
}

}  // namespace stria::plan
