#include "compiler/passes/drop_stop_gradient.h"

#include "compiler/passes/writer.h"

namespace stria::passes {
namespace {

class Dropper final : public Writer {
 public:
  using Writer::Writer;

 private:
  std::optional<ir::ValueId> replace(const ir::Node& node, ir::ValueId) override {
    return node.op == ir::Op::stop_gradient ? std::optional(node.operands[0]) : std::nullopt;
  }
};

}  // namespace

ir::Graph drop_stop_gradient(const ir::Graph& graph) { return Dropper(graph).run(); }

}  // namespace stria::passes
