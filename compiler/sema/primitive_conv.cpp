// Convolution along named dims of the frame and along time (dims.14): windows, then one contraction.
//   conv(x: [F 34, C], w: [O, C, 3, 9], kernel = {F = 3, T = 9})
//   %1 = window %x axis=2 size=3 stride=1     [B,T,32,C,3]
//   %2 = history %1 size=9                    [B,T,32,C,3,9]    lag 0 is now, zeros before the clip
//   %3 = contract %2, %w                      [B,T,32,O]        summed over C and both taps
// The dim F - 2 is nameless, and later labels find it by its old name.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/dims.h"
#include "compiler/sema/primitive_rows.h"

namespace stria {

namespace {

// One label of `kernel`: a dim of the frame, or time.
struct Tap {
  std::string label;
  DimRef dim;  // null: time
  int64_t size = 1, stride = 1, before = 0, after = 0;
  Range range;
};

bool is_called(const DimRef& dim, const std::string& label) {
  return dim->name == label || (dim->is_nameless() && dim->domain && is_called(dim->domain, label));
}

class Convolution {
 public:
  explicit Convolution(PrimitiveCall& call) : call_(call), e_(call.elaborator) {}

  // The labels of `kernel` with their sizes; nothing where one does not fit or is not known yet.
  std::optional<std::vector<Tap>> read_kernel(const Tensor& x, size_t formal) {
    const Value value = call_.value(formal);
    const auto* record = fields(value, formal, "kernel");
    if (!record) return std::nullopt;
    std::vector<Tap> taps;
    for (const Field& field : record->fields) {
      const auto size = whole(field, formal, "a kernel is a whole number of entries or bins", 1);
      if (!size) return std::nullopt;
      Tap tap{field.name, nullptr, *size, 1, 0, 0, place(field.value, formal)};
      if (field.name != "T" && !find(x, tap)) return std::nullopt;
      taps.push_back(tap);
    }
    return taps;
  }

  bool read_strides(std::vector<Tap>& taps, size_t formal) {
    return each_of(taps, formal, "stride", [&](Tap& tap, const Field& field) {
      const auto stride = whole(field, formal, "a stride is a whole number", 1);
      if (stride && !tap.dim && *stride != 1) {
        e_.report(Kind::wrong_kind, place(field.value, formal), "all streams of a model have one step")
            .mark("a stride along time would make another");
        return false;
      }
      tap.stride = stride.value_or(1);
      return stride.has_value();
    });
  }

  bool read_pads(std::vector<Tap>& taps, size_t formal) {
    return each_of(taps, formal, "pad", [&](Tap& tap, const Field& field) {
      const auto* word = field.value.get<Text>();
      if (!tap.dim) {
        if (word && word->text == "past") return true;
        e_.report(Kind::wrong_kind, place(field.value, formal),
                  "a convolution sees past bins: `T = \"past\"`")
            .mark("not the past")
            .fix("`ahead(x, n)` before it lets it see n bins that are yet to come");
        return false;
      }
      if (word && word->text == "none") return true;
      if (word && word->text == "both") {
        tap.before = (tap.size - 1) / 2;
        tap.after = tap.size - 1 - tap.before;
        return true;
      }
      const auto zeros = whole(field, formal, "a pad is \"none\", \"both\" or a whole number of zeros", 0);
      tap.before = tap.after = zeros.value_or(0);
      return zeros.has_value();
    });
  }

 private:
  const Record* fields(const Value& value, size_t formal, const char* what) {
    values_.push_back(value);
    const auto* record = values_.back().get<Record>();
    if (!record && !value.is_unknown())
      e_.report(Kind::wrong_kind, call_.range(formal),
                fmt::format("`{}` names dims, this is {}", what, describe(value)))
          .mark("not a record")
          .fix(fmt::format("`{} = {{F = 3, T = 9}}`", what));
    return record;
  }

