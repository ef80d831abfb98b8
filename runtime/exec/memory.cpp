#include "runtime/exec/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "compiler/plan/layout.h"
#include "compiler/plan/view.h"
#include "runtime/exec/compiled_model.h"

namespace stria::exec {
namespace {

int64_t arena_bytes(const plan::Plan& plan, const plan::Stretches& stretches, int64_t n_bins,
                    int64_t n_clips) {
  const int64_t lanes = plan.options.lanes, n_parts = (n_clips + lanes - 1) / lanes;
  return plan::lay_out(plan, stretches, n_bins, n_parts, sizeof(float)).bytes;
}

// Adds an arena to a member's needs, as the plan would take it for each way of keeping.
void add_arena(MemoryNeeds& needs, const plan::Plan& plan, int64_t n_bins, int64_t n_clips) {
  const auto bytes = [&](plan::Keep keep) {
    return arena_bytes(plan, plan::choose_stretches(plan, keep), n_bins, n_clips);
  };
  needs.kept += bytes(plan::Keep::between_phases);
  needs.starts += bytes(plan::Keep::starts);
}

// Values and two moments, before a step and after it, derivatives, the best values; of buffers the last and
// the best.
int64_t array_bytes(const ModelProgram& program) {
  int64_t numbers = 8 * program.parameter_count();
  for (const BufferInfo& buffer : program.buffers) numbers += 2 * plan::product(buffer.sizes);
  return numbers * static_cast<int64_t>(sizeof(float));
}

int64_t batch_bytes(const ModelProgram& program, const MemberSizes& sizes) {
  const auto real = static_cast<int64_t>(sizeof(float));
  int64_t a_bin = program.n_units * (real + 1) + 1;
  for (const ModelInput& input : program.inputs) a_bin += input.size * real;
  return sizes.n_clips * sizes.n_bins * a_bin;
}

MemoryNeeds beside_arenas(const ModelProgram& program, const MemberSizes& sizes) {
  const int64_t bytes = array_bytes(program) + batch_bytes(program, sizes);
  return {bytes, bytes};
}

}  // namespace

MemoryNeeds step_needs(const ModelProgram& program, const plan::Plan& plan, const MemberSizes& sizes) {
  MemoryNeeds needs = beside_arenas(program, sizes);
  add_arena(needs, plan, sizes.n_bins, sizes.n_clips);
  return needs;
}

MemoryNeeds memory_needs(const CompiledModel& model, const OptimizerRule& rule, const MemberSizes& sizes) {
  CompiledModel::Plans& plans = model.plans();
  MemoryNeeds needs = beside_arenas(plans.program, sizes);
  const int64_t lanes = lanes_for(sizes.n_clips), rest_lanes = lanes_for(sizes.rest_clips);
  if (sizes.n_clips > 0) add_arena(needs, plans.planned_step(lanes, rule), sizes.n_bins, sizes.n_clips);
  if (sizes.rest_clips > 0 && rest_lanes != lanes)
    add_arena(needs, plans.planned_step(rest_lanes, rule), sizes.n_bins, sizes.rest_clips);
  if (sizes.predicted_bins > 0) add_arena(needs, plans.planned_prediction(), sizes.predicted_bins, 1);
  if (sizes.joined_bins > 0)
    add_arena(needs, plans.planned_loss(plans.program.n_units), sizes.joined_bins, 1);
  if (sizes.joined_bins > 0 && !plans.program.unit_loss.results.empty())
    add_arena(needs, plans.planned_loss(1), sizes.joined_bins, 1);
  return needs;
}

plan::Keep keep_within(const MemoryNeeds& needs, int64_t budget, int64_t n_at_once) {
  const auto fit = [&](int64_t bytes) { return std::min(n_at_once, budget / std::max<int64_t>(bytes, 1)); };
  return fit(needs.starts) > fit(needs.kept) ? plan::Keep::starts : plan::Keep::between_phases;
}

std::string memory_text(int64_t bytes) {
  constexpr std::array units = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  auto number = static_cast<double>(bytes);
  size_t unit = 0;
  while (number >= 1023.95 && unit + 1 < units.size()) number /= 1024, ++unit;
  return fmt::format("{:.{}f} {}", number, unit == 0 || number == std::floor(number) ? 0 : 1, units[unit]);
}

}  // namespace stria::exec
