#include "compiler/passes/optimise.h"

#include <algorithm>

#include "compiler/passes/node_writer.h"

namespace stria::passes {
namespace {

using ir::Graph;
using ir::Op;
using ir::ValueId;

class Update {
 public:
  Update(Graph& graph, NodeWriter& writer, const AdamW& rule) : graph_(graph), w_(writer), rule_(rule) {
    rate_ = buffer("step:rate", {});
    first_correction_ = buffer("step:first_correction", {});
    second_correction_ = buffer("step:second_correction", {});
  }

  // Before the updates.
  void clip() {
    if (!rule_.clip_norm) return;
    ValueId squares = w_.constant(0);
    for (const Updated& each : rule_.parameters) {
      const ValueId gradient = gradient_of(each.parameter)->value;
      squares = w_.plus({squares, w_.sum_to(w_.times({gradient, gradient}), {})});
    }
    const ValueId norm = w_.add(Op::sqrt, {squares});
    scale_ = w_.add(Op::min, {w_.over({w_.constant(*rule_.clip_norm), norm}), w_.constant(1)});
  }

  void write(const Updated& of) {
    const ValueId parameter = parameter_of(of.parameter);
    ValueId gradient = take_gradient(of.parameter);
    if (scale_) gradient = w_.times({gradient, *scale_});
    const ir::Type type = w_.type(parameter);
    const ValueId first = buffer("first:" + of.parameter, type.dims);
    const ValueId second = buffer("second:" + of.parameter, type.dims);
    const ValueId m = w_.plus({first, w_.times({w_.constant(1 - rule_.beta1), w_.minus({gradient, first})})});
    const ValueId v = w_.plus({w_.times({w_.constant(rule_.beta2), second}),
                               w_.times({w_.times({w_.constant(1 - rule_.beta2), gradient}), gradient})});
    give("update:" + of.parameter, w_.minus({decayed(parameter, of), step(m, v, of)}));
    give("first:" + of.parameter, m);
    give("second:" + of.parameter, v);
  }

 private:
  ValueId buffer(const std::string& name, const std::vector<ir::Dim>& dims) {
    const ValueId id = w_.new_value({ir::Element::real, dims});
    graph_.arguments.push_back({ir::ArgumentKind::buffer, name, id});
    graph_.body.arguments.push_back(id);
    return id;
  }
  ValueId parameter_of(const std::string& name) const {
    const ir::Argument* argument = graph_.find_argument(name);
    if (argument == nullptr) throw ir::InternalError("pass optimise: there is no parameter `" + name + "`");
    return argument->value;
  }
  std::vector<ir::Result>::iterator gradient_of(const std::string& name) {
    const auto found = std::find_if(graph_.results.begin(), graph_.results.end(),
                                    [&](const ir::Result& r) { return r.name == "gradient:" + name; });
    if (found == graph_.results.end()) {
      throw ir::InternalError("pass optimise: `" + name + "` has no derivative");
    }
    return found;
  }
  ValueId take_gradient(const std::string& name) {
    const auto found = gradient_of(name);
    const ValueId id = found->value;
    graph_.body.results.erase(graph_.body.results.begin() + (found - graph_.results.begin()));
    graph_.results.erase(found);
    return id;
  }
  void give(std::string name, ValueId id) {
    graph_.results.push_back({std::move(name), id});
    graph_.body.results.push_back(id);
  }

  ValueId rate_of(const Updated& of) {
    return of.rate_factor == 1 ? rate_ : w_.times({rate_, w_.constant(of.rate_factor)});
  }
  ValueId decayed(ValueId parameter, const Updated& of) {
    if (of.decay == 0) return parameter;
    return w_.times({parameter, w_.minus({w_.constant(1), w_.times({rate_of(of), w_.constant(of.decay)})})});
  }
  ValueId step(ValueId m, ValueId v, const Updated& of) {
    const ValueId size = w_.times({rate_of(of), first_correction_});
    const ValueId spread =
        w_.plus({w_.times({second_correction_, w_.add(Op::sqrt, {v})}), w_.constant(rule_.epsilon)});
    return w_.times({size, w_.over({m, spread})});
  }

  Graph& graph_;
  NodeWriter& w_;
  const AdamW& rule_;
  std::optional<ValueId> scale_;
  ValueId rate_ = 0, first_correction_ = 0, second_correction_ = 0;
};

}  // namespace

Graph optimise(const Graph& given, const AdamW& rule) {
  Graph graph = given;
  std::vector<ir::Node> added;
  NodeWriter writer(graph, added);
  Update update(graph, writer, rule);
  update.clip();
  for (const Updated& each : rule.parameters) update.write(each);
  for (ir::Node& node : added) graph.body.nodes.push_back(std::move(node));
  return graph;
}

}  // namespace stria::passes
