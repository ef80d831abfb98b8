#include "compiler/plan/layout.h"

#include <algorithm>
#include <numeric>

namespace stria::plan {
namespace {

constexpr int64_t line = 64;
int64_t rounded(int64_t bytes) { return (bytes + line - 1) / line * line; }

bool at_once(const Buffer& a, const Buffer& b) {
  if (a.owner != Owner::plan || b.owner != Owner::plan) return true;
  return a.first_step <= b.last_step && b.first_step <= a.last_step;
}

}  // namespace

int64_t part_numbers(const Buffer& buffer, int64_t lanes, int64_t n_bins, int64_t real_bytes) {
  int64_t rows = 1, per_entry = lanes;
  if (buffer.kind == BufferKind::stream) rows = buffer.before + n_bins + buffer.after;
  if (buffer.kind == BufferKind::ring) rows = 2;
  if (buffer.kind == BufferKind::fixed || buffer.kind == BufferKind::summed) per_entry = 1;
  return rounded(rows * buffer.entries * per_entry * real_bytes) / real_bytes;
}

Layout lay_out(const Plan& plan, int64_t n_bins, int64_t n_parts, int64_t real_bytes) {
  Layout result;
  const size_t n = plan.buffers.size();
  result.offsets.assign(n, -1);
  result.part_strides.assign(n, 0);
  std::vector<int64_t> bytes(n);
  for (size_t b = 0; b < n; ++b) {
    const Buffer& buffer = plan.buffers[b];
    const int64_t part = part_numbers(buffer, plan.options.lanes, n_bins, real_bytes) * real_bytes;
    if (buffer.kind != BufferKind::fixed) result.part_strides[b] = part;
    bytes[b] = buffer.kind == BufferKind::fixed ? part : part * n_parts;
  }
  // The largest first, each at the lowest place where nothing else is at the same time.
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return bytes[a] > bytes[b]; });
  std::vector<size_t> placed;  // by rising offset
  for (const size_t b : order) {
    const Owner owner = plan.buffers[b].owner;
    if (owner == Owner::parameter || owner == Owner::model_buffer) continue;
    int64_t at = 0;
    for (const size_t other : placed) {
      if (!at_once(plan.buffers[b], plan.buffers[other])) continue;
      if (at + bytes[b] <= result.offsets[other]) break;
      at = std::max(at, result.offsets[other] + bytes[other]);
    }
    result.offsets[b] = at;
    result.bytes = std::max(result.bytes, at + bytes[b]);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), b,
                                   [&](size_t x, size_t y) { return result.offsets[x] < result.offsets[y]; }),
                  b);
  }
  result.bytes += line;
  return result;
}

}  // namespace stria::plan
