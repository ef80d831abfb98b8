#include "compiler/passes/writer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "compiler/passes/renumber.h"

namespace stria::passes {

using ir::ArgumentKind;
using ir::Attributes;
using ir::Graph;
using ir::Node;
using ir::Op;
using ir::Region;
using ir::Type;
using ir::ValueId;

namespace {

std::vector<Node> take(std::deque<Node>& nodes) {
  std::vector<Node> taken(std::make_move_iterator(nodes.begin()), std::make_move_iterator(nodes.end()));
  nodes.clear();
  return taken;
}

}  // namespace

Writer::Writer(const Graph& source)
    : source_(source),
      new_ids_(source.values.size(), no_value),
      source_nodes_(source.values.size(), nullptr) {
  graph_.name = source.name;
  index_nodes(source.body);
}

void Writer::index_nodes(const Region& region) {
  for (const Node& node : region.nodes) {
    for (const ValueId id : node.results) source_nodes_[id] = &node;
    for (const Region& inner : node.regions) index_nodes(inner);
  }
}

Graph Writer::run() {
  for (const ir::Argument& argument : source_.arguments) {
    const bool fixed = argument.kind != ArgumentKind::input;
    const ValueId id = new_value(source_.type(argument.value), {}, fixed);
    new_ids_[argument.value] = id;
    graph_.arguments.push_back({argument.kind, argument.name, id});
    graph_.body.arguments.push_back(id);
  }
  write_nodes(source_.body);
  for (const ir::Result& result : source_.results) {
    graph_.results.push_back({result.name, new_ids_[result.value]});
    graph_.body.results.push_back(new_ids_[result.value]);
  }
  graph_.body.nodes = take(nodes_[0]);
  renumber(graph_);
  return std::move(graph_);
}

const Node* Writer::definition(ValueId id) const {
  const Place place = places_[id];
  return place.index == no_node ? nullptr : &nodes_[place.depth][place.index];
}

const Node* Writer::definition(ValueId id, Op op) const {
  const Node* node = definition(id);
  return node != nullptr && node->op == op ? node : nullptr;
}

ValueId Writer::add(Op op, std::vector<ValueId> operands, Attributes attributes) {
  Node node;
  node.op = op;
  node.operands = std::move(operands);
  node.attributes = ir::normalise_attributes(op, attributes);
  node.source = origin_;
  return write(std::move(node), no_value);
}

ValueId Writer::written(ValueId old) {
  if (new_ids_[old] == no_value) write_node(*source_nodes_[old]);
  return new_ids_[old];
}

ValueId Writer::new_value(Type type, Place place, bool fixed) {
  graph_.values.push_back(std::move(type));
  places_.push_back(place);
  fixed_.push_back(fixed);
  return static_cast<ValueId>(graph_.values.size() - 1);
}

ValueId Writer::write(Node node, ValueId old) {
  const std::optional<ValueId> other = replace(node, old);
  return other ? *other : append(std::move(node));
}

ValueId Writer::append(Node node) {
  int depth = 0;
  bool fixed = true;
  std::vector<Type> types;
  for (const ValueId id : node.operands) {
    depth = std::max(depth, places_[id].depth);
    fixed = fixed && fixed_[id];
    types.push_back(type(id));
  }
  const ValueId result =
      new_value(ir::infer_type(node.op, types, node.attributes), {depth, nodes_[depth].size()}, fixed);
  node.results = {result};
  nodes_[depth].push_back(std::move(node));
  return result;
}

void Writer::write_nodes(const Region& region) {
  for (const Node& node : region.nodes) {
    if (node.op == Op::scan) {
      write_scan(node);
    } else if (new_ids_[node.results[0]] == no_value) {
      write_node(node);
    }
  }
}

void Writer::write_node(const Node& node) {
  Node mapped;
  mapped.op = node.op;
  mapped.attributes = node.attributes;
  mapped.source = node.source;
  for (const ValueId id : node.operands) mapped.operands.push_back(written(id));
  const Range outer = std::exchange(origin_, node.source);
  new_ids_[node.results[0]] = write(std::move(mapped), node.results[0]);
  origin_ = outer;
}

void Writer::write_scan(const Node& node) {
  Node scan;
  scan.op = node.op;
  scan.attributes = node.attributes;
  scan.source = node.source;
  for (const ValueId id : node.operands) scan.operands.push_back(written(id));
  const Region& body = node.regions[0];
  Region written_body;
  for (const ValueId id : body.arguments) {
    new_ids_[id] = new_value(source_.type(id), {1, no_node}, false);
    written_body.arguments.push_back(new_ids_[id]);
  }
  write_nodes(body);
  for (const ValueId id : body.results) written_body.results.push_back(new_ids_[id]);
  written_body.nodes = take(nodes_[1]);
  leave_scan();
  scan.regions.push_back(std::move(written_body));
  for (const ValueId id : node.results) {
    new_ids_[id] = new_value(source_.type(id), {0, no_node}, false);
    scan.results.push_back(new_ids_[id]);
  }
  nodes_[0].push_back(std::move(scan));
}

}  // namespace stria::passes
