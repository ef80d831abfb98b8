#include "runtime/exec/program.h"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <utility>

namespace stria::exec {
namespace {

using Lowering = Slot (*)(Emitter&, const ir::Node&);
constexpr Lowering lowerings[] = {
#define STRIA_OP(name, ...) lowering::name,
#include "compiler/ir/ops.def"
#undef STRIA_OP
};

void count_uses(const ir::Region& region, std::vector<int>& n_uses) {
  for (const ir::Node& node : region.nodes) {
    for (const ir::ValueId id : node.operands) ++n_uses[id];
    for (const ir::Region& inner : node.regions) count_uses(inner, n_uses);
  }
  for (const ir::ValueId id : region.results) ++n_uses[id];
}

}  // namespace

std::vector<int64_t> Run::sizes(const std::vector<ir::Dim>& dims) const {
  std::vector<int64_t> result;
  result.reserve(dims.size());
  for (const ir::Dim& d : dims) result.push_back(size(d));
  return result;
}

void run_steps(const std::vector<Step>& steps, Run& run) {
  const Step* current = nullptr;
  try {
    for (const Step& step : steps) {
      current = &step;
      run.slots[step.result] = step.kernel(run, Operands(run, step.operands));
      for (const Slot slot : step.dead) run.slots[slot].reset();
    }
  } catch (const c10::Error& error) {
    throw ir::InternalError("op `" + std::string(ir::info(current->op).name) +
                            "`: " + error.what_without_backtrace());
  }
}

void mark_dead_slots(std::vector<Step>& steps, const std::vector<Slot>& kept) {
  std::vector<Slot> done = kept;
  std::vector<Slot> defined;
  for (const Step& step : steps) defined.push_back(step.result);
  std::sort(defined.begin(), defined.end());
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    std::vector<Slot> touched = step->operands;
    touched.push_back(step->result);
    for (const Slot slot : touched) {
      if (!std::binary_search(defined.begin(), defined.end(), slot)) continue;
      if (std::find(done.begin(), done.end(), slot) != done.end()) continue;
      step->dead.push_back(slot);
      done.push_back(slot);
    }
  }
}

Emitter::Emitter(const ir::Graph& graph, at::ScalarType real)
    : graph_(graph),
      real_(real),
      slot_of_(graph.values.size()),
      constants_(graph.values.size()),
      n_uses_(graph.values.size()) {
  count_uses(graph.body, n_uses_);
}

std::optional<Emitter::Product> Emitter::take_product(ir::ValueId id) {
  const Slot result = slot(id);
  const auto found = products_.find(result);
  // One that is fixed in a scan stays where it is computed once.
  if (found == products_.end() || n_uses_[id] != 1 || varies_[result] != in_scan_) return std::nullopt;
  auto& steps = in_scan_ ? scan_steps_ : steps_;
  steps.erase(
      std::find_if(steps.begin(), steps.end(), [&](const Step& step) { return step.result == result; }));
  return found->second;
}

at::ScalarType Emitter::complex() const {
  return real_ == at::kDouble ? at::kComplexDouble : at::kComplexFloat;
}

Slot Emitter::new_slot(bool varies) {
  varies_.push_back(varies);
  return static_cast<Slot>(varies_.size() - 1);
}

Slot Emitter::emit(Kernel kernel, std::vector<Slot> operands) {
  const bool varies = std::any_of(operands.begin(), operands.end(), [&](Slot slot) { return varies_[slot]; });
  const Slot result = new_slot(varies);
  (varies ? scan_steps_ : steps_).push_back({op_, std::move(kernel), std::move(operands), result, {}});
  return result;
}

Slot Emitter::emit(const ir::Node& node, Kernel kernel) {
  std::vector<Slot> operands;
  for (const ir::ValueId id : node.operands) operands.push_back(slot(id));
  return emit(std::move(kernel), std::move(operands));
}

void Emitter::lower(const ir::Region& region) {
  for (const ir::Node& node : region.nodes) {
    const ir::Op outer = std::exchange(op_, node.op);
    if (node.op == ir::Op::constant) constants_[node.results[0]] = ir::real_attribute(node, "value");
    const Slot result = lowerings[static_cast<size_t>(node.op)](*this, node);
    if (node.op != ir::Op::scan) bind(node.results[0], result);
    op_ = outer;
  }
}

std::vector<Step> Emitter::end_scan() {
  in_scan_ = false;
  std::fill(varies_.begin(), varies_.end(), false);
  return std::exchange(scan_steps_, {});
}

Program::Program(const ir::Graph& graph, Precision precision)
    : name_(graph.name),
      real_(precision == Precision::float64 ? at::kDouble : at::kFloat),
      arguments_(graph.arguments),
      results_(graph.results) {
  Emitter emitter(graph, real_);
  for (const ir::Argument& argument : graph.arguments) {
    argument_types_.push_back(graph.type(argument.value));
    argument_slots_.push_back(emitter.new_slot(false));
    emitter.bind(argument.value, argument_slots_.back());
  }
  emitter.lower(graph.body);
  for (const ir::Result& result : graph.results) result_slots_.push_back(emitter.slot(result.value));
  steps_ = emitter.take_steps();
  mark_dead_slots(steps_, result_slots_);
  n_slots_ = emitter.n_slots();
}

void Program::bind_argument(Run& run, size_t index, const at::Tensor& tensor) const {
  const ir::Type& type = argument_types_[index];
  bool fits = tensor.dim() == static_cast<int64_t>(type.rank());
  for (size_t i = 0; fits && i < type.rank(); ++i) {
    const int64_t size = tensor.size(static_cast<int64_t>(i));
    if (type.dims[i].is_number()) {
      fits = size == type.dims[i].size;
      continue;
    }
    int64_t& letter = type.dims[i] == ir::batch_dim ? run.n_clips : run.n_bins;
    fits = letter < 0 || letter == size;
    letter = size;
  }
  if (!fits) {
    std::string sizes;
    for (const int64_t size : tensor.sizes()) sizes += (sizes.empty() ? "" : ",") + std::to_string(size);
    throw ir::InternalError("graph `" + name_ + "`: argument `" + arguments_[index].name + "` is " +
                            ir::to_string(type) + ", and [" + sizes + "] was given");
  }
  run.slots[argument_slots_[index]] = tensor;
}

std::vector<at::Tensor> Program::run(const std::vector<at::Tensor>& arguments, uint64_t seed) const {
  Run run;
  run.n_clips = run.n_bins = -1;
  run.seed = seed;
  run.slots.resize(n_slots_);
  for (size_t i = 0; i < arguments_.size(); ++i) bind_argument(run, i, arguments.at(i));
  run_steps(steps_, run);
  std::vector<at::Tensor> results;
  for (const Slot slot : result_slots_) results.push_back(run.slots[slot]);
  return results;
}

void differentiate(const at::Tensor& number, const std::vector<at::Tensor>& leaves) {
  if (!number.requires_grad()) return;
  try {
    number.backward({}, /*retain_graph=*/false, /*create_graph=*/false, leaves);
  } catch (const c10::Error& error) {
    throw ir::InternalError(std::string("derivative: ") + error.what_without_backtrace());
  }
}

void use_one_library_thread() {
  thread_local bool done = false;
  if (done) return;
  at::set_num_threads(1);
  done = true;
}

}  // namespace stria::exec
