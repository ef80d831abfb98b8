// How much memory a member takes, and what it keeps of a step in it.
#include "runtime/exec/memory.h"

#include <doctest/doctest.h>

#include "runtime/exec/compiled_model.h"
#include "tests/exec/library_programs.h"

using namespace stria;
using namespace stria::test;
using exec::MemberSizes;
using exec::MemoryNeeds;
using plan::Keep;

namespace {

const OptimizerRule default_rule;

const ModelProgram& gru() {
  for (const LibraryProgram& each : library_programs()) {
    if (each.label.find("GRU") != std::string::npos) return *each.program;
  }
  FAIL("no model has a GRU");
  return *library_programs().front().program;
}

}  // namespace

TEST_CASE("a member's arenas are what its needs say") {
  const exec::CompiledModel model(gru());
  for (const int64_t n_clips : {1, 9}) {
    const MemoryNeeds needs = exec::memory_needs(model, default_rule, {n_clips, 3000, 0, 0, 0});
    const exec::PlanProgram& program = model.plans().stepping(exec::lanes_for(n_clips), default_rule);
    const auto arena = [&](Keep keep) {
      return static_cast<int64_t>(exec::PlanMemory(program, 3000, n_clips, keep).arena_bytes());
    };
    // Beside the arena: arrays and a batch, the same for both.
    CHECK(needs.kept - arena(Keep::between_phases) == needs.starts - arena(Keep::starts));
    CHECK(needs.kept > arena(Keep::between_phases));
    CHECK(arena(Keep::starts) < arena(Keep::between_phases));
    CHECK(arena(Keep::between_phases) < arena(Keep::everything));
  }
}

TEST_CASE(
    "a member's needs grow with its clips; a last batch of fewer clips a vector has an arena of its own") {
  const exec::CompiledModel model(gru());
  const auto kept = [&](const MemberSizes& sizes) {
    return exec::memory_needs(model, default_rule, sizes).kept;
  };
  const MemberSizes sizes{8, 400, 0, 0, 0};
  CHECK(kept({16, 400, 0, 0, 0}) > kept(sizes));
  CHECK(kept({8, 800, 0, 0, 0}) > kept(sizes));
  CHECK(kept({8, 400, 7, 0, 0}) == kept(sizes));
  CHECK(kept({8, 400, 3, 0, 0}) > kept(sizes));
  CHECK(kept({8, 400, 0, 400, 0}) > kept(sizes));
  CHECK(kept({8, 400, 0, 0, 4000}) > kept(sizes));
}

TEST_CASE("things are made again only where more members fit for it") {
  const MemoryNeeds needs{100, 40};
  CHECK(exec::keep_within(needs, 1000, 2) == Keep::between_phases);
  CHECK(exec::keep_within(needs, 200, 2) == Keep::between_phases);
  CHECK(exec::keep_within(needs, 199, 2) == Keep::starts);
  CHECK(exec::keep_within(needs, 100, 1) == Keep::between_phases);
  CHECK(exec::keep_within(needs, 99, 1) == Keep::starts);
  CHECK(exec::keep_within({100, 90}, 150, 2) == Keep::between_phases);  // one either way
}

TEST_CASE("sizes as text") {
  CHECK(exec::memory_text(0) == "0 bytes");
  CHECK(exec::memory_text(1023) == "1023 bytes");
  CHECK(exec::memory_text(int64_t{2} << 30) == "2 GiB");
  CHECK(exec::memory_text((int64_t{1} << 20) - 1) == "1.0 MiB");
  CHECK(exec::memory_text(1600) == "1.6 KiB");
}
