#include "tests/exec/random_program.h"

#include <algorithm>
#include <cmath>

#include "tests/exec/program_writer.h"

namespace stria::test {

using exec::HostTensor;
using ir::ArgumentKind;
using ir::batch_dim;
using ir::dim;
using ir::Element;
using ir::Op;
using ir::time_dim;
using ir::Type;

namespace {

// Ops to draw from, those more often that programs are made of.
std::vector<Op> weighted_ops(bool in_cell) {
  std::vector<Op> result;
  for (const ir::OpInfo& info : ir::all_ops()) {
    if (info.op == Op::scan || info.op == Op::random) continue;
    const bool of_bins = info.op == Op::delay || info.op == Op::history || info.op == Op::frame;
    if (in_cell && of_bins) continue;
    const int often = info.op == Op::contract ? 4 : info.op == Op::mul || info.op == Op::window ? 2 : 1;
    result.insert(result.end(), static_cast<size_t>(often), info.op);
  }
  return result;
}

class Drawer {
 public:
  explicit Drawer(uint64_t seed) : draws_(seed), builder_("program") {
    program_.n_clips = draws_.number(1, 11);
    program_.n_bins = draws_.chance(0.1) ? 1 : draws_.number(2, 7);
    program_.ragged = program_.n_clips > 1 && program_.n_bins > 1 && draws_.chance(0.6);
    program_.missing = draws_.chance(0.5);
    writer_.emplace(draws_, builder_, program_.n_clips, program_.n_bins);
    for (int64_t& size : sizes_)
      size = draws_.chance(0.2) ? 1 : draws_.number(2, draws_.chance(0.15) ? 13 : 5);
  }

  RandomProgram run() {
    add_arguments();
    const bool has_cell = draws_.chance(0.4);
    const int64_t n_nodes = draws_.number(4, 9), cell_at = draws_.number(0, n_nodes - 1);
    for (int64_t i = 0; i < n_nodes; ++i) {
      if (has_cell && i == cell_at) add_cell();
      grow(pool_, outer_ops_);
    }
    add_loss();
    program_.graph = builder_.finish();
    return std::move(program_);
  }

 private:
  Bounded argument(ArgumentKind kind, const std::string& name, const Type& type) {
    const Bounded value{builder_.argument(kind, name, type), 1};
    pool_.push_back(value);
    program_.arguments[name] = drawn(type);
    return value;
  }

  HostTensor drawn(const Type& type) {
    HostTensor tensor;
    size_t count = 1;
    for (const ir::Dim& d : type.dims) {
      tensor.sizes.push_back(d.is_number() ? d.size : d == batch_dim ? program_.n_clips : program_.n_bins);
    }
    if (type.element == Element::complex) tensor.sizes.push_back(2);
    for (const int64_t size : tensor.sizes) count *= static_cast<size_t>(size);
    for (size_t i = 0; i < count; ++i) {
      tensor.values.push_back(type.element == Element::boolean ? (draws_.chance(0.7) ? 1 : 0)
                                                               : draws_.real(-1, 1));
    }
    return tensor;
  }

  void add_arguments() {
    const auto a = dim(sizes_[0]), b = dim(sizes_[1]), h = dim(sizes_[2]);
    argument(ArgumentKind::parameter, "gain", {Element::real, {}});
    argument(ArgumentKind::parameter, "bias", {Element::real, {a}});
    argument(ArgumentKind::buffer, "mean", {Element::real, {b}});
    weight_ = argument(ArgumentKind::parameter, "W", {Element::real, {b, a}});
    if (draws_.chance(0.3)) argument(ArgumentKind::parameter, "pole", {Element::complex, {h}});
    if (draws_.chance(0.3)) argument(ArgumentKind::parameter, "kernel", {Element::real, {a, b, h}});
    if (draws_.chance(0.2)) argument(ArgumentKind::input, "level", {Element::real, {batch_dim, h}});
    x_ = argument(ArgumentKind::input, "x", {Element::real, {batch_dim, time_dim, a}});
    if (draws_.chance(0.3)) argument(ArgumentKind::input, "u", {Element::real, {batch_dim, time_dim}});
    valid_ = argument(ArgumentKind::input, "valid", {Element::boolean, {batch_dim, time_dim, dim(1)}});
    present_ = argument(ArgumentKind::input, "present", {Element::boolean, {batch_dim, time_dim, b}});
    response_ = argument(ArgumentKind::input, "response", {Element::real, {batch_dim, time_dim, b}});
    recurrent_ = argument(ArgumentKind::parameter, "R", {Element::real, {h, h}});
    readout_ = argument(ArgumentKind::parameter, "Q", {Element::real, {b, h}});
    set_masks();
  }

