#include <algorithm>

#include "compiler/plan/flattener.h"
#include "compiler/plan/view.h"

namespace stria::plan {

using ir::Dim;
using ir::Node;
using ir::Op;
using ir::Type;
using ir::ValueId;

size_t n_letters(const Type& type) {
  size_t n = 0;
  while (n < type.dims.size() && !type.dims[n].is_number()) ++n;
  const bool in_place = n == 0 || (type.dims[0] == ir::batch_dim && (n == 1 || type.dims[1] == ir::time_dim));
  const bool others = std::any_of(type.dims.begin() + static_cast<std::ptrdiff_t>(n), type.dims.end(),
                                  [](const Dim& dim) { return !dim.is_number(); });
  if (!in_place || others) throw ir::InternalError("a plan has no place for a value " + ir::to_string(type));
  return n;
}

std::vector<int64_t> features(const Type& type) {
  std::vector<int64_t> result;
  for (size_t i = n_letters(type); i < type.dims.size(); ++i) result.push_back(type.dims[i].size);
  return result;
}

namespace {

Level level_of(const Type& type) {
  constexpr Level levels[] = {Level::fixed, Level::clip, Level::bin};
  return levels[n_letters(type)];
}

std::vector<int64_t> numbers(const std::vector<Dim>& dims) { return features(Type{{}, dims}); }

}  // namespace

Flattener::Flattener(const ir::Graph& graph) : graph_(graph), views_(graph.values.size()) {
  flat_.name = graph.name;
  for (const ir::Result& result : graph.results) only_users_[result.value] = nullptr;
  find_users(graph.body);
}

Flat Flattener::run() {
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

void Flattener::find_users(const ir::Region& region) {
  for (const ValueId id : region.results) only_users_[id] = nullptr;
  for (const Node& node : region.nodes) {
    for (const ValueId id : node.operands) {
      if (const auto [user, first] = only_users_.emplace(id, &node); !first) user->second = nullptr;
    }
    for (const ir::Region& inner : node.regions) find_users(inner);
  }
}

void Flattener::region(const ir::Region& region) {
  for (const Node& node : region.nodes) {
    if (node.op == Op::scan) {
      scan(node);
    } else {
      views_[node.results.at(0)] = lower(node);
    }
  }
}

size_t Flattener::axis(const Node& node) const {
  return static_cast<size_t>(ir::int_attribute(node, "axis")) - n_letters(operand_type(node, 0));
}

View Flattener::lower(const Node& node) {
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

void Flattener::scan(const Node& node) {
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

void Flattener::set_next(State& state, const View& next) {
  bool own = is_own(next) && flat_.state_scan(next.value) < 0 && level(next) == Level::bin;
  if (own) {
    const auto made = std::find_if(flat_.instructions.begin(), flat_.instructions.end(),
                                   [&](const Instruction& i) { return i.result == next.value; });
    own = made != flat_.instructions.end() && made->scan == scan_;
    for (const State& other : flat_.scans.back().states) own = own && other.next.value != next.value;
  }
  state.next = own ? next : copy(next, Level::bin);
}

Flat flatten(const ir::Graph& graph) { return Flattener(graph).run(); }

}  // namespace stria::plan
