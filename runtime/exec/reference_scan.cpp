// Lowering of `scan`: a plain loop over time. Steps of the body that depend on neither frames nor states
// ("fixed", scan.4) were put before it by the emitter.
#include <ATen/ops/stack.h>
#include <ATen/ops/unbind.h>

#include <algorithm>
#include <memory>

#include "runtime/exec/program.h"

namespace stria::exec::lowering {
namespace {

struct Loop {
  std::vector<Step> steps;
  std::vector<Slot> streams, frames;       // operand -> region argument, cut along time
  std::vector<Slot> starts, states, next;  // operand -> region argument -> value after the step
  std::vector<std::vector<ir::Dim>> state_dims;
  std::vector<Slot> output_frames, output_streams;  // value after the step -> result
  std::vector<std::vector<ir::Dim>> output_dims;    // of the frame, with B
  bool reverse = false;                             // from the last bin to the first
};

void run_loop(const Loop& loop, Run& run) {
  if (run.n_bins == 0) throw ir::InternalError("a scan over a clip without bins");
  std::vector<std::vector<at::Tensor>> frames;
  for (const Slot stream : loop.streams) frames.push_back(at::unbind(run.slots[stream], 1));
  for (size_t i = 0; i < loop.states.size(); ++i) {
    run.slots[loop.states[i]] = run.slots[loop.starts[i]].expand(run.sizes(loop.state_dims[i]));
  }
  std::vector<std::vector<at::Tensor>> outputs(loop.output_frames.size());
  for (auto& output : outputs) output.reserve(static_cast<size_t>(run.n_bins));
  std::vector<at::Tensor> next(loop.next.size());
  for (int64_t step = 0; step < run.n_bins; ++step) {
    const int64_t t = loop.reverse ? run.n_bins - 1 - step : step;
    for (size_t i = 0; i < frames.size(); ++i) {
      run.slots[loop.frames[i]] = std::move(frames[i][static_cast<size_t>(t)]);
    }
    run_steps(loop.steps, run);
    for (size_t i = 0; i < outputs.size(); ++i) outputs[i].push_back(run.slots[loop.output_frames[i]]);
    // All at once: a state's new value may be another state's old one.
    for (size_t i = 0; i < next.size(); ++i) next[i] = run.slots[loop.next[i]];
    for (size_t i = 0; i < next.size(); ++i) run.slots[loop.states[i]] = std::move(next[i]);
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::vector<int64_t> sizes = run.sizes(loop.output_dims[i]);
    if (loop.reverse) std::reverse(outputs[i].begin(), outputs[i].end());
    for (at::Tensor& frame : outputs[i]) {
      if (frame.sizes() != sizes) frame = frame.expand(sizes);
    }
    run.slots[loop.output_streams[i]] = at::stack(outputs[i], 1);
  }
  for (const Slot slot : loop.states) run.slots[slot].reset();
}

}  // namespace

Slot scan(Emitter& emitter, const ir::Node& node) {
  const ir::Region& body = node.regions[0];
  const auto n_inputs = static_cast<size_t>(ir::int_attribute(node, "n_inputs"));
  const size_t n_states = node.operands.size() - n_inputs;
  auto loop = std::make_shared<Loop>();
  loop->reverse = ir::int_attribute(node, "reverse") != 0;
  emitter.begin_scan();
  for (size_t i = 0; i < node.operands.size(); ++i) {
    const Slot outside = emitter.slot(node.operands[i]), inside = emitter.new_slot(true);
    emitter.bind(body.arguments[i], inside);
    (i < n_inputs ? loop->streams : loop->starts).push_back(outside);
    (i < n_inputs ? loop->frames : loop->states).push_back(inside);
    if (i >= n_inputs) loop->state_dims.push_back(emitter.type(body.arguments[i]).dims);
  }
  emitter.lower(body);
  loop->steps = emitter.end_scan();
  for (size_t i = 0; i < body.results.size(); ++i) {
    (i < n_states ? loop->next : loop->output_frames).push_back(emitter.slot(body.results[i]));
  }
  std::vector<Slot> kept = loop->next;
  kept.insert(kept.end(), loop->output_frames.begin(), loop->output_frames.end());
  mark_dead_slots(loop->steps, kept);
  for (size_t i = 0; i < node.results.size(); ++i) {
    std::vector<ir::Dim> frame = emitter.type(node.results[i]).dims;
    frame.erase(frame.begin() + 1);
    loop->output_dims.push_back(std::move(frame));
    loop->output_streams.push_back(emitter.new_slot(false));
    emitter.bind(node.results[i], loop->output_streams.back());
  }
  // All that the loop reads from outside, so that it is kept until here.
  std::vector<Slot> used = loop->streams;
  used.insert(used.end(), loop->starts.begin(), loop->starts.end());
  used.insert(used.end(), kept.begin(), kept.end());
  for (const Step& step : loop->steps) used.insert(used.end(), step.operands.begin(), step.operands.end());
  return emitter.emit(
      [loop](Run& run, const Operands&) {
        run_loop(*loop, run);
        return at::Tensor();
      },
      std::move(used));
}

}  // namespace stria::exec::lowering