  // Lengths 1, 2, T - 1 and T first, one clip of T at least.
  void set_masks() {
    HostTensor& valid = program_.arguments["valid"];
    HostTensor& present = program_.arguments["present"];
    const int64_t n = program_.n_bins, width = sizes_[1];
    const std::vector<int64_t> lengths = {n, 1, n - 1, std::min<int64_t>(2, n)};
    for (int64_t clip = 0; clip < program_.n_clips; ++clip) {
      const int64_t length = !program_.ragged ? n
                             : clip < 4       ? std::max<int64_t>(1, lengths[static_cast<size_t>(clip)])
                                              : draws_.number(1, n);
      for (int64_t bin = 0; bin < n; ++bin) {
        valid.values[static_cast<size_t>(clip * n + bin)] = bin < length ? 1 : 0;
        for (int64_t i = 0; i < width; ++i) {
          double& there = present.values[static_cast<size_t>((clip * n + bin) * width + i)];
          there = bin < length && (!program_.missing || there != 0) ? 1 : 0;
        }
      }
    }
  }

  std::optional<Bounded> grow(Pool& pool, const std::vector<Op>& ops) {
    for (int attempt = 0; attempt < 50; ++attempt) {
      const auto made = writer_->op(draws_.of(ops), pool);
      if (!made) continue;
      pool.push_back(*made);
      return made;
    }
    return std::nullopt;
  }

  // ---- cells
  void add_cell() {
    builder_.begin_scan(draws_.chance(0.35));
    Pool inside;
    for (const Bounded& value : pool_) {
      if (n_letters(writer_->type(value)) < 2) inside.push_back(value);
    }
    const auto is_stream = [](const Type& type) { return n_letters(type) == 2; };
    const int64_t n_inputs = draws_.number(1, 3);
    for (int64_t i = 0; i < n_inputs; ++i) {
      const auto element = i == 0 || draws_.chance(0.6) ? Element::real
                           : draws_.chance(0.5)         ? Element::boolean
                                                        : Element::complex;
      if (const auto stream = writer_->pick(pool_, element, is_stream))
        inside.push_back({builder_.scan_input(stream->id), stream->bound});
    }
    Pool states;
    const int64_t n_states = draws_.number(1, 3);
    for (int64_t i = 0; i < n_states; ++i) states.push_back(add_state(i));
    inside.insert(inside.end(), states.begin(), states.end());
    add_products(states[0], inside);
    const int64_t n_nodes = draws_.number(2, 6);
    for (int64_t i = 0; i < n_nodes; ++i) grow(inside, cell_ops_);
    finish_cell(states, inside);
  }

  Bounded add_state(int64_t i) {
    const auto h = dim(sizes_[2]);
    Type type{Element::real, {batch_dim, h}};
    if (i > 0) {
      type.dims = draws_.chance(0.4)   ? std::vector<ir::Dim>{batch_dim, dim(sizes_[0])}
                  : draws_.chance(0.3) ? std::vector<ir::Dim>{batch_dim, dim(2), h}
                  : draws_.chance(0.3) ? std::vector<ir::Dim>{batch_dim}
                                       : type.dims;
      if (draws_.chance(0.3)) type.element = Element::complex;
    }
    auto start =
        draws_.chance(0.6)
            ? writer_->pick(pool_, type.element,
                            [&](const Type& from) { return ir::broadcasts_to(from.dims, type.dims); })
            : std::nullopt;
    if (!start) {
      const double value = draws_.chance(0.5) ? 0 : draws_.real(-1, 1);
      start = fixed_start(type.element, value);
    }
    return {builder_.scan_state(start->id, type), std::max(1.0, start->bound)};
  }

