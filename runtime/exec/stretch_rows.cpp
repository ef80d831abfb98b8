#include "runtime/exec/stretch_rows.h"

#include <cstring>

namespace stria::exec {

StretchRows::StretchRows(const plan::Plan& plan, const plan::Stretches& stretches, const plan::Layout& layout,
                         int64_t real_bytes, std::byte* arena, std::span<void*> table)
    : plan_(plan),
      stretches_(stretches),
      layout_(layout),
      arena_(arena),
      table_(table),
      moving_(stretches.phases.size()),
      with_doubles_(stretches.phases.size()) {
  for (size_t b = 0; b < plan.buffers.size(); ++b) {
    const plan::Span& span = stretches.spans[b];
    if (span.has_double) with_doubles_[static_cast<size_t>(span.again)].push_back(b);
    if (!span.rows_move) continue;
    for (const int phase : {span.made, span.again}) {
      if (phase >= 0) moving_[static_cast<size_t>(phase)].push_back(moving(b, phase, real_bytes));
    }
  }
}

StretchRows::Moving StretchRows::moving(size_t b, int phase, int64_t real_bytes) const {
  const plan::Buffer& buffer = plan_.buffers[b];
  const plan::Span& span = stretches_.spans[b];
  const int64_t lanes = plan_.options.lanes;
  Moving result;
  result.buffer = b;
  result.is_short = span.is_short;
  result.backwards = stretches_.phases[static_cast<size_t>(span.made)].reverse;
  result.makes = phase == span.made;
  result.again = phase == span.again;
  result.before = buffer.before;
  result.row_bytes = plan::row_numbers(buffer, lanes) * real_bytes;
  const auto rows = [&](bool leading, const std::vector<int64_t>& offsets, bool each) {
    const int64_t n = plan::moving_rows(buffer, result.backwards, leading);
    const int64_t n_kept = each ? layout_.n_stretches : 1;
    return Rows{n, offsets[b], plan::moving_stride(buffer, lanes, n, n_kept, real_bytes), each};
  };
  result.leading = rows(true, layout_.leading, span.again >= 0);
  result.trailing = rows(false, layout_.trailing, false);
  return result;
}

std::byte* StretchRows::lies(size_t buffer, const std::vector<int64_t>& offsets, int64_t part) const {
  return arena_ + offsets[buffer] + part * layout_.part_strides[buffer];
}

void*& StretchRows::address(size_t buffer, int64_t part) const {
  return table_[static_cast<size_t>(part) * plan_.buffers.size() + buffer];
}

void StretchRows::copy(const Moving& of, const Rows& rows, bool save, int64_t bin, int64_t stretch,
                       int64_t part) const {
  const int64_t bytes = rows.n * of.row_bytes;
  if (bytes == 0) return;
  std::byte* kept =
      arena_ + rows.offset + part * rows.part_stride + (rows.each_stretch ? stretch * bytes : 0);
  std::byte* here = static_cast<std::byte*>(address(of.buffer, part)) +
                    (of.is_short ? (bin + of.before) * of.row_bytes : 0);
  std::memcpy(save ? kept : here, save ? here : kept, static_cast<size_t>(bytes));
}

void StretchRows::enter(size_t phase, const Stretch& at, int64_t part) const {
  const bool first = at.index == 0, last = at.index + 1 == at.count;
  for (const Moving& of : moving_[phase]) {
    if (of.is_short)
      address(of.buffer, part) = lies(of.buffer, layout_.offsets, part) - at.begin * of.row_bytes;
    const int64_t below = at.begin - of.before, above = at.end;
    if (!(of.backwards ? last : first))
      copy(of, of.leading, false, of.backwards ? above : below, at.index, part);
    if (of.again && !(of.backwards ? first : last))
      copy(of, of.trailing, false, of.backwards ? below : above, 0, part);
  }
}

void StretchRows::leave(size_t phase, const Stretch& at, int64_t part) const {
  const bool first = at.index == 0, last = at.index + 1 == at.count;
  for (const Moving& of : moving_[phase]) {
    // What lies before the next stretch, or after it.
    const int64_t top = at.end - of.before, bottom = at.begin;
    if (of.makes && !(of.backwards ? first : last))
      copy(of, of.leading, true, of.backwards ? bottom : top, at.index + (of.backwards ? -1 : 1), part);
    if (of.again && !(of.backwards ? last : first))
      copy(of, of.trailing, true, of.backwards ? top : bottom, 0, part);
  }
}

void StretchRows::use_doubles(size_t phase, bool doubles, int64_t part) const {
  for (const size_t b : with_doubles_[phase])
    address(b, part) = lies(b, doubles ? layout_.doubles : layout_.offsets, part);
}

}  // namespace stria::exec
