// Declarations, without the bodies of those that have one.
#include "compiler/diagnostics/display.h"
#include "compiler/syntax/dump.h"
#include "compiler/syntax/format.h"

namespace stria::syntax {

using namespace ast;

struct DeclarationFormatter {
  using Declaration = Formatter::Declaration;

  Formatter& to;

  LayoutPtr head(std::string_view word) const { return sequence({to.word(word), text(" ")}); }
  LayoutPtr typed(const TypePtr& type) const {
    if (type == nullptr) return text("");
    LayoutPtr colon = to.word(":");
    return sequence({colon, text(" "), to.type(*type)});
  }
  // `= value`, or `~ value`.
  LayoutPtr given(const ExprPtr& value, std::string_view sign = "=") const {
    LayoutPtr equals = to.word(sign);
    return sequence({equals, to.value(value)});
  }
  static Declaration joined(std::vector<LayoutPtr> parts) {
    return {sequence(std::move(parts)), nullptr, ""};
  }

  Declaration operator()(const UseDecl& d) const {
    LayoutPtr use = head("use");
    LayoutPtr module = to.path(d.path);
    if (d.as) {
      LayoutPtr as = to.space_word("as");
      return joined({use, module, as, to.name(*d.as)});
    }
    if (!d.names) return joined({use, module});
    LayoutPtr names = to.bracketed(
        "(", *d.names, [this](const Name& each) { return to.name(each); }, ")");
    return {sequence({use, module}), names, "use"};
  }
  Declaration operator()(const DimDecl& d) const {
    std::vector<LayoutPtr> parts = {head("dim")};
    for (size_t i = 0; i < d.names.size(); ++i) {
      parts.push_back(to.name(d.names[i]));
      if (i + 1 == d.names.size()) break;
      parts.push_back(to.word(","));
      parts.push_back(text(" "));
    }
    return joined(std::move(parts));
  }
  Declaration operator()(const UnitDecl& d) const {
    LayoutPtr unit = head("unit");
    LayoutPtr name = to.name(d.name);
    return {sequence({unit, name}), given(d.value), "unit"};
  }
  Declaration operator()(const TypeDecl& d) const {
    LayoutPtr type = head("type");
    LayoutPtr name = to.name(d.name);
    LayoutPtr equals = to.word("=");
    return {sequence({type, name}), sequence({equals, text(" "), to.type(*d.type)}), "type"};
  }
  Declaration operator()(const LetDecl& d) const {
    LayoutPtr let = head("let");
    LayoutPtr name = to.binding(d.binding);
    LayoutPtr type = typed(d.type);
    return {sequence({let, name, type}), given(d.value), "let"};
  }
  Declaration operator()(const FnDecl& d) const {
    LayoutPtr fn = head("fn");
    LayoutPtr name = to.name(d.name);
    LayoutPtr formals = to.formals(d.formals);
    LayoutPtr result = typed(d.result);
    return joined({fn, name, formals, result, text(" "), given(d.value)});
  }
  Declaration operator()(const Entity& d) const {
    const std::string kind(word(d.kind));
    std::vector<LayoutPtr> parts = {head(kind), to.name(d.name)};
    if (d.has_formals) parts.push_back(to.formals(d.formals));
    if (d.value == nullptr) return {sequence(std::move(parts)), nullptr, kind + " {"};
    return {sequence(std::move(parts)), given(d.value), kind + " ="};
  }
  Declaration operator()(const InputDecl& d) const {
    LayoutPtr input = head("input");
    LayoutPtr name = to.name(d.name);
    return joined({input, name, typed(d.type)});
  }
  Declaration operator()(const OutputDecl& d) const {
    LayoutPtr output = to.word("output");
    if (!d.name) return joined({output, to.value(d.value)});
    LayoutPtr name = to.name(*d.name);
    LayoutPtr type = typed(d.type);
    return joined({output, text(" "), name, type, text(" "), given(d.value)});
  }
  Declaration operator()(const StateDecl& d) const { return held("state", d.name, d.type, d.start); }
  Declaration operator()(const BufferDecl& d) const { return held("buffer", d.name, d.type, d.start); }
  Declaration held(std::string_view kind, const Name& name, const TypePtr& type, const ExprPtr& start) const {
    LayoutPtr first = head(kind);
    LayoutPtr written = to.name(name);
    LayoutPtr its_type = typed(type);
    return joined({first, written, its_type, text(" "), given(start)});
  }
  Declaration operator()(const ParamDecl& d) const {
    std::vector<LayoutPtr> parts = {to.word("param")};
    if (!d.options.empty()) parts.push_back(to.arguments("(", d.options, ")"));
    parts.push_back(text(" "));
    for (size_t i = 0; i < d.names.size(); ++i) {
      parts.push_back(to.name(d.names[i]));
      if (i + 1 == d.names.size()) break;
      parts.push_back(to.word(","));
      parts.push_back(text(" "));
    }
    parts.push_back(typed(d.type));
    parts.push_back(text(" "));
    parts.push_back(given(d.start, d.is_random ? "~" : "="));
    if (d.within) {
      LayoutPtr within = to.word("within");
      parts.push_back(nest(sequence({line(), within, text(" "), to.bound(*d.within)})));
    }
    return joined(std::move(parts));
  }
  Declaration operator()(const UpdateDecl& d) const {
    if (!d.is_derivative) {
      LayoutPtr next = head("next");
      LayoutPtr name = to.name(d.state);
      return {sequence({next, name}), given(d.value), "next"};
    }
    if (d.time_constant.empty()) {
      LayoutPtr rate = head("d/dt");
      LayoutPtr name = to.name(d.state);
      return {sequence({rate, name}), given(d.value), "d/dt"};
    }
    LayoutPtr constant = to.path(d.time_constant);
    LayoutPtr times = head("*");
    LayoutPtr rate = head("d/dt");
    LayoutPtr name = to.name(d.state);
    return {constant, sequence({times, rate, name, text(" "), given(d.value)}), "* d/dt"};
  }
  Declaration operator()(const CheckDecl& d) const {
    LayoutPtr check = head("check");
    LayoutPtr condition = to.expr_at(*d.condition, 0);
    if (!d.message) return joined({check, condition});
    LayoutPtr otherwise = to.word("else");
    LayoutPtr message = text(in_quotes(*d.message));
    if (to.source_ != nullptr && to.next_token_ < to.source_->tokens.size()) {
      message = to.literal({to.source_->file, to.source_->tokens[to.next_token_].begin, 0}, "");
    }
    return joined({check, condition, nest(sequence({line(), otherwise, text(" "), message}))});
  }
  Declaration operator()(const SweepDecl& d) const {
    LayoutPtr sweep = head("sweep");
    LayoutPtr name = to.binding(d.binding);
    LayoutPtr in = to.word("in");
    std::vector<LayoutPtr> tail = {in, to.value(d.domain)};
    if (d.condition != nullptr) {
      LayoutPtr condition = to.word("if");
      tail.push_back(nest(sequence({line(), condition, text(" "), to.expr_at(*d.condition, 0)})));
    }
    return {sequence({sweep, name}), sequence(std::move(tail)), "sweep"};
  }
  Declaration operator()(const Setting& d) const {
    LayoutPtr name = to.path(d.path);
    LayoutPtr type = typed(d.type);
    return {sequence({name, type}), given(d.value), "="};
  }
  Declaration operator()(const Block& d) const {
    LayoutPtr kind = to.name(d.kind);
    if (!d.title) return {kind, nullptr, d.kind.text + " {"};
    LayoutPtr title = text(in_quotes(*d.title));
    if (to.source_ != nullptr && to.next_token_ < to.source_->tokens.size()) {
      title = to.literal({to.source_->file, to.source_->tokens[to.next_token_].begin, 0}, "");
    }
    return {sequence({kind, text(" "), title}), nullptr, d.kind.text + " {"};
  }
};

Formatter::Declaration Formatter::declaration(const Item& item) {
  return std::visit(DeclarationFormatter{*this}, item.node);
}

}  // namespace stria::syntax
