// The derivative of a scan. For the step
//
//   (h', o) = f(x, h, W)          x, o: frames; h: state before the step, h': after it; W: from outside
//
// visited in one order, the derivative visits the bins in the other, carrying the adjoint of h':
//
//   (adjoint of h, adjoint of x, share of W's) = (df / d(x, h, W)) transposed, times (carried, adjoint of o)
//
// and the adjoint of the start is what is carried beyond the last bin visited.
#include <algorithm>
#include <set>

#include "compiler/ir/subscripts.h"
#include "compiler/passes/sweep.h"

namespace stria::passes {
namespace {

using ir::batch_dim;
using ir::Dim;
using ir::Node;
using ir::Op;
using ir::Region;
using ir::Subscripts;
using ir::ValueId;

class ScanSweep : public Sweep {
 public:
  ScanSweep(Sweep& outside, Node& scan, const Varied& varied)
      : Sweep(outside.w, varied),
        outside_(outside),
        scan_(scan),
        n_inputs_(static_cast<size_t>(ir::int_attribute(scan, "n_inputs"))),
        n_states_(scan.operands.size() - n_inputs_) {
    for (const ValueId id : body().arguments) inside_[id] = nullptr;
    for (const Node& node : body().nodes) inside_[node.results[0]] = &node;
  }

  void run() {
    w.open_region();
    seed_outputs();
    if (seeds_.empty()) return static_cast<void>(w.close_region({}));
    find_useful();
    for (const auto& [id, frame] : seeds_) gain(id, frame);
    seed_states();
    walk(body().nodes);
    take_results();
    close();
    pass_out();
  }

  ValueId value(ValueId id) override {
    if (inside_.count(id) == 0) return id;
    const auto known = values_.find(id);
    if (known != values_.end()) return known->second;
    const auto stream = saved(id);
    const ValueId here = stream ? input(*stream) : recomputed(*inside_.at(id));
    return values_[id] = here;
  }

  void gain(ValueId id, ValueId contribution) override {
    if (!is_varied(id)) return;
    if (inside_.count(id) > 0) return Sweep::gain(id, contribution);
    for (Share& share : shares_) {
      if (share.of != id || w.dims(share.value) != w.dims(contribution)) continue;
      share.value = w.plus({share.value, contribution});
      return;
    }
    shares_.push_back({id, contribution});
  }

  // A product with a value from outside: its adjoint needs the adjoint of the product and the other operand
  // in all bins at once.
  void gain_product(Derivation& d, size_t operand, const std::string& adjoint_letters, size_t other,
                    const std::string& other_letters, const std::string& operand_letters) override {
    const ValueId of = d.node.operands[operand];
    const char time = Subscripts(ir::text_attribute(d.node, "subscripts")).fresh();
    if (inside_.count(of) > 0 || !d.result_type().is_batched() || !d.type(other).is_batched() || time == 0) {
      return Sweep::gain_product(d, operand, adjoint_letters, other, other_letters, operand_letters);
    }
    const auto with_time = [&](std::string letters) { return letters.insert(1, 1, time); };
    const ValueId id = d.node.operands[other];
    const auto stream = saved(id);
    products_.push_back({of, d.adjoint, with_time(adjoint_letters), stream ? *stream : value(id),
                         with_time(other_letters), operand_letters});
  }

 protected:
  void step_scan(Node&) override { throw ir::InternalError("pass differentiate: scans do not nest"); }

 private:
  struct Share {  // of the adjoint of a value from outside
    ValueId of, value;
  };
  struct Product {
    ValueId of;
    ValueId adjoint;
    std::string adjoint_letters;
    ValueId other;  // a stream, or a value of the backward region that is given out as one
    std::string other_letters, of_letters;
  };
  struct Carried {
    size_t state;
    ValueId value;  // region argument: the adjoint of the state after the step
  };

  Region& body() const { return scan_.regions[0]; }
  ValueId state_argument(size_t state) const { return body().arguments[n_inputs_ + state]; }

