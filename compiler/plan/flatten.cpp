#include <algorithm>
#include <map>
#include <utility>

#include "compiler/ir/subscripts.h"
#include "compiler/plan/flat.h"
#include "compiler/plan/subscripts.h"
#include "compiler/plan/view.h"

namespace stria::plan {
namespace {

using ir::Dim;
using ir::Node;
using ir::Op;
using ir::Type;
using ir::ValueId;

// How many of the first dims are letters: B, and T behind it.
size_t n_letters(const Type& type) {
  size_t n = 0;
  while (n < type.dims.size() && !type.dims[n].is_number()) ++n;
  const bool in_place = n == 0 || (type.dims[0] == ir::batch_dim && (n == 1 || type.dims[1] == ir::time_dim));
  const bool others = std::any_of(type.dims.begin() + static_cast<std::ptrdiff_t>(n), type.dims.end(),
                                  [](const Dim& dim) { return !dim.is_number(); });
  if (!in_place || others) throw ir::InternalError("a plan has no place for a value " + ir::to_string(type));
  return n;
}

Level level_of(const Type& type) {
  constexpr Level levels[] = {Level::fixed, Level::clip, Level::bin};
  return levels[n_letters(type)];
}

std::vector<int64_t> features(const Type& type) {
  std::vector<int64_t> result;
  for (size_t i = n_letters(type); i < type.dims.size(); ++i) result.push_back(type.dims[i].size);
  return result;
}

std::vector<int64_t> numbers(const std::vector<Dim>& dims) { return features(Type{{}, dims}); }

// Fewer dense entries than this do not fill a vector; fewer columns than that leave too much of it empty.
constexpr int64_t fewest_dense = 8, fewest_columns = 16;

class Flattener {
 public:
  explicit Flattener(const ir::Graph& graph) : graph_(graph), views_(graph.values.size()) {
    flat_.name = graph.name;
    for (const ir::Result& result : graph.results) only_users_[result.value] = nullptr;
    find_users(graph.body);
  }

  Flat run() {
    for (const ir::Argument& argument : graph_.arguments) {
      const Type& type = graph_.type(argument.value);
      const int value = new_value(level_of(type), product(features(type)));
      flat_.values[value].boolean = type.element == ir::Element::boolean;
      flat_.values[value].name = argument.name;
      views_[argument.value] = whole(value, features(type));
      flat_.arguments.push_back({argument.kind, argument.name, value});
    }
    region(graph_.body);
    for (const ir::Result& result : graph_.results) {
      View view = views_[result.value];
      const Level wanted = level_of(graph_.type(result.value));
      if (level(view) < wanted) view = copy(view, wanted);
      if (!is_own(view)) view = copy(view, level(view));
      flat_.results.push_back({result.name, view});
    }
    return std::move(flat_);
  }

 private:
  // ---- values and instructions
  int new_value(Level level, int64_t entries) {
    flat_.values.emplace_back();
    flat_.values.back().level = level;
    flat_.values.back().entries = entries;
    return static_cast<int>(flat_.values.size() - 1);
  }
  Level level(const View& view) const { return flat_.values[view.value].level; }
  Level level(const std::vector<View>& views) const {
    Level result = Level::fixed;
    for (const View& view : views) result = std::max(result, level(view));
    return result;
  }
  bool boolean(const View& view) const { return flat_.values[view.value].boolean; }
  // A whole computed value in its own order.
  bool is_own(const View& view) const {
    const Value& value = flat_.values[view.value];
    return view.plain() && view.offset == 0 && view.entries() == value.entries && value.name.empty() &&
           !value.constant && value.table.empty();
  }

  Instruction instruction(Work work, std::vector<View> operands) const {
    Instruction result;
    result.work = work;
    result.operands = std::move(operands);
    result.scan = scan_;
    return result;
  }
  View emit(Instruction instruction, Level level, const std::vector<int64_t>& sizes, bool boolean = false) {
    // Work that no state reaches may stand in a scan's body; it still belongs to the scan's bins.
    if (level != Level::bin) instruction.scan = -1;
    const int value = new_value(level, product(sizes));
    flat_.values[value].boolean = boolean;
    instruction.result = value;
    flat_.instructions.push_back(std::move(instruction));
    return whole(value, sizes);
  }
  View copy(const View& view, Level level) {
    if (level != Level::fixed)
      return emit(instruction(Work::nest, {view}), level, view.sizes(), boolean(view));
    for (const auto& [of, made] : fixed_copies_) {
      if (of == view) return made;
    }
    fixed_copies_.emplace_back(view,
                               emit(instruction(Work::nest, {view}), level, view.sizes(), boolean(view)));
    return fixed_copies_.back().second;
  }
  View constant(double number) {
    const int value = new_value(Level::fixed, 1);
    flat_.values[value].constant = number;
    return whole(value, {});
  }

