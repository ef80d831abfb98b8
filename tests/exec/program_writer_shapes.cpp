// Ops that move entries, and sums of products.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/exec/program_writer.h"

namespace stria::test {

using ir::Dim;
using ir::dim;
using ir::Element;
using ir::Op;
using ir::Type;
using Integers = std::vector<int64_t>;

std::optional<Bounded> ProgramWriter::shape(Op op, const Pool& pool) {
  const Element element = draws_.chance(0.1) ? Element::boolean : any_number();
  const auto x = pick(pool, element, [&](const Type& type) {
    return op == Op::broadcast || type.rank() > n_letters(type) + (op == Op::transpose ? 1 : 0);
  });
  if (!x) return std::nullopt;
  const size_t letters = n_letters(type(*x));
  std::vector<Dim> dims = type(*x).dims;
  const auto features = static_cast<std::ptrdiff_t>(letters);
  if (op == Op::transpose) {
    Integers order(dims.size());
    std::iota(order.begin(), order.end(), 0);
    Integers moving(order.begin() + features, order.end());
    draws_.shuffle(moving);
    std::copy(moving.begin(), moving.end(), order.begin() + features);
    return try_apply(op, {*x}, {{"order", order}}, x->bound);
  }
  if (op == Op::broadcast) {
    for (size_t i = letters; i < dims.size(); ++i) {
      if (dims[i] == dim(1)) dims[i] = dim(draws_.number(1, 3));
    }
    if (letters == 0 && draws_.chance(0.7)) dims.insert(dims.begin(), dim(draws_.number(1, 3)));
    return try_apply(op, {*x}, {{"sizes", dims}}, x->bound);
  }
  // reshape: two neighbours become one, one becomes two, or a 1 comes in.
  const size_t at = static_cast<size_t>(draws_.number(features, static_cast<int64_t>(dims.size()) - 1));
  if (draws_.chance(0.4) && at + 1 < dims.size()) {
    dims[at] = dim(dims[at].size * dims[at + 1].size);
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  } else {
    int64_t part = draws_.number(1, 4);
    if (dims[at].size % part != 0) part = 1;
    dims[at] = dim(dims[at].size / part);
    dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(at), dim(part));
  }
  return try_apply(op, {*x}, {{"sizes", dims}}, x->bound);
}

std::optional<Bounded> ProgramWriter::along_axis(Op op, const Pool& pool) {
  const auto has_axis = [&](const Type& type) { return type.rank() > n_letters(type); };
  const Element element = draws_.chance(0.1) && op != Op::pad ? Element::boolean : any_number();
  const auto x = pick(pool, element, has_axis);
  if (!x) return std::nullopt;
  const Type& of = type(*x);
  const int64_t axis =
      draws_.number(static_cast<int64_t>(n_letters(of)), static_cast<int64_t>(of.rank()) - 1);
  const int64_t n = of.dims[static_cast<size_t>(axis)].size;
  switch (op) {
    case Op::flip:
      return try_apply(op, {*x}, {{"axis", axis}}, x->bound);
    case Op::slice: {
      const int64_t start = draws_.number(0, n - 1), step = draws_.number(1, 3);
      const int64_t size = draws_.number(1, (n - 1 - start) / step + 1);
      return try_apply(op, {*x}, {{"axis", axis}, {"start", start}, {"size", size}, {"step", step}},
                       x->bound);
    }
    case Op::pad:
      return try_apply(op, {*x},
                       {{"axis", axis}, {"before", draws_.number(0, 2)}, {"after", draws_.number(0, 2)}},
                       x->bound);
    case Op::window: {
      const int64_t size = draws_.number(1, std::min<int64_t>(n, 3));
      const int64_t dilate = size == 1 ? 1 : draws_.number(1, std::min<int64_t>(2, (n - 1) / (size - 1)));
      return try_apply(op, {*x},
                       {{"axis", axis}, {"size", size}, {"stride", draws_.number(1, 3)}, {"dilate", dilate}},
                       x->bound);
    }
    default: {
      Pool parts = {*x};
      const int64_t wanted = draws_.number(1, 3);
      for (int attempt = 0; attempt < 10 && static_cast<int64_t>(parts.size()) < wanted; ++attempt) {
        const auto other = pick(pool, element, [&](const Type& type) {
          if (type.rank() != of.rank()) return false;
          for (size_t i = 0; i < type.rank(); ++i) {
            if (static_cast<int64_t>(i) != axis && type.dims[i] != of.dims[i]) return false;
          }
          return true;
        });
        if (other) parts.push_back(*other);
      }
      double bound = 0;
      for (const Bounded& part : parts) bound = std::max(bound, part.bound);
      return try_apply(op, parts, {{"axis", axis}}, bound);
    }
  }
}

std::optional<Bounded> ProgramWriter::over_bins(Op op, const Pool& pool) {
  const Element element = draws_.chance(0.1) ? Element::boolean : any_number();
  const auto x = pick(pool, element, [](const Type& type) { return n_letters(type) == 2; });
  if (!x) return std::nullopt;
  if (op == Op::delay) return try_apply(op, {*x}, {{"steps", draws_.number(-2, 4)}}, x->bound);
  const int64_t reverse = draws_.number(0, 1);
  if (op == Op::history)
    return try_apply(op, {*x}, {{"size", draws_.number(1, 4)}, {"reverse", reverse}}, x->bound);
  if (op == Op::overlap_add) {
    const Type of = type(*x);
    if (of.rank() < 3 || of.element == Element::boolean) return std::nullopt;
    const int64_t size = of.dims.back().size;
    return try_apply(op, {*x}, {{"size", size}, {"reverse", reverse}}, x->bound * static_cast<double>(size));
  }
  return try_apply(op, {*x}, {{"bin", draws_.number(-n_bins_, n_bins_ - 1)}}, x->bound);
}