  // Nodes added now would be of the cell's body: starts that are no value of the pool are arguments.
  Bounded fixed_start(Element element, double value) {
    const std::string name = "start" + std::to_string(n_starts_++);
    const Bounded start{builder_.argument(ArgumentKind::parameter, name, {element, {}}), 1};
    HostTensor tensor = drawn({element, {}});
    for (double& each : tensor.values) each = value;
    program_.arguments[name] = tensor;
    return start;
  }

  void add_products(const Bounded& state, Pool& inside) {
    if (!draws_.chance(0.6)) return;
    inside.push_back(writer_->apply(Op::contract, {recurrent_, state}, {{"subscripts", "hi,bi->bh"}},
                                    state.bound * static_cast<double>(sizes_[2])));
    inside.back() = writer_->within(inside.back(), 3);
    if (draws_.chance(0.5)) {
      inside.push_back(writer_->apply(Op::contract, {inside.back(), readout_}, {{"subscripts", "bh,ch->bc"}},
                                      inside.back().bound * static_cast<double>(sizes_[2])));
      inside.back() = writer_->within(inside.back(), 3);
    }
  }

  void finish_cell(const Pool& states, const Pool& inside) {
    std::vector<ir::ValueId> next, outputs;
    for (const Bounded& state : states) {
      const Type type = writer_->type(state);
      const auto from = writer_->pick(inside, type.element, [&](const Type& type_of) {
        return ir::broadcasts_to(type_of.dims, type.dims) && n_letters(type_of) == 1;
      });
      next.push_back(next_of(state, from.value_or(state)).id);
    }
    const int64_t n_outputs = draws_.number(1, 3);
    Pool made;
    for (int64_t i = 0; i < n_outputs; ++i) {
      const Bounded& output = i == 0 ? inside.back() : draws_.of(inside);
      outputs.push_back(output.id);
      made.push_back(output);
    }
    outputs.push_back(next[0]);
    made.push_back({next[0], states[0].bound});
    const std::vector<ir::ValueId> streams = builder_.end_scan(next, outputs);
    for (size_t i = 0; i < streams.size(); ++i) pool_.push_back({streams[i], made[i].bound});
  }

  // Of no larger bound than the state.
  Bounded next_of(const Bounded& state, const Bounded& from) {
    if (draws_.chance(0.15)) return writer_->within(from, state.bound);
    const double keep = draws_.real(0.2, 0.8);
    return writer_->apply(
        Op::add,
        {writer_->scaled(state, keep), writer_->scaled(writer_->within(from, state.bound), 1 - keep)}, {},
        state.bound);
  }

  // ---- the loss: the error of a prediction, and the mean over every value that nothing else uses
  void add_loss() {
    const Bounded both = writer_->apply(Op::logical_and, {present_, valid_}, {}, 1);
    const Bounded rate = writer_->apply(Op::contract, {x_, weight_}, {{"subscripts", "bti,ci->btc"}}, 13);
    const Bounded error = writer_->apply(Op::sub, {rate, response_}, {}, 14);
    const Bounded square = writer_->apply(Op::mul, {error, error}, {}, 196);
    Bounded loss =
        writer_->apply(Op::reduce_mean, {square, both}, {{"axes", std::vector<int64_t>{0, 1, 2}}}, 196);
    loss = writer_->scaled(loss, 0.1);
    for (size_t i = 0; i < pool_.size(); ++i) {
      const bool last = i + 4 >= pool_.size();
      if (last || draws_.chance(0.3)) loss = writer_->apply(Op::add, {loss, mean_of(pool_[i])}, {}, 1);
    }
    builder_.result("loss", loss.id);
    builder_.result("last", pool_.back().id);
    builder_.result("some", draws_.of(pool_).id);
    const Bounded mean =
        writer_->apply(Op::reduce_mean, {error, both}, {{"axes", std::vector<int64_t>{0, 1}}}, 14);
    builder_.result("buffer:mean", mean.id);
  }

