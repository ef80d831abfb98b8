// What the op cases share: their arrays, operands and graphs.
#include <algorithm>
#include <cmath>

#include "runtime/random/random.h"
#include "tests/exec/op_cases.h"

namespace stria::test {

using ir::batch_dim;
using ir::Dim;
using ir::Element;
using ir::Op;
using ir::Type;
using Complex = std::complex<double>;
using Index = std::vector<int64_t>;

Array::Array(std::vector<int64_t> with_sizes) : sizes(std::move(with_sizes)) {
  int64_t count = 1;
  for (const int64_t size : sizes) count *= size;
  values.resize(static_cast<size_t>(count));
}

size_t Array::offset(const Index& index) const {
  int64_t result = 0;
  for (size_t i = 0; i < sizes.size(); ++i) result = result * sizes[i] + index[i];
  return static_cast<size_t>(result);
}

void for_each_index(const std::vector<int64_t>& sizes, const std::function<void(const Index&)>& visit) {
  if (std::find(sizes.begin(), sizes.end(), 0) != sizes.end()) return;
  Index index(sizes.size(), 0);
  while (true) {
    visit(index);
    size_t axis = sizes.size();
    while (axis > 0 && ++index[axis - 1] == sizes[axis - 1]) index[--axis] = 0;
    if (axis == 0) return;
  }
}

std::vector<int64_t> sizes_of(const Type& type) {
  std::vector<int64_t> sizes;
  for (const Dim& d : type.dims) sizes.push_back(d.is_number() ? d.size : d == batch_dim ? n_clips : n_bins);
  return sizes;
}

std::vector<Array> draw_operands(const OpCase& op_case) {
  std::vector<Array> result;
  for (size_t k = 0; k < op_case.operands.size(); ++k) {
    const Type& type = op_case.operands[k];
    const random::Draws draws(17, "test", op_case.label + std::to_string(k));
    Array array(sizes_of(type));
    for (size_t i = 0; i < array.values.size(); ++i) {
      const double first = draws.uniform({0, 0, i}), second = draws.uniform({1, 0, i});
      const auto spread = [&](double u) { return op_case.low + (op_case.high - op_case.low) * u; };
      array.values[i] = type.element == Element::boolean ? Complex(first < 0.75 ? 1 : 0)
                        : type.element == Element::real  ? Complex(spread(first))
                                                         : Complex(spread(first), spread(second));
    }
    result.push_back(std::move(array));
  }
  return result;
}

exec::HostTensor to_host(const Array& array, Element element) {
  exec::HostTensor host{array.sizes, {}};
  if (element == Element::complex) host.sizes.push_back(2);
  for (const Complex& value : array.values) {
    host.values.push_back(value.real());
    if (element == Element::complex) host.values.push_back(value.imag());
  }
  return host;
}

Array from_host(const exec::HostTensor& host, Element element) {
  std::vector<int64_t> sizes = host.sizes;
  if (element == Element::complex) sizes.pop_back();
  Array array(sizes);
  for (size_t i = 0; i < array.values.size(); ++i) {
    array.values[i] = element == Element::complex ? Complex(host.values[2 * i], host.values[2 * i + 1])
                                                  : Complex(host.values[i]);
  }
  return array;
}

std::string operand_name(size_t operand) { return "x" + std::to_string(operand); }

namespace {

ir::ValueId add_case(ir::Builder& builder, const OpCase& op_case) {
  std::vector<ir::ValueId> operands;
  for (size_t i = 0; i < op_case.operands.size(); ++i) {
    operands.push_back(builder.argument(ir::ArgumentKind::input, operand_name(i), op_case.operands[i]));
  }
  builder.argument(ir::ArgumentKind::input, "clock", {Element::real, {ir::batch_dim, ir::time_dim}});
  const ir::ValueId value = builder.add(op_case.op, operands, op_case.attributes);
  builder.result("value", value);
  return value;
}

}  // namespace

ir::Graph value_graph(const OpCase& op_case) {
  ir::Builder builder("case");
  add_case(builder, op_case);
  return builder.finish();
}

ir::Graph case_graph(const OpCase& op_case) {
  ir::Builder builder("case");
  const ir::ValueId value = add_case(builder, op_case);
  if (!op_case.has_derivative) return builder.finish();
  // Weights that differ from entry to entry, so that no mistake cancels.
  const Type type = builder.type(value);
  std::vector<ir::ValueId> parts = {value};
  if (type.element == Element::complex) {
    parts = {builder.add(Op::re, {value}),
             builder.add(Op::mul, {builder.add(Op::im, {value}), builder.constant(0.7)})};
  }
  ir::ValueId loss = builder.constant(0);
  const ir::ValueId weights =
      builder.argument(ir::ArgumentKind::input, "weights", {Element::real, type.dims});
  std::vector<int64_t> axes;
  for (size_t i = 0; i < type.rank(); ++i) axes.push_back(static_cast<int64_t>(i));
  for (const ir::ValueId part : parts) {
    const ir::ValueId weighted = builder.add(Op::mul, {part, weights});
    loss = builder.add(Op::add, {loss, builder.add(Op::reduce_sum, {weighted}, {{"axes", axes}})});
  }
  builder.result("loss", loss);
  return builder.finish();
}

exec::NamedTensors case_arguments(const OpCase& op_case, const ir::Graph& graph) {
  exec::NamedTensors arguments;
  const std::vector<Array> operands = draw_operands(op_case);
  for (size_t i = 0; i < operands.size(); ++i)
    arguments[operand_name(i)] = to_host(operands[i], op_case.operands[i].element);
  arguments["clock"] = {{n_clips, n_bins}, std::vector<double>(n_clips * n_bins, 0)};
  if (const ir::Argument* weights = graph.find_argument("weights")) {
    Array array(sizes_of(graph.type(weights->value)));
    for (size_t i = 0; i < array.values.size(); ++i) array.values[i] = std::sin(1.0 + static_cast<double>(i));
    arguments["weights"] = to_host(array, Element::real);
  }
  return arguments;
}

}  // namespace stria::test
