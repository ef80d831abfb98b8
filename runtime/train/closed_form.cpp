#include "runtime/train/closed_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "compiler/sema/value.h"
#include "runtime/train/batches.h"

namespace stria::train {
namespace {

exec::RidgeClip view_of(const data::Clip& clip) {
  return {clip.n_bins, clip.cochleagram(), clip.response, clip.present};
}
std::vector<exec::RidgeClip> views_of(const std::vector<const data::Clip*>& clips) {
  std::vector<exec::RidgeClip> views;
  for (const data::Clip* clip : clips) views.push_back(view_of(*clip));
  return views;
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('.') + 1); }

// Which parameter is which, by names and sizes.
struct Places {
  size_t kernel = 0, offset = 0;
  std::vector<size_t> scales, shifts;
};

[[noreturn]] void refuse(const ModelProgram& program, const std::string& why) {
  throw DataError(
      fmt::format("`ridge` fits a linear receptive field for each unit, but in `{}` {}", program.text, why),
      "take the model `L` of stria.models, or a protocol that trains, as `Standard`");
}

Places places_of(const ModelProgram& program) {
  if (program.inputs.size() > 1) refuse(program, "there are inputs beside the stimulus");
  std::optional<size_t> kernel, offset;
  Places places;
  for (size_t i = 0; i < program.parameters.size(); ++i) {
    const ParameterInfo& parameter = program.parameters[i];
    const std::string name = last_part(parameter.path);
    const bool of_units = parameter.sizes.size() == 1 && parameter.sizes[0] == program.n_units;
    const bool plain =
        !parameter.is_complex && parameter.bounds.kind == Bounds::Kind::none && !parameter.frozen;
    if (!plain) refuse(program, fmt::format("`{}` has bounds, is frozen, or complex", parameter.path));
    if (parameter.sizes.size() == 3 && !kernel && parameter.sizes[0] == program.n_units &&
        parameter.sizes[1] == program.n_bands()) {
      kernel = i;
    } else if (of_units && name == "scale") {
      places.scales.push_back(i);
    } else if (of_units && name == "shift") {
      places.shifts.push_back(i);
    } else if (of_units && !offset) {
      offset = i;
    } else {
      refuse(program, fmt::format("there is `{}` too", parameter.path));
    }
  }
  if (!kernel) refuse(program, "there is no kernel over units, bands and lags");
  if (!offset) refuse(program, "there is no offset for each unit");
  places.kernel = *kernel;
  places.offset = *offset;
  return places;
}

void copy(const std::vector<float>& values, std::span<float> into) {
  std::copy(values.begin(), values.end(), into.begin());
}

void write(const ModelProgram& program, const Places& places, const exec::RidgeSolution& solution,
           exec::Executor& executor) {
  constexpr float epsilon =
      1e-5F;  // batch norm's: with it, a variance of 1 - epsilon changes nothing (run.7)
  const auto fill = [](std::span<float> into, float value) { std::fill(into.begin(), into.end(), value); };
  copy(solution.kernels, executor.parameter(places.kernel));
  copy(solution.offsets, executor.parameter(places.offset));
  for (const size_t scale : places.scales) fill(executor.parameter(scale), 1);
  for (const size_t shift : places.shifts) fill(executor.parameter(shift), 0);
  for (size_t i = 0; i < program.buffers.size(); ++i)
    fill(executor.buffer(i), last_part(program.buffers[i].path) == "variance" ? 1 - epsilon : 0);
}

// What the model makes of a clip must be what the kernel makes of it.
void check_rates(const ModelProgram& program, const exec::RidgeProblem& problem,
                 const exec::RidgeSolution& solution, const data::Clip& clip, exec::Executor& executor) {
  const std::vector<float> expected = exec::linear_rates(problem, solution, view_of(clip));
  const std::vector<float> made = executor.predict(make_batch({&clip}, false));
  float largest = 0, furthest = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::fabs(expected[i]));
    furthest = std::max(furthest, std::fabs(expected[i] - made[i]));
  }
  if (!(furthest <= 1e-3F * largest)) refuse(program, "the rate is not that of its kernel and offset alone");
}

}  // namespace

std::vector<double> solve_member(const MemberTask& task, const std::vector<const data::Clip*>& train,
                                 const std::vector<const data::Clip*>& valid, exec::Executor& executor) {
  const ModelProgram& program = task.program;
  const Places places = places_of(program);
  const exec::RidgeProblem problem{program.n_bands(), program.parameters[places.kernel].sizes[2],
                                   program.n_units,   *task.protocol.ridge,
                                   views_of(train),   views_of(valid)};
  exec::RidgeSolution solution = exec::solve_ridge(problem);
  write(program, places, solution, executor);
  check_rates(program, problem, solution, *train.front(), executor);
  return std::move(solution.strengths);
}

}  // namespace stria::train
