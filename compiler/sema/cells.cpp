// Cells: states, updates, and the scan they become (scan.1 to scan.4, time.2).
//
//   cell Leak(tau) { input x: [H] ; state v: [H] = 0 ; next v = a * v + x ; output next v }
//   %y = scan %x carry v { %n = add(mul(%a, v), x) ; yield %n ; out %n }
//
// `c * d/dt v = e` advances the part of e that is linear in v exactly over one step (scan.3): with e = alpha
// v + g and z = alpha dt / c,  next v = exp(z) v + dt / c phi(z) g,  phi(z) = (exp z - 1) / z.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/dims.h"
#include "compiler/sema/elaborator.h"
#include "compiler/sema/walk.h"

namespace stria {

Value Elaborator::run_cell(Body& body, const std::vector<std::pair<std::string, Value>>& inputs,
                           Range range) {
  const bool outermost_scan = !in_scan();
  ScanInProgress scan;
  std::vector<std::pair<std::string, Value>> frames;
  Reach reach{Reach::endless, 0};
  if (outermost_scan) {
    for (const auto& [label, value] : inputs) {
      const auto tensor = as_tensor(value, value.origin.known() ? value.origin : range);
      if (!tensor) return {};
      if (!tensor->is_stream) {
        report(Kind::stream_wanted, range,
               fmt::format("the cell `{}` steps along time, and this has no time", body.entity->name.text))
            .mark(tensor->has_time ? "a frame: inside this body one bin is seen at a time"
                                   : "the same for every bin")
            .fix("declare this body's own input as `stream [...]`");
        return {};
      }
      reach = reach.joined(tensor->reach);
    }
    if (emitting()) builder()->begin_scan();
    scan_ = &scan;
  }
  for (const auto& [label, value] : inputs) {
    auto tensor = as_tensor(value, value.origin.known() ? value.origin : range);
    if (!tensor) break;
    if (outermost_scan) {
      if (tensor->value) tensor->value = builder()->scan_input(*tensor->value);
      tensor->has_time = tensor->is_stream = false;
      tensor->reach = {};
    }
    frames.emplace_back(label, make(std::move(*tensor), value.origin));
  }
  Value result;
  const size_t errors = diagnostics_.n_reported();
  if (frames.size() == inputs.size() && bind_inputs(body, frames, range)) {
    declare_states(body);
    run_items(body);
    for (auto& slot : body.states) next_of(body, slot);
    for (auto& slot : body.states)
      if (slot.next && slot.next->object<Tensor>() && slot.scan_index < scan_->next.size())
        scan_->next[slot.scan_index] = slot.next->object<Tensor>()->value;
    result = outputs(body, range);
  }
  if (!outermost_scan) return result;
  scan_ = nullptr;
  if (session.graph && diagnostics_.n_reported() > errors) throw ErrorsReported{};
  return end_scan(scan, std::move(result), reach, range);
}

// Frames of the outermost cell become streams.
Value Elaborator::end_scan(ScanInProgress& scan, Value result, const Reach& reach, Range range) {
  std::vector<ir::ValueId> next, frames;
  std::vector<Tensor*> streams;
  Record record;
  if (const auto* several = result.get<Record>())
    record = *several;
  else
    record.fields.emplace_back("", result);
  std::vector<Tensor> tensors;
  for (auto& [name, value] : record.fields)
    tensors.push_back(value.object<Tensor>() ? *value.object<Tensor>() : Tensor{});
  for (auto& tensor : tensors)
    if (tensor.has_batch) {
      tensor.has_time = tensor.is_stream = true;
      tensor.reach = reach;
      streams.push_back(&tensor);
      if (tensor.value) frames.push_back(*tensor.value);
    }
  if (session.graph && !in_init_) {
    for (const auto& value : scan.next) {
      if (!value) throw ErrorsReported{};
      next.push_back(*value);
    }
    const auto outputs = session.graph->end_scan(next, frames);
    for (size_t i = 0; i < outputs.size(); ++i) streams[i]->value = outputs[i];
  }
  if (result.is_unknown()) return {};
  for (size_t i = 0; i < tensors.size(); ++i)
    if (record.fields[i].value.object<Tensor>()) record.fields[i].value = make(tensors[i], range);
  return record.fields.size() == 1 ? record.fields[0].value : Value{std::move(record), range};
}

void Elaborator::declare_states(Body& body) {
  for (const auto& item : body.entity->items) {
    const auto* state = std::get_if<ast::StateDecl>(&item->node);
    if (!state) continue;
    StateSlot slot;
    slot.declaration = item.get();
    slot.name = state->name.text;
    Entry& entry = body.scope->entries[slot.name];
    entry.kind = Entry::Kind::bound;
    entry.state[0] = entry.state[1] = Entry::State::done;
    const Value start = evaluate(state->start, *body.scope);
    const auto meaning = meant(*state->type, *body.scope);
    if (!meaning) {
      body.states.push_back(slot);
      scan_->next.emplace_back();
      continue;
    }
    const auto& type = *meaning->type;
    const bool shaped = type.kind == ast::TypeExpr::Kind::tensor;
    const auto unit = shaped ? unit_of(type.unit, *meaning->scope) : std::nullopt;
    const auto dims =
        shaped && type.shape ? dims_of_shape(*type.shape, *meaning->scope) : std::optional<Dims>(Dims{});
    if (type.kind != ast::TypeExpr::Kind::tensor) {
      report(Kind::wrong_kind, state->type->range, "a state is declared with its dims")
          .mark("not a shape")
          .fix("`: [H]`, or `: []` for a single number");
      body.states.push_back(slot);
      scan_->next.emplace_back();
      continue;
    }
    slot.frame.dims = dims.value_or(Dims{});
    slot.frame.lifted = body.lifted;
    slot.frame.has_batch = true;
    slot.frame.unit = unit ? unit->dimension : Dimension{};
    slot.frame.element =
        type.element && type.element->text == "complex" ? ir::Element::complex : ir::Element::real;
    slot.scan_index = scan_->next.size();
    scan_->next.emplace_back();
    if (dims && unit) {
      start_state(*state, slot, start);
      entry.value[0] = entry.value[1] = make(slot.frame, state->name.range);
    }
    body.states.push_back(slot);
  }
  for (const auto& item : body.entity->items) {
    const auto* update = std::get_if<ast::UpdateDecl>(&item->node);
    if (!update) continue;
    const auto slot = std::find_if(body.states.begin(), body.states.end(),
                                   [&](const StateSlot& s) { return s.name == update->state.text; });
    if (slot != body.states.end() && !slot->update) slot->update = item.get();
  }
}

// scan.2: a start may use parameters, not inputs.
void Elaborator::start_state(const ast::StateDecl& state, StateSlot& slot, const Value& start) {
  if (start.is_unknown()) {
    if (emitting()) throw ErrorsReported{};
    return;
  }
  const auto tensor = as_tensor(start, state.start->range);
  if (!tensor) return;
  if (tensor->has_batch) {
    report(Kind::state_start, state.start->range,
           fmt::format("the start of `{}` cannot depend on an input or a state: no bin has been seen yet",
                       slot.name))
        .mark("not known before the first bin")
        .fix("start from a number or a `param`");
    return;
  }
  const auto* number = start.get<Number>();
  if (tensor->unit != slot.frame.unit && !(number && number->is_zero())) {
    report(Kind::unit_mismatch, state.start->range,
           fmt::format("the state is {}, its start is {}", slot.frame.unit.text(), tensor->unit.text()))
        .mark("another unit")
        .also(state.type->range, "declared here");
    return;
  }
  Tensor shape = slot.frame;
  shape.has_batch = false;
  std::vector<Tensor> operands{shape, *tensor};
  const auto joined = join_operands(operands, state.start->range, "=");
  if (!joined) return;
  if (joined->dims.size() != shape.dims.size()) {
    report(Kind::shape_mismatch, state.start->range,
           fmt::format("the state is {}, its start is {}", text(shape.dims), text(tensor->dims)))
        .mark("other dims")
        .also(state.type->range, "declared here");
    return;
  }
  if (!emitting()) return;
  auto value = broadcast_to(operands[1], shape);
  if (slot.frame.element == ir::Element::complex && tensor->element == ir::Element::real)
    value = emit(ir::Op::complex, {value, emit(ir::Op::mul, {value, constant(0)})});
  slot.frame.value = builder()->scan_state(*value, {slot.frame.element, sizes(axes(slot.frame))});
}

Value Elaborator::next_value(const ast::Name& name, Scope& scope) {
  Body* body = scope.body;
  if (!body || !body->is_cell()) {
    if (is_update_of(name.text, scope)) return {};
    report(
        Kind::next_of_no_state, name.range,
        fmt::format("`next {}` stands for the new value of a state, and only cells have states", name.text))
        .mark("no cell around this");
    return {};
  }
  for (auto& slot : body->states)
    if (slot.name == name.text) return next_of(*body, slot);
  std::vector<std::string> states;
  for (const auto& slot : body->states) states.push_back(slot.name);
  std::string list;
  for (const auto& state : states) list += (list.empty() ? "" : ", ") + state;
  auto& message =
      report(Kind::next_of_no_state, name.range, fmt::format("`{}` is not a state of this cell", name.text));
  message.mark("`next` needs a state")
      .note(states.empty() ? "this cell has no states" : "its states are: " + list);
  if (const auto close = nearest(name.text, states))
    message.fix(fmt::format("did you mean `{}`?", *close), {{name.range, *close}});
  return {};
}

Value Elaborator::next_of(Body& body, StateSlot& slot) {
  if (slot.next) return *slot.next;
  if (!slot.update) return {};
  const auto& update = std::get<ast::UpdateDecl>(slot.update->node);
  if (slot.running) {
    auto& message = report(Kind::next_circle, slot.update->range, "new values wait for each other");
    message.mark(fmt::format("needs `next {}` to make it", slot.name));
    for (const auto& other : body.states)
      if (other.running && other.name != slot.name)
        message.also(other.update->range, fmt::format("`next {}` is on the way", other.name));
    message.note("without `next` on the right the old value is meant, which breaks the circle");
    slot.next = Value{};
    return {};
  }
  slot.running = true;
  Value value =
      update.is_derivative ? derivative_step(body, slot, update) : evaluate(update.value, *body.scope);
  slot.running = false;
  if (slot.next) return *slot.next;
  slot.next = as_state(slot, std::move(value), update);
  return *slot.next;
}

// The new value with exactly the state's axes, element and unit.
// Every dim of the new value is one of the state's.
bool Elaborator::fits_state(const StateSlot& slot, const Tensor& value, Range range) {
  bool fits = value.dims.size() <= slot.frame.dims.size();
  for (const auto& dim : value.dims) {
    fits = fits && std::any_of(slot.frame.dims.begin(), slot.frame.dims.end(),
                               [&](const DimRef& other) { return may_agree(dim, other); });
  }
  if (fits) return true;
  report(Kind::shape_mismatch, range,
         fmt::format("the state `{}` is {}, its new value is {}", slot.name, text(slot.frame.dims),
                     text(value.dims)))
      .mark("other dims")
      .also(std::get<ast::StateDecl>(slot.declaration->node).type->range, "the state is declared here");
  return false;
}

Value Elaborator::as_state(const StateSlot& slot, Value value, const ast::UpdateDecl& update) {
  if (value.is_unknown()) return {};
  auto tensor = as_tensor(value, update.value->range);
  if (!tensor) return {};
  const auto* number = value.get<Number>();
  if (tensor->unit != slot.frame.unit && !(number && number->is_zero())) {
    report(Kind::update_unit, update.value->range, "the two sides of an update differ in unit")
        .mark(tensor->unit.text())
        .also(update.state.range, fmt::format("`{}` is {}", slot.name, slot.frame.unit.text()));
    return {};
  }
  std::vector<Tensor> operands{slot.frame, *tensor};
  if (!fits_state(slot, *tensor, update.value->range)) return {};
  const auto joined = join_operands(operands, update.value->range, "next");
  if (!joined) return {};
  Tensor result = slot.frame;
  if (tensor->element == ir::Element::complex && slot.frame.element == ir::Element::real) {
    report(Kind::wrong_kind, update.value->range,
           fmt::format("the state `{}` is real, its new value is complex", slot.name))
        .mark("complex")
        .fix("declare it `of complex`, or take `re(...)`");
    return {};
  }
  if (!emitting()) return make(std::move(result), update.value->range);
  result.value = broadcast_to(operands[1], slot.frame);
  if (slot.frame.element == ir::Element::complex && tensor->element == ir::Element::real)
    result.value = emit(ir::Op::complex, {result.value, emit(ir::Op::mul, {result.value, constant(0)})});
  return make(std::move(result), update.value->range);
}

// ---------------------------------------------------------------- d/dt
Value Elaborator::derivative_step(Body& body, StateSlot& slot, const ast::UpdateDecl& update) {
  Scope& scope = *body.scope;
  const Range range = update.value->range;
  const Value whole = evaluate(update.value, scope);  // reports what is wrong with e as it is written
  Value time_constant = Value{Number::whole(1), range};
  if (!update.time_constant.empty()) {
    auto expression = std::make_shared<ast::Expr>();
    expression->range = update.time_constant[0].range;
    expression->node = ast::NameRef{update.time_constant[0].text};
    for (size_t i = 1; i < update.time_constant.size(); ++i) {
      auto member = std::make_shared<ast::Expr>();
      member->range = join(update.time_constant[0].range, update.time_constant[i].range);
      member->node = ast::Member{expression, update.time_constant[i]};
      expression = member;
    }
    time_constant = evaluate(*expression, scope);
  }
  if (whole.is_unknown() || time_constant.is_unknown()) return {};
  const auto c = as_tensor(time_constant, range), e = as_tensor(whole, range);
  if (!c || !e) return {};
  Dimension per_time;
  per_time.exponents[Dimension::time] = 1;
  const Dimension wanted = c->unit.times(slot.frame.unit).times(per_time, -1);  // units.4
  const auto* number = whole.get<Number>();
  if (e->unit != wanted && !(number && number->is_zero())) {
    const Range left = update.time_constant.empty() ? update.state.range
                                                    : join(update.time_constant[0].range, update.state.range);
    auto& message = report(Kind::update_unit, range, "the two sides of an update differ in unit");
    message.mark(e->unit.text()).also(left, wanted.text());
    if (update.time_constant.empty() && e->unit == slot.frame.unit)
      message.fix("name the time constant: `tau * d/dt v = ...`, `tau` being a time");
    return {};
  }
  Value step = Value{dt ? Number::rational(*dt) : Number::unknown(), range};
  std::get<Number>(step.value).dimension = per_time;
  const auto powers = powers_of_state(*update.value, slot.name, scope);
  if (powers.empty()) return {};
  const auto multiply = [&](const Value& a, const Value& b) {
    return binary(ast::BinaryOp::multiply, a, b, range, range, range);
  };
  const Value state = make(slot.frame, range);
  // g: what is free of the state, and its squares and higher powers.
  Value rest = Value{Number::whole(0), range};
  for (const auto& [power, coefficient] : powers) {
    if (power == 1) continue;
    Value term = coefficient;
    for (int i = 0; i < power; ++i) term = multiply(term, state);
    rest = binary(ast::BinaryOp::add, rest, term, range, range, range);
  }
  const Value ratio = binary(ast::BinaryOp::divide, step, time_constant, range, range, range);
  const auto linear = powers.find(1);
  if (linear == powers.end())
    return binary(ast::BinaryOp::add, state, multiply(ratio, rest), range, range, range);
  const Value z = multiply(linear->second, ratio);
  const Value decayed = multiply(pointwise(ir::Op::exp, {z}, range, "d/dt"), state);
  const auto* rest_number = rest.get<Number>();
  if (rest_number && rest_number->is_zero()) return decayed;
  const Value phi = pointwise(ir::Op::expm1_over, {z}, range, "d/dt");
  return binary(ast::BinaryOp::add, decayed, multiply(multiply(ratio, phi), rest), range, range, range);
}

bool Elaborator::mentions(const ast::Expr& expression, const std::string& name, Scope& scope) {
  bool found = false;
  for_each_expression(expression, [&](const ast::Expr& part) {
    const auto* reference = std::get_if<ast::NameRef>(&part.node);
    if (!reference || found) return;
    if (reference->name == name) {
      found = true;
      return;
    }
    // A `let` stands for its text.
    Entry* entry = scope.body ? scope.body->scope->find_here(reference->name) : nullptr;
    const auto* let = entry && entry->item ? std::get_if<ast::LetDecl>(&entry->item->node) : nullptr;
    if (let && !let->binding.is_tuple && mentions(*let->value, name, scope)) found = true;
  });
  return found;
}

// e as a polynomial in the state: coefficients by power, each free of the state but for what stands inside
// functions, indices and `@`, which counts as free (scan.3). Empty where something is not known.
std::map<int, Value> Elaborator::powers_of_state(const ast::Expr& expression, const std::string& state,
                                                 Scope& scope) {
  using Powers = std::map<int, Value>;
  const Range range = expression.range;
  const auto opaque = [&]() -> Powers {
    const Value value = evaluate(expression, scope);
    return value.is_unknown() ? Powers{} : Powers{{0, value}};
  };
  if (!mentions(expression, state, scope)) return opaque();
  if (const auto* reference = std::get_if<ast::NameRef>(&expression.node)) {
    if (reference->name == state) return {{1, Value{Number::whole(1), range}}};
    Entry* entry = scope.body->scope->find_here(reference->name);
    return powers_of_state(*std::get<ast::LetDecl>(entry->item->node).value, state, *entry->scope);
  }
  if (const auto* unary = std::get_if<ast::Unary>(&expression.node);
      unary && unary->op != ast::UnaryOp::not_) {
    Powers powers = powers_of_state(*unary->operand, state, scope);
    if (unary->op == ast::UnaryOp::minus)
      for (auto& [power, value] : powers)
        value = binary(ast::BinaryOp::multiply, Value{Number::whole(-1), range}, value, range, range, range);
    return powers;
  }
  const auto* both = std::get_if<ast::Binary>(&expression.node);
  if (!both) return opaque();
  const auto add_to = [&](Powers& sum, int power, const Value& value, ast::BinaryOp op) {
    const auto at = sum.find(power);
    if (at != sum.end())
      at->second = binary(op, at->second, value, range, range, range);
    else if (op == ast::BinaryOp::add)
      sum[power] = value;
    else
      sum[power] =
          binary(ast::BinaryOp::multiply, Value{Number::whole(-1), range}, value, range, range, range);
  };
  switch (both->op) {
    case ast::BinaryOp::add:
    case ast::BinaryOp::subtract: {
      Powers sum = powers_of_state(*both->left, state, scope);
      const Powers right = powers_of_state(*both->right, state, scope);
      if (sum.empty() || right.empty()) return {};
      for (const auto& [power, value] : right) add_to(sum, power, value, both->op);
      return sum;
    }
    case ast::BinaryOp::multiply: {
      const Powers left = powers_of_state(*both->left, state, scope),
                   right = powers_of_state(*both->right, state, scope);
      Powers product;
      for (const auto& [p, a] : left)
        for (const auto& [q, b] : right)
          add_to(product, p + q, binary(ast::BinaryOp::multiply, a, b, range, range, range),
                 ast::BinaryOp::add);
      return product;
    }
    case ast::BinaryOp::divide: {
      if (mentions(*both->right, state, scope)) return opaque();
      Powers powers = powers_of_state(*both->left, state, scope);
      const Value divisor = evaluate(both->right, scope);
      for (auto& [power, value] : powers)
        value = binary(ast::BinaryOp::divide, value, divisor, range, range, range);
      return powers;
    }
    default:
      return opaque();
  }
}

}  // namespace stria
