// A graph made ready to run with LibTorch: a flat list of steps over numbered slots, each slot one tensor.
// Internal to runtime/exec. The lowerings (one function an op, named as in ops.def) write the steps.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/ir/graph.h"
#include "runtime/exec/reference.h"

namespace stria::exec {

using Slot = uint32_t;

// What one run knows beside its tensors.
struct Run {
  int64_t n_clips = 0;  // B
  int64_t n_bins = 0;   // T
  uint64_t seed = 0;
  std::vector<at::Tensor> slots;

  int64_t size(const ir::Dim& d) const {
    return d.is_number() ? d.size : d == ir::batch_dim ? n_clips : n_bins;
  }
  std::vector<int64_t> sizes(const std::vector<ir::Dim>& dims) const;
};

class Operands {
 public:
  Operands(const Run& run, const std::vector<Slot>& slots) : run_(run), slots_(slots) {}
  const at::Tensor& operator[](size_t i) const { return run_.slots[slots_[i]]; }
  size_t size() const { return slots_.size(); }

 private:
  const Run& run_;
  const std::vector<Slot>& slots_;
};

using Kernel = std::function<at::Tensor(Run&, const Operands&)>;

struct Step {
  ir::Op op{};
  Kernel kernel;
  std::vector<Slot> operands;
  Slot result = 0;
  std::vector<Slot> dead;  // not used after this step
};

// Runs steps in order. What LibTorch refuses becomes an InternalError with the op's name.
void run_steps(const std::vector<Step>& steps, Run& run);
// Fills in `dead` of each step: the slots that these steps define, at their last use, unless kept.
void mark_dead_slots(std::vector<Step>& steps, const std::vector<Slot>& kept);

// Writes the steps of one graph.
class Emitter {
 public:
  Emitter(const ir::Graph& graph, at::ScalarType real);

  at::ScalarType real() const { return real_; }
  at::ScalarType complex() const;
  const ir::Type& type(ir::ValueId id) const { return graph_.type(id); }
  Slot slot(ir::ValueId id) const { return slot_of_[id]; }
  void bind(ir::ValueId id, Slot slot) { slot_of_[id] = slot; }
  // The number where the value is the op `constant`.
  std::optional<double> constant(ir::ValueId id) const { return constants_[id]; }

  // One step. Inside a scan, a step none of whose operands changes from bin to bin is put before the scan.
  Slot emit(Kernel kernel, std::vector<Slot> operands);
  // One step over the node's operands.
  Slot emit(const ir::Node& node, Kernel kernel);
  // Steps of all nodes of a region; values are bound to their slots.
  void lower(const ir::Region& region);

  bool varies(Slot slot) const { return varies_[slot]; }  // from bin to bin of the scan being written
  bool in_scan() const { return in_scan_; }
  void begin_scan() { in_scan_ = true; }

  // A product of two matrices, which `add` takes up where nothing else needs it: LibTorch has one call for
  // both.
  struct Product {
    Slot a = 0, b = 0;
  };
  void note_product(Slot result, Product product) { products_.emplace(result, product); }
  // The factors of the value if it is such a product and this is its only use; its own step is then gone.
  std::optional<Product> take_product(ir::ValueId id);

  // A slot that no step writes: an argument, or (varying) a frame or state of the scan being written.
  Slot new_slot(bool varies);
  // The steps that run once a bin, of the scan whose body has just been lowered.
  std::vector<Step> end_scan();

  std::vector<Step> take_steps() { return std::move(steps_); }
  size_t n_slots() const { return varies_.size(); }

 private:
  const ir::Graph& graph_;
  at::ScalarType real_;
  ir::Op op_{};                // of the node being lowered
  std::vector<Slot> slot_of_;  // by value
  std::vector<std::optional<double>> constants_;
  std::vector<bool> varies_;  // by slot: changes from bin to bin of the scan being written
  bool in_scan_ = false;
  std::vector<Step> steps_, scan_steps_;
  std::vector<int> n_uses_;  // by value
  std::map<Slot, Product> products_;
};

// One graph, ready. Safe to run from several threads at once.
class Program {
 public:
  Program(const ir::Graph& graph, Precision precision);

  // Arguments in the order of graph.arguments; their sizes give B and T. Results in the order of
  // graph.results.
  std::vector<at::Tensor> run(const std::vector<at::Tensor>& arguments, uint64_t seed = 0) const;

  const std::vector<ir::Argument>& arguments() const { return arguments_; }
  const std::vector<ir::Result>& results() const { return results_; }
  const ir::Type& argument_type(size_t index) const { return argument_types_[index]; }
  at::ScalarType real() const { return real_; }

 private:
  void bind_argument(Run& run, size_t index, const at::Tensor& tensor) const;

  std::string name_;
  at::ScalarType real_;
  std::vector<ir::Argument> arguments_;
  std::vector<ir::Type> argument_types_;
  std::vector<ir::Result> results_;
  std::vector<Slot> argument_slots_, result_slots_;
  std::vector<Step> steps_;
  size_t n_slots_ = 0;
};

// Adds the derivatives of a single number by `leaves` to their grad(); a number that hangs on none leaves
// them as they are.
void differentiate(const at::Tensor& number, const std::vector<at::Tensor>& leaves);

// One library thread for the calling thread (run.4).
void use_one_library_thread();

// Lowerings: write the steps of a node, answer the slot of its (first) result.
namespace lowering {
#define STRIA_OP(name, ...) Slot name(Emitter& emitter, const ir::Node& node);
#include "compiler/ir/ops.def"
#undef STRIA_OP
}  // namespace lowering

}  // namespace stria::exec
