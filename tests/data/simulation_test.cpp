#include "runtime/data/simulation.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/data/data_helpers.h"

using namespace stria;
using namespace stria::data;
using namespace stria::data::testing;

namespace {

SimulationRule rule(int64_t clips = 16, int64_t units = 8) {
  SimulationRule rule;
  rule.clips = clips;
  rule.units = units;
  rule.step = ms(10);
  rule.shortest = Rational(1);
  rule.longest = ms(1400);
  rule.smoothing = ms(21);
  return rule;
}

std::string refused_rule(const std::function<void(SimulationRule&)>& change) {
  SimulationRule changed = rule();
  change(changed);
  return message_of([&] { Simulation simulation(changed); });
}

const std::vector<double>& truth(const Simulation& simulation, const std::string& name) {
  return simulation.stimulus(0)->attachment->arrays.at(name).second;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  double mean_a = 0, mean_b = 0, ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    mean_a += a[i] / static_cast<double>(a.size());
    mean_b += b[i] / static_cast<double>(a.size());
  }
  for (size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return ab / std::sqrt(aa * bb);
}

}  // namespace

TEST_CASE("simulation: sizes, names and roles") {
  const Simulation simulation(rule());
  CHECK(simulation.stimulus_name(0) == "clip1");
  CHECK(simulation.unit_name(0) == "unit1");
  CHECK(simulation.unit_name(5) == "uneven");
  CHECK(simulation.unit_name(6) == "delayed");
  CHECK(simulation.unit_name(7) == "undriven");
  for (int64_t c = 0; c < 16; ++c) {
    const auto stimulus = simulation.stimulus(c);
    CHECK(stimulus->n_bands == 18);
    CHECK(stimulus->n_bins >= 100);
    CHECK(stimulus->n_bins <= 140);
    for (const double x : stimulus->frames) CHECK((x >= 0 && x < 5));
    CHECK(simulation.trials(0, c)->n_trials == 20);
    CHECK(simulation.trials(0, c)->n_bins == stimulus->n_bins);
  }
  CHECK(simulation.trials(5, 0)->n_trials == 20);
  CHECK(simulation.trials(5, 1)->n_trials == 15);
  CHECK(simulation.trials(5, 2)->n_trials == 10);
  CHECK(Simulation(rule(3, 1)).unit_name(0) == "unit1");
  CHECK(Simulation(rule(3, 2)).unit_name(1) == "undriven");
}

TEST_CASE("simulation: mean rates are those drawn, between the bounds") {
  const Simulation simulation(rule());
  for (int64_t u = 0; u < 8; ++u) {
    double spikes = 0, expected = 0, trials_bins = 0, bins = 0;
    for (int64_t c = 0; c < 16; ++c) {
      const auto trials = simulation.trials(u, c);
      for (const float count : trials->counts) spikes += static_cast<double>(count);
      trials_bins += static_cast<double>(trials->counts.size());
      for (const double p : simulation.expected(u, c)) expected += p;
      bins += static_cast<double>(trials->n_bins);
    }
    const double rate = truth(simulation, "mean_rate")[u];
    CHECK(rate >= 5);
    CHECK(rate <= 30);
    CHECK(expected / bins * 100 == doctest::Approx(rate).epsilon(1e-9));
    CHECK(spikes / trials_bins * 100 == doctest::Approx(rate).epsilon(0.05));
  }
}

TEST_CASE("simulation: PSTHs reach the ceilings that are stated") {
  const Simulation simulation(rule());
  for (int64_t u = 0; u < 7; ++u) {
    std::vector<double> psth, expected;
    for (int64_t c = 0; c < 16; ++c) {
      const auto trials = simulation.trials(u, c);
      const std::vector<double> p = simulation.expected(u, c);
      expected.insert(expected.end(), p.begin(), p.end());
      for (int64_t t = 0; t < trials->n_bins; ++t) {
        double sum = 0;
        for (int64_t r = 0; r < trials->n_trials; ++r)
          sum += static_cast<double>(trials->counts[r * trials->n_bins + t]);
        psth.push_back(sum / static_cast<double>(trials->n_trials));
      }
    }
    // Smoothing by 21 ms at 10 ms is next to none.
    CHECK_MESSAGE(
        correlation(psth, expected) == doctest::Approx(truth(simulation, "cc_max")[u]).epsilon(0.03), u);
  }
  CHECK(truth(simulation, "cc_max")[7] == 0.0);
  for (int64_t c = 0; c < 16; ++c)
    for (const double p : simulation.expected(7, c))
      CHECK(p == doctest::Approx(truth(simulation, "mean_rate")[7] / 100));
}

