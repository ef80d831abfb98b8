#include "compiler/syntax/dump.h"
#include "compiler/diagnostics/display.h"

#include "compiler/syntax/parse.h"

namespace stria {
namespace syntax {
namespace {

using namespace ast;

std::string dump_unit(const std::vector<UnitTerm>& unit) {
  std::string out;
  for (const UnitTerm& term : unit) {
    if (!out.empty()) out += " ";
    out += term.name.empty() ? std::to_string(term.number) : term.name;
    if (term.power != 1) out += "^" + std::to_string(term.power);
  }
  return out;
}

std::string dump_shape(const std::vector<DimItem>& shape) {
  std::string out = "[";
  for (const DimItem& item : shape) {
    if (out.size() > 1) out += " ";
    if (item.kind == DimItem::Kind::splice) out += "...";
    if (item.name) out += item.name->text;
    if (item.kind == DimItem::Kind::sized) out += "=";
    if (item.value != nullptr) out += dump_expr(item.value);
  }
  return out + "]";
}

struct ItemDumper {
  std::string indent;  // of the item's own line

  std::string items(const std::vector<ItemPtr>& list) const;

  std::string operator()(const UseDecl& d) const {
    std::string out = "(use " + dump_path(d.path);
    if (d.as) out += " as " + d.as->text;
    if (d.names) {
      out += " (";
      for (const Name& name : *d.names) out += (out.back() == '(' ? "" : " ") + name.text;
      out += ")";
    }
    return out + ")";
  }
  std::string operator()(const DimDecl& d) const {
    std::string out = "(dim";
    for (const Name& name : d.names) out += " " + name.text;
    return out + ")";
  }
  std::string operator()(const UnitDecl& d) const {
    return "(unit " + d.name.text + " " + dump_expr(d.value) + ")";
  }
  std::string operator()(const TypeDecl& d) const {
    return "(type " + d.name.text + " " + dump_type(d.type) + ")";
  }
  std::string operator()(const LetDecl& d) const {
    return "(let " + dump_binding(d.binding) + typed(d.type) + " " + dump_expr(d.value) + ")";
  }
  std::string operator()(const FnDecl& d) const {
    return "(fn " + d.name.text + " " + dump_formals(d.formals) + typed(d.result) + " " + dump_expr(d.value) +
           ")";
  }
  std::string operator()(const Entity& d) const {
    std::string out = "(" + std::string(word(d.kind)) + " " + d.name.text;
    if (d.has_formals) out += " " + dump_formals(d.formals);
    return out + (d.value != nullptr ? " = " + dump_expr(d.value) : items(d.items)) + ")";
  }
  std::string operator()(const InputDecl& d) const {
    return "(input " + d.name.text + " " + dump_type(d.type) + ")";
  }
  std::string operator()(const OutputDecl& d) const {
    return "(output" + (d.name ? " " + d.name->text : "") + typed(d.type) + " " + dump_expr(d.value) + ")";
  }
  std::string operator()(const StateDecl& d) const {
    return "(state " + d.name.text + " " + dump_type(d.type) + " " + dump_expr(d.start) + ")";
  }
  std::string operator()(const ParamDecl& d) const {
    std::string out = "(param";
    if (!d.options.empty()) out += " (options" + dump_arguments(d.options) + ")";
    for (const Name& name : d.names) out += " " + name.text;
    out += " " + dump_type(d.type) + (d.is_random ? " ~ " : " = ") + dump_expr(d.start);
    if (d.within) out += " " + dump_bound(d.within);
    return out + ")";
  }
  std::string operator()(const BufferDecl& d) const {
    return "(buffer " + d.name.text + " " + dump_type(d.type) + " " + dump_expr(d.start) + ")";
  }
  std::string operator()(const UpdateDecl& d) const {
    std::string out = d.is_derivative ? "(d/dt " : "(next ";
    if (!d.time_constant.empty()) out += "(* " + dump_path(d.time_constant) + ") ";
    return out + d.state.text + " " + dump_expr(d.value) + ")";
  }
  std::string operator()(const CheckDecl& d) const {
    return "(check " + dump_expr(d.condition) + (d.message ? " else " + in_quotes(*d.message) : "") + ")";
  }
  std::string operator()(const SweepDecl& d) const {
    return "(sweep " + dump_binding(d.binding) + " " + dump_expr(d.domain) +
           (d.condition != nullptr ? " (if " + dump_expr(d.condition) + ")" : "") + ")";
  }
  std::string operator()(const Setting& d) const {
    return "(set " + dump_path(d.path) + typed(d.type) + " " + dump_expr(d.value) + ")";
  }
  std::string operator()(const Block& d) const {
    return "(block " + d.kind.text + (d.title ? " " + in_quotes(*d.title) : "") + items(d.items) + ")";
  }

  static std::string typed(const TypePtr& type) { return type == nullptr ? "" : " : " + dump_type(type); }
};

std::string ItemDumper::items(const std::vector<ItemPtr>& list) const {
  std::string out;
  const ItemDumper inner{indent + "  "};
  for (const ItemPtr& item : list) {
    out += "\n" + inner.indent;
    if (!item->doc.empty()) out += "(doc " + in_quotes(item->doc) + ")\n" + inner.indent;
    out += std::visit(inner, item->node);
  }
  return out;
}

}  // namespace

std::string dump_type(const TypePtr& type) {
  if (type == nullptr) return "_";
  using Kind = TypeExpr::Kind;
  std::string out;
  switch (type->kind) {
    case Kind::unit:
      return dump_unit(type->unit);
    case Kind::function:
      return "(-> " + dump_type(type->of) + " " + dump_type(type->result) + ")";
    case Kind::list:
      return "(list " + dump_type(type->of) + ")";
    case Kind::one_of:
      out = "(one_of";
      for (const ExprPtr& choice : type->choices) out += " " + dump_expr(choice);
      return out + ")";
    case Kind::stream:
    case Kind::tensor:
      break;
  }
  if (type->kind == Kind::stream) out = "(stream";
  if (type->shape) out += (out.empty() ? "" : " ") + dump_shape(*type->shape);
  if (type->element) out += " of " + type->element->text;
  if (!type->unit.empty()) out += " in " + dump_unit(type->unit);
  if (type->every != nullptr) out += " every " + dump_expr(type->every);
  return type->kind == Kind::stream ? out + ")" : out;
}

}  // namespace syntax

std::string_view ast::word(EntityKind kind) {
  static constexpr std::string_view words[] = {"layer",    "cell",       "model",   "dataset",
                                               "protocol", "experiment", "analysis"};
  return words[static_cast<size_t>(kind)];
}

std::string dump(const ast::Spec& spec) {
  std::string out = "(spec" + (spec.version ? " " + *spec.version : "");
  out += syntax::ItemDumper{""}.items(spec.items);
  return out + ")\n";
}

}  // namespace stria
