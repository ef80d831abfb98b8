// The graph as Graphviz reads it: boxes are what goes in and out, ellipses are ops with the type of their
// result, a scan is a frame around its region.
#include <fmt/format.h>

#include "compiler/diagnostics/display.h"
#include "compiler/ir/graph.h"

namespace stria::ir {
namespace {

class Drawing {
 public:
  explicit Drawing(const Graph& graph) : graph_(graph), from_(graph.values.size()) {}

  std::string run() {
    line("digraph " + in_quotes(graph_.name) + " {");
    line("  node [fontname=\"sans-serif\"]");
    for (const Argument& argument : graph_.arguments) {
      const bool is_input = argument.kind == ArgumentKind::input;
      from_[argument.value] = box(argument.name + "\\n" + to_string(graph_.type(argument.value)),
                                  is_input ? "bold" : "solid", "  ");
    }
    draw(graph_.body, "  ");
    for (const Result& result : graph_.results) edge(result.value, box(result.name, "bold", "  "), "  ");
    line("}");
    return text_;
  }

 private:
  void line(const std::string& text) { text_ += text + "\n"; }
  std::string new_name() { return "n" + std::to_string(next_++); }

  std::string box(const std::string& label, const char* style, const std::string& indent) {
    const std::string name = new_name();
    line(fmt::format("{}{} [shape=box style={} label=\"{}\"]", indent, name, style, label));
    return name;
  }
  void edge(ValueId from, const std::string& to, const std::string& indent) {
    line(fmt::format("{}{} -> {}", indent, from_[from], to));
  }

  void draw(const Region& region, const std::string& indent) {
    for (const Node& node : region.nodes)
      node.regions.empty() ? draw_op(node, indent) : draw_scan(node, indent);
  }

  void draw_op(const Node& node, const std::string& indent) {
    const std::string name = new_name();
    std::string label(info(node.op).name);
    if (node.op == Op::constant) label = fmt::format("{:g}", real_attribute(node, "value"));
    line(fmt::format("{}{} [label=\"{}\\n{}\"]", indent, name, label,
                     to_string(graph_.type(node.results[0]))));
    for (const ValueId operand : node.operands) edge(operand, name, indent);
    for (const ValueId result : node.results) from_[result] = name;
  }

  // What the scan is given enters by its arguments; what a step leaves goes out by boxes of their own.
  void draw_scan(const Node& node, const std::string& indent) {
    const Region& region = node.regions[0];
    const std::string inner = indent + "  ";
    line(fmt::format("{}subgraph cluster_{} {{", indent, new_name()));
    line(inner + "label=\"scan: once a bin\"");
    for (const ValueId argument : region.arguments)
      from_[argument] = box(to_string(graph_.type(argument)), "dashed", inner);
    draw(region, inner);
    const size_t n_states = region.results.size() - node.results.size();
    for (size_t i = 0; i < region.results.size(); ++i) {
      const std::string name = box(i < n_states ? "next state" : "output", "dashed", inner);
      edge(region.results[i], name, inner);
      if (i >= n_states) from_[node.results[i - n_states]] = name;
    }
    line(indent + "}");
    for (size_t i = 0; i < node.operands.size(); ++i)
      edge(node.operands[i], from_[region.arguments[i]], indent);
  }

  const Graph& graph_;
  std::vector<std::string> from_;  // name of the drawn node that gives each value
  size_t next_ = 0;
  std::string text_;
};

}  // namespace

std::string dot(const Graph& graph) { return Drawing(graph).run(); }

}  // namespace stria::ir
