#include "runtime/data/objects.h"

#include <fmt/format.h>

namespace stria::data {

namespace {

std::string milliseconds(const Rational& seconds) { return fmt::format("{:g} ms", 1e3 * seconds.value()); }

}  // namespace

std::string Sound::describe() const {
  const double seconds = static_cast<double>(samples.size()) / static_cast<double>(rate);
  return fmt::format("a sound of {:.3g} s at {} Hz", seconds, rate);
}

std::string Stream::describe() const {
  return fmt::format("a stream of {} bins of {} and {} bands", n_bins, milliseconds(dt), n_bands);
}

std::string HannWindow::describe() const { return "a Hann window of " + milliseconds(width); }

std::string SpikeTimes::describe() const {
  return fmt::format("the spike times of {} trials", trials.size());
}

std::string BinnedTrials::describe() const {
  const size_t n = spikes ? spikes->trials.size() : static_cast<size_t>(n_trials);
  return fmt::format("{} trials in bins of {}", n, milliseconds(dt));
}

}  // namespace stria::data
