// Units as written (units.1): the base units, those declared by `unit`, and what a unit such as `mV/ms` is.
#include <fmt/format.h>

#include "compiler/sema/elaborator.h"

namespace stria {

namespace {

const std::map<std::string, Dimension>& base_units() {
  static const std::map<std::string, Dimension> units = [] {
    std::map<std::string, Dimension> map;
    const char* names[] = {"s", "m", "kg", "A", "K", "spike", "dB"};
    for (int base = 0; base < Dimension::n_bases; ++base) {
      Dimension dimension;
      dimension.exponents[base] = 1;
      map[names[base]] = dimension;
    }
    return map;
  }();
  return units;
}

}  // namespace

std::optional<Number> Elaborator::named_unit(const std::string& name, Scope& scope) {
  if (const auto base = base_units().find(name); base != base_units().end()) {
    Number one = Number::rational(Rational(1));
    one.dimension = base->second;
    return one;
  }
  if (name == "bin") {
    Number step = dt ? Number::rational(*dt) : Number::unknown();
    step.dimension.exponents[Dimension::time] = 1;
    return step;
  }
  for (Scope* at = &scope; at; at = at->parent)
    if (Entry* entry = at->find_here(name);
        entry && entry->item && std::holds_alternative<ast::UnitDecl>(entry->item->node))
      return as_number(unit_declaration(*entry, name));
  if (Module* standard = modules_.standard("stria.units"))
    if (Entry* entry = standard->scope.find_here(name)) return as_number(unit_declaration(*entry, name));
  return std::nullopt;
}

// `unit hPa = 100 * Pa`: the names in it are units.
Value Elaborator::unit_declaration(Entry& entry, const std::string& name) {
  if (entry.state[0] == Entry::State::done) return entry.value[0];
  if (entry.state[0] == Entry::State::running) {
    report(Kind::definition_cycle, entry.declared, fmt::format("the unit `{}` is defined by itself", name))
        .mark("a circle");
    return {};
  }
  entry.state[0] = Entry::State::running;
  const auto& declaration = std::get<ast::UnitDecl>(entry.item->node);
  const Value value = unit_expression(*declaration.value, *entry.scope);
  entry.state[0] = Entry::State::done;
  entry.value[0] = value;
  return value;
}

Value Elaborator::unit_expression(const ast::Expr& expression, Scope& scope) {
  if (const auto* reference = std::get_if<ast::NameRef>(&expression.node)) {
    const auto unit = named_unit(reference->name, scope);
    if (unit) return Value{*unit, expression.range};
    report(Kind::not_a_unit, expression.range, fmt::format("`{}` is not a unit", reference->name))
        .mark("not found among the units");
    return {};
  }
  if (const auto* both = std::get_if<ast::Binary>(&expression.node))
    return binary(both->op, unit_expression(*both->left, scope), unit_expression(*both->right, scope),
                  both->op_range, both->left->range, both->right->range);
  return evaluate(expression, scope);
}

std::optional<Number> Elaborator::unit_of(const std::vector<ast::UnitTerm>& terms, Scope& scope) {
  if (exhausted_) return std::nullopt;
  Number result = Number::rational(Rational(1));
  for (const auto& term : terms) {
    Number part = Number::rational(Rational(term.number));
    if (!term.name.empty()) {
      const auto unit = named_unit(term.name, scope);
      if (!unit) {
        auto& message = report(Kind::not_a_unit, term.range, fmt::format("`{}` is not a unit", term.name));
        message.mark("not found among the units");
        std::vector<std::string> known;
        for (const auto& [name, dimension] : base_units()) known.push_back(name);
        if (Module* standard = modules_.standard("stria.units"))
          for (const auto& [name, entry] : standard->scope.entries) known.push_back(name);
        const Entry* named = look_up(term.name, scope);
        const auto* type = named && named->item ? std::get_if<ast::TypeDecl>(&named->item->node) : nullptr;
        if (type && type->type->kind == ast::TypeExpr::Kind::unit)
          message.note(fmt::format("`{}` is a type: it may stand alone, after `:`", term.name))
              .fix(fmt::format("`unit {} = 1 * {}` declares a unit", term.name, text_of_type(*type->type)));
        else if (type)
          message.note(fmt::format("`{}` is a type: it may stand alone, after `:`", term.name));
        else if (named && term.power < 0)
          message.fix(fmt::format("`/ {}` with spaces divides by your `{}`", term.name, term.name));
        else if (const auto close = nearest(term.name, known))
          message.fix(fmt::format("did you mean `{}`?", *close), {{term.range, *close}});
        return std::nullopt;
      }
      part = *unit;
    }
    for (int i = 0; i < std::abs(term.power); ++i) {
      const Value joined = number_arithmetic(term.power > 0 ? ast::BinaryOp::multiply : ast::BinaryOp::divide,
                                             result, part, term.range, term.range);
      const auto number = as_number(joined);
      if (!number) return std::nullopt;
      result = *number;
    }
  }
  result.is_whole = false;
  return result;
}

}  // namespace stria
