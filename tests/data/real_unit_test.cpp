// The one real unit (datasets.md, "The real unit"): skipped, visibly, where it is not at hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "runtime/data/prepared.h"
#include "tests/data/data_helpers.h"

using namespace stria;
using namespace stria::data;
using namespace stria::data::testing;

namespace {

std::string real_unit_folder() {
  if (const char* given = std::getenv("STRIA_STRFLAB")) return given;
  return std::string(STRIA_SOURCE_DIR) + "/../shared/data/strflab-unit";
}

bool is_there() {
  if (std::filesystem::exists(real_unit_folder() + "/stim1.wav")) return true;
  MESSAGE("skipped: no recordings at " << real_unit_folder() << " (STRIA_STRFLAB names another folder)");
  return false;
}

// As `SoundFolder` in stdlib/stria/datasets.stria does.
HandMadeProgram sound_folder(const std::string& root) {
  const Value found = call("files", {{"root", path_value(root)}, {"pattern", text_value("stim*.wav")}});
  const std::vector<Value> sounds = found.get<List>()->items;
  HandMadeProgram program;
  program.program_name = "SoundFolder";
  program.dt = ms(5);
  program.units = {"unit"};
  for (const Value& sound : sounds)
    program.stimuli.push_back(call("stem", {{"file", sound}}).get<Text>()->text);
  program.stimulus_item = [sounds](size_t s) {
    Value x = call("wav", {{"file", sounds[s]}, {"channel", none()}});
    x = call("cochleagram", {{"sound", x},
                             {"bands", whole(32)},
                             {"from", number(0)},
                             {"to", number(16000)},
                             {"window", time(ms(10))},
                             {"dt", time(ms(5))},
                             {"scale", text_value("mel")},
                             {"align", text_value("centre")}});
    x = call("log_compress", {{"x", x}, {"offset", number(1e-6)}});
    return call("zscore", {{"x", x}, {"fit_on", text_value("train")}, {"per", none()}, {"allow", none()}});
  };
  program.trials_item = [sounds, root](size_t, size_t s) {
    const std::string name =
        call("renamed",
             {{"file", sounds[s]}, {"from", text_value("stim*.wav")}, {"to", text_value("spike*")}})
            .get<Text>()
            ->text;
    const Value spikes =
        call("spike_times", {{"file", path_value(root + "/" + name)}, {"unit", time(ms(1))}});
    const Value trials = call("bin", {{"trials", spikes}, {"dt", time(ms(5))}, {"to", none()}});
    return call("smooth", {{"trials", trials}, {"window", call("hann", {{"width", time(ms(21))}})}});
  };
  return program;
}

int64_t exact_count(const PreparedData& data, const std::string& what) {
  for (const LoadCount& count : data.counts)
    if (count.what == what) return count.count;
  return 0;
}

}  // namespace

TEST_CASE(
    "the real unit: 20 clips of 233 to 510 bins, 10 trials each, 3,680 spikes of which 48 after the ends") {
  if (!is_there()) return;
  HandMadeProgram program = sound_folder(real_unit_folder());
  const PreparedData data = prepare(program, {});
  REQUIRE(data.clips.size() == 20);
  CHECK(data.n_bands() == 32);
  CHECK(data.clips[0].stimulus == "stim1");
  CHECK(data.clips[9].stimulus == "stim10");
  int64_t shortest = 1 << 30, longest = 0, bins = 0;
  double counts = 0;
  for (const Clip& clip : data.clips) {
    shortest = std::min(shortest, clip.n_bins);
    longest = std::max(longest, clip.n_bins);
    bins += clip.n_bins;
    CHECK(clip.trials[0].n_trials == 10);
    CHECK(std::all_of(clip.present.begin(), clip.present.end(), [](uint8_t p) { return p == 1; }));
    for (const float r : clip.response) counts += static_cast<double>(r);
  }
  CHECK(shortest == 233);
  CHECK(longest == 510);
  CHECK(static_cast<double>(bins) * 0.005 / 20 == doctest::Approx(1.9).epsilon(0.03));
  CHECK(exact_count(data, "spikes") + exact_count(data, "spikes after the end of their clip, left out") ==
        3680);
  CHECK(exact_count(data, "spikes after the end of their clip, left out") == 48);
  CHECK(exact_count(data, "spikes before onset, left out") == 0);
  CHECK(std::round(1000 * counts / static_cast<double>(bins)) == 47);
}

TEST_CASE("the real unit: PSTH ceiling 0.97, and z-scored training clips") {
  if (!is_there()) return;
  HandMadeProgram program = sound_folder(real_unit_folder());
  const PreparedData data = prepare(program, {});
  // SP = (Var sum - sum Var) / (M (M - 1)) over all clips joined; CCmax = sqrt(SP / Var mean)
  std::vector<std::vector<double>> trials(10);
  for (const Clip& clip : data.clips)
    for (size_t r = 0; r < 10; ++r)
      for (int64_t t = 0; t < clip.n_bins; ++t)
        trials[r].push_back(
            static_cast<double>(clip.trials[0].values[r * static_cast<size_t>(clip.n_bins) + t]));
  const auto variance = [](const std::vector<double>& x) {
    double mean = 0, sum = 0;
    for (const double v : x) mean += v / static_cast<double>(x.size());
    for (const double v : x) sum += (v - mean) * (v - mean);
    return sum / static_cast<double>(x.size());
  };
  std::vector<double> total(trials[0].size(), 0.0);
  double single = 0;
  for (const auto& trial : trials) {
    single += variance(trial);
    for (size_t i = 0; i < total.size(); ++i) total[i] += trial[i];
  }
  const double signal = (variance(total) - single) / 90;
  CHECK(std::sqrt(signal / (variance(total) / 100)) == doctest::Approx(0.97).epsilon(0.006));

  const Split split = split_by_stimulus(data, {ratio(7, 10), ratio(1, 10), ratio(2, 10), 0});
  CHECK(split.train.size() == 14);
  const std::vector<Clip> clips = apply_split(data, split);
  double sum = 0, squares = 0, n = 0;
  for (const size_t c : split.train)
    for (const float x : clips[c].cochleagram()) {
      sum += static_cast<double>(x);
      squares += static_cast<double>(x) * static_cast<double>(x);
      n += 1;
    }
  CHECK(sum / n == doctest::Approx(0.0).epsilon(1e-3));
  CHECK(squares / n == doctest::Approx(1.0).epsilon(1e-3));
}
