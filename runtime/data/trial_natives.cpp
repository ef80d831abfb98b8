// Responses: spike_times, bin, hann, smooth, psth.
#include <fmt/format.h>

#include "runtime/data/native.h"
#include "runtime/data/spike_times.h"
#include "runtime/data/trials.h"

namespace stria::data {

namespace {

constexpr int64_t longest_window = 100'000;  // bins

Rational positive_time(const NativeArguments& arguments, std::string_view name) {
  const Rational time = arguments.exact(name);
  if (time.numerator() <= 0)
    throw DataError(fmt::format("`{}` of `{}` is not longer than 0", name, arguments.function()),
                    "give a time, as 5ms");
  return time;
}

Value spike_times(const NativeArguments& arguments) {
  return make_data(read_spike_times(arguments.text("file"), positive_time(arguments, "unit")));
}

Value bin(const NativeArguments& arguments) {
  auto trials = std::make_shared<BinnedTrials>();
  trials->spikes = arguments.data<SpikeTimes>("trials", "spike times, as `spike_times` gives");
  trials->source = trials->spikes->source;
  trials->dt = positive_time(arguments, "dt");
  if (arguments.given("to")) trials->end = positive_time(arguments, "to");
  return make_data(trials);
}

Value hann(const NativeArguments& arguments) {
  auto window = std::make_shared<HannWindow>();
  window->width = positive_time(arguments, "width");
  return make_data(window);
}

Value smooth_trials(const NativeArguments& arguments) {
  const auto window = arguments.data<HannWindow>("window", "a window, as `hann(21ms)`");
  auto trials = std::make_shared<BinnedTrials>(
      *arguments.data<BinnedTrials>("trials", "trials in bins, as `bin` gives"));
  const auto bins = divide(window->width, trials->dt);
  if (!bins || bins->floor() > longest_window)
    throw DataError(
        fmt::format("{} is too long for bins of {:g} ms", window->describe(), 1e3 * trials->dt.value()),
        fmt::format("take a window of at most {} bins", longest_window));
  trials->smoothing.push_back(window->width);
  return make_data(trials);
}

Value psth(const NativeArguments& arguments) {
  auto mean = std::make_shared<MeanOfTrials>();
  mean->trials = arguments.data<BinnedTrials>("trials", "trials in bins, as `bin` gives");
  return make_data(mean);
}

}  // namespace

std::vector<Native> trial_natives() {
  return {{"stria.data.spike_times", spike_times, "file"},
          {"stria.data.bin", bin, "trials"},
          {"stria.data.hann", hann},
          {"stria.data.smooth", smooth_trials, "trials"},
          {"stria.data.psth", psth, "trials"}};
}

}  // namespace stria::data