  // ---------------------------------------------------------------- what the step needs of the forward scan
  // The stream of a value that is at hand for all bins; a result of a saved op is made an output for that.
  std::optional<ValueId> saved(ValueId id) {
    const auto& arguments = body().arguments;
    const auto found = std::find(arguments.begin(), arguments.end(), id);
    const auto place = static_cast<size_t>(found - arguments.begin());
    if (place < n_inputs_) return scan_.operands[place];
    const bool is_state = place < arguments.size();
    if (!is_state) {
      const auto node = inside_.find(id);
      if (node == inside_.end() || !is_saved(node->second->op) || !w.type(id).is_batched())
        return std::nullopt;
    }
    for (size_t k = 0; k < scan_.results.size(); ++k) {
      if (body().results[n_states_ + k] == id) return scan_.results[k];
    }
    scan_.results.push_back(w.new_value(ir::stream_of(w.type(id))));
    body().results.push_back(id);
    return scan_.results.back();
  }

  ValueId input(ValueId stream) {
    for (size_t i = 0; i < streams_.size(); ++i) {
      if (streams_[i] == stream) return frames_[i];
    }
    ir::Type frame = w.type(stream);
    frame.dims.erase(frame.dims.begin() + 1);
    streams_.push_back(stream);
    frames_.push_back(w.region_argument(std::move(frame)));
    return frames_.back();
  }

  ValueId recomputed(const Node& node) {
    std::vector<ValueId> operands;
    for (const ValueId id : node.operands) operands.push_back(value(id));
    return w.add(node.op, std::move(operands), node.attributes, node.source);
  }

  // ---------------------------------------------------------------- start of the walk
  void seed_outputs() {
    for (size_t k = 0; k < scan_.results.size(); ++k) {
      const auto adjoint = outside_.adjoint(scan_.results[k]);
      const ValueId id = body().results[n_states_ + k];
      if (!adjoint || !is_varied(id)) continue;
      if (inside_.count(id) > 0) {
        seeds_.emplace_back(id, input(*adjoint));
      } else {
        sum_out(id, *adjoint, true);
      }
    }
  }

  // Which states' adjoints reach something asked for, and come from the result.
  void find_useful() {
    for (const auto& [id, frame] : seeds_) useful_.insert(id);
    for (size_t before = 0; before != useful_.size();) {
      before = useful_.size();
      for (auto node = body().nodes.rbegin(); node != body().nodes.rend(); ++node) {
        if (useful_.count(node->results[0]) == 0) continue;
        for (const ValueId id : node->operands) {
          if (is_varied(id)) useful_.insert(id);
        }
      }
      for (size_t j = 0; j < n_states_; ++j) {
        const ValueId next = body().results[j];
        if (useful_.count(state_argument(j)) > 0 && is_varied(next)) useful_.insert(next);
      }
    }
  }

  void seed_states() {
    for (size_t j = 0; j < n_states_; ++j) {
      if (useful_.count(state_argument(j)) == 0) continue;
      ir::Type type = w.type(state_argument(j));
      carried_.push_back({j, w.region_argument(std::move(type))});
      gain(body().results[j], carried_.back().value);
    }
  }

  // ---------------------------------------------------------------- end of the walk
  void give_out(ValueId value) {
    const auto& list = outputs_;
    const bool at_hand = std::find(frames_.begin(), frames_.end(), value) != frames_.end();
    if (!at_hand && std::find(list.begin(), list.end(), value) == list.end()) outputs_.push_back(value);
  }

  // Of what was given out, once the scan is there.
  ValueId stream_of(ValueId value) const {
    const auto frame = std::find(frames_.begin(), frames_.end(), value);
    if (frame != frames_.end()) return streams_[static_cast<size_t>(frame - frames_.begin())];
    const auto output = std::find(outputs_.begin(), outputs_.end(), value);
    return results_[static_cast<size_t>(output - outputs_.begin())];
  }

  void take_results() {
    for (size_t i = 0; i < n_inputs_; ++i) {
      if (const auto found = adjoint(body().arguments[i])) give_out(*found);
    }
    for (const Carried& carried : carried_) {
      const auto found = adjoint(state_argument(carried.state));
      next_.push_back(found ? *found : w.zeros(w.dims(carried.value)));
      if (is_varied(start(carried))) give_out(next_.back());
    }
    for (const Share& share : shares_) give_out(share.value);
    for (const Product& product : products_) {
      give_out(product.adjoint);
      if (w.is_inside(product.other)) give_out(product.other);
    }
  }

  ValueId start(const Carried& carried) const { return scan_.operands[n_inputs_ + carried.state]; }

