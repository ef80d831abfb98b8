#include "runtime/report/memory_shares.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/value.h"
#include "runtime/train/member.h"

namespace stria::report {
namespace {

exec::MemoryNeeds needs_of(const PlannedMember& planned, const RunOptions& options) {
  return options.memory_needs(
      *planned.program, planned.member->protocol.optimizer,
      train::member_sizes({*planned.program, planned.member->protocol, *planned.data, planned.split}));
}

[[noreturn]] void refuse(const PlannedMember& planned, int64_t least, int64_t budget) {
  throw DataError(
      fmt::format("member `{}` takes {} where it keeps as little as it can, and `--memory` allows {}",
                  planned.member->name, exec::memory_text(least), exec::memory_text(budget)),
      "allow more with `--memory`, or take a smaller `batch` or shorter clips");
}

}  // namespace

std::optional<MemoryShares> share_memory(const RunPlan& plan, const RunOptions& options) {
  if (!options.memory_needs) return std::nullopt;
  const auto n_at_once = std::min<int64_t>(train::threads_or_cores(options.n_threads),
                                           static_cast<int64_t>(plan.members.size()));
  MemoryShares shares;
  shares.jobs.budget = options.memory;
  for (const PlannedMember& planned : plan.members) {
    const exec::MemoryNeeds needs = needs_of(planned, options);
    if (needs.least() > options.memory) refuse(planned, needs.least(), options.memory);
    shares.keeps.push_back(exec::keep_within(needs, options.memory, n_at_once));
    shares.jobs.bytes.push_back(needs.of(shares.keeps.back()));
  }
  return shares;
}

std::string memory_note(const MemoryShares& shares, int n_threads) {
  const auto n = static_cast<int64_t>(shares.keeps.size());
  if (n == 0) return "";
  const int64_t largest = *std::max_element(shares.jobs.bytes.begin(), shares.jobs.bytes.end());
  const auto n_again = std::count(shares.keeps.begin(), shares.keeps.end(), plan::Keep::starts);
  const int64_t wanted = std::min<int64_t>(n_threads, n),
                at_once = std::min(wanted, shares.jobs.budget / largest);
  if (n_again == 0 && at_once == wanted) return "";
  std::string note =
      fmt::format("memory: {} of {} allowed for the largest member, {} of {} at once",
                  exec::memory_text(largest), exec::memory_text(shares.jobs.budget), at_once, wanted);
  if (n_again > 0)
    note +=
        fmt::format("; {} of {} save states alone and run the rest again for the derivatives", n_again, n);
  return note;
}

}  // namespace stria::report
