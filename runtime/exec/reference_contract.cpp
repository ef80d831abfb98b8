// Lowering of `contract`: reorders both operands so that one (batched) matrix product does the sum.
//
//   "btlk,lck->btlc"   shared l, left b t, right c, summed k:
//       [b,t,l,k] -> [l, b t, k],  [l,c,k] -> [l, k, c],  bmm -> [l, b t, c] -> [b,t,l,c]
//
// Each reordering is a step of its own, so one of a weight inside a scan is done once, before the scan.
#include <ATen/ops/bmm.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/permute.h>
#include <ATen/ops/reshape.h>
#include <ATen/ops/sum.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "compiler/ir/subscripts.h"
#include "runtime/exec/program.h"

namespace stria::exec::lowering {
namespace {

using ir::Dim;
using ir::Node;
using Sizes = std::map<char, Dim>;

bool holds(const std::string& letters, char letter) { return letters.find(letter) != std::string::npos; }

template <typename Predicate>
std::string filter(const std::string& letters, const Predicate& keep) {
  std::string result;
  std::copy_if(letters.begin(), letters.end(), std::back_inserter(result), keep);
  return result;
}

bool repeats(const std::string& letters) {
  return std::any_of(letters.begin(), letters.end(),
                     [&](char c) { return std::count(letters.begin(), letters.end(), c) > 1; });
}

// One operand on its way: its slot and the letters of its dims.
struct Operand {
  Slot slot;
  std::string letters;
};

Operand sum_out(Emitter& emitter, const Operand& operand, const std::string& kept) {
  std::vector<int64_t> axes;
  for (size_t i = 0; i < operand.letters.size(); ++i) {
    if (!holds(kept, operand.letters[i])) axes.push_back(static_cast<int64_t>(i));
  }
  if (axes.empty()) return operand;
  const Slot slot =
      emitter.emit([axes](Run&, const Operands& x) { return at::sum(x[0], axes); }, {operand.slot});
  return {slot, filter(operand.letters, [&](char c) { return holds(kept, c); })};
}

Slot reorder(Emitter& emitter, const Operand& operand, const std::string& letters) {
  if (operand.letters == letters) return operand.slot;
  std::vector<int64_t> order;
  for (const char letter : letters) order.push_back(static_cast<int64_t>(operand.letters.find(letter)));
  return emitter.emit([order](Run&, const Operands& x) { return at::permute(x[0], order); }, {operand.slot});
}

bool one_letter_each(const std::vector<std::string>& groups) {
  return std::all_of(groups.begin(), groups.end(),
                     [](const std::string& group) { return group.size() == 1; });
}

// Each group of letters becomes one dim.
Slot merge(Emitter& emitter, Slot slot, const std::vector<std::string>& groups, const Sizes& sizes) {
  if (one_letter_each(groups)) return slot;
  std::vector<std::vector<Dim>> dims(groups.size());
  for (size_t i = 0; i < groups.size(); ++i) {
    for (const char letter : groups[i]) dims[i].push_back(sizes.at(letter));
  }
  return emitter.emit(
      [dims](Run& run, const Operands& x) {
        std::vector<int64_t> merged;
        for (const auto& group : dims) {
          merged.push_back(1);
          for (const Dim& d : group) merged.back() *= run.size(d);
        }
        return at::reshape(x[0], merged);
      },
      {slot});
}

// The way back: one dim for each letter of the groups.
Operand split(Emitter& emitter, Slot slot, const std::vector<std::string>& groups, const Sizes& sizes) {
  std::string letters;
  std::vector<Dim> dims;
  for (const std::string& group : groups) {
    letters += group;
    for (const char letter : group) dims.push_back(sizes.at(letter));
  }
  if (one_letter_each(groups)) return {slot, letters};
  return {emitter.emit([dims](Run& run, const Operands& x) { return at::reshape(x[0], run.sizes(dims)); },
                       {slot}),
          letters};
}

// Nothing is summed: a product entry by entry, each operand with 1-sized dims where it lacks a letter.
Slot product(Emitter& emitter, const Operand& a, const Operand& b, const std::string& out) {
  const auto aligned = [&](const Operand& operand) {
    const std::string own = filter(out, [&](char c) { return holds(operand.letters, c); });
    const Slot ordered = reorder(emitter, operand, own);
    std::vector<int64_t> missing;
    const size_t first = own.empty() ? out.size() : out.find(own[0]);
    for (size_t i = first; i < out.size(); ++i) {
      if (!holds(own, out[i])) missing.push_back(static_cast<int64_t>(i - first));
    }
    if (missing.empty()) return ordered;
    return emitter.emit(
        [missing](Run&, const Operands& x) {
          at::Tensor result = x[0];
          for (const int64_t axis : missing) result = result.unsqueeze(axis);
          return result;
        },
        {ordered});
  };
  const Slot left = aligned(a), right = aligned(b);
  return emitter.emit([](Run&, const Operands& x) { return at::mul(x[0], x[1]); }, {left, right});
}

// Whether letters of `a` stand in the result before those of `b`.
bool starts_first(const std::string& a, const std::string& b, const std::string& out) {
  return !a.empty() && (b.empty() || out.find(a[0]) < out.find(b[0]));
}

Operand operand_of(Emitter& emitter, const Node& node, size_t index, const std::string& letters) {
  const ir::ValueId id = node.operands[index];
  const bool widen = emitter.type(id).element == ir::Element::real &&
                     emitter.type(node.results[0]).element == ir::Element::complex;
  if (!widen) return {emitter.slot(id), letters};
  const auto type = emitter.complex();
  return {emitter.emit([type](Run&, const Operands& x) { return x[0].to(type); }, {emitter.slot(id)}),
          letters};
}

}  // namespace

Slot contract(Emitter& emitter, const Node& node) {
  const std::string& subscripts = ir::text_attribute(node, "subscripts");
  const auto [sides, out] = ir::Subscripts(subscripts);
  const std::string &in_a = sides[0], &in_b = sides[1];
  Operand a = operand_of(emitter, node, 0, in_a), b = operand_of(emitter, node, 1, in_b);
  if (repeats(in_a) || repeats(in_b)) {
    return emitter.emit(
        [subscripts](Run&, const Operands& x) {
          return at::einsum(subscripts, {x[0], x[1]});
        },
        {a.slot, b.slot});
  }
  Sizes sizes;
  for (size_t i = 0; i < in_a.size(); ++i) sizes[in_a[i]] = emitter.type(node.operands[0]).dims[i];
  for (size_t i = 0; i < in_b.size(); ++i) sizes[in_b[i]] = emitter.type(node.operands[1]).dims[i];
  a = sum_out(emitter, a, in_b + out);
  b = sum_out(emitter, b, in_a + out);
  const std::string summed = filter(a.letters, [&](char c) { return holds(b.letters, c) && !holds(out, c); });
  if (summed.empty()) return product(emitter, a, b, out);

  const std::string shared = filter(out, [&](char c) { return holds(a.letters, c) && holds(b.letters, c); });
  const auto only = [&](const Operand& operand) {
    return filter(out, [&](char c) { return holds(operand.letters, c) && !holds(shared, c); });
  };
  // The operand whose own letters come first in the result stands left: "kh,bh->bk" is h times W transposed.
  if (starts_first(only(b), only(a), out)) std::swap(a, b);
  const std::string left = only(a), right = only(b);
  std::vector<std::string> of_a = {left, summed}, of_b = {summed, right}, of_result = {left, right};
  if (!shared.empty()) {
    for (auto* groups : {&of_a, &of_b, &of_result}) groups->insert(groups->begin(), shared);
  }
  const Slot matrix_a = merge(emitter, reorder(emitter, a, shared + left + summed), of_a, sizes);
  const Slot matrix_b = merge(emitter, reorder(emitter, b, shared + summed + right), of_b, sizes);
  const auto multiply = shared.empty() ? Kernel([](Run&, const Operands& x) { return at::mm(x[0], x[1]); })
                                       : Kernel([](Run&, const Operands& x) { return at::bmm(x[0], x[1]); });
  const Slot multiplied = emitter.emit(multiply, {matrix_a, matrix_b});
  const Slot result = reorder(emitter, split(emitter, multiplied, of_result, sizes), out);
  if (result == multiplied && shared.empty()) emitter.note_product(result, {matrix_a, matrix_b});
  return result;
}

}  // namespace stria::exec::lowering
