// Which slices of values hang on which: an axis followed through a graph, backwards from a result or forwards
// from arguments. Whatever mixes slices, or lays them out so that the axis is no axis any more, ends the way:
// a claim that is made holds, one that cannot be made is left out.
//
//   %2 = contract %1, %0 {subscripts="btfk,nfk->btn"}
// Slice n of %2 along axis 2 takes slice n of %0 along axis 0, and all of %1.
#pragma once

#include <optional>
#include <vector>

#include "compiler/ir/graph.h"

namespace stria::ir {

// Entry by entry, after repeating (graph.h).
bool is_pointwise(Op op);

// The axis of an operand along which slice n is all that slice n of the node's result along `axis` takes of
// it. None where it takes more, and for scans, which have more than one result.
std::optional<size_t> operand_axis(const Graph& graph, const Node& node, size_t operand, size_t axis);

// What slice n of a result takes of a value: slice n along `axis`, or more.
struct Taken {
  enum class Part : uint8_t { nothing, slice, all } part = Part::nothing;
  size_t axis = 0;
  friend bool operator==(const Taken&, const Taken&) = default;
};
// By value, for the slices of `result` along `axis`.
std::vector<Taken> taken_by_slices(const Graph& graph, ValueId result, size_t axis);

// What a value is made of, where some arguments fall into slices:
//   fixed    of other arguments alone
//   slices   its slice n along `axis` of their slices n
//   sum      each entry is a sum of terms, each of them of slices of one n
//   mixed    of anything
struct Made {
  enum class Of : uint8_t { fixed, slices, sum, mixed } of = Of::fixed;
  size_t axis = 0;
  friend bool operator==(const Made&, const Made&) = default;
};
// By value; `arguments` in the order of the graph's.
std::vector<Made> made_of_slices(const Graph& graph, const std::vector<Made>& arguments);

}  // namespace stria::ir