  void close() {
    Node node;
    node.op = Op::scan;
    node.source = scan_.source;
    node.attributes = {{"n_inputs", static_cast<int64_t>(frames_.size())},
                       {"reverse", 1 - ir::int_attribute(scan_, "reverse")}};
    node.operands = streams_;
    node.operands.insert(node.operands.end(), carried_.size(), w.constant(0));
    std::vector<ValueId> results = next_;
    results.insert(results.end(), outputs_.begin(), outputs_.end());
    for (const Product& product : products_) {
      if (w.is_inside(product.other)) inner_others_.insert(product.other);
    }
    Region region = w.close_region(std::move(results));
    region.arguments = frames_;
    for (const Carried& carried : carried_) region.arguments.push_back(carried.value);
    node.regions.push_back(std::move(region));
    for (const ValueId output : outputs_) {
      ir::Type type = ir::stream_of(w.type(output));
      results_.push_back(w.new_value(std::move(type)));
    }
    node.results = results_;
    w.put(std::move(node));
  }

  // Adjoints outside the scan.
  void pass_out() {
    for (size_t i = 0; i < n_inputs_; ++i) {
      if (const auto found = adjoint(body().arguments[i]))
        outside_.gain(scan_.operands[i], stream_of(*found));
    }
    const int64_t first_bin = ir::int_attribute(scan_, "reverse") == 0 ? 0 : -1;
    for (size_t i = 0; i < carried_.size(); ++i) {
      if (!is_varied(start(carried_[i]))) continue;
      const ValueId first = w.add(Op::frame, {stream_of(next_[i])}, {{"bin", first_bin}});
      outside_.gain(start(carried_[i]), first);
    }
    for (const Share& share : shares_)
      sum_out(share.of, stream_of(share.value), w.type(share.value).is_batched());
    for (const Product& product : products_) {
      const ValueId other = inner_others_.count(product.other) > 0 ? stream_of(product.other) : product.other;
      const std::vector<Dim> dims = w.dims(product.of);
      outside_.gain(product.of, contract_to(w, stream_of(product.adjoint), product.adjoint_letters, other,
                                            product.other_letters, product.of_letters, dims));
    }
  }

  // The adjoint of a value from outside, of its shares in all bins. Shares that are the same for all clips
  // come repeated along B.
  void sum_out(ValueId of, ValueId stream, bool batched) {
    const std::vector<Dim> dims = w.dims(of);
    if (!batched) {
      const std::vector<int64_t> first = {0};
      const ValueId once = w.add(Op::reduce_mean, {stream}, {{"axes", first}});
      const ValueId shares = w.add(Op::reduce_sum, {once}, {{"axes", first}});
      return outside_.gain(of, shares);
    }
    std::vector<Dim> frame = w.dims(stream);
    frame.erase(frame.begin() + 1);
    std::vector<int64_t> axes = repeated_axes(dims, frame);
    for (int64_t& axis : axes) axis += axis > 0 ? 1 : 0;
    axes.push_back(1);
    std::sort(axes.begin(), axes.end());
    outside_.gain(of, w.reshape(w.add(Op::reduce_sum, {stream}, {{"axes", axes}}), dims));
  }

  Sweep& outside_;
  Node& scan_;
  size_t n_inputs_, n_states_;
  std::map<ValueId, const Node*> inside_;  // values of the forward region, and the nodes that define them
  std::map<ValueId, ValueId> values_;      // of the forward region -> of the backward one
  std::vector<std::pair<ValueId, ValueId>> seeds_;
  std::set<ValueId> useful_;
  std::vector<ValueId> streams_, frames_;   // inputs of the backward scan
  std::vector<Carried> carried_;            // its states,
  std::vector<ValueId> next_;               // and their values after its step
  std::vector<ValueId> outputs_, results_;  // frames given out, and their streams
  std::vector<Share> shares_;
  std::vector<Product> products_;
  std::set<ValueId> inner_others_;  // of products, those of the backward region
};

}  // namespace

// A scan is walked, not given a rule: Sweep::step_scan.
void derivative::scan(Derivation& d) {
  throw ir::InternalError("op `scan` has no rule for one node: " + ir::to_string(d.result_type()));
}

void differentiate_scan(Sweep& outside, Node& scan, const Varied& varied) {
  ScanSweep(outside, scan, varied).run();
}

}  // namespace stria::passes
