// Every rule an executor relies on, one function a rule where they are apart.
#include <algorithm>
#include <set>

#include "compiler/ir/rules.h"

namespace stria::ir {
namespace {

class Verifier {
 public:
  explicit Verifier(const Graph& graph) : graph_(graph), visible_(graph.values.size(), false) {}

  std::string run() {
    check_types();
    check_arguments();
    check_region(graph_.body, false);
    check_results();
    for (ValueId id = 0; id < defined_.size(); ++id) {
      require(defined_[id], "value " + std::to_string(id) + " is never defined");
    }
    return reason_;
  }

 private:
  bool ok() const { return reason_.empty(); }
  // Keeps the first broken rule; answers whether all rules held so far.
  bool require(bool holds, const std::string& reason) {
    if (!holds && ok()) reason_ = reason;
    return ok();
  }

  static std::string of(const Node& node) { return "op `" + std::string(info(node.op).name) + "`: "; }

  void check_types() {
    for (const Type& type : graph_.values) {
      for (size_t i = 0; i < type.dims.size(); ++i) {
        const Dim& d = type.dims[i];
        require(d.is_number() ? d.size >= 0 : (d == batch_dim || d == time_dim),
                "a dim is neither a number of at least 0 nor B or T");
        require(d.is_number() || std::count(type.dims.begin(), type.dims.end(), d) == 1,
                std::string("the letter ") + d.letter + " stands twice in " + to_string(type));
      }
    }
  }

  void check_arguments() {
    require(graph_.body.arguments.size() == graph_.arguments.size(),
            "the body's arguments are not the graph's");
    std::set<std::string> names;
    std::set<char> letters;
    for (size_t i = 0; i < graph_.arguments.size() && ok(); ++i) {
      const Argument& argument = graph_.arguments[i];
      require(argument.value == graph_.body.arguments[i], "the body's arguments are not the graph's");
      require(!argument.name.empty() && names.insert(argument.name).second,
              "two arguments are called `" + argument.name + "`");
      if (!require(argument.value < graph_.values.size(), "an argument has no value")) return;
      const Type& type = graph_.type(argument.value);
      for (const Dim& d : type.dims) {
        if (!d.is_number()) letters.insert(d.letter);
        require(d.is_number() || argument.kind == ArgumentKind::input,
                "`" + argument.name + "`: only inputs have dims B and T");
      }
      require(argument.kind != ArgumentKind::parameter || type.element != Element::boolean,
              "parameter `" + argument.name + "` is boolean");
    }
    for (const Type& type : graph_.values) {
      for (const Dim& d : type.dims) {
        require(d.is_number() || letters.count(d.letter) > 0,
                std::string("no input has the dim ") + d.letter + " that " + to_string(type) + " needs");
      }
    }
  }

  void check_results() {
    require(graph_.body.results.size() == graph_.results.size(), "the body's results are not the graph's");
    std::set<std::string> names;
    for (size_t i = 0; i < graph_.results.size() && ok(); ++i) {
      const Result& result = graph_.results[i];
      require(result.value == graph_.body.results[i], "the body's results are not the graph's");
      require(!result.name.empty() && names.insert(result.name).second,
              "two results are called `" + result.name + "`");
      if (!result.name.starts_with("buffer:")) continue;
      const Argument* buffer = graph_.find_argument(result.name.substr(7));
      require(buffer == nullptr || (buffer->kind == ArgumentKind::buffer &&
                                    graph_.type(buffer->value) == graph_.type(result.value)),
              "result `" + result.name + "` has not the type of its buffer");
    }
  }

  void define(ValueId id) {
    if (!require(id < graph_.values.size(), "a value that does not exist is defined")) return;
    if (!require(!defined_[id], "value " + std::to_string(id) + " is defined twice")) return;
    defined_[id] = visible_[id] = true;
  }

  bool use(ValueId id, const std::string& by) {
    return require(id < graph_.values.size() && visible_[id],
                   by + "value " + std::to_string(id) + " is used where it is not defined");
  }

  void check_region(const Region& region, bool in_scan) {
    std::vector<ValueId> here = region.arguments;
    for (const ValueId id : region.arguments) define(id);
    for (const Node& node : region.nodes) {
      if (!ok()) return;
      check_node(node, in_scan);
      for (const ValueId id : node.results) define(id);
      here.insert(here.end(), node.results.begin(), node.results.end());
    }
    for (const ValueId id : region.results) use(id, "results: ");
    if (!in_scan || !ok()) return;
    for (const ValueId id : here) visible_[id] = false;
  }

