// Built-in functions of lists and recipes, and those that cannot be run yet.
#include <fmt/format.h>

#include <cmath>

#include "compiler/sema/primitive_rows.h"

namespace stria {

Value Elaborator::make_chain(PrimitiveCall& call) {
  auto chain = std::make_shared<Recipe>();
  chain->kind = Recipe::Kind::chain;
  chain->called = true;
  chain->text = "chain([";
  const ast::Expr* written = call.written[0];
  const auto* list = written ? std::get_if<ast::List>(&written->node) : nullptr;
  const auto* each = written ? std::get_if<ast::ListComprehension>(&written->node) : nullptr;
  const Value value = list ? Value{List{}, written->range} : call.value(0);
  std::vector<std::pair<Value, const ast::Expr*>> links;
  if (list)
    for (const auto& item : list->items) links.emplace_back(evaluate(item, call.scope), item.get());
  else if (const auto* given = value.get<List>())
    for (const auto& item : given->items) links.emplace_back(item, each ? each->element.get() : written);
  else {
    if (!value.is_unknown())
      report(Kind::wrong_kind, call.range(0),
             fmt::format("`chain` takes a list of layers, this is {}", describe(value)))
          .mark("not a list");
    return {};
  }
  for (auto& [link, site] : links) {
    if (link.is_unknown()) return {};
    if (!link.object<Recipe>() && !link.object<Function>()) {
      report(
          Kind::wrong_kind, site ? site->range : call.range(0),
          fmt::format("a chain is made of layers, cells, models and functions, this is {}", describe(link)))
          .mark("not one of these");
      return {};
    }
    if (link.object<Recipe>()) {
      // Each link is a recipe of its own, so that its place in the text is known.
      auto own = std::make_shared<const Recipe>(*link.object<Recipe>());
      if (site) link_sites_[own.get()] = site;
      link.value = own;
    }
    chain->text += (chain->links.empty() ? "" : ", ") + text(link);
    chain->links.push_back(link);
  }
  chain->text += "])";
  return Value{std::shared_ptr<const Recipe>(chain), call.expression.range};
}

namespace {

Value tie(PrimitiveCall& call) {
  const Value value = call.value(0);
  if (value.is_unknown()) return {};
  const auto* recipe = value.object<Recipe>();
  if (!recipe) {
    call.elaborator
        .report(Kind::wrong_kind, call.range(0),
                fmt::format("`tie` takes a layer, cell or model, this is {}", describe(value)))
        .mark("not a recipe");
    return {};
  }
  auto tied = std::make_shared<Recipe>(*recipe);
  tied->tie = "tied";
  return Value{std::shared_ptr<const Recipe>(tied), call.expression.range};
}

Value count(PrimitiveCall& call) {
  const auto items = call.elaborator.elements(call.value(0), call.range(0));
  return items ? Value{Number::whole(static_cast<int64_t>(items->size())), call.expression.range}
               : Value{Number::unknown({}, true), call.expression.range};
}

Value zip(PrimitiveCall& call) {
  const auto a = call.elaborator.elements(call.value(0), call.range(0)),
             b = call.elaborator.elements(call.value(1), call.range(1));
  if (!a || !b) return {};
  if (a->size() != b->size()) {
    call.elaborator.report(Kind::wrong_kind, call.expression.range, "`zip` pairs two lists of one length")
        .mark(fmt::format("{} and {} entries", a->size(), b->size()));
    return {};
  }
  List pairs;
  for (size_t i = 0; i < a->size(); ++i)
    pairs.items.push_back(Value{List{{(*a)[i], (*b)[i]}}, call.expression.range});
  return Value{std::move(pairs), call.expression.range};
}

template <bool first>
Value end_of_list(PrimitiveCall& call) {
  const auto items = call.elaborator.elements(call.value(0), call.range(0));
  if (!items) return {};
  if (items->empty()) {
    call.elaborator.report(Kind::wrong_kind, call.range(0), "the list is empty").mark("has no entry");
    return {};
  }
  return first ? items->front() : items->back();
}

template <double (*round_number)(double)>
Value rounded(PrimitiveCall& call) {
  const auto number = call.number(0);
  if (!number) return Value{Number::unknown({}, true), call.expression.range};
  if (!number->dimension.is_plain()) {
    call.elaborator.report(Kind::plain_number_wanted, call.range(0), "a plain number is rounded")
        .mark(number->dimension.text())
        .fix("count it first: `t // dt`");
    return {};
  }
  if (std::fabs(number->value) > 9e15) {
    call.elaborator.report(Kind::too_much, call.range(0), "this number is too large to be rounded")
        .mark(number->text());
    return {};
  }
  return Value{Number::whole(static_cast<int64_t>(round_number(number->value))), call.expression.range};
}

enum class Distance : uint8_t { squared, absolute, poisson };

// (of - to)^2, |of - to|, or of - to log(of), what Poisson's law leaves of the response's unlikeliness.
Value distance_of(Elaborator& e, Distance distance, const Value& of, const Value& to, Range range) {
  using ast::BinaryOp;
  const auto join = [&](BinaryOp op, const Value& a, const Value& b) {
    return e.binary(op, a, b, range, range, range);
  };
  if (distance == Distance::poisson) {
    constexpr double least = 1e-8;  // a rate of 0 has no logarithm
    const Value held = e.pointwise(ir::Op::max, {of, Value{Number::plain(least), range}}, range, "max");
    return join(BinaryOp::subtract, of,
                join(BinaryOp::multiply, to, e.pointwise(ir::Op::log, {held}, range, "log")));
  }
  const Value difference = join(BinaryOp::subtract, of, to);
  if (difference.is_unknown()) return {};
  return distance == Distance::squared ? join(BinaryOp::multiply, difference, difference)
                                       : e.pointwise(ir::Op::abs, {difference}, range, "abs");
}

// The mean over everything present of a distance between `of` (the model's rate) and `to` (the response).
template <Distance distance>
Value error_of(PrimitiveCall& call) {
  Elaborator& e = call.elaborator;
  const Value of = call.given(0) ? call.value(0) : e.ports["rate"],
              to = call.given(1) ? call.value(1) : e.ports["response"];
  const Range range = call.expression.range;
  if (of.is_unknown() || to.is_unknown()) return {};
  const Value found = distance_of(e, distance, of, to, range);
  if (found.is_unknown()) return {};
  const auto* tensor = found.object<Tensor>();
  if (!tensor || !tensor->present) {
    e.report(Kind::wrong_kind, range, "a loss compares with `response`, of which it is known what is present")
        .mark("no `response` in it");
    return {};
  }
  return e.mean_of_present(*tensor, range);
}

Value later(PrimitiveCall& call) {
  const auto* called = std::get_if<ast::NameRef>(&call.call->callee->node);
  call.elaborator
      .report(Kind::not_run_yet, call.expression.range,
              fmt::format("`{}` cannot be run yet", called ? called->name : "this"))
      .mark("not in this version");
  return {};
}

}  // namespace

std::vector<Primitive> list_primitives() {
  return {
      {"chain",
       {"links"},
       "layers one after another, as one recipe",
       [](PrimitiveCall& call) { return call.elaborator.make_chain(call); },
       true},
      {"tie", {"recipe"}, "one set of parameters for all applications of a recipe", tie, true},
      {"mean_squared_error",
       {"of?", "to?"},
       "mean of (of - to)^2 over everything present",
       error_of<Distance::squared>},
      {"mean_absolute_error",
       {"of?", "to?"},
       "mean of |of - to| over everything present",
       error_of<Distance::absolute>},
      {"poisson_deviance",
       {"of?", "to?"},
       "mean of of - to log(of) over everything present; `of` must be above 0",
       error_of<Distance::poisson>},
      {"count", {"list"}, "how many entries a list has", count},
      {"zip", {"a", "b"}, "two lists as one list of pairs", zip},
      {"first", {"list"}, "the first entry of a list", end_of_list<true>},
      {"last", {"list"}, "the last entry of a list", end_of_list<false>},
      {"floor", {"x"}, "the whole number at or below", rounded<std::floor>},
      {"ceil", {"x"}, "the whole number at or above", rounded<std::ceil>},
      {"round", {"x"}, "the nearest whole number, halves away from 0", rounded<std::round>},
  };
}

std::vector<Primitive> later_primitives() {
  std::vector<Primitive> rows;
  const std::pair<const char*, const char*> names[] = {{"concat", "tensors joined along a dim"},
                                                       {"stack", "tensors joined along a new dim"},
                                                       {"slice", "part of a dim"},
                                                       {"split", "one dim as several"},
                                                       {"rename", "other names for dims"},
                                                       {"dims", "names for the axes of an array"},
                                                       {"dropout", "entries left out at random in training"},
                                                       {"noise", "noise added in training"},
                                                       {"fft", "Fourier transform"},
                                                       {"ifft", "inverse Fourier transform"},
                                                       {"sort", "a list in order"},
                                                       {"quantile", "a quantile of a list"},
                                                       {"resample", "another step"}};
  for (const auto& [name, doc] : names)
    rows.push_back({name, {"a?", "b?", "c?", "d?", "e?", "f?", "g?"}, doc, later, false});
  return rows;
}

}  // namespace stria
