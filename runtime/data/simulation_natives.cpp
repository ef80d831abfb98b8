// The simulated dataset: simulate, simulated_stimulus, simulated_trials and their names.
#include <fmt/format.h>

#include "runtime/data/native.h"
#include "runtime/data/simulation.h"

namespace stria::data {

namespace {

std::shared_ptr<const Simulation> world(const NativeArguments& arguments) {
  return arguments.data<Simulation>("world", "a simulation, as `simulate` gives");
}

// Clips and units are numbered from 1 in the language.
int64_t index(const NativeArguments& arguments, const char* name, int64_t count) {
  const int64_t number = arguments.integer(name);
  if (number < 1 || number > count)
    throw DataError(fmt::format("there is no `{}` number {} in this simulation", name, number),
                    fmt::format("they are numbered from 1 to {}", count));
  return number - 1;
}

Value simulate(const NativeArguments& arguments) {
  SimulationRule rule;
  rule.bands = arguments.integer("bands");
  rule.clips = arguments.integer("clips");
  rule.units = arguments.integer("units");
  rule.trials = arguments.integer("trials");
  rule.step = arguments.exact("dt");
  rule.shortest = arguments.exact("shortest");
  rule.longest = arguments.exact("longest");
  rule.lowest_rate = arguments.real("lowest_rate");
  rule.highest_rate = arguments.real("highest_rate");
  rule.adaptation = arguments.real("adaptation");
  rule.smoothing = arguments.exact("smoothing");
  rule.seed = static_cast<uint64_t>(arguments.integer("seed"));
  return make_data(std::make_shared<Simulation>(rule));
}

Value simulated_stimulus(const NativeArguments& arguments) {
  const auto simulation = world(arguments);
  return make_data(simulation->stimulus(index(arguments, "stimulus", simulation->rule().clips)));
}

Value simulated_trials(const NativeArguments& arguments) {
  const auto simulation = world(arguments);
  const int64_t unit = index(arguments, "unit", simulation->rule().units);
  return make_data(simulation->trials(unit, index(arguments, "stimulus", simulation->rule().clips)));
}

Value simulated_stimulus_name(const NativeArguments& arguments) {
  const auto simulation = world(arguments);
  const int64_t clip = index(arguments, "stimulus", simulation->rule().clips);
  return make_value(Text{simulation->stimulus_name(clip)});
}

Value simulated_unit_name(const NativeArguments& arguments) {
  const auto simulation = world(arguments);
  return make_value(Text{simulation->unit_name(index(arguments, "unit", simulation->rule().units))});
}

}  // namespace

std::vector<Native> simulation_natives() {
  return {{"stria.data.simulate", simulate},
          {"stria.data.simulated_stimulus", simulated_stimulus},
          {"stria.data.simulated_trials", simulated_trials},
          {"stria.data.simulated_stimulus_name", simulated_stimulus_name},
          {"stria.data.simulated_unit_name", simulated_unit_name}};
}

}  // namespace stria::data
