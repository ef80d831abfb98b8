#include <array>

#include "compiler/diagnostics/display.h"
#include "compiler/syntax/dump.h"

namespace stria::syntax {
namespace {

using namespace ast;

constexpr std::array<std::string_view, 9> binary_signs = {"+", "-", "*", "/", "//", "@", "^", "and", "or"};
constexpr std::array<std::string_view, 7> compare_signs = {"<", "<=", ">", ">=", "==", "!=", "in"};

std::string sign(BinaryOp op) { return std::string(binary_signs[static_cast<size_t>(op)]); }
std::string sign(CompareOp op) { return std::string(compare_signs[static_cast<size_t>(op)]); }

std::string dump_comprehension(const Comprehension& comprehension) {
  std::string out = "(for";
  for (const Binder& binder : comprehension.binders) {
    out += " (" + dump_binding(binder.binding) + " " + dump_expr(binder.domain) + ")";
  }
  if (comprehension.condition != nullptr) out += " (if " + dump_expr(comprehension.condition) + ")";
  return out + ")";
}

std::string dump_fields(const std::vector<Field>& fields) {
  std::string out;
  for (const Field& field : fields) out += " (" + dump_path(field.path) + " " + dump_expr(field.value) + ")";
  return out;
}

struct Dumper {
  std::string operator()(const IntLiteral& e) const { return e.digits; }
  std::string operator()(const FloatLiteral& e) const { return e.text; }
  std::string operator()(const QuantityLiteral& e) const {
    std::string out = "(quantity " + e.number + " " + e.unit_text;
    for (const UnitTerm& term : e.unit) out += " (" + term.name + " " + std::to_string(term.power) + ")";
    return out + ")";
  }
  std::string operator()(const StringLiteral& e) const { return in_quotes(e.value); }
  std::string operator()(const BoolLiteral& e) const { return e.value ? "true" : "false"; }
  std::string operator()(const NoneLiteral&) const { return "none"; }
  std::string operator()(const NameRef& e) const { return e.name; }
  std::string operator()(const NextRef& e) const { return "(next " + e.name.text + ")"; }
  std::string operator()(const Member& e) const {
    return "(. " + dump_expr(e.object) + " " + e.name.text + ")";
  }
  std::string operator()(const Call& e) const {
    std::string out = "(call " + dump_expr(e.callee) + dump_arguments(e.arguments);
    if (e.comprehension) out += " " + dump_comprehension(*e.comprehension);
    return out + ")";
  }
  std::string operator()(const Index& e) const {
    return "(index " + dump_expr(e.object) + dump_arguments(e.arguments) + ")";
  }
  std::string operator()(const With& e) const {
    return "(with " + dump_expr(e.object) + dump_fields(e.fields) + ")";
  }
  std::string operator()(const List& e) const {
    std::string out = "(list";
    for (const ExprPtr& item : e.items) out += " " + dump_expr(item);
    return out + ")";
  }
  std::string operator()(const ListComprehension& e) const {
    return "(list " + dump_expr(e.element) + " " + dump_comprehension(e.comprehension) + ")";
  }
  std::string operator()(const Record& e) const { return "(record" + dump_fields(e.fields) + ")"; }
  std::string operator()(const Unary& e) const {
    const std::string op = e.op == UnaryOp::minus ? "-" : e.op == UnaryOp::plus ? "+" : "not";
    return "(" + op + " " + dump_expr(e.operand) + ")";
  }
  std::string operator()(const Binary& e) const {
    return "(" + sign(e.op) + " " + dump_expr(e.left) + " " + dump_expr(e.right) + ")";
  }
  std::string operator()(const Comparison& e) const {
    std::string out = "(compare " + dump_expr(e.operands.front());
    for (size_t i = 0; i < e.ops.size(); ++i)
      out += " " + sign(e.ops[i]) + " " + dump_expr(e.operands[i + 1]);
    return out + ")";
  }
  std::string operator()(const RangeExpr& e) const {
    return "(.. " + dump_expr(e.low) + " " + dump_expr(e.high) + (e.step ? " " + dump_expr(e.step) : "") +
           ")";
  }
  std::string operator()(const If& e) const {
    return "(if " + dump_expr(e.condition) + " " + dump_expr(e.then) + " " + dump_expr(e.otherwise) + ")";
  }
  std::string operator()(const Lambda& e) const {
    return "(fn " + dump_formals(e.formals) + " " + dump_expr(e.body) + ")";
  }
  std::string operator()(const Pipe& e) const {
    return "(|> " + dump_expr(e.source) + " " + dump_expr(e.target) + ")";
  }
  std::string operator()(const ErrorExpr&) const { return "<unread>"; }
};

}  // namespace

std::string dump_expr(const ExprPtr& expr) {
  return expr == nullptr ? "_" : std::visit(Dumper{}, expr->node);
}

std::string dump_arguments(const std::vector<Argument>& arguments) {
  std::string out;
  for (const Argument& argument : arguments) {
    out += " ";
    out += argument.label ? "(" + argument.label->text + " " + dump_expr(argument.value) + ")"
                          : dump_expr(argument.value);
  }
  return out;
}

std::string dump_path(const std::vector<Name>& path) {
  std::string out;
  for (const Name& name : path) out += (out.empty() ? "" : ".") + name.text;
  return out;
}

std::string dump_binding(const Binding& binding) {
  std::string out;
  for (const Name& name : binding.names) out += (out.empty() ? "" : " ") + name.text;
  return binding.is_tuple ? "(" + out + ")" : out;
}

std::string dump_bound(const std::optional<Bound>& bound) {
  if (!bound) return "";
  if (bound->op) return "(within " + sign(*bound->op) + " " + dump_expr(bound->low) + ")";
  return "(within " + dump_expr(bound->low) + " " + dump_expr(bound->high) + ")";
}

std::string dump_formals(const std::vector<Formal>& formals) {
  std::string out = "(";
  for (const Formal& formal : formals) {
    if (out.size() > 1) out += " ";
    out += "(" + formal.name.text + " " + dump_type(formal.type);
    if (formal.default_value != nullptr) out += " " + dump_expr(formal.default_value);
    if (formal.within) out += " " + dump_bound(formal.within);
    out += ")";
  }
  return out + ")";
}

}  // namespace stria::syntax
