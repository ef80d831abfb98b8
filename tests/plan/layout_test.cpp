// Buffers in an arena, for random lifetimes.
#include "compiler/plan/layout.h"

#include <doctest/doctest.h>

#include <random>

using namespace stria;
using namespace stria::plan;

namespace {

constexpr int64_t n_bins = 13, n_parts = 3, real_bytes = 4;

Plan random_plan(uint32_t seed) {
  std::mt19937 draw(seed);
  const auto below = [&](uint32_t n) { return static_cast<int>(draw() % n); };
  Plan plan;
  plan.options.lanes = below(2) == 0 ? 1 : 8;
  for (int b = below(40) + 1; b > 0; --b) {
    Buffer buffer;
    buffer.kind = static_cast<BufferKind>(below(5));
    constexpr Owner owners[] = {Owner::plan, Owner::plan, Owner::plan, Owner::parameter, Owner::input};
    buffer.owner = owners[below(5)];
    buffer.entries = below(70) + 1;
    if (buffer.kind == BufferKind::stream) buffer.before = below(4), buffer.after = below(3);
    buffer.first_step = below(10);
    buffer.last_step = buffer.first_step + below(4);
    plan.buffers.push_back(buffer);
  }
  return plan;
}

int64_t bytes_of(const Plan& plan, const Buffer& buffer) {
  const int64_t part = part_numbers(buffer, plan.options.lanes, n_bins, real_bytes) * real_bytes;
  return buffer.kind == BufferKind::fixed ? part : part * n_parts;
}

// What is not the plan's own holds something all the time.
bool at_once(const Buffer& a, const Buffer& b) {
  if (a.owner != Owner::plan || b.owner != Owner::plan) return true;
  return !(a.last_step < b.first_step || b.last_step < a.first_step);
}

Layout whole_layout(const Plan& plan) {
  return lay_out(plan, choose_stretches(plan, Keep::everything), n_bins, n_parts, real_bytes);
}

}  // namespace

TEST_CASE("random lifetimes: buffers begin on 64 bytes, and none alive at once overlap") {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    const Plan plan = random_plan(seed);
    const Layout layout = whole_layout(plan);
    REQUIRE(layout.offsets.size() == plan.buffers.size());
    int64_t sum = 64;
    for (size_t a = 0; a < plan.buffers.size(); ++a) {
      const int64_t begin = layout.offsets[a], end = begin + bytes_of(plan, plan.buffers[a]);
      const bool elsewhere = plan.buffers[a].owner == Owner::parameter;
      REQUIRE((begin == -1) == elsewhere);
      if (elsewhere) continue;
      sum += end - begin;
      CHECK(begin % 64 == 0);
      CHECK(layout.part_strides[a] % 64 == 0);
      CHECK(end + 64 <= layout.bytes);
      for (size_t b = 0; b < a; ++b) {
        if (layout.offsets[b] < 0 || !at_once(plan.buffers[a], plan.buffers[b])) continue;
        const int64_t other = layout.offsets[b];
        CHECK((end <= other || other + bytes_of(plan, plan.buffers[b]) <= begin));
      }
    }
    CHECK(layout.bytes <= sum);
  }
}

TEST_CASE("a buffer takes the memory of one that is no longer needed") {
  Plan plan;
  for (int step = 0; step < 4; step += 2) {
    Buffer buffer;
    buffer.kind = BufferKind::stream;
    buffer.entries = 16;
    buffer.first_step = step;
    buffer.last_step = step + 1;
    plan.buffers.push_back(buffer);
  }
  CHECK(whole_layout(plan).bytes == n_parts * n_bins * 16 * real_bytes + 64);
  plan.buffers[1].first_step = 1;
  CHECK(whole_layout(plan).bytes == n_parts * 2 * n_bins * 16 * real_bytes + 64);
}

TEST_CASE("numbers of a part, by kind: rows times entries times lanes, to 64 bytes") {
  Buffer buffer;
  buffer.entries = 3;
  buffer.kind = BufferKind::stream;
  buffer.before = 2;
  CHECK(part_numbers(buffer, 8, 10, 4) == 12 * 3 * 8);
  CHECK(part_numbers(buffer, 1, 10, 8) == 40);  // 36 numbers are 4.5 lines
  buffer.kind = BufferKind::ring;
  CHECK(part_numbers(buffer, 8, 10, 4) == 2 * 3 * 8);
  buffer.kind = BufferKind::clip;
  CHECK(part_numbers(buffer, 8, 10, 4) == 32);
  buffer.kind = BufferKind::summed;
  CHECK(part_numbers(buffer, 8, 10, 4) == 16);
}