  View pointwise(Op op, std::vector<View> operands, const std::vector<int64_t>& sizes, bool boolean = false) {
    for (View& operand : operands) {
      operand = fit(operand, sizes);
      if (!can_be_read_in_rows(operand)) operand = copy(operand, level(operand));
    }
    const Level result = level(operands);
    Instruction made = instruction(Work::pointwise, std::move(operands));
    made.op = op;
    return emit(std::move(made), result, sizes, boolean);
  }

  // Whether a loop over entries can read the operand as it is: in the order in which it lies, or repeated in
  // rows. All loops over so many entries have rows of one length, long enough to fill vectors.
  bool can_be_read_in_rows(const View& operand) {
    if (operand.repeated() || operand.plain()) return true;
    const auto repeated = repeats(operand);
    if (!repeated || repeated->columns < fewest_columns) return false;
    return row_length_.emplace(operand.entries(), repeated->columns).first->second == repeated->columns;
  }

  View nest(std::vector<View> operands, const std::vector<int64_t>& sizes, Reduction reduction,
            Level at_least = Level::fixed) {
    Instruction made = instruction(Work::nest, std::move(operands));
    made.reduction = reduction;
    made.summed_axes = static_cast<int64_t>(made.operands[0].axes.size() - sizes.size());
    const Level result = std::max(at_least, level(made.operands));
    return emit(std::move(made), result, sizes);
  }

  // ---- the walk
  void find_users(const ir::Region& region) {
    for (const ValueId id : region.results) only_users_[id] = nullptr;
    for (const Node& node : region.nodes) {
      for (const ValueId id : node.operands) {
        if (const auto [user, first] = only_users_.emplace(id, &node); !first) user->second = nullptr;
      }
      for (const ir::Region& inner : node.regions) find_users(inner);
    }
  }
  void region(const ir::Region& region) {
    for (const Node& node : region.nodes) {
      if (node.op == Op::scan) {
        scan(node);
      } else {
        views_[node.results.at(0)] = lower(node);
      }
    }
  }

  View operand(const Node& node, size_t i) const { return views_[node.operands.at(i)]; }
  const Type& operand_type(const Node& node, size_t i) const { return graph_.type(node.operands.at(i)); }
  size_t axis(const Node& node) const {
    return static_cast<size_t>(ir::int_attribute(node, "axis")) - n_letters(operand_type(node, 0));
  }