  Bounded mean_of(Bounded value) {
    Element element = writer_->type(value).element;
    if (element == Element::boolean) {
      value = writer_->scaled(writer_->apply(Op::to_real, {value}, {}, 1), draws_.real(0.3, 1));
    } else if (element == Element::complex) {
      const Bounded re = writer_->apply(Op::re, {value}, {}, 1), im = writer_->apply(Op::im, {value}, {}, 1);
      value = writer_->apply(Op::add, {re, writer_->scaled(im, draws_.real(0.3, 1))}, {}, 1);
    }
    if (draws_.chance(0.5)) value = writer_->apply(Op::sin, {value}, {}, 1);
    const Type type = writer_->type(value);
    std::vector<int64_t> axes(type.rank());
    for (size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<int64_t>(i);
    if (axes.empty()) return writer_->scaled(value, draws_.real(0.3, 1));
    Pool operands = {value};
    if (n_letters(type) == 2 && type.rank() == 3 && program_.ragged) operands.push_back(valid_);
    const Bounded mean = writer_->apply(Op::reduce_mean, operands, {{"axes", axes}}, value.bound);
    return writer_->scaled(mean, draws_.real(0.3, 1));
  }

  Draws draws_;
  ir::Builder builder_;
  RandomProgram program_;
  std::optional<ProgramWriter> writer_;
  Pool pool_;
  int64_t sizes_[3] = {};
  int n_starts_ = 0;
  Bounded x_, valid_, present_, response_, weight_, recurrent_, readout_;
  const std::vector<Op> outer_ops_ = weighted_ops(false), cell_ops_ = weighted_ops(true);
};

}  // namespace

RandomProgram random_program(uint64_t seed) { return Drawer(seed).run(); }

namespace {

bool has_size_one(const Type& type) {
  return std::any_of(type.dims.begin(), type.dims.end(), [](const ir::Dim& d) { return d == dim(1); });
}

void look_at(const ir::Graph& graph, const ir::Region& region, bool in_cell, Coverage& found) {
  for (const ir::Node& node : region.nodes) {
    found[std::string(ir::info(node.op).name)] = 1;
    if (in_cell && node.op == Op::contract) found["products in cells"] = 1;
    for (const ir::ValueId result : node.results) {
      if (has_size_one(graph.type(result))) found["size one"] = 1;
      if (graph.type(result).element == Element::complex) found["complex values"] = 1;
    }
    if (node.op != Op::scan) continue;
    found["cells"] = 1;
    found[ir::int_attribute(node, "reverse") != 0 ? "cells backwards" : "cells forwards"] = 1;
    const auto n_inputs = static_cast<size_t>(ir::int_attribute(node, "n_inputs"));
    if (node.operands.size() - n_inputs > 1) found["several states"] = 1;
    look_at(graph, node.regions[0], true, found);
  }
}

}  // namespace

void count_coverage(const RandomProgram& program, Coverage& coverage) {
  Coverage found;
  look_at(program.graph, program.graph.body, false, found);
  if (program.ragged) found["ragged batches"] = 1;
  if (program.missing) found["missing responses"] = 1;
  if (program.n_clips == 1) found["one clip"] = 1;
  if (program.n_bins == 1) found["one bin"] = 1;
  if (program.n_clips % 8 != 0) found["a part of a vector's clips"] = 1;
  for (const auto& [name, n] : found) coverage[name] += n;
}

}  // namespace stria::test
