#include "tests/exec/shrink.h"

#include <algorithm>
#include <optional>

#include "compiler/passes/dead_code.h"
#include "compiler/passes/renumber.h"
#include "tests/exec/gradients.h"

namespace stria::test {

using ir::Graph;
using ir::Node;
using ir::Op;
using ir::Region;
using ir::ValueId;

namespace {

void replace_uses(Region& region, ValueId from, ValueId to) {
  std::replace(region.results.begin(), region.results.end(), from, to);
  for (Node& node : region.nodes) {
    std::replace(node.operands.begin(), node.operands.end(), from, to);
    for (Region& inner : node.regions) replace_uses(inner, from, to);
  }
}

class Shrinker {
 public:
  Shrinker(Failing failing, const std::function<bool(const Failing&)>& fails)
      : best_(std::move(failing)), fails_(fails) {}

  Failing run() {
    one_value();
    bool smaller = true;
    while (smaller) {
      smaller = fewer_frames();
      smaller = drop_results() || smaller;
      smaller = cut_values() || smaller;
      smaller = take_from_cells() || smaller;
    }
    return best_;
  }

 private:
  // Whether it still fails, and so is kept.
  bool attempt(Failing candidate) {
    candidate.graph.body.results.clear();
    for (const ir::Result& result : candidate.graph.results)
      candidate.graph.body.results.push_back(result.value);
    candidate.graph = passes::dead_code(candidate.graph);
    drop_arguments(candidate);
    passes::renumber(candidate.graph);
    if (!ir::verify(candidate.graph).empty() || ir::print(candidate.graph) == ir::print(best_.graph))
      return false;
    return keep_if_failing(std::move(candidate));
  }
  bool keep_if_failing(Failing candidate) {
    if (!fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  static bool uses(const Region& region, ValueId value) {
    const auto in = [&](const std::vector<ValueId>& some) {
      return std::find(some.begin(), some.end(), value) != some.end();
    };
    if (in(region.results)) return true;
    return std::any_of(region.nodes.begin(), region.nodes.end(), [&](const Node& node) {
      return in(node.operands) || std::any_of(node.regions.begin(), node.regions.end(),
                                              [&](const Region& inner) { return uses(inner, value); });
    });
  }

  static void drop_arguments(Failing& candidate) {
    Graph& graph = candidate.graph;
    std::vector<ir::Argument> kept;
    for (const ir::Argument& argument : graph.arguments) {
      if (uses(graph.body, argument.value)) kept.push_back(argument);
    }
    if (kept.empty()) kept.assign(1, graph.arguments[0]);
    graph.arguments = kept;
    graph.body.arguments.clear();
    for (const ir::Argument& argument : kept) graph.body.arguments.push_back(argument.value);
  }

  // A value of the graph's type as an argument of its own, drawn as all are.
  static ValueId fresh_argument(Failing& candidate, const ir::Type& type) {
    Graph& graph = candidate.graph;
    std::string name;
    for (int i = 0; name.empty() || graph.find_argument(name) != nullptr; ++i)
      name = "cut" + std::to_string(i);
    graph.values.push_back(type);
    const auto value = static_cast<ValueId>(graph.values.size() - 1);
    const bool fixed =
        std::all_of(type.dims.begin(), type.dims.end(), [](const ir::Dim& d) { return d.is_number(); });
    graph.arguments.push_back({fixed && type.element != ir::Element::boolean ? ir::ArgumentKind::parameter
                                                                             : ir::ArgumentKind::input,
                               name, value});
    graph.body.arguments.push_back(value);
    candidate.arguments[name] = drawn_arguments(graph, candidate.n_clips, candidate.n_bins).at(name);
    return value;
  }

  // One value alone, or the sum of its entries, instead of all results.
  void one_value() {
    const Graph whole = best_.graph;
    for (const Node& node : whole.body.nodes) {
      for (const ValueId value : node.results) {
        Failing candidate = best_;
        candidate.graph = whole;
        candidate.graph.results = {{"value", value}};
        if (attempt(candidate)) return;
        if (whole.type(value).element != ir::Element::real) continue;
        candidate.graph = whole;
        candidate.graph.results = {{"loss", sum_of(candidate.graph, value)}};
        if (attempt(candidate)) return;
      }
    }
  }

  static ValueId sum_of(Graph& graph, ValueId value) {
    Node node;
    node.op = Op::reduce_sum;
    node.operands = {value};
    std::vector<int64_t> axes(graph.type(value).rank());
    for (size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<int64_t>(i);
    node.attributes = {{"axes", axes}};
    graph.values.push_back({});
    node.results = {static_cast<ValueId>(graph.values.size() - 1)};
    graph.body.nodes.push_back(node);
    return node.results[0];
  }

  bool drop_results() {
    bool smaller = false;
    for (size_t i = 0; i < best_.graph.results.size() && best_.graph.results.size() > 1;) {
      Failing candidate = best_;
      candidate.graph.results.erase(candidate.graph.results.begin() + static_cast<std::ptrdiff_t>(i));
      if (attempt(candidate))
        smaller = true;
      else
        ++i;
    }
    return smaller;
  }

  // The results of all nodes, those of cells' bodies too, the last ones first.
  static void list_values(const Region& region, std::vector<ValueId>& values) {
    for (auto node = region.nodes.rbegin(); node != region.nodes.rend(); ++node) {
      values.insert(values.end(), node->results.begin(), node->results.end());
      for (const Region& inner : node->regions) list_values(inner, values);
    }
  }

  bool cut_values() {
    bool smaller = false, found = true;
    while (found) {
      found = false;
      std::vector<ValueId> values;
      list_values(best_.graph.body, values);
      for (const ValueId value : values) {
        Failing candidate = best_;
        const ir::Type type = candidate.graph.type(value);
        const ValueId argument = fresh_argument(candidate, type);
        replace_uses(candidate.graph.body, value, argument);
        for (ir::Result& result : candidate.graph.results) {
          if (result.value == value) result.value = argument;
        }
        found = attempt(candidate);
        if (found) break;
      }
      smaller = smaller || found;
    }
    return smaller;
  }

  bool take_from_cells() {
    for (size_t at = 0; at < best_.graph.body.nodes.size(); ++at) {
      if (best_.graph.body.nodes[at].op != Op::scan) continue;
      const size_t n = best_.graph.body.nodes[at].operands.size();
      for (size_t i = 0; i < n; ++i) {
        Failing candidate = best_;
        if (!without_operand(candidate, at, i)) continue;
        if (attempt(candidate)) return true;
      }
    }
    return false;
  }

  static bool without_operand(Failing& candidate, size_t at, size_t i) {
    const ValueId inside = candidate.graph.body.nodes[at].regions[0].arguments[i];
    const ir::Type type = candidate.graph.type(inside);
    const ValueId argument = fresh_argument(candidate, type);
    Node& scan = candidate.graph.body.nodes[at];
    auto n_inputs = ir::int_attribute(scan, "n_inputs");
    const bool input = static_cast<int64_t>(i) < n_inputs;
    if (input && n_inputs == 1) return false;
    Region& body = scan.regions[0];
    replace_uses(body, inside, argument);
    scan.operands.erase(scan.operands.begin() + static_cast<std::ptrdiff_t>(i));
    body.arguments.erase(body.arguments.begin() + static_cast<std::ptrdiff_t>(i));
    if (input) {
      for (auto& [name, value] : scan.attributes) {
        if (name == "n_inputs") value = n_inputs - 1;
      }
    } else {
      body.results.erase(body.results.begin() + (static_cast<std::ptrdiff_t>(i) - n_inputs));
    }
    return true;
  }

  bool fewer_frames() {
    bool smaller = false;
    for (const auto& [clips, bins] : std::vector<std::pair<int64_t, int64_t>>{{1, 1},
                                                                              {1, 2},
                                                                              {1, best_.n_bins},
                                                                              {2, best_.n_bins},
                                                                              {best_.n_clips, 1},
                                                                              {best_.n_clips, 2},
                                                                              {best_.n_clips, 3}}) {
      if (clips > best_.n_clips || bins > best_.n_bins || (clips == best_.n_clips && bins == best_.n_bins))
        continue;
      smaller = keep_if_failing(cropped(clips, bins)) || smaller;
    }
    return smaller;
  }

  Failing cropped(int64_t clips, int64_t bins) const {
    Failing result = best_;
    result.n_clips = clips;
    result.n_bins = bins;
    for (const ir::Argument& argument : best_.graph.arguments) {
      const std::vector<ir::Dim>& dims = best_.graph.type(argument.value).dims;
      const size_t letters = static_cast<size_t>(
          std::count_if(dims.begin(), dims.end(), [](const ir::Dim& d) { return !d.is_number(); }));
      if (letters == 0) continue;
      const exec::HostTensor& from = best_.arguments.at(argument.name);
      exec::HostTensor& to = result.arguments.at(argument.name);
      to.sizes[0] = clips;
      if (letters == 2) to.sizes[1] = bins;
      const int64_t old_bins = letters == 2 ? best_.n_bins : 1, new_bins = letters == 2 ? bins : 1;
      const int64_t width = static_cast<int64_t>(from.values.size()) / best_.n_clips / old_bins;
      to.values.clear();
      for (int64_t clip = 0; clip < clips; ++clip) {
        const auto start = from.values.begin() + clip * old_bins * width;
        to.values.insert(to.values.end(), start, start + new_bins * width);
      }
    }
    return result;
  }

  Failing best_;
  const std::function<bool(const Failing&)>& fails_;
};

}  // namespace

Failing shrunk(Failing failing, const std::function<bool(const Failing&)>& fails) {
  return Shrinker(std::move(failing), fails).run();
}

}  // namespace stria::test
