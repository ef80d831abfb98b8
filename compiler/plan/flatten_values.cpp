#include <algorithm>

#include "compiler/plan/flattener.h"
#include "compiler/plan/view.h"

namespace stria::plan {

using ir::Node;
using ir::Op;
using ir::ValueId;

namespace {
// Fewer columns than this leave too much of vectors empty.
constexpr int64_t fewest_columns = 16;
}  // namespace

int Flattener::new_value(Level level, int64_t entries) {
  flat_.values.emplace_back();
  flat_.values.back().level = level;
  flat_.values.back().entries = entries;
  return static_cast<int>(flat_.values.size() - 1);
}

Level Flattener::level(const std::vector<View>& views) const {
  Level result = Level::fixed;
  for (const View& view : views) result = std::max(result, level(view));
  return result;
}

bool Flattener::is_own(const View& view) const {
  const Value& value = flat_.values[view.value];
  return view.plain() && view.offset == 0 && view.entries() == value.entries && value.name.empty() &&
         !value.constant && value.table.empty();
}

Instruction Flattener::instruction(Work work, std::vector<View> operands) const {
  Instruction result;
  result.work = work;
  result.operands = std::move(operands);
  result.scan = scan_;
  return result;
}

View Flattener::emit(Instruction instruction, Level level, const std::vector<int64_t>& sizes, bool boolean) {
  // Work that no state reaches may stand in a scan's body; it still belongs to the scan's bins.
  if (level != Level::bin) instruction.scan = -1;
  const int value = new_value(level, product(sizes));
  flat_.values[value].boolean = boolean;
  instruction.result = value;
  flat_.instructions.push_back(std::move(instruction));
  return whole(value, sizes);
}

View Flattener::copy(const View& view, Level level) {
  const bool once = level == Level::fixed;
  for (const auto& [of, made] : fixed_copies_) {
    if (once && of == view) return made;
  }
  const View made = emit(instruction(Work::nest, {view}), level, view.sizes(), boolean(view));
  if (once) fixed_copies_.emplace_back(view, made);
  return made;
}

View Flattener::constant(double number) {
  const int value = new_value(Level::fixed, 1);
  flat_.values[value].constant = number;
  return whole(value, {});
}

View Flattener::pointwise(Op op, std::vector<View> operands, const std::vector<int64_t>& sizes,
                          bool boolean) {
  for (View& operand : operands) {
    operand = fit(operand, sizes);
    if (!can_be_read_in_rows(operand)) operand = copy(operand, level(operand));
  }
  const Level result = level(operands);
  Instruction made = instruction(Work::pointwise, std::move(operands));
  made.op = op;
  return emit(std::move(made), result, sizes, boolean);
}

bool Flattener::can_be_read_in_rows(const View& operand) {
  if (operand.repeated() || operand.plain()) return true;
  const auto repeated = repeats(operand);
  if (!repeated || repeated->columns < fewest_columns) return false;
  return row_length_.emplace(operand.entries(), repeated->columns).first->second == repeated->columns;
}

View Flattener::nest(std::vector<View> operands, const std::vector<int64_t>& sizes, Reduction reduction,
                     Level at_least) {
  Instruction made = instruction(Work::nest, std::move(operands));
  made.reduction = reduction;
  made.summed_axes = static_cast<int64_t>(made.operands[0].axes.size() - sizes.size());
  const Level result = std::max(at_least, level(made.operands));
  return emit(std::move(made), result, sizes);
}

View Flattener::table(std::vector<double> values, const std::vector<int64_t>& sizes) {
  const int value = new_value(Level::fixed, product(sizes));
  flat_.values[value].table = std::move(values);
  return whole(value, sizes);
}

View Flattener::of_other_bins(const View& view, bool earlier) {
  const auto is_carried = [&](const State& state) {
    return state.value == view.value || state.next.value == view.value;
  };
  const bool carried = std::any_of(flat_.scans.begin(), flat_.scans.end(), [&](const Scan& scan) {
    return std::any_of(scan.states.begin(), scan.states.end(), is_carried);
  });
  const auto [least, most] = view.reach();
  const bool shifted_back = earlier ? most > 0 : least < 0;
  return carried || shifted_back ? copy(view, Level::bin) : of_bins(view);
}

View Flattener::concat(const Node& node) {
  const size_t along =
      static_cast<size_t>(ir::int_attribute(node, "axis")) - n_letters(graph_.type(node.results[0]));
  const std::vector<int64_t> sizes = features(graph_.type(node.results[0]));
  Instruction made = instruction(Work::join, {});
  int64_t start = 0;
  const View all = whole(0, sizes);
  for (const ValueId id : node.operands) {
    const int64_t size = features(graph_.type(id)).at(along);
    made.operands.push_back(views_[id]);
    made.destinations.push_back(sliced(all, along, start, size, 1));
    start += size;
  }
  return join(std::move(made), sizes, boolean(made.operands[0]));
}

View Flattener::pad(const Node& node) {
  const std::vector<int64_t> sizes = features(graph_.type(node.results[0]));
  const size_t along = axis(node);
  const int64_t before = ir::int_attribute(node, "before"), size = operand(node, 0).axes.at(along).size;
  if (before < 0 || ir::int_attribute(node, "after") < 0) throw ir::InternalError("a pad that cuts");
  Instruction made = instruction(Work::join, {operand(node, 0)});
  made.destinations.push_back(sliced(whole(0, sizes), along, before, size, 1));
  made.zeros = true;
  return join(std::move(made), sizes, false);
}

View Flattener::join(Instruction made, const std::vector<int64_t>& sizes, bool boolean) {
  const Level at = level(made.operands);
  const View result = emit(std::move(made), at, sizes, boolean);
  for (View& destination : flat_.instructions.back().destinations) destination.value = result.value;
  return result;
}

}  // namespace stria::plan
