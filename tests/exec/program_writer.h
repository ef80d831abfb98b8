// Writes one op at a time on what a random program has so far. Internal to random_program.cpp.
#pragma once

#include <functional>
#include <optional>
#include <random>
#include <vector>

#include "compiler/ir/graph.h"

namespace stria::test {

class Draws {
 public:
  explicit Draws(uint64_t seed) : engine_(seed) {}
  // low .. high, both of them.
  int64_t number(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(engine_() % static_cast<uint64_t>(high - low + 1));
  }
  double real(double low, double high) {
    return low + (high - low) * static_cast<double>(engine_() >> 11) * 0x1p-53;
  }
  bool chance(double probability) { return real(0, 1) < probability; }
  template <typename T>
  const T& of(const std::vector<T>& some) {
    return some[static_cast<size_t>(number(0, static_cast<int64_t>(some.size()) - 1))];
  }
  template <typename T>
  void shuffle(std::vector<T>& some) {
    for (size_t i = some.size(); i > 1; --i)
      std::swap(some[i - 1], some[static_cast<size_t>(number(0, static_cast<int64_t>(i) - 1))]);
  }

 private:
  std::mt19937_64 engine_;
};

// A value, and what the sizes of its entries stay below.
struct Bounded {
  ir::ValueId id = 0;
  double bound = 1;
};
using Pool = std::vector<Bounded>;

class ProgramWriter {
 public:
  ProgramWriter(Draws& draws, ir::Builder& builder, int64_t n_clips, int64_t n_bins)
      : draws_(draws), builder_(builder), n_clips_(n_clips), n_bins_(n_bins) {}

  // The op on values of the pool, brought to where it is smooth and bounded; nothing where none fits.
  std::optional<Bounded> op(ir::Op op, const Pool& pool);

  Bounded constant(double value);
  Bounded scaled(const Bounded& value, double factor);
  // Of a bound of at most `limit`.
  Bounded within(const Bounded& value, double limit);
  Bounded apply(ir::Op op, const Pool& operands, const ir::Attributes& attributes, double bound);
  // As apply; nothing where the op refuses these operands, or the result has no place in a model.
  std::optional<Bounded> try_apply(ir::Op op, const Pool& operands, const ir::Attributes& attributes,
                                   double bound);
  // One of the pool of this element; for which `fits` holds.
  std::optional<Bounded> pick(const Pool& pool, ir::Element element,
                              const std::function<bool(const ir::Type&)>& fits = {});
  const ir::Type& type(const Bounded& value) const { return builder_.type(value.id); }
  // Entries that an axis list gathers.
  double gathered(const ir::Type& type, const std::vector<int64_t>& axes) const;

 private:
  std::optional<Bounded> leaf(ir::Op op);
  std::optional<Bounded> unary(ir::Op op, const Pool& pool);
  std::optional<Bounded> binary(ir::Op op, const Pool& pool);
  std::optional<Bounded> binary_of(ir::Op op, Bounded a, Bounded b);
  std::optional<Bounded> select(const Pool& pool);
  std::optional<Bounded> shape(ir::Op op, const Pool& pool);
  std::optional<Bounded> along_axis(ir::Op op, const Pool& pool);
  std::optional<Bounded> over_bins(ir::Op op, const Pool& pool);
  std::optional<Bounded> contract(const Pool& pool);
  std::optional<Bounded> reduce(ir::Op op, const Pool& pool);
  std::vector<int64_t> reduced_axes(const ir::Type& type);
  Bounded positive(const Bounded& value);
  // Away from 0, where the op has a kink that rounding could turn.
  Bounded shifted(const Bounded& value);
  ir::Element any_number();

  Draws& draws_;
  ir::Builder& builder_;
  int64_t n_clips_, n_bins_;
};

// How many of the first dims are B and T.
size_t n_letters(const ir::Type& type);

}  // namespace stria::test
