#include "compiler/passes/derivative.h"

#include "compiler/passes/sweep.h"

namespace stria::passes {
namespace {

enum class Kept : uint8_t { recomputed, saved };
using enum Kept;

struct Row {
  DerivativeRule rule;
  Kept kept;
};
constexpr Row rows[] = {
#define STRIA_OP(name, least, most, attributes, shape_rule, cost_rule, complex_rule, derivative_rule, kept, \
                 doc)                                                                                       \
  {derivative::derivative_rule, kept},
#include "compiler/ir/ops.def"
#undef STRIA_OP
};

}  // namespace

DerivativeRule derivative_rule(ir::Op op) { return rows[static_cast<size_t>(op)].rule; }
bool has_no_derivative(ir::Op op) { return derivative_rule(op) == derivative::none; }
bool is_saved(ir::Op op) { return rows[static_cast<size_t>(op)].kept == Kept::saved; }

bool Derivation::wanted(size_t operand) const { return sweep.is_varied(node.operands[operand]); }
const ir::Type& Derivation::type(size_t operand) const { return w.type(node.operands[operand]); }
const ir::Type& Derivation::result_type() const { return w.type(node.results[0]); }
ir::ValueId Derivation::operand(size_t index) { return sweep.value(node.operands[index]); }
ir::ValueId Derivation::result() { return sweep.value(node.results[0]); }

void Derivation::give(size_t operand, ir::ValueId contribution) {
  sweep.gain(node.operands[operand], contribution);
}

void Derivation::give_product(size_t operand, const std::string& adjoint_letters, size_t other,
                              const std::string& other_letters, const std::string& operand_letters) {
  sweep.gain_product(*this, operand, adjoint_letters, other, other_letters, operand_letters);
}

}  // namespace stria::passes
