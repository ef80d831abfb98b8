#include "runtime/random/random.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>

#include "runtime/random/portable_math.h"

using namespace stria::random;

namespace {

struct Moments {
  double mean = 0, variance = 0;
};
Moments moments(int n, const std::function<double(Place)>& draw) {
  double sum = 0, squares = 0;
  for (int i = 0; i < n; ++i) {
    const double x = draw(Place{0, 0, static_cast<uint64_t>(i)});
    sum += x;
    squares += x * x;
  }
  return {sum / n, squares / n - sum / n * (sum / n)};
}

}  // namespace

TEST_CASE("rand.1: Philox 4x32-10 gives the published known answers") {
  // Random123's kat_vectors, philox4x32 with 10 rounds.
  CHECK(philox4x32_10({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32_10({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("rand.1: the key tells seed, purpose and name apart") {
  const std::set<uint64_t> keys = {key_of(0, "init", "core.Wxr"), key_of(1, "init", "core.Wxr"),
                                   key_of(0, "initc", "ore.Wxr"), key_of(0, "init", "core.Wxz"),
                                   key_of(0, "order", "core.Wxr")};
  CHECK(keys.size() == 5);
  CHECK(key_of(0, "init", "core.Wxr") == key_of(0, "init", "core.Wxr"));
}

TEST_CASE("rand.1: epoch, stimulus, entry and part all change a draw") {
  const Draws draws(3, "noise", "x");
  const std::set<uint32_t> first = {draws.block({0, 0, 0})[0],          draws.block({1, 0, 0})[0],
                                    draws.block({0, 1, 0})[0],          draws.block({0, 0, 1})[0],
                                    draws.block({0, 0, 1ull << 32})[0], draws.block({0, 0, 0}, 1)[0]};
  CHECK(first.size() == 6);
}

TEST_CASE("rand.4: first draws of seed 0 are these bits on every machine") {
  const Draws draws(0, "init", "core.Wxr");
  const auto bits = [](double x) { return std::bit_cast<uint64_t>(x); };
  CHECK(bits(draws.uniform({})) == 0x3fd1235a4454cba0ull);
  CHECK(bits(draws.normal({})) == 0xbfbee05d30642fdfull);
  CHECK(bits(draws.normal({2, 3, 5})) == 0x3fc64205b0b70597ull);
  CHECK(bits(draws.exponential({})) == 0x3fd3f2885fb327c5ull);
  CHECK(bits(draws.log_uniform({}, 0.001, 0.1)) == 0x3f6c1dba4a5e6cc3ull);
  CHECK(draws.poisson({}, 3.5) == 2);
  CHECK(draws.poisson({}, 350) == 337);
  const std::vector<double> q = draws.orthogonal({}, 3, 2);
  CHECK(bits(q[0]) == 0xbfb0ead2bc0f5262ull);
  CHECK(bits(q[5]) == 0xbfedf081b1a13de2ull);
  CHECK(hash32("song_17.wav") == 0xc2d15c55u);
}

TEST_CASE("rand.4: uniform, normal, exponential and log-uniform have their mean and variance") {
  const Draws draws(7, "test", "moments");
  const int n = 200000;
  const Moments u = moments(n, [&](Place p) { return draws.uniform(p, -1, 3); });
  CHECK(u.mean == doctest::Approx(1).epsilon(0.01));
  CHECK(u.variance == doctest::Approx(16.0 / 12).epsilon(0.01));
  const Moments g = moments(n, [&](Place p) { return draws.normal(p); });
  CHECK(std::fabs(g.mean) < 0.01);
  CHECK(g.variance == doctest::Approx(1).epsilon(0.01));
  const Moments fourth = moments(n, [&](Place p) { return std::pow(draws.normal(p), 4); });
  CHECK(fourth.mean == doctest::Approx(3).epsilon(0.03));
  const Moments e = moments(n, [&](Place p) { return draws.exponential(p); });
  CHECK(e.mean == doctest::Approx(1).epsilon(0.01));
  CHECK(e.variance == doctest::Approx(1).epsilon(0.03));
  const Moments l = moments(n, [&](Place p) { return std::log(draws.log_uniform(p, 0.001, 0.1)); });
  CHECK(l.mean == doctest::Approx(std::log(0.01)).epsilon(0.01));
  CHECK(l.variance == doctest::Approx(std::pow(std::log(100.0), 2) / 12).epsilon(0.01));
}

TEST_CASE(
    "rand.4: Poisson counts have the distribution of their mean, on both sides of the change of method") {
  const Draws draws(7, "test", "counts");
  const int n = 100000;
  for (const double mean : {0.02, 0.7, 9.99, 10.01, 33.0, 1000.0}) {
    CAPTURE(mean);
    const Moments m = moments(n, [&](Place p) { return static_cast<double>(draws.poisson(p, mean)); });
    const double deviation = std::sqrt(mean / n);
    CHECK(std::fabs(m.mean - mean) < 4 * deviation);
    CHECK(m.variance == doctest::Approx(mean).epsilon(0.05));
    // The probability of the most likely count.
    const double mode = std::floor(mean);
    const double expected = std::exp(mode * std::log(mean) - mean - std::lgamma(mode + 1));
    const Moments hits = moments(n, [&](Place p) { return draws.poisson(p, mean) == mode ? 1.0 : 0.0; });
    CHECK(std::fabs(hits.mean - expected) < 4 * std::sqrt(expected * (1 - expected) / n) + 1e-12);
  }
  CHECK(draws.poisson({}, 0) == 0);
  CHECK_THROWS_AS(draws.poisson({}, -1), std::domain_error);
  CHECK_THROWS_AS(draws.poisson({}, std::nan("")), std::domain_error);
}

TEST_CASE("rand.4: orthogonal matrices are orthonormal in the smaller dim") {
  const Draws draws(11, "init", "core.Wh");
  for (const auto& [rows, columns] : {std::pair{1, 1}, {5, 5}, {7, 3}, {3, 7}, {64, 64}}) {
    CAPTURE(rows);
    CAPTURE(columns);
    const std::vector<double> q = draws.orthogonal({}, rows, columns);
    REQUIRE(q.size() == static_cast<size_t>(rows * columns));
    const int n = std::min(rows, columns), length = std::max(rows, columns);
    const auto at = [&](int vector, int i) {
      return rows >= columns ? q[static_cast<size_t>(i * columns + vector)]
                             : q[static_cast<size_t>(vector * columns + i)];
    };
    for (int a = 0; a < n; ++a) {
      for (int b = 0; b < n; ++b) {
        double dot = 0;
        for (int i = 0; i < length; ++i) dot += at(a, i) * at(b, i);
        CHECK(std::fabs(dot - (a == b ? 1 : 0)) < 1e-14);
      }
    }
  }
}
