#include "tests/ir/example_graphs.h"

#include <random>
#include <string>

namespace stria::test {
namespace {

using ir::ArgumentKind;
using ir::Attributes;
using ir::batch_dim;
using ir::Dim;
using ir::dim;
using ir::Element;
using ir::Op;
using ir::time_dim;
using ir::Type;
using ir::ValueId;

// Draws ops, operands and attributes until they fit. Tests of the IR alone need no reproducibility across
// machines.
class Drawer {
 public:
  explicit Drawer(uint64_t seed) : engine_(seed), builder_("random") {}

  ir::Graph run(int n_nodes) {
    const std::vector<Type> arguments = {{Element::real, {}},
                                         {Element::real, {dim(3)}},
                                         {Element::real, {dim(2), dim(3)}},
                                         {Element::complex, {dim(3)}}};
    for (size_t i = 0; i < arguments.size(); ++i) {
      const auto kind = i % 2 == 0 ? ArgumentKind::parameter : ArgumentKind::buffer;
      values_.push_back(builder_.argument(kind, "layer.p" + std::to_string(i), arguments[i]));
    }
    values_.push_back(
        builder_.argument(ArgumentKind::input, "x", {Element::real, {batch_dim, time_dim, dim(3)}}));
    values_.push_back(
        builder_.argument(ArgumentKind::input, "odd name, %1", {Element::boolean, {batch_dim, time_dim}}));
    for (int i = 0; i < n_nodes; ++i) {
      if (number(0, 15) == 0) {
        add_scan();
      } else {
        add_node(values_);
      }
    }
    builder_.result("last", values_.back());
    builder_.result("buffer:other", values_[static_cast<size_t>(number(0, int64_t(values_.size()) - 1))]);
    return builder_.finish();
  }

 private:
  int64_t number(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(engine_);
  }

  ir::Attribute attribute(std::string_view name) {
    if (name == "value" || name == "a" || name == "b")
      return std::uniform_real_distribution<double>(-3, 3)(engine_);
    if (name == "values") return std::vector<double>{0.1, -1e-300, 3};
    if (name == "sizes")
      return number(0, 1) ? std::vector<Dim>{dim(3)} : std::vector<Dim>{batch_dim, time_dim, dim(3)};
    if (name == "distribution") return std::string(number(0, 1) ? "uniform" : "normal");
    if (name == "purpose") return std::string("init");
    if (name == "name") return std::string("a \"quoted\" \\ name\n");
    if (name == "order") return number(0, 1) ? std::vector<int64_t>{1, 0} : std::vector<int64_t>{0, 1, 2};
    if (name == "axes") return number(0, 1) ? std::vector<int64_t>{0} : std::vector<int64_t>{2, 0};
    if (name == "subscripts") return std::string(number(0, 1) ? "ab,bc->ac" : "btk,ck->btc");
    if (name == "size" || name == "stride" || name == "dilate" || name == "step") return number(1, 3);
    return number(0, 2);
  }

  // One op that fits on some of `values`, which it joins.
  void add_node(std::vector<ValueId>& values) {
    for (int attempt = 0; attempt < 1000; ++attempt) {
      const ir::OpInfo& op = ir::all_ops()[static_cast<size_t>(number(0, int64_t(ir::all_ops().size()) - 1))];
      if (op.op == Op::scan) continue;
      std::vector<ValueId> operands;
      const int64_t n = number(op.min_operands, std::min(op.max_operands, op.min_operands + 2));
      for (int64_t i = 0; i < n; ++i) {
        operands.push_back(values[static_cast<size_t>(number(0, int64_t(values.size()) - 1))]);
      }
      Attributes attributes;
      for (const std::string_view name : op.attributes) attributes.emplace_back(name, attribute(name));
      try {
        values.push_back(builder_.add(op.op, operands, attributes));
        return;
      } catch (const ir::InternalError&) {
        continue;  // does not fit: draw again
      }
    }
  }

  void add_scan() {
    const Type state{Element::real, {batch_dim, dim(3)}};
    builder_.begin_scan();
    std::vector<ValueId> inside = {builder_.scan_input(values_[4]), builder_.scan_state(values_[0], state),
                                   builder_.scan_state(values_[1], state)};
    const std::vector<ValueId> states = {inside[1], inside[2]};
    ValueId next = inside[0];
    for (int i = 0; i < 4; ++i) {
      const Op ops[] = {Op::add, Op::mul, Op::tanh, Op::neg};
      const Op op = ops[number(0, 3)];
      std::vector<ValueId> operands = {next};
      if (ir::info(op).min_operands == 2) operands.push_back(inside[static_cast<size_t>(number(0, 2))]);
      next = builder_.add(op, operands);
    }
    for (const ValueId stream : builder_.end_scan({next, states[0]}, {next, states[1]}))
      values_.push_back(stream);
  }

  std::mt19937_64 engine_;
  ir::Builder builder_;
  std::vector<ValueId> values_;
};

}  // namespace

ir::Graph random_graph(uint64_t seed, int n_nodes) { return Drawer(seed).run(n_nodes); }

}  // namespace stria::test
