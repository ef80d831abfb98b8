#include "compiler/passes/merge_products.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "compiler/ir/subscripts.h"
#include "compiler/passes/dead_code.h"
#include "compiler/passes/fixed_values.h"
#include "compiler/passes/writer.h"

namespace stria::passes {
namespace {

using ir::Graph;
using ir::holds;
using ir::Node;
using ir::Op;
using ir::Region;
using ir::repeats;
using ir::Subscripts;
using ir::ValueId;

// One product of a group, in values of the source.
struct Member {
  ValueId weights;
  size_t weights_side;  // which operand they are
  int64_t size;         // of the axis joined
  int64_t begin = 0;    // along it
};
struct Group {
  std::vector<Member> members;
  int64_t weights_axis = 0, result_axis = 0;  // the axis joined
  ValueId product = Writer::no_value;         // in the new graph, once it is written
};

class ProductMerger final : public Writer {
 public:
  explicit ProductMerger(const Graph& graph) : Writer(graph), fixed_(fixed_values(graph)) {
    find_groups(graph.body);
  }

 private:
  // ---------------------------------------------------------------- finding groups
  void find_groups(const Region& region) {
    std::map<std::string, size_t> open;  // key -> the group that takes more
    for (const Node& node : region.nodes) {
      for (const Region& inner : node.regions) find_groups(inner);
      if (node.op == Op::contract) consider(node, open);
    }
  }

  void consider(const Node& node, std::map<std::string, size_t>& open) {
    const bool first_fixed = fixed_[node.operands[0]], second_fixed = fixed_[node.operands[1]];
    if (first_fixed == second_fixed) return;
    const size_t side = first_fixed ? 0 : 1;
    const Subscripts subscripts(ir::text_attribute(node, "subscripts"));
    const std::string &weights = subscripts.sides[side], &other = subscripts.sides[1 - side];
    const auto joined =
        std::find_if(weights.begin(), weights.end(), [&](char c) { return !holds(other, c); });
    if (joined == weights.end() || !holds(subscripts.out, *joined) || repeats(weights) || repeats(other) ||
        has_letters(source().type(node.operands[side]))) {
      return;
    }
    const int64_t axis = joined - weights.begin();
    const std::string key = key_of(node, side, static_cast<size_t>(axis));
    const auto most = static_cast<size_t>(ir::info(Op::concat).max_operands);
    auto found = open.find(key);
    if (found == open.end() || groups_[found->second].members.size() == most) {
      found = open.insert_or_assign(key, groups_.size()).first;
      groups_.push_back({{}, axis, static_cast<int64_t>(subscripts.out.find(*joined))});
    }
    add_member(node, side, found->second);
  }

  void add_member(const Node& node, size_t side, size_t group_index) {
    Group& group = groups_[group_index];
    Member member{node.operands[side], side,
                  source().type(node.operands[side]).dims[static_cast<size_t>(group.weights_axis)].size};
    if (!group.members.empty()) member.begin = group.members.back().begin + group.members.back().size;
    places_[node.results[0]] = {group_index, group.members.size()};
    group.members.push_back(member);
  }

  // All that two products must agree in: the value, and the roles of the weights' and the result's axes. An
  // axis of the value is named by its place there, the joined one `?`, others by their order and size.
  std::string key_of(const Node& node, size_t side, size_t joined) const {
    const Subscripts subscripts(ir::text_attribute(node, "subscripts"));
    const std::string &weights = subscripts.sides[side], &other = subscripts.sides[1 - side];
    const ir::Type& type = source().type(node.operands[side]);
    std::map<char, std::string> names;
    for (size_t i = 0; i < weights.size(); ++i) {
      names[weights[i]] =
          i == joined ? "?" : "free" + std::to_string(i) + ":" + std::to_string(type.dims[i].size);
    }
    for (size_t i = 0; i < other.size(); ++i) names[other[i]] = std::to_string(i);
    std::string key = std::to_string(node.operands[1 - side]);
    key += type.element == ir::Element::complex ? " complex" : " real";
    for (const std::string& letters : {weights, subscripts.out}) {
      key += " |";
      for (const char letter : letters) key += " " + names[letter];
    }
    return key;
  }

  // ---------------------------------------------------------------- writing
  std::optional<ValueId> replace(const Node& node, ValueId old) override {
    const auto found = places_.find(old);
    if (found == places_.end() || groups_[found->second.first].members.size() < 2) return std::nullopt;
    Group& group = groups_[found->second.first];
    const Member& member = group.members[found->second.second];
    if (group.product == no_value) group.product = write_product(node, group);
    return add(
        Op::slice, {group.product},
        {{"axis", group.result_axis}, {"start", member.begin}, {"size", member.size}, {"step", int64_t{1}}});
  }

  // The members' weights are fixed, so they can be written before any of the products.
  ValueId write_product(const Node& node, const Group& group) {
    std::vector<ValueId> weights, operands = node.operands;
    for (const Member& member : group.members) weights.push_back(written(member.weights));
    operands[group.members[0].weights_side] = add(Op::concat, weights, {{"axis", group.weights_axis}});
    return add(Op::contract, operands, node.attributes);
  }

  std::vector<bool> fixed_;
  std::vector<Group> groups_;
  std::map<ValueId, std::pair<size_t, size_t>> places_;  // a product's result -> its group, its place in it
};

}  // namespace

Graph merge_products(const Graph& graph) { return dead_code(ProductMerger(graph).run()); }

}  // namespace stria::passes