  View lower(const Node& node) {
    const auto number = [&](const char* name) { return ir::int_attribute(node, name); };
    switch (node.op) {
      case Op::constant:
        return constant(ir::real_attribute(node, "value"));
      case Op::table:
        return table(ir::reals_attribute(node, "values"), features(graph_.type(node.results[0])));
      case Op::iota: {
        std::vector<double> values;
        for (int64_t i = 0; i < number("size"); ++i) values.push_back(static_cast<double>(i));
        return table(values, {number("size")});
      }
      case Op::index: {
        std::vector<double> values;
        const Type& type = graph_.type(node.results[0]);
        const std::vector<int64_t> sizes = features(type);
        const size_t letters = n_letters(type);
        if (static_cast<size_t>(number("axis")) < letters)
          throw ir::InternalError("a plan has no place for the numbers of clips or bins");
        const size_t along = static_cast<size_t>(number("axis")) - letters;
        int64_t below = 1;
        for (size_t i = along + 1; i < sizes.size(); ++i) below *= sizes[i];
        for (int64_t i = 0; i < product(sizes); ++i)
          values.push_back(static_cast<double>(i / below % sizes.at(along)));
        return table(values, sizes);
      }
      case Op::frame: {
        Instruction made = instruction(Work::frame, {of_bins(operand(node, 0))});
        made.bin = number("bin");
        const View of = made.operands[0];
        return emit(std::move(made), Level::clip, of.sizes(), boolean(of));
      }
      case Op::stop_gradient:
        return operand(node, 0);
      case Op::broadcast:
        return fit(operand(node, 0), numbers(ir::dims_attribute(node, "sizes")));
      case Op::reshape: {
        const std::vector<int64_t> sizes = numbers(ir::dims_attribute(node, "sizes"));
        const auto view = reshaped(operand(node, 0), sizes);
        return view ? *view : *reshaped(copy(operand(node, 0), level(operand(node, 0))), sizes);
      }
      case Op::transpose: {
        std::vector<int64_t> order;
        const auto letters = static_cast<int64_t>(n_letters(operand_type(node, 0)));
        for (const int64_t from : ir::ints_attribute(node, "order")) {
          if (from >= letters) order.push_back(from - letters);
        }
        return transposed(operand(node, 0), order);
      }
      case Op::slice:
        return sliced(operand(node, 0), axis(node), number("start"), number("size"), number("step"));
      case Op::flip:
        return flipped(operand(node, 0), axis(node));
      case Op::window:
        return windowed(operand(node, 0), axis(node), number("size"), number("stride"), number("dilate"));
      case Op::delay: {
        View view = of_other_bins(operand(node, 0), number("steps") >= 0);
        view.bins -= number("steps");
        return view;
      }
      case Op::history: {
        const bool earlier = number("reverse") == 0;
        View view = of_other_bins(operand(node, 0), earlier);
        view.axes.push_back(Axis{number("size"), 0, earlier ? -1 : 1});
        return view;
      }
      case Op::overlap_add: {
        const bool earlier = number("reverse") != 0;
        View view = of_other_bins(operand(node, 0), earlier);
        view.axes.back().bins += earlier ? -1 : 1;
        return nest({view}, features(graph_.type(node.results[0])), Reduction::sum);
      }
      case Op::concat:
        return concat(node);
      case Op::pad:
        return pad(node);
      case Op::contract:
        return contract(node);
      case Op::reduce_sum:
      case Op::reduce_mean:
        return sum_or_mean(node);
      case Op::reduce_prod:
        return reduce(operand(node, 0), node, Reduction::product);
      case Op::reduce_max:
        return reduce(operand(node, 0), node, Reduction::greatest);
      case Op::reduce_min:
        return reduce(operand(node, 0), node, Reduction::least);
      case Op::logsumexp:
        return logsumexp(node);
      case Op::random:
      case Op::scan:
        throw ir::InternalError("op " + std::string(ir::info(node.op).name) + " has no place here");
      default:
        break;
    }
    std::vector<View> operands;
    for (const ValueId id : node.operands) operands.push_back(views_[id]);
    const Type& type = graph_.type(node.results[0]);
    return pointwise(node.op, std::move(operands), features(type), type.element == ir::Element::boolean);
  }

  View table(std::vector<double> values, const std::vector<int64_t>& sizes) {
    const int value = new_value(Level::fixed, product(sizes));
    flat_.values[value].table = std::move(values);
    return whole(value, sizes);
  }

