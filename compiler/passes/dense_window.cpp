#include "compiler/passes/dense_window.h"

#include <algorithm>

#include "compiler/ir/subscripts.h"
#include "compiler/passes/dead_code.h"
#include "compiler/passes/fixed_values.h"
#include "compiler/passes/writer.h"

namespace stria::passes {
namespace {

using ir::Dim;
using ir::dim;
using ir::holds;
using ir::Node;
using ir::Op;
using ir::repeats;
using ir::Subscripts;
using ir::ValueId;

// A product of a window with fixed weights, in parts.
struct WindowProduct {
  const Node* window = nullptr;
  size_t side = 0;  // which operand is the window
  Subscripts subscripts{",->"};
  size_t axis = 0;                                   // of the value, windowed
  char position = 0, offset = 0;                     // letters of the window's axes
  int64_t n_entries = 0, n_positions = 0, size = 0;  // of the axis, and of the window's two

  const std::string& weights() const { return subscripts.sides[1 - side]; }
  bool keeps_position() const { return holds(subscripts.out, position); }
};

class Spreader final : public Writer {
 public:
  using Writer::Writer;

 private:
  std::optional<ValueId> replace(const Node& node, ValueId) override {
    if (node.op != Op::contract) return std::nullopt;
    for (const size_t side : {0, 1}) {
      const auto product = window_product(node, side);
      if (product && pays(*product, node.operands[1 - side])) return spread(node, *product);
    }
    return std::nullopt;
  }

  std::optional<WindowProduct> window_product(const Node& node, size_t side) const {
    WindowProduct product;
    product.window = definition(node.operands[side], Op::window);
    const ValueId weights = node.operands[1 - side];
    if (product.window == nullptr || is_fixed(node.operands[side]) || !is_fixed(weights) ||
        has_letters(type(weights)))
      return std::nullopt;
    product.side = side;
    product.subscripts = Subscripts(ir::text_attribute(node, "subscripts"));
    const std::string& letters = product.subscripts.sides[side];
    product.axis = static_cast<size_t>(ir::int_attribute(*product.window, "axis"));
    product.position = letters[product.axis];
    product.offset = letters.back();
    if (repeats(letters) || repeats(product.weights()) || !holds(product.weights(), product.offset) ||
        holds(product.subscripts.out, product.offset) || product.subscripts.fresh() == 0) {
      return std::nullopt;
    }
    product.n_entries = dims(product.window->operands[0])[product.axis].size;
    product.n_positions = dims(node.operands[side])[product.axis].size;
    product.size = dims(node.operands[side]).back().size;
    return product;
  }

  // Subscripts of the spread weights, `entry` being the letter of the value's axis.
  static std::string spread_letters(const WindowProduct& product, char entry) {
    std::string letters = product.weights();
    letters[letters.find(product.offset)] = entry;
    const size_t position = letters.find(product.position);
    if (product.keeps_position() && position == std::string::npos)
      letters.insert(letters.begin(), product.position);
    if (!product.keeps_position() && position != std::string::npos) letters.erase(position, 1);
    return letters;
  }

  bool pays(const WindowProduct& product, ValueId weights) const {
    const double windowed = static_cast<double>(product.n_positions * product.size);
    const double dense =
        static_cast<double>(product.n_entries * (product.keeps_position() ? product.n_positions : 1));
    if (dense <= most_extra_work * windowed) return true;
    double n_weights = dense;
    for (size_t i = 0; i < product.weights().size(); ++i) {
      const char letter = product.weights()[i];
      if (letter != product.offset && letter != product.position)
        n_weights *= static_cast<double>(dims(weights)[i].size);
    }
    return n_weights <= always_dense_weights;
  }

  // 1 where entry f of the axis is offset k of position l: real [l, k, f]
  ValueId places(const WindowProduct& product) {
    const auto steps = [&](int64_t size, std::string_view step, std::vector<Dim> sizes) {
      const double factor = static_cast<double>(ir::int_attribute(*product.window, step));
      const ValueId scaled = add(Op::mul, {add(Op::iota, {}, {{"size", size}}), constant(factor)});
      return add(Op::reshape, {scaled}, {{"sizes", std::move(sizes)}});
    };
    const ValueId starts = steps(product.n_positions, "stride", {dim(product.n_positions), dim(1), dim(1)});
    const ValueId offsets = steps(product.size, "dilate", {dim(product.size), dim(1)});
    const ValueId entries = add(Op::iota, {}, {{"size", product.n_entries}});
    return add(Op::to_real, {add(Op::equal, {add(Op::add, {starts, offsets}), entries})});
  }

  ValueId spread(const Node& node, const WindowProduct& product) {
    const char entry = product.subscripts.fresh();
    Subscripts spreading(std::string{product.position, product.offset, entry} + "," + product.weights() +
                         "->" + spread_letters(product, entry));
    const ValueId weights = add(Op::contract, {places(product), node.operands[1 - product.side]},
                                {{"subscripts", spreading.text()}});
    Subscripts plain = product.subscripts;
    plain.sides[product.side].pop_back();
    plain.sides[product.side][product.axis] = entry;
    plain.sides[1 - product.side] = spreading.out;
    std::vector<ValueId> operands = node.operands;
    operands[product.side] = product.window->operands[0];
    operands[1 - product.side] = weights;
    return add(Op::contract, operands, {{"subscripts", plain.text()}});
  }
};

}  // namespace

ir::Graph dense_window(const ir::Graph& graph) { return dead_code(Spreader(graph).run()); }

}  // namespace stria::passes
