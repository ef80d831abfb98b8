// Built-in functions of whole tensors and of time.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/sema/dims.h"
#include "compiler/sema/primitive_rows.h"

namespace stria {

namespace {

// ---------------------------------------------------------------- sums
Value sum_of_list(PrimitiveCall& call, const List& list) {
  Value sum{Number::whole(0), call.expression.range};
  for (const auto& item : list.items)
    sum = call.elaborator.binary(ast::BinaryOp::add, sum, item, call.range(0), call.range(0), call.range(0));
  return sum;
}

std::optional<Dims> over_or_all(PrimitiveCall& call, const Tensor& tensor) {
  if (call.given(1)) return call.dims(1);
  return tensor.dims;
}

Value sum(PrimitiveCall& call) {
  // sum(a * b, over): one contraction, so that the product is never stored.
  const auto* product = call.written[0] ? std::get_if<ast::Binary>(&call.written[0]->node) : nullptr;
  if (product && product->op == ast::BinaryOp::multiply) {
    const Value left = call.elaborator.evaluate(product->left, call.scope),
                right = call.elaborator.evaluate(product->right, call.scope);
    if (left.is_unknown() || right.is_unknown()) return {};
    if (left.object<Tensor>() && right.object<Tensor>()) {
      const Tensor &a = *left.object<Tensor>(), &b = *right.object<Tensor>();
      const auto over = call.given(1) ? call.dims(1)
                                      : std::optional<Dims>(a.dims.size() >= b.dims.size() ? a.dims : b.dims);
      if (!over) return {};
      return call.elaborator.product_sum(a, b, *over, call.expression.range);
    }
  }
  const Value x = call.value(0);
  if (const auto* list = x.get<List>(); list && !call.given(1)) return sum_of_list(call, *list);
  if (x.is_unknown()) return {};
  const auto tensor = call.elaborator.as_tensor(x, call.range(0));
  if (!tensor) return {};
  const auto over = over_or_all(call, *tensor);
  return over ? call.elaborator.reduce(ir::Op::reduce_sum, *tensor, *over, call.expression.range) : Value{};
}

Value mean(PrimitiveCall& call) {
  const Value x = call.value(0);
  if (const auto* list = x.get<List>(); list && !call.given(1)) {
    const Value total = sum_of_list(call, *list);
    return call.elaborator.binary(
        ast::BinaryOp::divide, total,
        Value{Number::whole(static_cast<int64_t>(list->items.size())), call.expression.range},
        call.expression.range, call.range(0), call.range(0));
  }
  if (x.is_unknown()) return {};
  const auto tensor = call.elaborator.as_tensor(x, call.range(0));
  if (!tensor) return {};
  if (!call.given(1) && tensor->present)
    return call.elaborator.mean_of_present(*tensor, call.expression.range);
  const auto over = over_or_all(call, *tensor);
  return over ? call.elaborator.reduce(ir::Op::reduce_mean, *tensor, *over, call.expression.range) : Value{};
}

template <ir::Op op>
Value reduction(PrimitiveCall& call) {
  const auto tensor = call.tensor(0);
  if (!tensor) return {};
  const auto over = over_or_all(call, *tensor);
  return over ? call.elaborator.reduce(op, *tensor, *over, call.expression.range) : Value{};
}

Value prod(PrimitiveCall& call) {
  const Value x = call.value(0);
  const auto* list = x.get<List>();
  if (!list || call.given(1)) return reduction<ir::Op::reduce_prod>(call);
  Value product{Number::whole(1), call.expression.range};
  for (const auto& item : list->items)
    product = call.elaborator.binary(ast::BinaryOp::multiply, product, item, call.range(0), call.range(0),
                                     call.range(0));
  return product;
}

// ---------------------------------------------------------------- time
// The stream a time function works on; nothing where that was reported.
std::optional<Tensor> stream(PrimitiveCall& call, std::string_view name) {
  const auto tensor = call.tensor(0);
  if (!tensor) return std::nullopt;
  if (call.elaborator.in_scan()) {
    call.elaborator
        .report(Kind::time_inside_cell, call.expression.range,
                fmt::format("`{}` cannot stand inside a cell, which sees one bin at a time", name))
        .mark("looks at other bins")
        .fix("apply it to the stream before the cell, or keep what is needed in a `state`");
    return std::nullopt;
  }
  if (!tensor->is_stream) {
    call.elaborator
        .report(Kind::stream_wanted, call.range(0),
                fmt::format("`{}` works along time, and this has no time", name))
        .mark(tensor->has_time ? "a frame: inside this body one bin is seen at a time"
                               : "the same for every bin")
        .fix("declare the input as `stream [...]`");
    return std::nullopt;
  }
  return tensor;
}

Value history(PrimitiveCall& call) {
  auto tensor = stream(call, "history");
  const DimRef lags = call.elaborator.dim_of(*call.written[1], call.scope);
  if (!tensor || !lags) return {};
  if (contains(tensor->dims, lags)) {
    call.elaborator.report(Kind::square, call.range(1), fmt::format("the frame has {} already", lags->text()))
        .mark("give the lags a name of their own");
    return {};
  }
  Elaborator& elaborator = call.elaborator;
  Dims with_lags_last = elaborator.axes(*tensor);
  with_lags_last.push_back(lags);
  Tensor result = *tensor;
  result.dims.insert(result.dims.begin(), lags);
  if (lags->size)
    result.reach = result.reach.back(static_cast<int>(std::min<int64_t>(*lags->size - 1, Reach::endless)));
  const auto windowed = elaborator.emit(ir::Op::history, {tensor->value}, {{"size", lags->size.value_or(0)}});
  result.value = elaborator.reordered(windowed, with_lags_last, elaborator.axes(result));
  return elaborator.make(std::move(result), call.expression.range);
}

constexpr int64_t longest_shift = 1'000'000;  // longer than any clip

Value shifted(PrimitiveCall& call, bool ahead) {
  auto tensor = stream(call, ahead ? "ahead" : "delay");
  const auto steps = call.whole(1);
  if (!tensor || !steps) return {};
  if (*steps < 0) {
    call.elaborator.report(Kind::wrong_kind, call.range(1), "a shift is counted from 0 upwards")
        .mark(std::to_string(*steps))
        .fix(ahead ? "`delay` looks back" : "`ahead` looks into the future");
    return {};
  }
  if (*steps > longest_shift) {
    call.elaborator
        .report(Kind::too_much, call.range(1), fmt::format("a shift is at most {} bins", longest_shift))
        .mark("too far");
    return {};
  }
  Elaborator& elaborator = call.elaborator;
  Tensor result = *tensor;
  const int reach = static_cast<int>(std::min<int64_t>(*steps, Reach::endless));
  result.reach = ahead ? result.reach.ahead(reach) : result.reach.delayed(reach);
  if (ahead && elaborator.session.valid && result.value) {
    // What lies behind the end of a clip is 0 (time.5), whatever the padding of its batch holds.
    std::vector<ir::Dim> shape{ir::batch_dim, ir::time_dim};
    shape.resize(elaborator.axes(result).size(), ir::dim(1));
    const auto inside = elaborator.emit(
        ir::Op::reshape, {elaborator.emit(ir::Op::to_real, {elaborator.session.valid})}, {{"sizes", shape}});
    result.value = elaborator.emit(ir::Op::mul, {result.value, inside});
  }
  result.value = elaborator.emit(ir::Op::delay, {result.value}, {{"steps", ahead ? -*steps : *steps}});
  return elaborator.make(std::move(result), call.expression.range);
}

// ---------------------------------------------------------------- shapes
Value flatten(PrimitiveCall& call) {
  const auto tensor = call.tensor(0);
  const Value name = call.value(1);
  if (!tensor || name.is_unknown()) return {};
  const auto* into = name.get<Text>();
  if (!into || into->text.empty()) {
    call.elaborator.report(Kind::wrong_kind, call.range(1), "the new dim is named in quotes")
        .mark("not a text")
        .fix("`into = \"I\"`");
    return {};
  }
  std::optional<int64_t> size = 1;
  for (const auto& dim : tensor->dims)
    size = size && dim->size ? std::optional(*size * *dim->size) : std::nullopt;
  DimRef merged = std::make_shared<const DimInfo>(DimInfo{into->text, size, call.range(1)});
  if (Body* body = call.scope.body) {
    DimRef& own = body->dims[into->text];
    const bool same = own && own->size == size;
    if (same) merged = own;
    own = merged;
  }
  Tensor result = *tensor;
  result.buffer.clear();
  result.dims = {merged};
  result.value = call.elaborator.emit(ir::Op::reshape, {tensor->value},
                                      {{"sizes", call.elaborator.sizes(call.elaborator.axes(result))}});
  return call.elaborator.make(std::move(result), call.expression.range);
}

Value pad(PrimitiveCall& call) {
  Elaborator& e = call.elaborator;
  const auto tensor = call.tensor(0);
  const auto along = call.dims(1);
  const auto before = call.whole(2), after = call.given(3) ? call.whole(3) : std::optional<int64_t>(0);
  if (!tensor || !along || !before || !after) return {};
  const auto dim = along->size() == 1 ? e.find_dim(*tensor, along->front()) : std::nullopt;
  if (!dim) {
    e.report(Kind::unknown_dim, call.range(1), "`pad` takes one dim of the frame")
        .mark(fmt::format("this is {}", text(tensor->dims)));
    return {};
  }
  if (*before < 0 || *after < 0) {
    e.report(Kind::wrong_kind, call.expression.range, "`pad` adds zeros, it takes none away").mark("below 0");
    return {};
  }
  const Dims axes = e.axes(*tensor);
  Tensor result = *tensor;
  result.buffer.clear();
  const auto size = (*dim)->size ? std::optional(*(*dim)->size + *before + *after) : std::nullopt;
  std::replace(result.dims.begin(), result.dims.end(), DimRef(*dim),
               DimRef(std::make_shared<const DimInfo>(DimInfo{"", size, call.range(1)})));
  result.value =
      e.emit(ir::Op::pad, {tensor->value},
             {{"axis", static_cast<int64_t>(std::find(axes.begin(), axes.end(), *dim) - axes.begin())},
              {"before", *before},
              {"after", *after}});
  return e.make(std::move(result), call.expression.range);
}

Value transpose(PrimitiveCall& call) {
  const auto tensor = call.tensor(0);
  if (!tensor) return {};
  if (tensor->dims.size() != 2) {
    call.elaborator
        .report(Kind::shape_mismatch, call.range(0),
                fmt::format("`transpose` swaps two dims, this is {}", text(tensor->dims)))
        .mark("not two dims");
    return {};
  }
  Elaborator& elaborator = call.elaborator;
  Tensor result = *tensor;
  result.buffer.clear();
  std::swap(result.dims[0], result.dims[1]);
  std::vector<int64_t> order;
  for (size_t i = 0; i < elaborator.axes(result).size(); ++i) order.push_back(static_cast<int64_t>(i));
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  result.value = elaborator.emit(ir::Op::transpose, {tensor->value}, {{"order", order}});
  return elaborator.make(std::move(result), call.expression.range);
}

Value outer(PrimitiveCall& call) {
  const auto a = call.tensor(0), b = call.tensor(1);
  return a && b ? call.elaborator.outer(*a, *b, call.expression.range) : Value{};
}

// ---------------------------------------------------------------- batch norm
struct Statistics {
  Tensor mean, variance;  // over `per`
};

// Means over present bins, clips and every dim not in `per` (run.2); the running values follow with the
// momentum.
std::optional<Statistics> statistics_of_batch(PrimitiveCall& call, const Tensor& x, const Dims& per,
                                              const Tensor& mean, const Tensor& variance, double momentum) {
  Elaborator& e = call.elaborator;
  const Dims axes = e.axes(x);
  Tensor kept;
  kept.dims = per;
  std::vector<int64_t> reduced;
  double others = 1;
  for (size_t i = 0; i < axes.size(); ++i) {
    if (contains(per, axes[i])) continue;
    reduced.push_back(static_cast<int64_t>(i));
    if (i >= x.n_leading()) others *= static_cast<double>(axes[i]->size.value_or(1));
  }
  Dims order;  // of per as the reduction leaves it
  for (const auto& axis : axes)
    if (contains(per, axis)) order.push_back(axis);
  Tensor in_order;
  in_order.dims = order;
  std::vector<ir::Dim> mask_shape{ir::batch_dim, ir::time_dim};
  mask_shape.resize(axes.size(), ir::dim(1));
  const auto mask = e.emit(ir::Op::reshape, {e.session.valid}, {{"sizes", mask_shape}});
  const auto mean_over = [&](std::optional<ir::ValueId> value) {
    return e.emit(ir::Op::reduce_mean, {value, mask}, {{"axes", reduced}});
  };
  const auto emit = [&](ir::Op op, std::optional<ir::ValueId> a, std::optional<ir::ValueId> b) {
    return e.emit(op, {a, b});
  };
  in_order.value = mean_over(x.value);
  const auto centred = emit(ir::Op::sub, x.value, e.aligned(in_order, axes));
  Tensor spread = in_order;
  spread.value = mean_over(emit(ir::Op::mul, centred, centred));
  Statistics result{kept, kept};
  result.mean.value = e.aligned(in_order, per);
  result.variance.value = e.aligned(spread, per);
  // n: entries a mean goes over; running variance takes n / (n - 1) of it, and nothing moves where n is 1.
  const auto bins = e.emit(ir::Op::reduce_sum, {e.emit(ir::Op::to_real, {e.session.valid})},
                           {{"axes", std::vector<int64_t>{0, 1}}});
  const auto n = emit(ir::Op::mul, bins, e.constant(others));
  const auto more_than_one = emit(ir::Op::less, e.constant(1), n);
  const auto divisor = emit(ir::Op::max, emit(ir::Op::sub, n, e.constant(1)), e.constant(1));
  const auto unbiased = emit(ir::Op::mul, result.variance.value, emit(ir::Op::div, n, divisor));
  for (const auto& [buffer, now] : {std::pair{&mean, result.mean.value}, {&variance, unbiased}}) {
    const auto moved = emit(ir::Op::add, emit(ir::Op::mul, buffer->value, e.constant(1 - momentum)),
                            emit(ir::Op::mul, now, e.constant(momentum)));
    const auto next = e.emit(ir::Op::select, {more_than_one, moved, buffer->value});
    if (next) e.session.buffer_updates.emplace_back(buffer->buffer, *next);
  }
  return result;
}

Value normalise(PrimitiveCall& call) {
  Elaborator& e = call.elaborator;
  const auto x = call.tensor(0);
  const auto per = call.dims(1);
  const auto mean = call.tensor(2), variance = call.tensor(3);
  if (e.in_scan()) {
    e.report(Kind::time_inside_cell, call.expression.range,
             "`normalise` takes its statistics over all bins, and a cell sees one bin at a time")
        .mark("inside a cell")
        .fix("apply it before or after the cell");
    return {};
  }
  if (!x || !per || !mean || !variance) return {};
  if (!x->has_batch) {
    e.report(Kind::stream_wanted, call.range(0),
             "`normalise` takes its statistics over the bins of a batch, and this has no time")
        .mark("the same for every bin");
    return {};
  }
  for (const size_t formal : {size_t{2}, size_t{3}})
    if ((formal == 2 ? mean : variance)->buffer.empty()) {
      e.report(Kind::wrong_kind, call.range(formal),
               "the running statistics are kept in a `buffer` of this body")
          .mark("not a buffer");
      return {};
    }
  Dims kept;
  for (const auto& dim : *per) {
    const auto found = e.find_dim(*x, dim);
    if (!found) {
      e.report(Kind::unknown_dim, call.range(1), fmt::format("there is no {} here", dim->text()))
          .mark(fmt::format("this is {}", text(x->dims)));
      return {};
    }
    kept.push_back(*found);
  }
  const double momentum = call.given(4) ? call.number(4).value_or(Number::plain(0.1)).value : 0.1;
  const double epsilon = call.given(5) ? call.number(5).value_or(Number::plain(1e-5)).value : 1e-5;
  Tensor result = *x;
  result.unit = {};
  result.buffer.clear();
  if (e.emitting()) {
    Tensor stored_mean = *mean, stored_variance = *variance;
    stored_mean.dims = stored_variance.dims = kept;
    std::optional<Statistics> used = Statistics{stored_mean, stored_variance};
    if (e.session.training)
      used = statistics_of_batch(call, *x, kept, stored_mean, stored_variance, momentum);
    const Dims axes = e.axes(*x);
    const auto centred = e.emit(ir::Op::sub, {x->value, e.aligned(used->mean, axes)});
    const auto deviation =
        e.emit(ir::Op::sqrt, {e.emit(ir::Op::add, {e.aligned(used->variance, axes), e.constant(epsilon)})});
    result.value = e.emit(ir::Op::div, {centred, deviation});
  }
  return e.make(std::move(result), call.expression.range);
}

}  // namespace

std::vector<Primitive> tensor_primitives() {
  return {
      {"sum", {"x", "over?"}, "sum over dims, over all of the frame where none are named, or of a list", sum},
      {"mean", {"x", "over?"}, "mean over dims, of a list, or in a loss of all that is present", mean},
      {"prod", {"x", "over?"}, "product over dims, or of a list", prod},
      {"logsumexp",
       {"x", "over?"},
       "log of the sum of exp(x) over dims, without overflow",
       reduction<ir::Op::logsumexp>},
      {"history",
       {"x", "lags"},
       "[F] to [K, F]: entry k is the frame k bins ago, zeros before the clip",
       history},
      {"delay",
       {"x", "steps"},
       "the stream as it was some bins ago, zeros before the clip",
       [](PrimitiveCall& call) { return shifted(call, false); }},
      {"ahead",
       {"x", "steps"},
       "the stream as it will be some bins later, zeros behind the clip",
       [](PrimitiveCall& call) { return shifted(call, true); }},
      {"flatten", {"x", "into"}, "all dims of the frame as one, first slowest", flatten},
      {"pad", {"x", "along", "before", "after?"}, "zeros before and after the entries of a dim", pad},
      {"transpose", {"x"}, "[A, B] to [B, A]", transpose},
      {"outer", {"a", "b"}, "every product of an entry of a and one of b: a's dims, then b's", outer},
      {"normalise",
       {"x", "per", "mean", "variance", "momentum?", "epsilon?"},
       "(x - mean) / deviation for each entry of `per`: over the batch in training, the running ones "
       "otherwise",
       normalise},
  };
}

}  // namespace stria