  template <class Read>
  bool each_of(std::vector<Tap>& taps, size_t formal, const char* what, Read read) {
    if (!call_.given(formal)) return true;
    const Value value = call_.value(formal);
    if (value.is_none()) return true;
    const auto* record = fields(value, formal, what);
    if (!record) return false;
    for (const Field& field : record->fields) {
      const auto tap =
          std::find_if(taps.begin(), taps.end(), [&](const Tap& each) { return each.label == field.name; });
      if (tap == taps.end()) {
        e_.report(Kind::unknown_dim, place(field.value, formal),
                  fmt::format("`{}` names {}, and `kernel` does not", what, field.name))
            .mark("not a dim that is gone along");
        return false;
      }
      if (!read(*tap, field)) return false;
    }
    return true;
  }

  std::optional<int64_t> whole(const Field& field, size_t formal, const char* what, int64_t least) {
    if (field.value.is_unknown()) return std::nullopt;
    const auto number = e_.as_number(field.value);
    if (number && !number->known) return std::nullopt;
    if (number && number->is_whole && number->dimension.is_plain() &&
        number->value >= static_cast<double>(least))
      return number->exact->numerator();
    e_.report(Kind::wrong_kind, place(field.value, formal),
              fmt::format("{}, this is {}", what, describe(field.value)))
        .mark(fmt::format("`{}`", field.name));
    return std::nullopt;
  }

  bool find(const Tensor& x, Tap& tap) {
    for (const DimRef& dim : x.dims)
      if (is_called(dim, tap.label)) tap.dim = dim;
    if (!tap.dim)
      e_.report(Kind::unknown_dim, tap.range, fmt::format("there is no {} to go along", tap.label))
          .mark(fmt::format("this is {}", text(x.dims)));
    return tap.dim != nullptr;
  }

  Range place(const Value& value, size_t formal) const {
    return value.origin.known() ? value.origin : call_.range(formal);
  }

