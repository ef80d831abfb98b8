#include "runtime/data/spike_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace stria::data {

namespace {

constexpr int64_t enough_spikes = 10;

double share_of_clip(const RecordedSpikes& file) { return file.last_inside / file.end; }

std::string place(const RecordedSpikes& file) {
  return fmt::format("`{}` (unit `{}`, stimulus `{}`)", file.file, file.unit, file.stimulus);
}

// More spikes after the clip than in it: another sound's file, or times in a smaller unit.
void check_end(const RecordedSpikes& file) {
  if (file.n_after < enough_spikes || file.n_after <= file.n_inside) return;
  throw DataError(
      fmt::format(
          "{} of the {} spikes of {} come after the end of their clip, the last at {:g} ms of {:g} ms",
          file.n_after, file.n_after + file.n_inside, place(file), 1000 * file.last, 1000 * file.end),
      "check that the file belongs to this sound, and in what its times are counted");
}

// All spikes of all clips in the first hundredth: times in seconds read as milliseconds.
void check_unit_of_time(const std::vector<RecordedSpikes>& of_unit) {
  int64_t n_spikes = 0;
  for (const RecordedSpikes& file : of_unit) {
    if (file.n_inside > 0 && share_of_clip(file) > 0.01) return;
    n_spikes += file.n_inside;
  }
  if (n_spikes < enough_spikes) return;
  throw DataError(
      fmt::format("all {} spikes of unit `{}` fall into the first hundredth of their clips, as in `{}`",
                  n_spikes, of_unit.front().unit, of_unit.front().file),
      "if the times are in seconds, say `times_in = 1s`, or `spike_times(file, unit = 1s)`");
}

// The spikes of one clip end before its middle while those of most others go on to the end. Were they spread
// evenly, this would happen with probability share^n: below 1e-6 the file was cut short.
void check_cut_short(const std::vector<RecordedSpikes>& of_unit) {
  std::vector<double> shares;
  for (const RecordedSpikes& file : of_unit)
    if (file.n_inside > 0) shares.push_back(share_of_clip(file));
  if (shares.size() < 3) return;
  std::nth_element(shares.begin(), shares.begin() + static_cast<std::ptrdiff_t>(shares.size() / 2),
                   shares.end());
  if (shares[shares.size() / 2] < 0.8) return;
  for (const RecordedSpikes& file : of_unit) {
    const double share = share_of_clip(file);
    if (file.n_inside == 0 || share >= 0.5) continue;
    if (static_cast<double>(file.n_inside) * std::log10(share) > -6) continue;
    throw DataError(
        fmt::format(
            "the spikes of {} end at {:g} ms, the clip at {:g} ms; those of the unit's other clips go on "
            "to the end",
            place(file), 1000 * file.last_inside, 1000 * file.end),
        "if the file was cut short, copy it again; if the recording ended there, say so: `bin(dt, to = "
        "...)`, or "
        "shorten the sound");
  }
}

}  // namespace

RecordedSpikes recorded_spikes(const BinnedTrials& trials, int64_t n_bins) {
  RecordedSpikes file;
  file.file = trials.spikes->file;
  file.end = static_cast<double>(n_bins) * trials.dt.value();
  if (trials.end) file.end = std::min(file.end, trials.end->value());
  for (const auto& trial : trials.spikes->trials)
    for (const Rational& time : trial) {
      const double t = time.value();
      const bool inside = t < file.end;
      ++(inside ? file.n_inside : file.n_after);
      double& last = inside ? file.last_inside : file.last;
      last = std::max(last, t);
    }
  return file;
}

void check_spikes(const std::vector<RecordedSpikes>& of_unit) {
  if (of_unit.empty()) return;
  for (const RecordedSpikes& file : of_unit) check_end(file);
  check_unit_of_time(of_unit);
  check_cut_short(of_unit);
}

}  // namespace stria::data
