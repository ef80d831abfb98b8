// Comprehensions and indices (vals.4, vals.5). Inside `[e for i in D]` an index is a dim that e is lifted
// over; the bracket then makes a dim of the frame of it:
//   [sum(w[l, c, k] * x[3 * l + k] for k) + b[l, c] for l in L, c in C]
//   w[l, c, k]: lifted [l, c, k]; x[3 * l + k]: lifted [l, k] by a window; the sum over k is one contraction
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/dims.h"
#include "compiler/sema/elaborator.h"
#include "compiler/sema/walk.h"
#include "compiler/sema/words.h"

namespace stria {

namespace {

// The dims that `name` indexes alone, as in `w[l, name]`.
void dims_indexed_by(const std::string& name, const ast::Expr& element, Scope& scope, Elaborator& elaborator,
                     std::vector<DimRef>& found) {
  for_each_expression(element, [&](const ast::Expr& part) {
    const auto* index = std::get_if<ast::Index>(&part.node);
    if (!index) return;
    const bool simple = std::holds_alternative<ast::NameRef>(index->object->node) ||
                        std::holds_alternative<ast::NextRef>(index->object->node);
    if (!simple) return;
    for (size_t i = 0; i < index->arguments.size(); ++i) {
      const auto* alone = std::get_if<ast::NameRef>(&index->arguments[i].value->node);
      if (!alone || alone->name != name) continue;
      if (const auto* reference = std::get_if<ast::NameRef>(&index->object->node))
        if (!elaborator.look_up(reference->name, scope)) continue;
      const Value object = elaborator.evaluate(index->object, scope);
      const auto* tensor = object.object<Tensor>();
      if (!tensor || i >= tensor->dims.size()) continue;
      if (std::find(found.begin(), found.end(), tensor->dims[i]) == found.end())
        found.push_back(tensor->dims[i]);
    }
  });
}

}  // namespace

// True where every binder runs over a dim; the indices are then bound in `inner`. Unknown dims: indices is
// left empty and every name is bound to Unknown.
bool Elaborator::bind_indices(const ast::Comprehension& comprehension, const ast::Expr& element, Scope& scope,
                              Scope& inner, Dims& indices, Dims& domains) {
  bool all_known = true;
  for (const auto& binder : comprehension.binders) {
    DimRef domain;
    const ast::Name& name = binder.binding.names.front();
    if (binder.domain) {
      domain = dim_of(*binder.domain, scope);
    } else {
      std::vector<DimRef> found;
      dims_indexed_by(name.text, element, inner, *this, found);
      if (found.size() > 1) {
        report(
            Kind::open_index, name.range,
            fmt::format("`{}` runs over two dims, {} and {}", name.text, found[0]->text(), found[1]->text()))
            .mark("which of them?")
            .fix(fmt::format("`for {} in {}`", name.text, found[0]->is_nameless() ? "..." : found[0]->name));
      } else if (found.empty()) {
        bool open = false;  // what it indexes is itself not known: nothing to complain of
        for_each_expression(element, [&](const ast::Expr& part) {
          if (const auto* index = std::get_if<ast::Index>(&part.node))
            if (const auto* reference = std::get_if<ast::NameRef>(&index->object->node))
              open = open || !look_up(reference->name, inner) || evaluate(index->object, inner).is_unknown();
        });
        if (!open)
          report(Kind::open_index, name.range, fmt::format("it is open what `{}` runs over", name.text))
              .mark("it indexes no dim alone")
              .fix(fmt::format("`for {} in D`, D being a dim or a whole number", name.text));
      } else {
        domain = found[0];
      }
    }
    if (!domain) {
      all_known = false;
      inner.entries[name.text] = bound_entry({}, name.range);
      continue;
    }
    const DimRef index =
        std::make_shared<const DimInfo>(DimInfo{name.text, domain->size, name.range, domain});
    indices.push_back(index);
    domains.push_back(domain);
    inner.entries[name.text] = bound_entry(
        Value{std::make_shared<const AffineIndex>(AffineIndex{0, {{index, 1}}}), name.range}, name.range);
  }
  return all_known;
}

Value Elaborator::list_comprehension(const ast::ListComprehension& list, const ast::Expr& expression,
                                     Scope& scope) {
  const auto& comprehension = list.comprehension;
  size_t over_dims = 0;
  for (const auto& binder : comprehension.binders) over_dims += runs_over_dim(binder, scope) ? 1 : 0;
  if (over_dims > 0 && over_dims < comprehension.binders.size()) {
    report(Kind::mixed_brackets, expression.range,
           "a bracket runs over dims and makes a tensor, or over lists and makes a list, not both")
        .mark("mixed")
        .fix("put one bracket inside another");
    return {};
  }
  if (over_dims == 0) {
    std::vector<Value> out;
    const Value state = spec_comprehension(comprehension, 0, *list.element, scope, out);
    if (state.is_unknown()) return {};
    return Value{List{std::move(out)}, expression.range};
  }
  if (comprehension.condition) {
    report(Kind::mixed_brackets, comprehension.condition->range,
           "a tensor has all its entries: no `if` in a bracket over dims")
        .mark("leaves entries out")
        .fix("`where(condition, value, 0)` inside the bracket");
    return {};
  }
  Scope* inner = new_scope(&scope, scope.body);
  Dims indices, domains;
  const bool known = bind_indices(comprehension, *list.element, scope, *inner, indices, domains);
  const Value element = evaluate(list.element, *inner);
  if (!known || element.is_unknown()) return {};
  const auto tensor = as_tensor(element, list.element->range);
  if (!tensor) return {};
  Tensor result = *tensor;
  result.buffer.clear();
  std::erase_if(result.lifted, [&](const DimRef& dim) { return contains(indices, dim); });
  Tensor target = result;
  target.dims = indices;
  target.dims.insert(target.dims.end(), tensor->dims.begin(), tensor->dims.end());
  result.value = broadcast_to(*tensor, target);
  result.dims = domains;
  result.dims.insert(result.dims.end(), tensor->dims.begin(), tensor->dims.end());
  return make(std::move(result), expression.range);
}

bool Elaborator::runs_over_dim(const ast::Binder& binder, Scope& scope) {
  if (!binder.domain) return true;
  if (std::holds_alternative<ast::RangeExpr>(binder.domain->node) ||
      std::holds_alternative<ast::List>(binder.domain->node))
    return false;
  const Value domain = evaluate(binder.domain, scope);
  const auto* number = domain.get<Number>();
  return domain.object<DimValue>() || (number && number->is_whole);
}

Value Elaborator::spec_comprehension(const ast::Comprehension& comprehension, size_t binder,
                                     const ast::Expr& element, Scope& scope, std::vector<Value>& out) {
  if (binder == comprehension.binders.size()) {
    if (comprehension.condition) {
      const auto keep = condition(*comprehension.condition, scope, "`if` in a bracket");
      if (!keep) return {};
      if (!*keep) return Value{true, {}};
    }
    if (out.size() == 300'000) {
      report(Kind::too_much, element.range, "this list has over 300,000 entries").mark("too many");
      return {};
    }
    out.push_back(evaluate(element, scope));
    steps_ += entries_of(out.back());
    return Value{true, {}};
  }
  const auto& bound = comprehension.binders[binder];
  const Value domain = evaluate(bound.domain, scope);
  const auto items = elements(domain, bound.domain->range);
  Scope* inner = new_scope(&scope, scope.body);
  if (!items) {
    for (const auto& name : bound.binding.names) inner->entries[name.text] = bound_entry({}, name.range);
    std::vector<Value> ignored;
    spec_comprehension(comprehension, binder + 1, element, *inner, ignored);
    return {};
  }
  bool known = true;
  const size_t errors = diagnostics_.n_reported();
  for (const auto& item : *items) {
    if (diagnostics_.n_reported() > errors) return {};  // the other entries would say the same
    Scope* each = new_scope(&scope, scope.body);
    if (bound.binding.is_tuple) {
      const auto parts = elements(item, bound.domain->range);
      for (size_t i = 0; i < bound.binding.names.size(); ++i)
        each->entries[bound.binding.names[i].text] =
            bound_entry(parts && i < parts->size() ? (*parts)[i] : Value{}, bound.binding.names[i].range);
    } else {
      each->entries[bound.binding.names[0].text] = bound_entry(item, bound.binding.names[0].range);
    }
    known = !spec_comprehension(comprehension, binder + 1, element, *each, out).is_unknown() && known;
  }
  return known ? Value{true, {}} : Value{};
}

// `sum(e for k)`, likewise mean, prod, max, min; over lists any function of one list.
Value Elaborator::sum_comprehension(const ast::Call& call, const ast::Expr& expression, Scope& scope) {
  const auto& comprehension = *call.comprehension;
  const ast::Expr& element = *call.arguments.front().value;
  const Value callee = evaluate(call.callee, scope);
  const auto* function = callee.object<Function>();
  if (callee.is_unknown()) return {};
  if (!function) {
    report(Kind::wrong_kind, call.callee->range,
           fmt::format("a function is called with `... for ...`, this is {}", describe(callee)))
        .mark("not a function");
    return {};
  }
  bool over_dims = false;
  for (const auto& binder : comprehension.binders) over_dims = over_dims || runs_over_dim(binder, scope);
  if (!over_dims) {
    auto list = std::make_shared<ast::Expr>();
    list->range = element.range;
    list->node = ast::ListComprehension{call.arguments.front().value, comprehension};
    const Value items = evaluate(*list, scope);
    if (items.is_unknown()) return {};
    ast::Call bare;
    bare.callee = call.callee;
    return this->call(callee, bare, expression, scope, &items);
  }
  static const std::map<std::string, ir::Op> ops{
      {"sum", ir::Op::reduce_sum}, {"mean", ir::Op::reduce_mean}, {"prod", ir::Op::reduce_prod},
      {"max", ir::Op::reduce_max}, {"min", ir::Op::reduce_min},   {"logsumexp", ir::Op::logsumexp}};
  const auto op = function->kind == Function::Kind::primitive ? ops.find(function->name) : ops.end();
  if (op == ops.end()) {
    report(Kind::wrong_kind, call.callee->range,
           "only `sum`, `mean`, `prod`, `max`, `min` and `logsumexp` go over dims with `for`")
        .mark("not one of these");
    return {};
  }
  Scope* inner = new_scope(&scope, scope.body);
  Dims indices, domains;
  const bool known = bind_indices(comprehension, element, scope, *inner, indices, domains);
  const auto* product = std::get_if<ast::Binary>(&element.node);
  if (op->first == "sum" && product && product->op == ast::BinaryOp::multiply) {
    const Value left = evaluate(product->left, *inner), right = evaluate(product->right, *inner);
    if (!known || left.is_unknown() || right.is_unknown()) return {};
    const auto a = as_tensor(left, product->left->range), b = as_tensor(right, product->right->range);
    if (!a || !b) return {};
    return product_sum(*a, *b, indices, expression.range);
  }
  const Value value = evaluate(element, *inner);
  if (!known || value.is_unknown()) return {};
  auto tensor = as_tensor(value, element.range);
  if (!tensor) return {};
  Tensor all = *tensor;
  for (const auto& index : indices)
    if (!contains(all.lifted, index)) all.lifted.push_back(index);
  all.value = broadcast_to(*tensor, all);
  return reduce(op->second, all, indices, expression.range);
}

Value Elaborator::index(const ast::Index& index, const ast::Expr& expression, Scope& scope) {
  const Value object = evaluate(index.object, scope);
  if (object.is_unknown() || object.is_none()) {
    for (const auto& argument : index.arguments) evaluate(argument.value, scope);
    return object;
  }
  if (const auto* tensor = object.object<Tensor>())
    return index_tensor(*tensor, index, scope, expression.range);
  if (object.get<DataPointer>()) {
    report(Kind::not_run_yet, expression.range, "arrays out of files cannot be indexed yet")
        .mark(describe(object));
    return {};
  }
  const auto items = elements(object, index.object->range);
  if (!items) return {};
  if (index.arguments.size() != 1) {
    report(Kind::wrong_kind, expression.range, "a list has one index")
        .mark(fmt::format("{} are given", index.arguments.size()));
    return {};
  }
  const Value at = evaluate(index.arguments[0].value, scope);
  const auto number = as_number(at);
  if (at.is_unknown() || (number && !number->known)) return {};
  if (!number || !number->is_whole) {
    report(Kind::wrong_kind, index.arguments[0].range,
           fmt::format("an index is a whole number, this is {}", describe(at)))
        .mark("not an index");
    return {};
  }
  if (number->value < 0 || number->value >= static_cast<double>(items->size())) {
    report(Kind::index_outside, index.arguments[0].range,
           fmt::format("there is no entry {}: the list has {}", number->text(), items->size()))
        .mark("outside")
        .note("indices start at 0");
    return {};
  }
  return (*items)[static_cast<size_t>(number->value)];
}

Value Elaborator::index_tensor(const Tensor& tensor, const ast::Index& index, Scope& scope, Range range) {
  Tensor result = tensor;
  result.buffer.clear();
  // A square is indexed in full (dims.7): its second dim is then one of its own.
  for (size_t i = 1; i < result.dims.size(); ++i)
    if (std::find(result.dims.begin(), result.dims.begin() + static_cast<std::ptrdiff_t>(i),
                  result.dims[i]) != result.dims.begin() + static_cast<std::ptrdiff_t>(i))
      result.dims[i] = std::make_shared<const DimInfo>(*result.dims[i]);
  size_t positional = 0;
  std::vector<std::pair<DimRef, const ast::Argument*>> reads;
  for (const auto& argument : index.arguments) {
    if (!argument.label) {
      if (positional >= tensor.dims.size()) {
        report(Kind::index_outside, argument.range,
               fmt::format("{} indices for {}", index.arguments.size(), text(tensor.dims)))
            .mark("one index a dim")
            .also(index.object->range, text(tensor.dims));
        return {};
      }
      reads.emplace_back(result.dims[positional++], &argument);
      continue;
    }
    const auto is_meant = [&](const DimRef& dim) { return dim->name == argument.label->text; };
    if (std::count_if(tensor.dims.begin(), tensor.dims.end(), is_meant) > 1) {
      report(Kind::ambiguous_dim, argument.label->range,
             fmt::format("{} has {} twice", text(tensor.dims), argument.label->text))
          .mark("which of the two?")
          .fix("index both, in order");
      return {};
    }
    const auto named = std::find_if(tensor.dims.begin(), tensor.dims.end(), is_meant);
    if (named == tensor.dims.end()) {
      report(Kind::unknown_dim, argument.label->range,
             fmt::format("there is no dim {} here", argument.label->text))
          .mark(fmt::format("this is {}", text(tensor.dims)));
      return {};
    }
    reads.emplace_back(*named, &argument);
  }
  if (positional > 0 && positional < tensor.dims.size()) {
    report(Kind::index_outside, range,
           fmt::format("{} has {}, and {} of them is indexed", text(tensor.dims),
                       counted(tensor.dims.size(), "dim"), positional))
        .mark("every dim needs an index")
        .fix(fmt::format("index all of them, or name the one that is meant: `[{} = ...]`",
                         tensor.dims[0]->is_nameless() ? "NAME" : tensor.dims[0]->name));
    return {};
  }
  for (const auto& [dim, argument] : reads) {
    const Value at = evaluate(argument->value, scope);
    if (at.is_unknown()) return {};
    AffineIndex affine;
    if (const auto* given = at.object<AffineIndex>()) {
      affine = *given;
    } else if (const auto number = as_number(at); number && number->is_whole) {
      if (!number->known) return {};
      affine.constant = number->exact->numerator();
    } else {
      auto& message =
          report(Kind::wrong_kind, argument->range,
                 fmt::format("an index is a whole number or made of indices, this is {}", describe(at)));
      message.mark("not an index");
      if (at.object<Tensor>())
        message.note(
            "an index must be known before the model runs: whole multiples of indices and whole numbers, "
            "added up");
      return {};
    }
    auto read = read_axis(std::move(result), dim, affine, argument->range);
    if (!read) return {};
    result = std::move(*read);
  }
  return make(std::move(result), range);
}

std::optional<Tensor> Elaborator::read_axis(Tensor tensor, const DimRef& axis, const AffineIndex& index,
                                            Range range) {
  int64_t low = index.constant, high = index.constant;
  bool sizes_known = axis->size.has_value();
  for (const auto& [dim, coefficient] : index.terms) {
    sizes_known = sizes_known && dim->size;
    const int64_t end = coefficient * (dim->size.value_or(1) - 1);
    (end < 0 ? low : high) += end;
    if (contains(tensor.lifted, dim)) {
      report(Kind::not_run_yet, range,
             fmt::format("`{}` reads two dims of one tensor at once, a diagonal, which cannot be run yet",
                         dim->name))
          .mark("used for a second dim");
      return std::nullopt;
    }
  }
  if (sizes_known && (low < 0 || high >= *axis->size)) {
    report(Kind::index_outside, range,
           fmt::format("this index runs from {} to {}, and {} has entries 0 to {}", low, high,
                       axis->is_nameless() ? "the dim" : axis->name, *axis->size - 1))
        .mark("leaves its dim")
        .fix("make the range shorter, or the kernel smaller");
    return std::nullopt;
  }
  // With an open size: left at once (below 0), or where i runs over the very dim that `i + 1` reads.
  const bool shifted = index.terms.size() == 1 && index.constant > 0 && index.terms[0].second > 0 &&
                       index.terms[0].first->domain == axis;
  const bool rises =
      std::all_of(index.terms.begin(), index.terms.end(), [](const auto& term) { return term.second > 0; });
  if (!sizes_known && (shifted || (rises && index.constant < 0))) {
    const std::string dim = axis->is_nameless() ? "the dim" : axis->name;
    report(Kind::index_outside, range,
           index.constant < 0 ? fmt::format("this index starts at {}, and {} at 0", index.constant, dim)
                              : fmt::format("this index runs {} past the end of {}", index.constant, dim))
        .mark("leaves its dim")
        .fix("let the index run over a shorter range");
    return std::nullopt;
  }
  if (index.terms.size() > 2) {
    report(Kind::not_run_yet, range, "an index made of three or more indices cannot be run yet")
        .mark("at most two");
    return std::nullopt;
  }
  Dims own = axes(tensor);
  int64_t place = std::find(own.begin(), own.end(), axis) - own.begin();
  std::optional<ir::ValueId> value = tensor.value;
  int64_t constant = index.constant, n = axis->size.value_or(0);
  auto terms = index.terms;
  const bool all_negative = !terms.empty() && std::all_of(terms.begin(), terms.end(),
                                                          [](const auto& term) { return term.second < 0; });
  if (all_negative) {
    value = emit(ir::Op::flip, {value}, {{"axis", place}});
    constant = n - 1 - constant;
    for (auto& term : terms) term.second = -term.second;
  } else if (std::any_of(terms.begin(), terms.end(), [](const auto& term) { return term.second < 0; })) {
    report(Kind::not_run_yet, range,
           "an index that runs up with one index and down with another cannot be run yet")
        .mark("mixed signs");
    return std::nullopt;
  }
  const auto slice = [&](int64_t at, int64_t start, int64_t size, int64_t step) {
    if (emitting() && value && start == 0 && step == 1 && builder()->type(*value).dims[at] == ir::dim(size))
      return;
    value = emit(ir::Op::slice, {value}, {{"axis", at}, {"start", start}, {"size", size}, {"step", step}});
  };
  std::erase(tensor.dims, axis);
  if (terms.empty()) {
    slice(place, constant, 1, 1);
    own.erase(own.begin() + place);
    tensor.value = value ? emit(ir::Op::reshape, {value}, {{"sizes", sizes(own)}}) : value;
    return tensor;
  }
  if (terms.size() == 1) {
    slice(place, constant, terms[0].first->size.value_or(0), terms[0].second);
    own[place] = terms[0].first;
  } else {
    slice(place, constant, n - constant, 1);
    value = emit(ir::Op::window, {value},
                 {{"axis", place},
                  {"size", terms[1].first->size.value_or(0)},
                  {"stride", terms[0].second},
                  {"dilate", terms[1].second}});
    slice(place, 0, terms[0].first->size.value_or(0), 1);
    own[place] = terms[0].first;
    own.push_back(terms[1].first);
  }
  for (const auto& term : terms) tensor.lifted.push_back(term.first);
  tensor.value = value;
  tensor.value = reordered(value, own, axes(tensor));
  return tensor;
}

std::optional<ir::ValueId> Elaborator::reordered(std::optional<ir::ValueId> value, const Dims& from,
                                                 const Dims& to) {
  std::vector<int64_t> order;
  bool in_place = true;
  for (size_t i = 0; i < to.size(); ++i) {
    order.push_back(std::find(from.begin(), from.end(), to[i]) - from.begin());
    in_place = in_place && order.back() == static_cast<int64_t>(i);
  }
  return in_place ? value : emit(ir::Op::transpose, {value}, {{"order", order}});
}

}  // namespace stria
