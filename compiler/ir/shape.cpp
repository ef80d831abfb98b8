// Shape rules: the type of an op's result from the types of its operands. Named by ops.def.
#include <algorithm>

#include "compiler/ir/rules.h"

namespace stria::ir {

void fail(const OpCall& call, const std::string& reason) {
  std::string text = "op `" + std::string(call.info.name) + "`: " + reason + " (operands:";
  for (const Type& type : call.operands) text += " " + to_string(type);
  throw InternalError(text + ")");
}

bool broadcasts_to(const std::vector<Dim>& from, const std::vector<Dim>& to) {
  if (from.size() > to.size()) return false;
  for (size_t i = 0; i < from.size(); ++i) {
    const Dim& given = from[from.size() - 1 - i];
    if (given != to[to.size() - 1 - i] && given != dim(1)) return false;
  }
  return true;
}

namespace {

int64_t integer(const OpCall& call, std::string_view name) {
  return std::get<int64_t>(*find_attribute(call.attributes, name));
}
const std::vector<int64_t>& integers(const OpCall& call, std::string_view name) {
  return std::get<std::vector<int64_t>>(*find_attribute(call.attributes, name));
}
const std::vector<Dim>& dims(const OpCall& call, std::string_view name) {
  return std::get<std::vector<Dim>>(*find_attribute(call.attributes, name));
}
const std::string& text(const OpCall& call, std::string_view name) {
  return std::get<std::string>(*find_attribute(call.attributes, name));
}

void require(const OpCall& call, bool holds, const char* reason) {
  if (!holds) fail(call, reason);
}

bool is_number(const Type& type) { return type.element != Element::boolean; }
bool is_real(const Type& type) { return type.element == Element::real; }
bool is_complex(const Type& type) { return type.element == Element::complex; }
bool is_boolean(const Type& type) { return type.element == Element::boolean; }

// numpy's rule: aligned at the ends, a missing or 1-sized dim is repeated.
std::vector<Dim> join(const OpCall& call, const std::vector<Dim>& a, const std::vector<Dim>& b) {
  const std::vector<Dim>& longer = a.size() >= b.size() ? a : b;
  const std::vector<Dim>& shorter = a.size() >= b.size() ? b : a;
  std::vector<Dim> result = longer;
  const size_t offset = longer.size() - shorter.size();
  for (size_t i = 0; i < shorter.size(); ++i) {
    Dim& d = result[offset + i];
    if (d == shorter[i] || shorter[i] == dim(1)) continue;
    require(call, d == dim(1), "the operands' dims do not fit");
    d = shorter[i];
  }
  return result;
}

std::vector<Dim> join_all(const OpCall& call) {
  std::vector<Dim> result = call.operands[0].dims;
  for (size_t i = 1; i < call.operands.size(); ++i) result = join(call, result, call.operands[i].dims);
  return result;
}

Element widest(const Type& a, const Type& b) {
  return is_complex(a) || is_complex(b) ? Element::complex : Element::real;
}

size_t checked_axis(const OpCall& call, int64_t axis) {
  require(call, axis >= 0 && axis < static_cast<int64_t>(call.operands[0].rank()), "no such axis");
  return static_cast<size_t>(axis);
}

// The axis that attribute `axis` names; its size must be a number.
size_t sized_axis(const OpCall& call) {
  const size_t axis = checked_axis(call, integer(call, "axis"));
  for (const Type& operand : call.operands) {
    require(call, axis < operand.rank() && operand.dims[axis].is_number(), "the axis has no known size");
  }
  return axis;
}

void require_sizes(const OpCall& call, const std::vector<Dim>& sizes, bool letters_allowed) {
  for (const Dim& d : sizes) {
    require(call, d.is_number() ? d.size >= 0 : letters_allowed, "a size must be a number of at least 0");
  }
}

int64_t product(const std::vector<Dim>& sizes) {
  int64_t result = 1;
  for (const Dim& d : sizes) result *= d.is_number() ? d.size : 1;
  return result;
}

Type reduce(const OpCall& call) {
  const Type& operand = call.operands[0];
  std::vector<bool> gone(operand.rank(), false);
  for (const int64_t axis : integers(call, "axes")) {
    const size_t checked = checked_axis(call, axis);
    require(call, !gone[checked], "an axis is named twice");
    gone[checked] = true;
  }
  if (call.operands.size() == 2) {
    const Type& mask = call.operands[1];
    require(call, is_boolean(mask), "the second operand must be boolean");
    require(call, mask.rank() == operand.rank() && broadcasts_to(mask.dims, operand.dims),
            "the second operand must have the first one's dims, or 1");
  }
  Type result{operand.element, {}};
  for (size_t i = 0; i < operand.rank(); ++i) {
    if (!gone[i]) result.dims.push_back(operand.dims[i]);
  }
  return result;
}

bool is_stream(const Type& type) {
  return type.rank() >= 2 && type.dims[0] == batch_dim && type.dims[1] == time_dim;
}

}  // namespace

namespace shape {

// ---------------------------------------------------------------- leaves
Type constant_type(const OpCall&) { return {}; }

Type table_type(const OpCall& call) {
  require_sizes(call, dims(call, "sizes"), false);
  const auto& values = std::get<std::vector<double>>(*find_attribute(call.attributes, "values"));
  require(call, product(dims(call, "sizes")) == static_cast<int64_t>(values.size()),
          "the number of values is not the product of the sizes");
  return {Element::real, dims(call, "sizes")};
}

Type iota_type(const OpCall& call) {
  require(call, integer(call, "size") >= 0, "the size must be at least 0");
  return {Element::real, {dim(integer(call, "size"))}};
}

Type index_type(const OpCall& call) {
  const std::vector<Dim>& sizes = dims(call, "sizes");
  require_sizes(call, sizes, true);
  const int64_t axis = integer(call, "axis");
  require(call, axis >= 0 && axis < static_cast<int64_t>(sizes.size()), "no such axis");
  return {Element::real, sizes};
}

Type random_type(const OpCall& call) {
  static constexpr std::string_view known[] = {"uniform", "normal", "loguniform", "exponential",
                                               "orthogonal"};
  const std::string& distribution = text(call, "distribution");
  require(call, std::find(std::begin(known), std::end(known), distribution) != std::end(known),
          "unknown distribution");
  require_sizes(call, dims(call, "sizes"), false);
  require(call, distribution != "orthogonal" || dims(call, "sizes").size() >= 2,
          "an orthogonal draw needs at least two dims");
  return {Element::real, dims(call, "sizes")};
}

// ---------------------------------------------------------------- pointwise
Type any_map(const OpCall& call) { return call.operands[0]; }

Type number_map(const OpCall& call) {
  require(call, is_number(call.operands[0]), "the operand must be real or complex");
  return call.operands[0];
}

Type real_map(const OpCall& call) {
  require(call, is_real(call.operands[0]), "the operand must be real");
  return call.operands[0];
}

Type number_to_real(const OpCall& call) { return {Element::real, number_map(call).dims}; }

Type complex_map(const OpCall& call) {
  require(call, is_complex(call.operands[0]), "the operand must be complex");
  return call.operands[0];
}

Type complex_to_real(const OpCall& call) { return {Element::real, complex_map(call).dims}; }

Type boolean_map(const OpCall& call) {
  require(call, is_boolean(call.operands[0]), "the operand must be boolean");
  return call.operands[0];
}

Type boolean_to_real(const OpCall& call) { return {Element::real, boolean_map(call).dims}; }

Type number_join(const OpCall& call) {
  const Type &a = call.operands[0], &b = call.operands[1];
  require(call, is_number(a) && is_number(b), "the operands must be real or complex");
  return {widest(a, b), join_all(call)};
}

Type real_join(const OpCall& call) {
  require(call, is_real(call.operands[0]) && is_real(call.operands[1]), "the operands must be real");
  return {Element::real, join_all(call)};
}

Type complex_join(const OpCall& call) { return {Element::complex, real_join(call).dims}; }
Type real_compare(const OpCall& call) { return {Element::boolean, real_join(call).dims}; }

Type boolean_join(const OpCall& call) {
  require(call, is_boolean(call.operands[0]) && is_boolean(call.operands[1]), "the operands must be boolean");
  return {Element::boolean, join_all(call)};
}

Type select_type(const OpCall& call) {
  const Type &condition = call.operands[0], &a = call.operands[1], &b = call.operands[2];
  require(call, is_boolean(condition), "the condition must be boolean");
  require(call, is_boolean(a) == is_boolean(b), "both choices must be numbers, or both boolean");
  return {is_boolean(a) ? Element::boolean : widest(a, b), join_all(call)};
}

// ---------------------------------------------------------------- shapes
Type broadcast_type(const OpCall& call) {
  require_sizes(call, dims(call, "sizes"), true);
  require(call, broadcasts_to(call.operands[0].dims, dims(call, "sizes")),
          "the operand cannot be repeated to this");
  return {call.operands[0].element, dims(call, "sizes")};
}

// B and T split the dims into runs of numbers; letters must stay in order, and each run must keep its
// product.
Type reshape_type(const OpCall& call) {
  const auto runs = [](const std::vector<Dim>& sizes) {
    std::string letters;
    std::vector<int64_t> products{1};
    for (const Dim& d : sizes) {
      if (d.is_number()) {
        products.back() *= d.size;
      } else {
        letters += d.letter;
        products.push_back(1);
      }
    }
    return std::pair(letters, products);
  };
  require_sizes(call, dims(call, "sizes"), true);
  require(call, runs(call.operands[0].dims) == runs(dims(call, "sizes")), "these sizes hold other entries");
  return {call.operands[0].element, dims(call, "sizes")};
}

Type transpose_type(const OpCall& call) {
  const auto& order = integers(call, "order");
  const Type& operand = call.operands[0];
  require(call, order.size() == operand.rank(), "the order must name every axis");
  std::vector<bool> seen(operand.rank(), false);
  Type result{operand.element, {}};
  for (const int64_t axis : order) {
    const size_t checked = checked_axis(call, axis);
    require(call, !seen[checked], "an axis is named twice");
    seen[checked] = true;
    result.dims.push_back(operand.dims[checked]);
  }
  return result;
}

Type slice_type(const OpCall& call) {
  const size_t axis = sized_axis(call);
  const int64_t start = integer(call, "start"), size = integer(call, "size"), step = integer(call, "step");
  Type result = call.operands[0];
  require(call, start >= 0 && size >= 0 && step >= 1, "start and size must be at least 0, step at least 1");
  require(call, size == 0 || start + (size - 1) * step < result.dims[axis].size, "the slice leaves the axis");
  result.dims[axis] = dim(size);
  return result;
}

Type concat_type(const OpCall& call) {
  const size_t axis = sized_axis(call);
  Type result = call.operands[0];
  for (size_t i = 1; i < call.operands.size(); ++i) {
    const Type& part = call.operands[i];
    Type alike = result;
    alike.dims[axis] = part.dims[axis];
    require(call, part == alike, "the operands differ in more than the axis joined");
    result.dims[axis].size += part.dims[axis].size;
  }
  return result;
}

Type pad_type(const OpCall& call) {
  const size_t axis = sized_axis(call);
  const int64_t before = integer(call, "before"), after = integer(call, "after");
  require(call, before >= 0 && after >= 0, "before and after must be at least 0");
  require(call, is_number(call.operands[0]), "the operand must be real or complex");
  Type result = call.operands[0];
  result.dims[axis].size += before + after;
  return result;
}

Type flip_type(const OpCall& call) {
  sized_axis(call);
  return call.operands[0];
}

Type window_type(const OpCall& call) {
  const size_t axis = sized_axis(call);
  const int64_t size = integer(call, "size"), stride = integer(call, "stride"),
                dilate = integer(call, "dilate");
  require(call, size >= 1 && stride >= 1 && dilate >= 1, "size, stride and dilate must be at least 1");
  Type result = call.operands[0];
  const int64_t span = dilate * (size - 1) + 1;
  require(call, span <= result.dims[axis].size, "the window is longer than the axis");
  result.dims[axis] = dim((result.dims[axis].size - span) / stride + 1);
  result.dims.push_back(dim(size));
  return result;
}

Type delay_type(const OpCall& call) {
  require(call, is_stream(call.operands[0]), "the operand must be a stream [B, T, ...]");
  return number_map(call);
}

Type history_type(const OpCall& call) {
  Type result = delay_type(call);
  require(call, integer(call, "size") >= 1, "the size must be at least 1");
  result.dims.push_back(dim(integer(call, "size")));
  return result;
}

Type overlap_add_type(const OpCall& call) {
  Type result = delay_type(call);
  require(call, result.rank() > 2 && result.dims.back() == dim(integer(call, "size")),
          "the last dim must be of this size");
  result.dims.pop_back();
  return result;
}

Type frame_type(const OpCall& call) {
  Type result = call.operands[0];
  require(call, is_stream(result), "the operand must be a stream [B, T, ...]");
  result.dims.erase(result.dims.begin() + 1);
  return result;
}

// ---------------------------------------------------------------- products and sums
Type contract_type(const OpCall& call) {
  const std::string& subscripts = text(call, "subscripts");
  const size_t comma = subscripts.find(','), arrow = subscripts.find("->");
  require(call, comma != std::string::npos && arrow != std::string::npos && comma < arrow,
          "the subscripts must read \"ab,bc->ac\"");
  const std::string sides[] = {subscripts.substr(0, comma), subscripts.substr(comma + 1, arrow - comma - 1)};
  Dim sizes[128];
  bool known[128] = {};
  for (int side = 0; side < 2; ++side) {
    const Type& operand = call.operands[side];
    require(call, is_number(operand), "the operands must be real or complex");
    require(call, sides[side].size() == operand.rank(), "one subscript is needed for each dim");
    for (size_t i = 0; i < operand.rank(); ++i) {
      const char letter = sides[side][i];
      require(call, letter >= 'a' && letter <= 'z', "a subscript must be a small letter");
      require(call, !known[int(letter)] || sizes[int(letter)] == operand.dims[i],
              "a subscript stands for two sizes");
      known[int(letter)] = true;
      sizes[int(letter)] = operand.dims[i];
    }
  }
  Type result{widest(call.operands[0], call.operands[1]), {}};
  for (const char letter : subscripts.substr(arrow + 2)) {
    require(call, letter >= 'a' && letter <= 'z' && known[int(letter)],
            "a subscript of the result must be one of an operand, and stand there once");
    result.dims.push_back(sizes[int(letter)]);
    known[int(letter)] = false;
  }
  return result;
}

Type reduce_number(const OpCall& call) {
  require(call, is_number(call.operands[0]), "the operand must be real or complex");
  return reduce(call);
}

Type reduce_real(const OpCall& call) {
  require(call, is_real(call.operands[0]), "the operand must be real");
  return reduce(call);
}

Type scan_type(const OpCall& call) { fail(call, "a scan has its types in its region"); }

}  // namespace shape

Type stream_of(const Type& frame) {
  Type stream{frame.element, {batch_dim, time_dim}};
  const bool has_batch = frame.is_batched();
  stream.dims.insert(stream.dims.end(), frame.dims.begin() + (has_batch ? 1 : 0), frame.dims.end());
  return stream;
}

Type infer_type(Op op, const std::vector<Type>& operands, const Attributes& attributes) {
  const OpInfo& op_info = info(op);
  const OpCall call{op_info, operands, attributes};
  const int n = static_cast<int>(operands.size());
  if (n < op_info.min_operands || n > op_info.max_operands) fail(call, "wrong number of operands");
  if (const std::string reason = check_attributes(op_info, attributes); !reason.empty()) fail(call, reason);
  Type result = op_info.infer(call);
  for (const Dim& d : result.dims) {
    const bool twice = !d.is_number() && std::count(result.dims.begin(), result.dims.end(), d) > 1;
    if (twice)
      fail(call, std::string("the letter ") + d.letter + " would stand twice in " + to_string(result));
  }
  return result;
}

}  // namespace stria::ir
