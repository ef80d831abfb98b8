#include "compiler/plan/layout.h"

#include <algorithm>

namespace stria::plan {
namespace {

constexpr int64_t line = 64;
int64_t rounded(int64_t bytes) { return (bytes + line - 1) / line * line; }

// A piece of the arena.
struct Item {
  int64_t bytes = 0;
  int first_phase = -1, last_phase = -1;  // -1: always
  int64_t* offset = nullptr;

  bool always() const { return first_phase < 0; }
  bool at_once(const Item& other) const {
    if (always() || other.always()) return true;
    return first_phase <= other.last_phase && other.first_phase <= last_phase;
  }
};

// The largest first, each at the lowest place where nothing else is at the same time. The end of the last.
int64_t put_in_place(std::vector<Item> items) {
  std::stable_sort(items.begin(), items.end(),
                   [](const Item& a, const Item& b) { return a.bytes > b.bytes; });
  std::vector<const Item*> placed;  // by rising offset
  int64_t end = 0;
  for (const Item& item : items) {
    int64_t at = 0;
    for (const Item* other : placed) {
      if (!item.at_once(*other)) continue;
      if (at + item.bytes <= *other->offset) break;
      at = std::max(at, *other->offset + other->bytes);
    }
    *item.offset = at;
    end = std::max(end, at + item.bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), &item,
                                   [](const Item* a, const Item* b) { return *a->offset < *b->offset; }),
                  &item);
  }
  return end;
}

}  // namespace

int64_t row_numbers(const Buffer& buffer, int64_t lanes) {
  return buffer.entries * (buffer.kind == BufferKind::fixed || buffer.kind == BufferKind::summed ? 1 : lanes);
}

int64_t part_numbers(const Buffer& buffer, int64_t lanes, int64_t n_bins, int64_t real_bytes) {
  int64_t rows = 1;
  if (buffer.kind == BufferKind::stream) rows = buffer.before + n_bins + buffer.after;
  if (buffer.kind == BufferKind::ring) rows = 2;
  return rounded(rows * row_numbers(buffer, lanes) * real_bytes) / real_bytes;
}

int64_t moving_rows(const Buffer& buffer, bool made_backwards, bool leading) {
  if (buffer.kind == BufferKind::ring) return leading ? 2 : 0;
  return leading != made_backwards ? buffer.before : buffer.after;
}

int64_t moving_stride(const Buffer& buffer, int64_t lanes, int64_t rows, int64_t n_stretches,
                      int64_t real_bytes) {
  return rounded(rows * n_stretches * row_numbers(buffer, lanes) * real_bytes);
}

Layout lay_out(const Plan& plan, const Stretches& stretches, int64_t n_bins, int64_t n_parts,
               int64_t real_bytes, int64_t n_sharing) {
  Layout result;
  const size_t n = plan.buffers.size();
  for (auto* offsets : {&result.offsets, &result.leading, &result.trailing, &result.doubles})
    offsets->assign(n, -1);
  result.part_strides.assign(n, 0);
  result.stretch = std::min(stretch_bins(plan, stretches.keep, n_bins), n_bins);
  result.n_stretches = (n_bins + result.stretch - 1) / result.stretch;
  std::vector<Item> items;
  for (size_t b = 0; b < n; ++b) {
    const Buffer& buffer = plan.buffers[b];
    const Span& span = stretches.spans[b];
    if (buffer.owner == Owner::parameter || buffer.owner == Owner::model_buffer) continue;
    const int64_t rows = span.is_short ? result.stretch : n_bins;
    const int64_t part = part_numbers(buffer, plan.options.lanes, rows, real_bytes) * real_bytes *
                         (buffer.scratch ? n_sharing : 1);
    const bool has_parts = buffer.kind != BufferKind::fixed;
    if (has_parts) result.part_strides[b] = part;
    const int64_t bytes = has_parts ? part * n_parts : part;
    items.push_back({bytes, span.first_phase, span.last_phase, &result.offsets[b]});
    if (span.has_double) items.push_back({bytes, span.again, span.again, &result.doubles[b]});
    if (!span.rows_move || result.n_stretches == 1) continue;
    const bool backwards = stretches.phases[static_cast<size_t>(span.made)].reverse, again = span.again >= 0;
    const auto moving = [&](bool leading, int64_t n_kept) {
      return n_parts * moving_stride(buffer, plan.options.lanes, moving_rows(buffer, backwards, leading),
                                     n_kept, real_bytes);
    };
    items.push_back({moving(true, again ? result.n_stretches : 1), span.made, std::max(span.made, span.again),
                     &result.leading[b]});
    if (again) items.push_back({moving(false, 1), span.again, span.again, &result.trailing[b]});
  }
  result.bytes = put_in_place(std::move(items)) + line;
  return result;
}

}  // namespace stria::plan
