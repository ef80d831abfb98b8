#include "compiler/passes/common_subexpressions.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "compiler/passes/dead_code.h"
#include "compiler/passes/writer.h"

namespace stria::passes {
namespace {

using ir::Graph;
using ir::Node;
using ir::Op;
using ir::Region;
using ir::ValueId;

// The bytes of all that decides a node's value.
class Key {
 public:
  std::string text;

  void number(uint64_t value) { text.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void operator()(int64_t value) { number(static_cast<uint64_t>(value)); }
  void operator()(double value) {  // by its bits: 0 and -0 are two numbers
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    number(bits);
  }
  void operator()(const std::string& value) {
    number(value.size());
    text += value;
  }
  void operator()(const ir::Dim& value) {
    number(static_cast<uint64_t>(value.size));
    text += value.letter;
  }
  template <typename Value>
  void operator()(const std::vector<Value>& values) {
    number(values.size());
    for (const Value& value : values) (*this)(value);
  }
};

bool order_is_free(Op op) {
  return op == Op::add || op == Op::mul || op == Op::equal || op == Op::logical_and || op == Op::logical_or;
}

std::string key_of(const Node& node) {
  Key key;
  key.number(static_cast<uint64_t>(node.op));
  std::vector<ValueId> operands = node.operands;
  if (order_is_free(node.op)) std::sort(operands.begin(), operands.end());
  for (const ValueId id : operands) key.number(id);
  for (const auto& attribute : node.attributes)
    std::visit([&](const auto& value) { key(value); }, attribute.second);
  return std::move(key.text);
}

class Merger final : public Writer {
 public:
  using Writer::Writer;

 private:
  std::optional<ValueId> replace(const Node& node, ValueId) override {
    std::string key = key_of(node);
    for (const auto& known : known_) {
      if (const auto found = known.find(key); found != known.end()) return found->second;
    }
    const ValueId result = append(node);
    known_[depth(result)].emplace(std::move(key), result);
    return result;
  }
  void leave_scan() override { known_[1].clear(); }

  std::map<std::string, ValueId> known_[2];  // by depth
};

// Replaces values of one region and those within.
void rename(Region& region, const std::map<ValueId, ValueId>& other) {
  const auto use = [&](std::vector<ValueId>& ids) {
    for (ValueId& id : ids) {
      if (const auto found = other.find(id); found != other.end()) id = found->second;
    }
  };
  for (Node& node : region.nodes) {
    use(node.operands);
    for (Region& inner : node.regions) rename(inner, other);
  }
  use(region.results);
}

// Frames of one stream are one frame; outputs that are one value are one stream. What is no longer used is
// left to dead_code.
void merge_inputs(Node& scan) {
  const auto n_inputs = static_cast<size_t>(ir::int_attribute(scan, "n_inputs"));
  std::map<ValueId, ValueId> first_frame, other;
  for (size_t i = 0; i < n_inputs; ++i) {
    const ValueId frame = scan.regions[0].arguments[i];
    const auto [found, is_first] = first_frame.emplace(scan.operands[i], frame);
    if (!is_first) other[frame] = found->second;
  }
  if (!other.empty()) rename(scan.regions[0], other);
}

std::map<ValueId, ValueId> equal_outputs(const Node& scan) {
  const Region& body = scan.regions[0];
  const size_t n_states = body.results.size() - scan.results.size();
  std::map<ValueId, ValueId> first_output, other;
  for (size_t i = 0; i < scan.results.size(); ++i) {
    const auto [found, is_first] = first_output.emplace(body.results[n_states + i], scan.results[i]);
    if (!is_first) other[scan.results[i]] = found->second;
  }
  return other;
}

Graph merge_scans(Graph graph) {
  std::map<ValueId, ValueId> other;
  for (Node& node : graph.body.nodes) {
    if (node.op != Op::scan) continue;
    merge_inputs(node);
    other.merge(equal_outputs(node));
  }
  rename(graph.body, other);
  for (size_t i = 0; i < graph.results.size(); ++i) graph.results[i].value = graph.body.results[i];
  return graph;
}

}  // namespace

Graph common_subexpressions(const Graph& graph) {
  // Merged frames or outputs of a scan may make further nodes equal.
  Graph result = dead_code(Merger(graph).run());
  for (size_t n_values = result.values.size() + 1; result.values.size() < n_values;) {
    n_values = result.values.size();
    result = dead_code(Merger(merge_scans(std::move(result))).run());
  }
  return result;
}

}  // namespace stria::passes