TEST_CASE("simulation: the truth explains the expected counts: kernels, delay, threshold and adaptation") {
  const Simulation simulation(rule(4, 4));
  const auto stimulus = simulation.stimulus(0);
  const std::vector<double>& kernels = truth(simulation, "kernels");
  const int64_t F = 18, K = 20;
  for (const int64_t u : {0, 2}) {
    double fast = 0, slow = 0;
    std::vector<double> response;
    for (int64_t t = 0; t < stimulus->n_bins; ++t) {
      double drive = 0;
      for (int64_t k = 0; k < std::min(K, t + 1); ++k)
        for (int64_t f = 0; f < F; ++f)
          drive += kernels[(u * K + k) * F + f] * stimulus->frames[(t - k) * F + f];
      const double e = std::max(drive - truth(simulation, "threshold")[u], 0.0);
      response.push_back(e / (1 + truth(simulation, "strength_fast")[u] * fast +
                              truth(simulation, "strength_slow")[u] * slow));
      const double z_fast = std::exp(-0.01 / truth(simulation, "tau_fast_seconds")[u]);
      const double z_slow = std::exp(-0.01 / truth(simulation, "tau_slow_seconds")[u]);
      fast = z_fast * fast + (1 - z_fast) * e;
      slow = z_slow * slow + (1 - z_slow) * e;
    }
    CHECK(correlation(response, simulation.expected(u, 0)) == doctest::Approx(1.0).epsilon(1e-9));
  }
  CHECK(truth(simulation, "delay_seconds") == std::vector<double>{0, 0, 0.05, 0});
  for (int64_t k = 0; k <= 5; ++k)
    for (int64_t f = 0; f < F; ++f) CHECK(kernels[(2 * K + k) * F + f] == 0.0);
  for (const double tau : truth(simulation, "tau_fast_seconds")) CHECK((tau >= 0.01 && tau <= 0.05));
  for (const double tau : truth(simulation, "tau_slow_seconds")) CHECK((tau >= 0.5 && tau <= 2.0));
}

TEST_CASE("rand.1, rand.4: the same bits again and everywhere; another seed gives another world") {
  const Simulation one(rule(3, 4)), again(rule(3, 4));
  CHECK(one.stimulus(2)->frames == again.stimulus(2)->frames);
  CHECK(one.trials(1, 2)->counts == again.trials(1, 2)->counts);
  SimulationRule other = rule(3, 4);
  other.seed = 2;
  CHECK(one.stimulus(2)->frames != Simulation(other).stimulus(2)->frames);
  HandMadeProgram program;
  program.stimuli = {"a", "b", "c"};
  program.units = {"u", "v", "w", "x"};
  program.stimulus_item = [&](size_t s) {
    return make_data(std::const_pointer_cast<Stream>(one.stimulus(s)));
  };
  program.trials_item = [&](size_t u, size_t s) {
    return make_data(std::const_pointer_cast<BinnedTrials>(one.trials(u, s)));
  };
  const PreparedData data = prepare(program, {});
  CHECK(data.sha256 == "8076c035f007ccc82a8142908e4454d4cdaea71ad53d6694348511c87b326f3f");
  CHECK(data.attachments.size() == 1);
  CHECK(data.attachments[0].name == "truth.npz");
}

TEST_CASE("rand.3: one more clip leaves the sounds of the others alone") {
  CHECK(Simulation(rule(3, 2)).stimulus(1)->frames == Simulation(rule(4, 2)).stimulus(1)->frames);
}

TEST_CASE("simulation: without adaptation the gain is constant") {
  SimulationRule plain = rule(4, 4);
  plain.adaptation = 0;
  const Simulation simulation(plain);
  for (const double strength : truth(simulation, "strength_slow")) CHECK(strength == 0.0);
  const auto late_over_early = [](const Simulation& world) {
    double early = 0, late = 0;
    for (int64_t c = 0; c < 4; ++c) {
      const std::vector<double> p = world.expected(0, c);
      for (size_t t = 5; t < p.size(); ++t)
        (t < 25 ? early : late) += p[t] / (t < 25 ? 20.0 : static_cast<double>(p.size() - 25));
    }
    return late / early;
  };
  CHECK(late_over_early(Simulation(rule(4, 4))) < 0.6 * late_over_early(simulation));
}

TEST_CASE("simulation: sizes that cannot be made are refused") {
  CHECK(contains(refused_rule([](SimulationRule& r) { r.bands = 0; }), "`bands` of `simulate` is 0"));
  CHECK(contains(refused_rule([](SimulationRule& r) { r.trials = -1; }), "`trials`"));
  CHECK(contains(refused_rule([](SimulationRule& r) { r.step = Rational(0); }), "`dt`"));
  CHECK(contains(refused_rule([](SimulationRule& r) { r.shortest = Rational(9); }), "cannot be made"));
  CHECK(contains(refused_rule([](SimulationRule& r) { r.shortest = ms(1); }), "cannot be made"));
  CHECK(contains(refused_rule([](SimulationRule& r) { r.lowest_rate = 0; }), "mean rates"));
  CHECK(contains(refused_rule([](SimulationRule& r) { r.adaptation = -1; }), "`adaptation`"));
  CHECK(contains(refused_rule([](SimulationRule& r) { r.clips = int64_t{1} << 50; }), "too large"));
  SimulationRule tiny = rule(1, 1);
  tiny.bands = 1;
  tiny.trials = 1;
  CHECK(Simulation(tiny).trials(0, 0)->n_trials == 1);
}

TEST_CASE("simulation natives: clips and units are numbered from 1") {
  const Value world = make_data(std::make_shared<Simulation>(rule(3, 4)));
  CHECK(call("simulated_stimulus_name", {{"world", world}, {"stimulus", whole(3)}}).get<Text>()->text ==
        "clip3");
  CHECK(call("simulated_unit_name", {{"world", world}, {"unit", whole(4)}}).get<Text>()->text == "undriven");
  CHECK(object<Stream>(call("simulated_stimulus", {{"world", world}, {"stimulus", whole(1)}}))->n_bands ==
        18);
  CHECK(object<BinnedTrials>(
      call("simulated_trials", {{"world", world}, {"unit", whole(1)}, {"stimulus", whole(1)}})));
  CHECK(contains(message_of([&] {
                   call("simulated_unit_name", {{"world", world}, {"unit", whole(0)}});
                 }),
                 "there is no `unit` number 0"));
  CHECK(contains(message_of([&] {
                   call("simulated_stimulus", {{"world", whole(1)}, {"stimulus", whole(1)}});
                 }),
                 "a simulation"));
}
