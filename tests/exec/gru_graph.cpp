#include "tests/exec/gru_graph.h"

#include <map>
#include <string>

namespace stria::test {

using ir::ArgumentKind;
using ir::Element;
using ir::Op;
using ir::ValueId;

ir::Graph gru_graph(int64_t n_inputs, int64_t n_hidden) {
  ir::Builder builder("gru");
  const ir::Dim H = ir::dim(n_hidden), I = ir::dim(n_inputs);
  const ValueId x =
      builder.argument(ArgumentKind::input, "x", {Element::real, {ir::batch_dim, ir::time_dim, I}});
  std::map<std::string, ValueId> parameter;
  for (const char* gate : {"r", "z", "n"}) {
    for (const char* side : {"x", "h"}) {
      const std::string name = std::string(side) + gate;
      const ir::Dim from = std::string(side) == "x" ? I : H;
      parameter["W" + name] =
          builder.argument(ArgumentKind::parameter, "W" + name, {Element::real, {H, from}});
      parameter["b" + name] = builder.argument(ArgumentKind::parameter, "b" + name, {Element::real, {H}});
    }
  }
  const ValueId zero = builder.constant(0);
  builder.begin_scan();
  const ValueId frame = builder.scan_input(x);
  const ValueId h = builder.scan_state(zero, {Element::real, {ir::batch_dim, H}});
  const auto add = [&](ValueId a, ValueId b) { return builder.add(Op::add, {a, b}); };
  const auto mul = [&](ValueId a, ValueId b) { return builder.add(Op::mul, {a, b}); };
  const auto affine = [&](const std::string& name, ValueId of) {
    const ValueId product =
        builder.add(Op::contract, {parameter["W" + name], of}, {{"subscripts", "hi,bi->bh"}});
    return add(product, parameter["b" + name]);
  };
  const ValueId r = builder.add(Op::sigmoid, {add(affine("xr", frame), affine("hr", h))});
  const ValueId z = builder.add(Op::sigmoid, {add(affine("xz", frame), affine("hz", h))});
  const ValueId n = builder.add(Op::tanh, {add(affine("xn", frame), mul(r, affine("hn", h)))});
  const ValueId kept = builder.add(Op::sub, {builder.constant(1), z});
  const ValueId next = add(mul(kept, n), mul(z, h));
  const ValueId stream = builder.end_scan({next}, {next})[0];
  builder.result("h", stream);
  const std::vector<int64_t> all = {0, 1, 2};
  builder.result("loss",
                 builder.add(Op::reduce_sum, {builder.add(Op::mul, {stream, stream})}, {{"axes", all}}));
  return builder.finish();
}

}  // namespace stria::test