  void check_node(const Node& node, bool in_scan) {
    const OpInfo& op = info(node.op);
    std::vector<Type> operands;
    for (const ValueId id : node.operands) {
      if (!use(id, of(node))) return;
      operands.push_back(graph_.type(id));
    }
    if (node.op == Op::scan) {
      require(!in_scan, "scans do not nest");
      if (ok()) check_scan(node);
      return;
    }
    require(node.regions.empty(), of(node) + "only a scan has a region");
    require(node.results.size() == 1, of(node) + "one result is needed");
    if (!ok()) return;
    try {
      const Type inferred = infer_type(op.op, operands, node.attributes);
      require(node.results[0] < graph_.values.size() && graph_.type(node.results[0]) == inferred,
              of(node) + "its result is " + to_string(inferred) + ", not the type written");
      require(!in_scan || !has_time(inferred), of(node) + "a value inside a scan has the dim T");
    } catch (const InternalError& error) {
      require(false, error.what());
    }
  }

  static bool has_time(const Type& type) {
    return std::find(type.dims.begin(), type.dims.end(), time_dim) != type.dims.end();
  }

  void check_scan(const Node& node) {
    const OpInfo& op = info(node.op);
    if (!require(check_attributes(op, node.attributes).empty(),
                 of(node) + check_attributes(op, node.attributes)) ||
        !require(node.regions.size() == 1, of(node) + "one region is needed")) {
      return;
    }
    const Region& body = node.regions[0];
    const int64_t reverse = int_attribute(node, "reverse");
    if (!require(reverse == 0 || reverse == 1, of(node) + "reverse is 0 or 1")) return;
    const int64_t n_inputs = int_attribute(node, "n_inputs");
    const size_t n_operands = node.operands.size();
    if (!require(n_inputs >= 1 && n_inputs <= static_cast<int64_t>(n_operands),
                 of(node) + "it has no input") ||
        !require(body.arguments.size() == n_operands,
                 of(node) + "its region takes one argument for each operand")) {
      return;
    }
    const size_t n_states = n_operands - static_cast<size_t>(n_inputs);
    if (!require(body.results.size() == n_states + node.results.size(),
                 of(node) + "its region gives one value for each state and each result")) {
      return;
    }
    for (const ValueId id : body.arguments) {
      if (!require(id < graph_.values.size(), of(node) + "its region has an argument without a value"))
        return;
    }
    check_scan_operands(node, static_cast<size_t>(n_inputs));
    if (ok()) check_region_inside(body);
    if (ok()) check_scan_results(node, n_states);
  }

  void check_region_inside(const Region& body) { check_region(body, true); }

  void check_scan_operands(const Node& node, size_t n_inputs) {
    const Region& body = node.regions[0];
    for (size_t i = 0; i < node.operands.size(); ++i) {
      const Type& outside = graph_.type(node.operands[i]);
      const Type& inside = graph_.type(body.arguments[i]);
      require(inside.is_batched(), of(node) + "its region's arguments are frames [B, ...]");
      if (i < n_inputs) {
        require(stream_of(inside) == outside, of(node) + "an input is not the stream of its frame");
      } else {
        require(inside.element == outside.element && broadcasts_to(outside.dims, inside.dims),
                of(node) + "a start does not fit its state");
      }
      require(!has_time(inside), of(node) + "a value inside a scan has the dim T");
    }
  }

  void check_scan_results(const Node& node, size_t n_states) {
    const Region& body = node.regions[0];
    const size_t n_inputs = body.arguments.size() - n_states;
    for (size_t i = 0; i < n_states; ++i) {
      require(graph_.type(body.results[i]) == graph_.type(body.arguments[n_inputs + i]),
              of(node) + "a state's new value has another type than the state");
    }
    for (size_t i = 0; i < node.results.size() && ok(); ++i) {
      require(node.results[i] < graph_.values.size() &&
                  graph_.type(node.results[i]) == stream_of(graph_.type(body.results[n_states + i])),
              of(node) + "a result is not the stream of its frame");
      require(!has_time(graph_.type(body.results[n_states + i])), of(node) + "an output has the dim T");
    }
  }

  const Graph& graph_;
  std::vector<bool> visible_;
  std::vector<bool> defined_ = visible_;
  std::string reason_;
};

}  // namespace

std::string verify(const Graph& graph) { return Verifier(graph).run(); }

}  // namespace stria::ir
