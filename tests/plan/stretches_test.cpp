// Which steps run together in stretches of bins, and which run again for that.
#include "compiler/plan/stretches.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/layout.h"
#include "compiler/plan/prepare.h"
#include "tests/plan/gated_graph.h"

using namespace stria;
using plan::Keep;
using test::gated;

namespace {

plan::Plan plan_of(const char* text, bool differentiated) {
  passes::PassOptions options;
  if (differentiated) options.differentiate = "loss", options.with_respect_to = {"U"};
  return plan::prepare(ir::read(text), options, {}).plan;
}

std::string text_of(const plan::Stretches& stretches) {
  std::string text;
  for (const plan::Phase& phase : stretches.phases) {
    text += phase.of_bins ? phase.reverse ? "backwards" : "forwards" : "once";
    if (!phase.again.empty()) text += fmt::format(" again {}", fmt::join(phase.again, " "));
    text += fmt::format(" {}\n", fmt::join(phase.steps, " "));
  }
  return text;
}

int n_short(const plan::Stretches& stretches) {
  int n = 0;
  for (const plan::Span& span : stretches.spans) n += span.is_short ? 1 : 0;
  return n;
}

}  // namespace

// Steps: 0 packs, 1 scan and accumulate, 2 combine, 3 scan backwards, 4 outer product, 5 combine.
TEST_CASE("a scan and its derivative: two phases, the first one's steps run again in the second") {
  const plan::Plan plan = plan_of(gated, true);
  const plan::Stretches between = plan::choose_stretches(plan, Keep::between_phases);
  CHECK(text_of(between) == "once 0\nforwards 1\nonce 2\nbackwards 3 4\nonce 5\n");
  CHECK(n_short(between) == 1);  // the adjoints
  CHECK(!between.makes_again());
  const plan::Stretches starts = plan::choose_stretches(plan, Keep::starts);
  CHECK(text_of(starts) == "once 0\nforwards 1\nonce 2\nbackwards again 1 3 4\nonce 5\n");
  CHECK(n_short(starts) == 3);  // and states and gates
  CHECK(starts.makes_again());
}

// Without a scan and with the number of responses known first, the derivative follows on each stretch.
TEST_CASE("a model without scans: a phase for counts, then all of it in one, of which no stream is long") {
  constexpr const char* text = R"(graph train(input x: real[B,T,4], input present: boolean[B,T,3],
      input response: real[B,T,3], parameter U: real[3,4]) {
  %4 = contract %0, %3 {subscripts="btf,nf->btn"}
  %5 = sin %4
  %6 = sub %5, %2
  %7 = mul %6, %6
  %8 = reduce_mean %7, %1 {axes=[0, 1, 2]}
  return loss = %8
})";
  const plan::Plan plan = plan_of(text, true);
  const plan::Stretches between = plan::choose_stretches(plan, Keep::between_phases);
  CHECK(text_of(between) == "once 0\nforwards 1\nonce 2\nforwards 3 4 6\nonce 5 7\n");
  for (size_t b = 0; b < plan.buffers.size(); ++b) {
    const plan::Buffer& buffer = plan.buffers[b];
    if (buffer.kind != plan::BufferKind::stream || buffer.owner != plan::Owner::plan) continue;
    CHECK(between.spans[b].is_short);
  }
}

TEST_CASE("what stretches take: rows of one, states at each start, and what is kept for all bins") {
  const plan::Plan plan = plan_of(gated, true);
  const auto bytes = [&](Keep keep, int64_t n_bins) {
    return plan::lay_out(plan, plan::choose_stretches(plan, keep), n_bins, 1, 4).bytes;
  };
  // x, states and gates; their adjoints lie where nothing else is needed any more.
  constexpr int64_t row = 3 * 4;
  const auto a_bin = [&](Keep keep) {
    return static_cast<double>(bytes(keep, 1 << 20) - bytes(keep, 1 << 18)) / (3 << 18);
  };
  CHECK(a_bin(Keep::everything) == doctest::Approx(4 * row).epsilon(0.01));
  CHECK(a_bin(Keep::between_phases) == doctest::Approx(3 * row).epsilon(0.01));
  CHECK(a_bin(Keep::starts) == doctest::Approx(row).epsilon(0.01));
}

TEST_CASE("a stretch is the least multiple of an outer product's bins that the root of all bins fits in") {
  plan::Plan plan;
  CHECK(plan::stretch_bins(plan, Keep::starts, 1) == 64);
  CHECK(plan::stretch_bins(plan, Keep::starts, 4096) == 64);
  CHECK(plan::stretch_bins(plan, Keep::starts, 4097) == 128);
  CHECK(plan::stretch_bins(plan, Keep::starts, 100000) == 320);
  CHECK(plan::stretch_bins(plan, Keep::everything, 100000) == 100000);
  CHECK(plan::stretch_bins(plan, Keep::between_phases, 100000) == 128);
}