  // Other bins can only be read of what is kept for all bins.
  View of_bins(const View& view) { return level(view) == Level::bin ? view : copy(view, Level::bin); }
  // To be read at earlier bins, or at later ones. Outside the clip it must be zero: where a state lies, its
  // start stands there; and what was shifted the other way has zeros at the clip's end that lie within it.
  View of_other_bins(const View& view, bool earlier) {
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

  View concat(const Node& node) {
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

  View pad(const Node& node) {
    const std::vector<int64_t> sizes = features(graph_.type(node.results[0]));
    const size_t along = axis(node);
    const int64_t before = ir::int_attribute(node, "before"), size = operand(node, 0).axes.at(along).size;
    if (before < 0 || ir::int_attribute(node, "after") < 0) throw ir::InternalError("a pad that cuts");
    Instruction made = instruction(Work::join, {operand(node, 0)});
    made.destinations.push_back(sliced(whole(0, sizes), along, before, size, 1));
    made.zeros = true;
    return join(std::move(made), sizes, false);
  }

  View join(Instruction made, const std::vector<int64_t>& sizes, bool boolean) {
    const Level at = level(made.operands);
    const View result = emit(std::move(made), at, sizes, boolean);
    for (View& destination : flat_.instructions.back().destinations) destination.value = result.value;
    return result;
  }

  // ---- products
  View contract(const Node& node) {
    const Subscripts subs(ir::text_attribute(node, "subscripts"), operand_type(node, 0),
                          operand_type(node, 1), graph_.type(node.results[0]));
    const View a = operand(node, 0), b = operand(node, 1);
    const std::vector<int64_t> sizes = features(graph_.type(node.results[0]));
    if (subs.sums_bins) return sum_over_bins(subs, a, b, sizes);
    if (subs.sums_clips) return sum_over_clips(subs, a, b, sizes);
    const bool a_varies = level(a) == Level::bin, b_varies = level(b) == Level::bin;
    if (a_varies != b_varies && !subs.summed.empty()) {
      const size_t side = a_varies ? 0 : 1;
      if (const auto made = dot(subs, side, a_varies ? a : b, a_varies ? b : a)) return *made;
    }
    if (const auto made = entry_by_entry(subs, a, b, sizes)) return *made;
    return in_wanted_order(node, subs, a, b);
  }

  // A product without a sum shares loops with what is pointwise, where its operands lie so; what is fixed can
  // be laid so once.
  std::optional<View> entry_by_entry(const Subscripts& subs, const View& a, const View& b,
                                     const std::vector<int64_t>& sizes) {
    if (!subs.summed.empty()) return std::nullopt;
    const View operands[2] = {subs.aligned(subs.letters[0], a, subs.out),
                              subs.aligned(subs.letters[1], b, subs.out)};
    for (const View& operand : operands) {
      if (level(operand) == Level::bin && !can_be_read_in_rows(operand)) return std::nullopt;
    }
    return pointwise(Op::mul, {operands[0], operands[1]}, sizes);
  }

  // The product as loops, its entries in the order in which its one user, a transpose, wants them, so that
  // nothing has to be moved afterwards; where that leaves the last axis, along which vectors run, as it is.
  View in_wanted_order(const Node& node, Subscripts subs, const View& a, const View& b) {
    const std::string given = subs.out;
    if (const Node* user = only_transpose(node.results[0]); user != nullptr && !given.empty()) {
      const auto& order = ir::ints_attribute(*user, "order");
      const size_t letters = order.size() - given.size();
      for (size_t i = 0; i < given.size(); ++i)
        subs.out[i] = given[static_cast<size_t>(order[i + letters]) - letters];
      if (subs.out.back() != given.back()) subs.out = given;
    }
    std::vector<int64_t> sizes, back;
    for (const char letter : subs.out) sizes.push_back(subs.size.at(letter));
    for (const char letter : given) back.push_back(static_cast<int64_t>(subs.out.find(letter)));
    return transposed(multiplied(subs, a, b, sizes, Level::fixed), back);
  }
  const Node* only_transpose(ValueId id) const {
    const auto found = only_users_.find(id);
    return found != only_users_.end() && found->second != nullptr && found->second->op == Op::transpose
               ? found->second
               : nullptr;
  }

  static std::string common(const std::string& of, const std::string& with, bool wanted) {
    std::string result;
    for (const char letter : of) {
      if ((with.find(letter) != std::string::npos) == wanted) result += letter;
    }
    return result;
  }

  // A product of a frame and a fixed weight: of all of the frame (its letters are summed), or of its part at
  // each of several places (letters of the result that the weight does not have).
  std::optional<View> dot(const Subscripts& subs, size_t side, const View& x, const View& w) {
    const std::string &varying = subs.letters[side], &weight = subs.letters[1 - side];
    const std::string places = common(varying, subs.out, true), summed = common(varying, subs.out, false);
    const std::string rows = common(subs.out, places, false);
    const bool fits = level(w) == Level::fixed && !ir::repeats(varying) && !summed.empty() &&
                      weight.size() == rows.size() + summed.size() &&
                      common(weight, rows + summed, false).empty();
    if (!fits) return std::nullopt;
    View rows_and_sums = subs.aligned(weight, w, rows + summed);
    if (flat_.values[w.value].constant)
      rows_and_sums = copy(rows_and_sums, Level::fixed);  // to lie somewhere
    Instruction packing = instruction(Work::pack, {rows_and_sums});
    packing.summed_axes = static_cast<int64_t>(summed.size());
    const View packed = emit(std::move(packing), Level::fixed, rows_and_sums.sizes());
    Instruction product = instruction(Work::dot, {subs.aligned(varying, x, places + summed), packed});
    product.places = static_cast<int64_t>(places.size());
    std::vector<int64_t> sizes, order;
    for (const char letter : places + rows) sizes.push_back(subs.size.at(letter));
    for (const char letter : subs.out) order.push_back(static_cast<int64_t>((places + rows).find(letter)));
    return transposed(emit(std::move(product), Level::bin, sizes), order);
  }

  // The product as plain loops over all its letters.
  View multiplied(const Subscripts& subs, const View& a, const View& b, const std::vector<int64_t>& sizes,
                  Level at_least) {
    const std::string order = subs.out + subs.summed;
    View operands[2] = {subs.aligned(subs.letters[0], a, order), subs.aligned(subs.letters[1], b, order)};
    if (!sizes.empty()) {
      const Level at = std::max(level(a), level(b));
      for (View& operand : operands) operand = dense_along(sizes.size() - 1, operand, at);
    }
    return nest({operands[0], operands[1]}, sizes, Reduction::sum, at_least);
  }

  // The operand, or a copy of it whose entries lie densely along that axis, so that vectors can run along it;
  // where each entry is used often enough to be worth it: in each bin, or at many places of its own.
  View dense_along(size_t axis, const View& operand, Level used_at) {
    constexpr int64_t fewest_uses = 8, shortest = 4;
    const Axis along = operand.axes[axis];
    const bool dense = along.bins == 0 && (along.stride == 0 || along.stride == 1);
    std::vector<int64_t> order;  // of the copy: all axes but those along which entries are repeated
    int64_t n_uses = 1;
    for (size_t i = 0; i < operand.axes.size(); ++i) {
      const Axis& each = operand.axes[i];
      const bool repeated = each.stride == 0 && each.bins == 0;
      if (repeated) n_uses *= each.size;
      if (!repeated && i != axis) order.push_back(static_cast<int64_t>(i));
    }
    const bool used_often =
        n_uses >= fewest_uses || (level(operand) == Level::fixed && used_at == Level::bin);
    if (dense || !used_often || along.size < shortest) return operand;
    order.push_back(static_cast<int64_t>(axis));
    const View copied = copy(transposed(operand, order), level(operand));
    View result = copied;
    result.axes = operand.axes;
    for (size_t k = 0; k < order.size(); ++k) result.axes[static_cast<size_t>(order[k])] = copied.axes[k];
    return result;
  }

  // A product summed over the bins: the gradient of a weight.
  View sum_over_bins(const Subscripts& subs, View a, View b, const std::vector<int64_t>& sizes) {
    if (level(a) != Level::bin) a = copy(a, Level::bin);
    if (level(b) != Level::bin) b = copy(b, Level::bin);
    // Letters of both that are summed are places: the product is summed over them, too.
    const std::string places = common(subs.letters[0], subs.summed, true);
    std::string a_letters = common(subs.letters[0], subs.summed, false),
                b_letters = common(subs.letters[1], subs.summed, false);
    const bool plain_outer = subs.sums_clips && places.size() == subs.summed.size() &&
                             common(places, subs.letters[1], false).empty() &&
                             !ir::repeats(subs.letters[0]) && !ir::repeats(subs.letters[1]) &&
                             a_letters.size() + b_letters.size() == subs.out.size();
    if (!plain_outer) {
      return combined(multiplied(subs, a, b, sizes, Level::bin), true, subs.sums_clips);
    }
    View a_places = subs.aligned(subs.letters[0], a, places),
         b_places = subs.aligned(subs.letters[1], b, places);
    a = subs.aligned(subs.letters[0], a, a_letters);
    b = subs.aligned(subs.letters[1], b, b_letters);
    if (left_empty(put_dense_last(a, a_letters)) < left_empty(put_dense_last(b, b_letters))) {
      std::swap(a, b);
      std::swap(a_letters, b_letters);
      std::swap(a_places, b_places);
    }
    std::vector<int64_t> made_sizes = a.sizes();
    for (const int64_t size : b.sizes()) made_sizes.push_back(size);
    a.axes.insert(a.axes.begin(), a_places.axes.begin(), a_places.axes.end());
    b.axes.insert(b.axes.begin(), b_places.axes.begin(), b_places.axes.end());
    Instruction product = instruction(Work::outer, {a, b});
    product.places = static_cast<int64_t>(places.size());
    const View partial = emit(std::move(product), Level::clip, made_sizes);
    flat_.values[partial.value].lanes_summed = true;
    const View all = emit(instruction(Work::combine, {partial}), Level::fixed, made_sizes);
    const std::string made = a_letters + b_letters;
    std::vector<int64_t> order;
    for (const char letter : subs.out) order.push_back(static_cast<int64_t>(made.find(letter)));
    return transposed(all, order);
  }

  // Moves the axes along which entries lie densely to the end, so that vectors can run along them. How many
  // entries that makes.
  static int64_t put_dense_last(View& view, std::string& letters) {
    int64_t dense = 1;
    for (size_t done = 0; done < view.axes.size(); ++done) {
      // What is dense already stands at the end.
      const auto end = view.axes.end() - static_cast<std::ptrdiff_t>(done);
      const auto next = std::find_if(
          view.axes.begin(), end, [&](const Axis& axis) { return axis.stride == dense && axis.bins == 0; });
      if (next == end) break;
      const auto letter = letters.begin() + (next - view.axes.begin());
      dense *= next->size;
      std::rotate(next, next + 1, end);
      std::rotate(letter, letter + 1, letters.end() - static_cast<std::ptrdiff_t>(done));
    }
    return dense;
  }
  // The share of long vectors that stays empty along so many entries.
  static double left_empty(int64_t dense) {
    constexpr int64_t long_vector = 16;
    const int64_t vectors = (dense + long_vector - 1) / long_vector;
    return dense < fewest_dense ? 1
                                : 1 - static_cast<double>(dense) / static_cast<double>(vectors * long_vector);
  }

  // Of values that clips have as a whole.
  View sum_over_clips(const Subscripts& subs, const View& a, const View& b,
                      const std::vector<int64_t>& sizes) {
    if (std::max(level(a), level(b)) == Level::bin)
      throw ir::InternalError("a product summed over clips that keeps the bins");
    return combined(multiplied(subs, a, b, sizes, Level::clip), false, true);
  }

  // ---- sums
  // The sum of a frame, or another reduction, over the bins, and over the clips where asked for.
  View combined(const View& frame, bool over_bins, bool over_clips, Reduction reduction = Reduction::sum) {
    const auto made = [&](Work work, const View& of) {
      Instruction result = instruction(work, {of});
      result.reduction = reduction;
      return result;
    };
    View result = frame;
    if (over_bins) {
      const View of_bin = level(frame) == Level::bin && frame.plain() ? frame : copy(frame, Level::bin);
      result = emit(made(Work::accumulate, of_bin), Level::clip, frame.sizes());
    }
    if (over_clips) {
      if (level(result) == Level::fixed || !result.plain()) result = copy(result, Level::clip);
      result = emit(made(Work::combine, result), Level::fixed, frame.sizes());
    }
    return result;
  }

  struct Axes {
    bool clips = false, bins = false;
    std::vector<int64_t> kept, summed;  // of the features
  };
  Axes axes_of(const Node& node) const {
    const Type& type = operand_type(node, 0);
    const auto letters = static_cast<int64_t>(n_letters(type));
    Axes result;
    std::vector<bool> gone(type.dims.size(), false);
    for (const int64_t axis : ir::ints_attribute(node, "axes")) gone[static_cast<size_t>(axis)] = true;
    for (int64_t i = 0; i < static_cast<int64_t>(type.dims.size()); ++i) {
      if (i >= letters) {
        (gone[i] ? result.summed : result.kept).push_back(i - letters);
      } else if (gone[i]) {
        (i == 0 ? result.clips : result.bins) = true;
      }
    }
    return result;
  }

  View reduced(const View& view, const Axes& axes, Reduction reduction) {
    if (axes.summed.empty()) return view;
    std::vector<int64_t> order = axes.kept, sizes;
    order.insert(order.end(), axes.summed.begin(), axes.summed.end());
    for (const int64_t axis : axes.kept) sizes.push_back(view.axes[static_cast<size_t>(axis)].size);
    return nest({transposed(view, order)}, sizes, reduction);
  }

  View reduce(const View& view, const Node& node, Reduction reduction) {
    return reduce(view, axes_of(node), reduction);
  }
  View reduce(const View& view, const Axes& axes, Reduction reduction) {
    if (!axes.bins && !axes.clips) return reduced(view, axes, reduction);
    if (axes.clips && !axes.bins && level(view) == Level::bin) {
      throw ir::InternalError("a reduction over clips that keeps the bins");
    }
    return reduced(combined(view, axes.bins, axes.clips, reduction), axes, reduction);
  }

  View sum_or_mean(const Node& node) {
    const Axes axes = axes_of(node);
    const std::vector<int64_t> sizes = features(operand_type(node, 0));
    View view = operand(node, 0), counted = constant(1);
    const bool masked = node.operands.size() == 2;
    if (masked) {
      const View mask = operand(node, 1);
      view = pointwise(Op::select, {mask, view, constant(0)}, sizes);
      counted = pointwise(Op::to_real, {mask}, mask.sizes());
    }
    const View total = reduce(view, axes, Reduction::sum);
    if (node.op == Op::reduce_sum) return total;
    counted = reduce(fit(counted, sizes), axes, Reduction::sum);
    // No entry counts: the sum is 0, and 0 is its mean.
    if (masked) counted = pointwise(Op::max, {counted, constant(1)}, counted.sizes());
    return pointwise(Op::div, {total, counted}, total.sizes());
  }

  // log of the sum of e^x = m + log of the sum of e^(x - m), m the greatest x
  View logsumexp(const Node& node) {
    const View x = operand(node, 0);
    const Axes axes = axes_of(node);
    const View greatest = reduce(x, node, Reduction::greatest);
    std::vector<int64_t> sizes = x.sizes(), kept_sizes = sizes;
    for (const int64_t axis : axes.summed) kept_sizes[static_cast<size_t>(axis)] = 1;
    const View less = pointwise(Op::sub, {x, *reshaped(greatest, kept_sizes)}, sizes);
    const View total = reduce(pointwise(Op::exp, {less}, sizes), axes, Reduction::sum);
    return pointwise(Op::add, {pointwise(Op::log, {total}, total.sizes()), greatest}, total.sizes());
  }

  // ---- recurrence
  void scan(const Node& node) {
    if (scan_ >= 0) throw ir::InternalError("a scan within a scan");
    const ir::Region& body = node.regions.at(0);
    const auto n_inputs = static_cast<size_t>(ir::int_attribute(node, "n_inputs"));
    const size_t n_states = node.operands.size() - n_inputs;
    scan_ = static_cast<int>(flat_.scans.size());
    flat_.scans.emplace_back();
    for (const auto& [name, value] : node.attributes) {
      if (name == "reverse") flat_.scans.back().reverse = std::get<int64_t>(value) != 0;
    }
    for (size_t i = 0; i < node.operands.size(); ++i) {
      const ValueId inside = body.arguments.at(i);
      if (i < n_inputs) {
        views_[inside] = operand(node, i);
        continue;
      }
      const std::vector<int64_t> sizes = features(graph_.type(inside));
      State state;
      state.value = new_value(Level::bin, product(sizes));
      state.start = fit(operand(node, i), sizes);
      flat_.scans.back().states.push_back(state);
      views_[inside] = whole(state.value, sizes);
    }
    region(body);
    for (size_t i = 0; i < body.results.size(); ++i) {
      if (i < n_states) {
        set_next(flat_.scans.back().states[i], views_[body.results[i]]);
      } else {
        views_[node.results.at(i - n_states)] = views_[body.results[i]];
      }
    }
    scan_ = -1;
  }

  // A state takes a value that is computed in its scan and belongs to it alone.
  void set_next(State& state, const View& next) {
    bool own = is_own(next) && flat_.state_scan(next.value) < 0 && level(next) == Level::bin;
    if (own) {
      const auto made = std::find_if(flat_.instructions.begin(), flat_.instructions.end(),
                                     [&](const Instruction& i) { return i.result == next.value; });
      own = made != flat_.instructions.end() && made->scan == scan_;
      for (const State& other : flat_.scans.back().states) own = own && other.next.value != next.value;
    }
    state.next = own ? next : copy(next, Level::bin);
  }

  const ir::Graph& graph_;
  Flat flat_;
  std::vector<View> views_;                    // by graph value
  std::map<ValueId, const Node*> only_users_;  // by graph value; nullptr: several, or a result
  std::vector<std::pair<View, View>> fixed_copies_;
  std::map<int64_t, int64_t> row_length_;  // of loops over so many entries that read repeated operands
  int scan_ = -1;
};

}  // namespace

Flat flatten(const ir::Graph& graph) { return Flattener(graph).run(); }

}  // namespace stria::plan
