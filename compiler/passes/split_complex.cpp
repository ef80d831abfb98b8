#include "compiler/passes/split_complex.h"

#include <algorithm>

#include "compiler/passes/complex_rule.h"
#include "compiler/passes/renumber.h"

namespace stria::passes {
namespace {

using ir::dim;
using ir::Element;
using ir::Graph;
using ir::Node;
using ir::Op;
using ir::Region;
using ir::Type;
using ir::ValueId;

Type real_type(const Type& type) { return {Element::real, type.dims}; }

class Splitter {
 public:
  explicit Splitter(const Graph& source) : source_(source), parts_(source.values.size()), w_(graph_, nodes_) {
    graph_.name = source.name;
  }

  Graph run() {
    for (const ir::Argument& argument : source_.arguments) add_argument(argument);
    write(source_.body);
    for (const ir::Result& result : source_.results) {
      const ValueId value = joined(result.value);
      graph_.results.push_back({result.name, value});
      graph_.body.results.push_back(value);
    }
    graph_.body.nodes = std::move(nodes_);
    renumber(graph_);
    return std::move(graph_);
  }

 private:
  bool is_complex(ValueId id) const { return source_.type(id).element == Element::complex; }

  // A complex one [...] as real [..., 2], taken apart.
  void add_argument(const ir::Argument& argument) {
    Type type = source_.type(argument.value);
    const std::vector<ir::Dim> dims = type.dims;
    if (is_complex(argument.value)) {
      type = real_type(type);
      type.dims.push_back(dim(2));
    }
    const ValueId value = w_.new_value(type);
    graph_.arguments.push_back({argument.kind, argument.name, value});
    graph_.body.arguments.push_back(value);
    Parts& parts = parts_[argument.value];
    if (!is_complex(argument.value)) {
      parts.re = value;
      return;
    }
    parts.re = w_.reshape(w_.slice(value, dims.size(), 0, 1), dims);
    parts.im = w_.reshape(w_.slice(value, dims.size(), 1, 1), dims);
  }

  // The way back.
  ValueId joined(ValueId id) {
    const Parts& parts = parts_[id];
    if (!parts.im) return parts.re;
    std::vector<ir::Dim> dims = source_.type(id).dims;
    dims.push_back(dim(1));
    const ValueId re = w_.reshape(parts.re, dims), im = w_.reshape(*parts.im, dims);
    return w_.add(Op::concat, {re, im}, {{"axis", static_cast<int64_t>(dims.size()) - 1}});
  }

  void write(const Region& region) {
    for (const Node& node : region.nodes) {
      if (node.op == Op::scan) {
        write_scan(node);
      } else {
        parts_[node.results[0]] = split(node);
      }
    }
  }

  Parts split(const Node& node) {
    const Splitting splitting{node, parts_of(node.operands), source_.type(node.results[0]), w_};
    const bool any = is_complex(node.results[0]) || std::any_of(node.operands.begin(), node.operands.end(),
                                                                [&](ValueId id) { return is_complex(id); });
    return any ? complex_rule(node.op)(splitting) : Parts{splitting.same(flat(node.operands)), std::nullopt};
  }

  std::vector<Parts> parts_of(const std::vector<ValueId>& ids) const {
    std::vector<Parts> parts;
    for (const ValueId id : ids) parts.push_back(parts_[id]);
    return parts;
  }

  // Both parts of each, one after the other.
  std::vector<ValueId> flat(const std::vector<ValueId>& ids) const {
    std::vector<ValueId> values;
    for (const ValueId id : ids) {
      values.push_back(parts_[id].re);
      if (parts_[id].im) values.push_back(*parts_[id].im);
    }
    return values;
  }

  // Frames, states and outputs become two each.
  void write_scan(const Node& node) {
    const Region& body = node.regions[0];
    const auto n_inputs = static_cast<size_t>(ir::int_attribute(node, "n_inputs"));
    const std::vector<ValueId> operands = flat(node.operands);
    const std::vector<ValueId> streams(node.operands.begin(),
                                       node.operands.begin() + static_cast<std::ptrdiff_t>(n_inputs));
    w_.open_region();
    for (const ValueId id : body.arguments) {
      Parts& parts = parts_[id];
      const Type type = real_type(source_.type(id));
      parts.re = w_.region_argument(is_complex(id) ? type : source_.type(id));
      if (is_complex(id)) parts.im = w_.region_argument(type);
    }
    write(body);
    Node scan{node.op, operands, {}, node.attributes, {}, node.source};
    scan.attributes[0].second = static_cast<int64_t>(flat(streams).size());
    scan.regions.push_back(w_.close_region(flat(body.results)));
    for (const ValueId id : node.results) {
      const Type type = real_type(source_.type(id));
      Parts& parts = parts_[id];
      parts.re = w_.new_value(is_complex(id) ? type : source_.type(id));
      if (is_complex(id)) parts.im = w_.new_value(type);
    }
    scan.results = flat(node.results);
    w_.put(std::move(scan));
  }

  const Graph& source_;
  std::vector<Parts> parts_;  // by value of the source
  Graph graph_;
  std::vector<Node> nodes_;
  NodeWriter w_;
};

}  // namespace

Graph split_complex(const Graph& graph) { return Splitter(graph).run(); }

}  // namespace stria::passes
