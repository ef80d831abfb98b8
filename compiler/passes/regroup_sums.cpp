#include "compiler/passes/regroup_sums.h"

#include <algorithm>
#include <utility>

#include "compiler/passes/dead_code.h"
#include "compiler/passes/fixed_values.h"
#include "compiler/passes/writer.h"

namespace stria::passes {
namespace {

using ir::Graph;
using ir::Node;
using ir::Op;
using ir::Region;
using ir::ValueId;

// When a value is known (scan.4): before anything runs, before the scan, or within it once the state is.
enum class Known : uint8_t { fixed, before, inside };

struct Term {
  ValueId value;  // of the source
  bool minus;
};
struct Sum {  // value, or -value
  ValueId value;
  bool minus;
};

class Regrouper final : public Writer {
 public:
  explicit Regrouper(const Graph& graph)
      : Writer(graph),
        known_(graph.values.size(), Known::before),
        uses_(graph.values.size(), 0),
        nodes_(graph.values.size(), nullptr),
        regions_(graph.values.size(), nullptr) {
    const std::vector<bool> fixed = fixed_values(graph);
    for (size_t i = 0; i < fixed.size(); ++i) {
      known_[i] = fixed[i] && !has_letters(graph.values[i]) ? Known::fixed : Known::before;
    }
    look_at(graph.body);
  }

 private:
  // ---------------------------------------------------------------- the source
  void look_at(const Region& region) {
    for (const Node& node : region.nodes) {
      for (const ValueId id : node.operands) ++uses_[id];
      if (node.op == Op::scan) {
        look_at_scan(node);
        continue;
      }
      nodes_[node.results[0]] = &node;
      regions_[node.results[0]] = &region;
      for (const ValueId id : node.operands)
        known_[node.results[0]] = std::max(known_[node.results[0]], known_[id]);
    }
    for (const ValueId id : region.results) ++uses_[id];
  }

  void look_at_scan(const Node& scan) {
    const Region& body = scan.regions[0];
    const auto n_inputs = static_cast<size_t>(ir::int_attribute(scan, "n_inputs"));
    for (size_t i = n_inputs; i < body.arguments.size(); ++i) known_[body.arguments[i]] = Known::inside;
    look_at(body);
  }

  static bool is_sum(const Node* node) {
    return node != nullptr && (node->op == Op::add || node->op == Op::sub);
  }

  // The terms of a sum; an operand that is a sum of the same type, made for this one alone, gives its own
  // terms.
  void collect(ValueId sum, bool minus, std::vector<Term>& terms) const {
    for (const size_t side : {0, 1}) {
      const ValueId operand = nodes_[sum]->operands[side];
      const bool is_minus = minus != (side == 1 && nodes_[sum]->op == Op::sub);
      const bool is_part = is_sum(nodes_[operand]) && uses_[operand] == 1 &&
                           regions_[operand] == regions_[sum] && source().type(operand) == source().type(sum);
      if (is_part) {
        collect(operand, is_minus, terms);
      } else {
        terms.push_back({operand, is_minus});
      }
    }
  }

  // ---------------------------------------------------------------- writing
  std::optional<ValueId> replace(const Node& node, ValueId old) override {
    if (old == no_value || !is_sum(&node) || known_[old] == Known::fixed) return std::nullopt;
    std::vector<Term> terms;
    collect(old, false, terms);
    const auto known_earlier = [&](const Term& term) { return known_[term.value] < known_[old]; };
    if (std::count_if(terms.begin(), terms.end(), known_earlier) < 2) return std::nullopt;
    std::optional<Sum> sum;
    for (const Known known : {Known::fixed, Known::before, Known::inside}) {
      if (const auto group = sum_of(terms, known)) sum = sum ? joined(*group, *sum) : *group;
    }
    return sum->value;  // the first term of a sum has no minus, so the whole has none
  }

  std::optional<Sum> sum_of(const std::vector<Term>& terms, Known known) {
    std::optional<Sum> sum;
    for (const Term& term : terms) {
      if (known_[term.value] != known) continue;
      const Sum next{written(term.value), term.minus};
      sum = sum ? joined(*sum, next) : next;
    }
    return sum;
  }

  Sum joined(const Sum& a, const Sum& b) {
    if (a.minus == b.minus) return {add(Op::add, {a.value, b.value}), a.minus};
    const auto& [plus, minus] = a.minus ? std::pair(b, a) : std::pair(a, b);
    return {add(Op::sub, {plus.value, minus.value}), false};
  }

  std::vector<Known> known_;
  std::vector<int> uses_;
  std::vector<const Node*> nodes_;
  std::vector<const Region*> regions_;
};

}  // namespace

Graph regroup_sums(const Graph& graph) { return dead_code(Regrouper(graph).run()); }

}  // namespace stria::passes