  PrimitiveCall& call_;
  Elaborator& e_;
  std::vector<Value> values_;  // keeps records alive
};

bool goes_along(const std::vector<Tap>& taps, const DimRef& dim) {
  return std::any_of(taps.begin(), taps.end(), [&](const Tap& tap) { return tap.dim == dim; });
}

Dims channels_of(const Tensor& x, const std::vector<Tap>& taps) {
  Dims channels;
  for (const DimRef& dim : x.dims)
    if (!goes_along(taps, dim)) channels.push_back(dim);
  return channels;
}

// taps(x, kernel): the dims that one output of a convolution sums over.
Value taps_of(PrimitiveCall& call) {
  const auto x = call.tensor(0);
  if (!x) return {};
  const auto taps = Convolution(call).read_kernel(*x, 1);
  if (!taps) return {};
  List dims;
  const auto add = [&](DimRef dim) {
    dims.items.push_back(
        Value{std::make_shared<const DimValue>(DimValue{std::move(dim)}), call.expression.range});
  };
  for (const DimRef& dim : channels_of(*x, *taps)) add(dim);
  for (const Tap& tap : *taps)
    add(std::make_shared<const DimInfo>(DimInfo{"", tap.size, call.expression.range}));
  return Value{std::move(dims), call.expression.range};
}

// Positions along a dim of the frame; nothing where its size is open, or the kernel is taller (reported).
std::optional<int64_t> positions(PrimitiveCall& call, const Tap& tap, bool& fits) {
  if (!tap.dim->size) return std::nullopt;
  const int64_t room = *tap.dim->size + tap.before + tap.after - tap.size;
  if (room >= 0) return room / tap.stride + 1;
  fits = false;
  call.elaborator
      .report(Kind::shape_mismatch, tap.range,
              fmt::format("this kernel is taller than its input: {} = {}", tap.label, *tap.dim->size))
      .mark(fmt::format("needs {} >= {}", tap.label, tap.size - tap.before - tap.after));
  return std::nullopt;
}

// The windows of x: its axes, those gone along shortened, then one axis a tap.
std::optional<ir::ValueId> windows(Elaborator& e, const Tensor& x, const std::vector<Tap>& taps) {
  const Dims axes = e.axes(x);
  std::optional<ir::ValueId> value = x.value;
  for (const Tap& tap : taps) {
    if (!tap.dim) {
      value = e.emit(ir::Op::history, {value}, {{"size", tap.size}});
      continue;
    }
    const int64_t axis = std::find(axes.begin(), axes.end(), tap.dim) - axes.begin();
    if (tap.before > 0 || tap.after > 0)
      value = e.emit(ir::Op::pad, {value}, {{"axis", axis}, {"before", tap.before}, {"after", tap.after}});
    value = e.emit(ir::Op::window, {value},
                   {{"axis", axis}, {"size", tap.size}, {"stride", tap.stride}, {"dilate", int64_t{1}}});
  }
  return value;
}

// "abcdef,zdef->abcz": x's axes, w's, and the result's.
std::string subscripts(const Dims& axes, const Dims& channels, size_t n_taps) {
  std::string left, right = "z", result;
  char next = 'a';
  std::vector<char> letter_of_channel(channels.size());
  for (const DimRef& axis : axes) {
    const auto channel = std::find(channels.begin(), channels.end(), axis);
    left += next;
    if (channel == channels.end())
      result += next;
    else
      letter_of_channel[static_cast<size_t>(channel - channels.begin())] = next;
    ++next;
  }
  right.append(letter_of_channel.begin(), letter_of_channel.end());
  for (size_t i = 0; i < n_taps; ++i, ++next) {
    left += next;
    right += next;
  }
  return left + "," + right + "->" + result + "z";
}

bool time_is_there(PrimitiveCall& call, const Tensor& x, const std::vector<Tap>& taps) {
  const auto time = std::find_if(taps.begin(), taps.end(), [](const Tap& tap) { return !tap.dim; });
  if (time == taps.end()) return true;
  if (x.is_stream && !call.elaborator.in_scan()) return true;
  call.elaborator
      .report(call.elaborator.in_scan() ? Kind::time_inside_cell : Kind::stream_wanted, time->range,
              "a convolution along T sees other bins")
      .mark("here one bin is seen at a time");
  return false;
}

Value conv(PrimitiveCall& call) {
  Elaborator& e = call.elaborator;
  const auto x = call.tensor(0), w = call.tensor(1);
  if (!x || !w) return {};
  Convolution read(call);
  auto taps = read.read_kernel(*x, 2);
  if (!taps || !read.read_strides(*taps, 3) || !read.read_pads(*taps, 4)) return {};
  if (!time_is_there(call, *x, *taps)) return {};
  const Dims channels = channels_of(*x, *taps);
  if (w->dims.size() != 1 + channels.size() + taps->size()) {
    e.report(
         Kind::shape_mismatch, call.range(1),
         fmt::format("the weights have a dim for the output, then those of `taps(x, kernel)`; these are {}",
                     text(w->dims)))
        .mark("other dims");
    return {};
  }
  Tensor result = *x;
  result.buffer.clear();
  result.dims.clear();
  result.unit = x->unit.times(w->unit);
  bool fits = true;
  for (const DimRef& dim : x->dims)
    for (const Tap& tap : *taps)
      if (tap.dim == dim)
        result.dims.push_back(std::make_shared<const DimInfo>(
            DimInfo{"", positions(call, tap, fits), call.expression.range, dim}));
  if (!fits) return {};
  result.dims.push_back(w->dims.front());
  for (const Tap& tap : *taps)
    if (!tap.dim)
      result.reach = result.reach.back(static_cast<int>(std::min<int64_t>(tap.size - 1, Reach::endless)));
  result.value = e.emit(ir::Op::contract, {windows(e, *x, *taps), w->value},
                        {{"subscripts", subscripts(e.axes(*x), channels, taps->size())}});
  return e.make(std::move(result), call.expression.range);
}

}  // namespace

std::vector<Primitive> conv_primitives() {
  return {
      {"taps",
       {"x", "kernel"},
       "the dims that one output of a convolution sums over: input channels, then the kernel's own",
       taps_of},
      {"conv",
       {"x", "w", "kernel", "stride?", "pad?"},
       "convolution along the dims that `kernel` names, T among them: w is [O, ...taps(x, kernel)], lag 0 "
       "first; all other dims are summed, O comes last",
       conv},
  };
}

}  // namespace stria