std::optional<Bounded> ProgramWriter::contract(const Pool& pool) {
  const Element element = any_number();
  for (int attempt = 0; attempt < 20; ++attempt) {
    const auto a = pick(pool, element), b = pick(pool, draws_.chance(0.8) ? Element::real : any_number());
    if (!a || !b) continue;
    const Type &left = type(*a), &right = type(*b);
    const size_t letters = std::max(n_letters(left), n_letters(right));
    std::string sides[2], next = "ijklmnopqrs", open, summed_away;
    std::vector<std::pair<char, int64_t>> own;  // of `a`, not yet met in `b`
    for (size_t i = 0; i < left.rank(); ++i) {
      const char letter = left.dims[i] == ir::batch_dim ? 'b' : left.dims[i] == ir::time_dim ? 't' : next[0];
      if (letter == next[0]) next.erase(0, 1);
      sides[0] += letter;
      if (left.dims[i].is_number()) own.emplace_back(letter, left.dims[i].size);
    }
    std::string shared;
    for (const Dim& d : right.dims) {
      if (!d.is_number()) {
        sides[1] += d == ir::batch_dim ? 'b' : 't';
        continue;
      }
      const auto met =
          std::find_if(own.begin(), own.end(), [&](const auto& o) { return o.second == d.size; });
      if (met != own.end() && draws_.chance(0.8)) {
        sides[1] += met->first;
        shared += met->first;
        own.erase(met);
      } else {
        sides[1] += next[0];
        next.erase(0, 1);
      }
    }
    const bool over_bins = letters == 2 && draws_.chance(0.15), over_clips = over_bins && draws_.chance(0.7);
    double count = 1;
    std::vector<char> kept;
    for (const Type* side : {&left, &right}) {
      const std::string& names = sides[side == &left ? 0 : 1];
      for (size_t i = 0; i < side->rank(); ++i) {
        if (!side->dims[i].is_number()) continue;
        if (side == &right && shared.find(names[i]) != std::string::npos) continue;
        const bool sums = draws_.chance(shared.find(names[i]) != std::string::npos ? 0.75 : 0.1);
        if (sums)
          count *= static_cast<double>(side->dims[i].size);
        else
          kept.push_back(names[i]);
      }
    }
    draws_.shuffle(kept);
    std::string out;
    if (letters >= 1 && !over_clips) out += 'b';
    if (letters == 2 && !over_bins) out += 't';
    out.append(kept.begin(), kept.end());
    if (over_clips) count *= static_cast<double>(n_clips_);
    if (over_bins) count *= static_cast<double>(n_bins_);
    if (count > 1500) continue;
    const std::string subscripts = sides[0] + "," + sides[1] + "->" + out;
    if (const auto made = try_apply(Op::contract, {*a, *b}, {{"subscripts", subscripts}},
                                    a->bound * b->bound * count * (element == Element::complex ? 2 : 1)))
      return made;
  }
  return std::nullopt;
}

Integers ProgramWriter::reduced_axes(const Type& type) {
  const size_t letters = n_letters(type);
  const bool in_cell = builder_.in_scan();
  Integers axes;
  if (letters == 2 && draws_.chance(0.4)) axes = draws_.chance(0.5) ? Integers{0, 1} : Integers{1};
  if (letters == 1 && !in_cell && draws_.chance(0.3)) axes = {0};
  for (size_t i = letters; i < type.rank(); ++i) {
    if (draws_.chance(0.6)) axes.push_back(static_cast<int64_t>(i));
  }
  return axes;
}

std::optional<Bounded> ProgramWriter::reduce(Op op, const Pool& pool) {
  const bool of_numbers = op == Op::reduce_sum || op == Op::reduce_mean;
  auto x = pick(pool, of_numbers ? any_number() : Element::real);
  if (!x) return std::nullopt;
  const Integers axes = reduced_axes(type(*x));
  const double count = gathered(type(*x), axes);
  Pool operands = {*x};
  if (of_numbers && draws_.chance(0.5)) {
    const Type of = type(*x);
    const auto mask = pick(pool, Element::boolean, [&](const Type& type) {
      return type.rank() == of.rank() && ir::broadcasts_to(type.dims, of.dims);
    });
    if (mask) operands.push_back(*mask);
  }
  if (op == Op::reduce_max || op == Op::reduce_min) {
    // Plans have no derivative of the greatest of all bins or clips: it would need their numbers.
    const bool over_frames = std::any_of(axes.begin(), axes.end(), [&](int64_t axis) {
      return axis < static_cast<int64_t>(n_letters(type(*x)));
    });
    if (over_frames) operands[0] = apply(Op::stop_gradient, {*x}, {}, x->bound);
  }
  double bound = x->bound;
  if (op == Op::reduce_sum) bound *= count;
  if (op == Op::logsumexp) bound += std::log(count);
  if (op == Op::reduce_prod) {
    // 1 + c tanh x: far from 0 and from overflow.
    const double c = std::min(0.4, 1 / count);
    operands = {apply(Op::add, {scaled(apply(Op::tanh, {*x}, {}, 1), c), constant(1)}, {}, 1 + c)};
    bound = 3;
  }
  return try_apply(op, operands, {{"axes", axes}}, bound);
}

}  // namespace stria::test
