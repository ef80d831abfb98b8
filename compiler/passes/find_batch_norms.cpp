#include "compiler/passes/find_batch_norms.h"

#include <algorithm>
#include <map>
#include <optional>

#include "compiler/ir/subscripts.h"

namespace stria::passes {
namespace {

using ir::ArgumentKind;
using ir::Dim;
using ir::Graph;
using ir::Node;
using ir::Op;
using ir::Region;
using ir::ValueId;

class Finder {
 public:
  explicit Finder(const Graph& graph) : graph_(graph), uses_(graph.values.size(), 0) {
    count(graph.body);
    for (const Node& node : graph.body.nodes) {
      if (node.results.size() == 1) makers_[node.results[0]] = &node;
    }
  }

  std::vector<FoundNorm> run() const {
    std::vector<FoundNorm> found;
    for (const Node& node : graph_.body.nodes) {
      if (node.op != Op::add) continue;
      if (auto norm = norm_ending_with(node)) found.push_back(std::move(*norm));
    }
    return found;
  }

 private:
  void count(const Region& region) {
    for (const Node& node : region.nodes) {
      for (const ValueId id : node.operands) ++uses_[id];
      for (const Region& inner : node.regions) count(inner);
    }
    for (const ValueId id : region.results) ++uses_[id];
  }

  const Node* maker(ValueId id, Op op) const {
    const auto found = makers_.find(id);
    return found != makers_.end() && found->second->op == op ? found->second : nullptr;
  }
  // The same, where one node alone uses it.
  const Node* own(ValueId id, Op op) const { return uses_[id] == 1 ? maker(id, op) : nullptr; }

  // The argument behind a value that only lays it out anew, where it is used here alone.
  const ir::Argument* argument(ValueId id, ArgumentKind kind) const {
    if (uses_[id] != 1) return nullptr;
    for (const ir::Argument& each : graph_.arguments) {
      if (each.value == id) return each.kind == kind ? &each : nullptr;
    }
    const Node* reshape = maker(id, Op::reshape);
    return reshape == nullptr ? nullptr : argument(reshape->operands[0], kind);
  }
  // The one of two operands that is such an argument, and the other.
  struct Split {
    const ir::Argument* argument;
    ValueId laid_out, other;
  };
  std::optional<Split> split(const Node& node, ArgumentKind kind) const {
    for (const size_t side : {1, 0}) {
      const ir::Argument* found = argument(node.operands[side], kind);
      if (found != nullptr) return Split{found, node.operands[side], node.operands[1 - side]};
    }
    return std::nullopt;
  }

  std::optional<FoundNorm> norm_ending_with(const Node& end) const {
    FoundNorm norm;
    const auto shift = split(end, ArgumentKind::parameter);
    const Node* scaled = shift ? own(shift->other, Op::mul) : nullptr;
    const auto scale = scaled ? split(*scaled, ArgumentKind::parameter) : std::nullopt;
    const Node* divided = scale ? own(scale->other, Op::div) : nullptr;
    const Node* centred = divided ? own(divided->operands[0], Op::sub) : nullptr;
    const ir::Argument* mean = centred ? argument(centred->operands[1], ArgumentKind::buffer) : nullptr;
    if (mean == nullptr || !read_deviation(divided->operands[1], norm)) return std::nullopt;
    const Node* shifted = own(centred->operands[0], Op::add);
    const auto bias = shifted ? split(*shifted, ArgumentKind::parameter) : std::nullopt;
    const Node* product = bias ? own(bias->other, Op::contract) : nullptr;
    if (product == nullptr || bias->laid_out != bias->argument->value) return std::nullopt;
    norm.bias = bias->argument->name;
    norm.scale = scale->argument->name;
    norm.shift = shift->argument->name;
    norm.mean = mean->name;
    const std::vector<Dim> laid_out = graph_.type(scale->laid_out).dims;
    if (graph_.type(shift->laid_out).dims != laid_out || graph_.type(centred->operands[1]).dims != laid_out) {
      return std::nullopt;
    }
    if (!set_steps(*product, laid_out, graph_.type(bias->laid_out).dims, norm)) return std::nullopt;
    return norm;
  }

  // sqrt(variance + epsilon)
  bool read_deviation(ValueId id, FoundNorm& norm) const {
    while (const Node* reshape = own(id, Op::reshape)) id = reshape->operands[0];
    const Node* root = own(id, Op::sqrt);
    const Node* sum = root ? own(root->operands[0], Op::add) : nullptr;
    if (sum == nullptr) return false;
    for (const size_t side : {0, 1}) {
      const ir::Argument* variance = argument(sum->operands[side], ArgumentKind::buffer);
      const Node* epsilon = maker(sum->operands[1 - side], Op::constant);
      if (variance == nullptr || epsilon == nullptr) continue;
      norm.variance = variance->name;
      norm.epsilon = ir::real_attribute(*epsilon, "value");
      return true;
    }
    return false;
  }

  // norm: dims of its arrays as they meet the product's result, aligned at its end; so is the bias.
  bool set_steps(const Node& product, const std::vector<Dim>& norm, const std::vector<Dim>& bias,
                 FoundNorm& found) const {
    const ir::Subscripts subscripts(ir::text_attribute(product, "subscripts"));
    const std::string& out = subscripts.out;
    std::map<char, int64_t> step_of;
    int64_t step = 1;
    for (size_t i = norm.size(); i-- > 0;) {
      const size_t place = out.size() - (norm.size() - i);
      if (norm[i] == ir::dim(1)) continue;
      step_of[out[place]] = step;
      step *= norm[i].size;
    }
    for (const size_t side : {0, 1}) {
      const ir::Argument* weights = argument(product.operands[side], ArgumentKind::parameter);
      if (weights == nullptr || weights->value != product.operands[side]) continue;
      found.weights = weights->name;
      return steps_along(subscripts.sides[side], step_of, found.weight_steps) && bias.size() <= out.size() &&
             graph_.type(weights->value).element == ir::Element::real &&
             steps_along(out.substr(out.size() - bias.size()), step_of, found.bias_steps);
    }
    return false;
  }
  // False where the norm varies along an axis that these do not have.
  static bool steps_along(const std::string& letters, const std::map<char, int64_t>& step_of,
                          std::vector<int64_t>& steps) {
    for (const auto& [letter, step] : step_of) {
      if (letters.find(letter) == std::string::npos) return false;
    }
    for (const char letter : letters) {
      const auto found = step_of.find(letter);
      steps.push_back(found == step_of.end() ? 0 : found->second);
    }
    return true;
  }

  const Graph& graph_;
  std::vector<int> uses_;
  std::map<ValueId, const Node*> makers_;
};

}  // namespace

std::vector<FoundNorm> find_batch_norms(const Graph& predict) { return Finder(predict).run(); }

}  // namespace stria::passes
